"""What to ask and what not: listings and memory → pages to ask, in order, and skipped lines."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crawlers.catalogue import Source, bare_host
from crawlers.entrances import Listed
from crawlers.job import CrawlJob, KnownPage
from crawlers.journal import Look
from crawlers.page import Fetch, ListedItem, SkipReason
from crawlers.revisit import is_due
from crawlers.urls import host_of, key_hash

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One page to ask."""

    url: str
    url_key: str
    entrance: str | None
    listed: bool
    item: ListedItem | None = None
    known: KnownPage | None = None
    newest_at: datetime = _LONG_AGO


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """The work of one crawl."""

    asks: tuple[Ask, ...]
    """In the order in which they are asked, within the source's bound."""
    lines: tuple[Fetch, ...]
    """Ledger lines that are certain before anything is asked."""
    listed: int
    """Distinct url_keys that the article rule matched."""
    known_not_due: int


def plan_walk(
    job: CrawlJob, looks: Sequence[Look], done: Sequence[Fetch], now: datetime
) -> Frontier:
    """Decide what becomes of each listed page, and which others are asked again.

    New pages come first, the newest of them before the others, then known ones that are due.
    `done` are the lines of pages that an earlier attempt has asked already.
    """
    asked = {line.url_key: line for line in done}
    listed = _listed(looks)
    lines = [replace(line, listed=True) for key, line in asked.items() if key in listed]
    new, revisits, resting = [], [], 0
    known = {page.url_key: page for page in job.known}
    old = frozenset(job.known_hashes)
    for ask in [ask for key, ask in listed.items() if key not in asked]:
        page = known.get(ask.url_key)
        if not is_on_site(ask.url, job.source):
            lines.append(skip(job.source.id, ask, "off_site", "another site's page"))
        elif page is not None and _is_wanted(page, job, now):
            revisits.append(replace(ask, known=page))
        elif page is not None or key_hash(ask.url_key) in old:
            resting += 1
        else:
            new.append(ask)
    new += _deferred(job, listed.keys() | known.keys() | asked.keys())
    new.sort(key=lambda ask: ask.newest_at, reverse=True)
    most = job.source.politeness.max_pages
    room = max(0, most - len(asked))
    first = [*new, *revisits]
    lines += [skip(job.source.id, ask, "deferred", f"over {most} pages") for ask in first[room:]]
    again = [
        _unlisted(page) for page in job.known if not page.is_gone and _is_wanted(page, job, now)
    ]
    again = [ask for ask in again if ask.url_key not in listed and ask.url_key not in asked]
    return Frontier(
        asks=tuple([*first, *again][:room]),
        lines=tuple(lines),
        listed=len(listed),
        known_not_due=resting,
    )


def skip(source_id: str, ask: Ask, reason: SkipReason, detail: str) -> Fetch:
    """Write the line of a page that is not asked."""
    return Fetch(
        source_id=source_id,
        url=ask.url,
        url_key=ask.url_key,
        entrance=ask.entrance,
        listed=ask.listed,
        disposition="skipped",
        reason=reason,
        detail=detail,
        item=ask.item,
    )


def is_on_site(url: str, source: Source) -> bool:
    """Tell whether a URL is on one of the outlet's hosts, with or without `www.`."""
    try:
        host = host_of(url)
    except ValueError:
        return False
    return bare_host(host) in {bare_host(name) for name in source.hosts}


def _is_wanted(page: KnownPage, job: CrawlJob, now: datetime) -> bool:
    return job.is_forced or is_due(page, now)


def _listed(looks: Iterable[Look]) -> dict[str, Ask]:
    """Merge what the entrances list; a page listed twice is asked once, for the first."""
    merged: dict[str, Ask] = {}
    for look in looks:
        for key, page in look.pages:
            if key not in merged:
                merged[key] = Ask(
                    url=page.url,
                    url_key=key,
                    entrance=look.poll.entrance,
                    listed=True,
                    item=page.item,
                    newest_at=_newest(page),
                )
    return merged


def _newest(page: Listed) -> datetime:
    on = page.item.published_on
    day = datetime(on.year, on.month, on.day, tzinfo=UTC) if on else None
    return page.item.published_at or page.changed_at or day or _LONG_AGO


def _unlisted(page: KnownPage) -> Ask:
    return Ask(url=page.url, url_key=page.url_key, entrance=None, listed=False, known=page)


def _deferred(job: CrawlJob, taken: Collection[str]) -> list[Ask]:
    return [
        Ask(
            url=page.url,
            url_key=page.url_key,
            entrance=page.entrance,
            listed=False,
            item=page.item,
            newest_at=_newest(Listed(url=page.url, item=page.item)) if page.item else _LONG_AGO,
        )
        for page in job.deferred
        if page.url_key not in taken
    ]
