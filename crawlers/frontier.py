"""What to ask and what not: listings and memory → pages to ask, in order, and skipped lines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from crawlers.ask import (
    LONG_AGO,
    Ask,
    ask_deferred,
    leaves_line,
    listed_asks,
    skip,
    unaskable_lines,
)
from crawlers.job import CrawlJob, KnownPage
from crawlers.journal import Look
from crawlers.page import Fetch, SkipReason
from crawlers.revisit import is_due, overdue
from crawlers.sites import bare_host
from crawlers.traps import MAX_VARIANTS, over_variants, trap_at
from crawlers.twins import twin_of
from crawlers.urls import host_of_key, key_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """The work of one crawl."""

    new: tuple[Ask, ...]
    """Pages of which nothing is known, the newest first; those over the bound too."""
    due: tuple[Ask, ...]
    """Known pages to ask again, the most overdue first; those over the budget too."""
    room: int
    """How many pages may be asked."""
    budget: int
    """How many of them may be known ones."""
    lines: tuple[Fetch, ...]
    """Ledger lines that are certain before anything is asked."""
    listed: int
    """Distinct url_keys that the article rule matched."""
    known_not_due: int


def plan_walk(
    job: CrawlJob, looks: Sequence[Look], done: Sequence[Fetch], now: datetime
) -> Frontier:
    """Decide what becomes of each listed page, and which others are asked again.

    `done` are the lines of pages that an earlier attempt has asked already.
    """
    sorting = _Sorting(job, looks, done, now)
    for ask in sorting.listed.values():
        sorting.sort(ask)
    sorting.add_deferred()
    sorting.bound_variants()
    return sorting.frontier()


class _Sorting:
    """What is listed and known, on its way to a line, an ask, or a count."""

    def __init__(
        self, job: CrawlJob, looks: Sequence[Look], done: Sequence[Fetch], now: datetime
    ) -> None:
        self._job, self._source, self._now = job, job.source, now
        self._asked = {line.url_key: line for line in done}
        self._known = {page.url_key: page for page in job.known}
        self._old = frozenset(job.known_hashes)
        self._deferred = {page.url_key: page for page in job.deferred}
        self._late = frozenset(job.deferred_hashes)
        self._looked_at = {one.url: one.answered_at for one in job.entrances}
        self._hosts = {bare_host(name) for name in job.source.hosts}
        self._stood_for: set[str] = set()
        self.listed = listed_asks(looks)
        self._lines = list(unaskable_lines(self._source.id, looks))
        self._odd = len(self._lines)
        self._new: list[Ask] = []
        self._due: list[Ask] = []
        self._resting = 0

    def sort(self, ask: Ask) -> None:
        """Give a listed page its line, its place among the asked, or count it as known."""
        key, page = ask.url_key, self._known.get(ask.url_key)
        if key in self._asked:
            self._lines.append(replace(self._asked[key], listed=True))
        elif bare_host(host_of_key(key)) not in self._hosts:
            self._skip(ask, "off_site", "another site's page")
        elif page is not None and self._is_wanted(page):
            self._due.append(replace(ask, known=page))
        elif page is not None or key_hash(key) in self._old:
            self._resting += 1
        elif twin := twin_of(key, ask.url, self._source):
            self._stand_for(ask, *twin)
        elif trap := trap_at(key):
            self._skip(ask, "over_bound", trap)
        else:
            self._add_new(ask)

    def _add_new(self, ask: Ask) -> None:
        """Add a page; one without a date, listed first now, is younger than the look before."""
        looked_at = self._looked_at.get(ask.entrance or "")
        if looked_at and ask.newest_at == LONG_AGO and not self._has_waited(ask.url_key):
            ask = replace(ask, newest_at=looked_at)
        self._new.append(ask)

    def _stand_for(self, ask: Ask, url: str, key: str) -> None:
        """Pass over a twin; the page it stands for is asked, where nothing is known of it."""
        line = skip(self._source.id, ask, "twin", f"the same article as {key[:300]}")
        self._lines.append(replace(line, final_url=key))
        is_taken = key in self.listed or self._has_waited(key) or key in self._stood_for
        if not (is_taken or key in self._asked or self._is_known(key)):
            self._stood_for.add(key)
            self._add_new(replace(ask, url=url, url_key=key, listed=False))

    def add_deferred(self) -> None:
        """Add what waits since earlier batches; the newest first, and new before waiting ones."""
        # A backfill learns what it left from the lines of its last slice alone.
        is_carried = self._job.window is None
        self._new += [
            ask_deferred(page, is_carried=is_carried)
            for key, page in self._deferred.items()
            if key not in self.listed and key not in self._known and key not in self._asked
        ]
        self._new.sort(
            key=lambda ask: (ask.newest_at, not self._has_waited(ask.url_key)), reverse=True
        )

    def bound_variants(self) -> None:
        """Take only so many addresses that differ in what names no article."""
        over = over_variants((ask.url_key for ask in self._new), self._is_page)
        for ask in self._new:
            if ask.url_key in over and leaves_line(ask, over[ask.url_key]):
                self._skip(ask, over[ask.url_key], f"over {MAX_VARIANTS} variants of one address")
        self._new = [ask for ask in self._new if ask.url_key not in over]

    def frontier(self) -> Frontier:
        """Hand over what was sorted, with what is left of the source's bounds."""
        due = self._all_due()
        spent = sum(key in self._known for key in self._asked)
        budget = len(due) if self._job.is_forced else self._source.revisit.max_pages - spent
        return Frontier(
            new=tuple(self._new),
            due=tuple(due),
            room=max(0, self._job.max_pages - len(self._asked)),
            budget=max(0, budget),
            lines=tuple(self._lines),
            listed=len(self.listed) + self._odd,
            known_not_due=self._resting,
        )

    def _all_due(self) -> list[Ask]:
        unlisted = [
            Ask(url=page.url, url_key=key, entrance=None, listed=False, known=page)
            for key, page in self._known.items()
            if not page.is_gone and key not in self.listed and key not in self._asked
            and self._is_wanted(page)
        ]  # fmt: skip
        due = [*self._due, *unlisted]
        due.sort(key=lambda ask: overdue(ask.known, self._now) if ask.known else 0, reverse=True)
        return due

    def _is_wanted(self, page: KnownPage) -> bool:
        return self._job.is_forced or is_due(page, self._now, self._source.revisit)

    def _has_waited(self, key: str) -> bool:
        return key in self._deferred or (bool(self._late) and key_hash(key) in self._late)

    def _is_known(self, key: str) -> bool:
        return key in self._known or key_hash(key) in self._old

    def _is_page(self, key: str) -> bool:
        return key in self.listed or self._is_known(key)

    def _skip(self, ask: Ask, reason: SkipReason, detail: str) -> None:
        self._lines.append(skip(self._source.id, ask, reason, detail))
