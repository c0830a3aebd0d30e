"""Looks at entrances: their documents and parts, what those list, and the polls that say so."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crawlers.answers import broken
from crawlers.catalogue import Entrance
from crawlers.documents import Ask, Document, read_document
from crawlers.entrances import Listed, Listing, Part, make_writable
from crawlers.entrances.sitemap import MAX_PARTS
from crawlers.job import CrawlJob, KnownEntrance
from crawlers.journal import Look, Unaskable
from crawlers.page import FailReason, Poll, SkipReason
from crawlers.parts import choose_parts
from crawlers.polling import LOST, is_stale, is_well, may_ask_if_modified, next_interval
from crawlers.urls import TooLongError, key_hash, unaskable_key, url_key

MAX_HASHES = 1000
AHEAD = timedelta(days=1)
"""How far in the future an item may be dated; what is further is a mistake."""


class _Tally:
    """What the documents of one entrance, or of one part, listed so far."""

    def __init__(self) -> None:
        self.polled_at = datetime.now(UTC)
        self.status: int | None = None
        self.reason: FailReason | SkipReason | None = None
        self.detail: str | None = None
        self.is_unmodified = False
        self.validators: tuple[str | None, str | None] = (None, None)
        self.items = 0
        self.new_items = 0
        self.left_out: Counter[str] = Counter()
        self.pages: dict[str, Listed] = {}
        self.unaskable: dict[str, Unaskable] = {}
        self.parts: tuple[Part, ...] = ()
        self.unchanged = 0
        self.moments: list[datetime] = []


class Looker:
    """Looks at the entrances of one crawl; knows what was known before and what they listed."""

    def __init__(
        self,
        job: CrawlJob,
        ask: Ask,
        *,
        done: Sequence[Look] = (),
        keep: Callable[[Look], None],
    ) -> None:
        """Begin; `done` are looks of an earlier attempt, `keep` is told of each new one."""
        self._job = job
        self._ask = ask
        self._now = job.now
        # An entrance of the source file has looks of its own, though an index names it too.
        own = {entrance.url for entrance in job.source.entrances}
        self._done = own | {look.poll.entrance for look in done}
        self._keep = keep
        self._rule = re.compile(job.source.article)
        self._before = {entrance.url: entrance for entrance in job.entrances}
        self._indexes = {entrance.part_of for entrance in job.entrances}
        keys = [page.url_key for page in job.known] + [page.url_key for page in job.deferred]
        self._known = set(map(key_hash, keys)) | set(job.known_hashes)
        self._listed = {key_hash(key) for look in done for key, _ in look.pages}
        self._room = 0

    async def look(self, entrance: Entrance, stands_in_for: str | None = None) -> list[Look]:
        """Look at an entrance and at the parts it names; its own look comes last."""
        self._room = MAX_PARTS
        return await self._look(entrance, None, stands_in_for)

    async def _look(
        self, entrance: Entrance, part_of: str | None, stands_in_for: str | None
    ) -> list[Look]:
        tally = _Tally()
        await self._read(entrance, tally)
        hashes = {key_hash(key) for key in tally.pages}
        before = self._before.get(entrance.url)
        seen = set(before.item_hashes if before else ())
        tally.new_items = len(hashes - self._known - self._listed - seen)
        self._listed |= hashes
        inner = await self._look_at_parts(entrance, tally) if tally.parts else []
        own = [look.poll for look in inner if look.poll.part_of == entrance.url]
        poll = self._poll(entrance, tally, own, part_of, stands_in_for)
        odd = tuple(tally.unaskable.values())
        look = Look(poll=poll, pages=tuple(tally.pages.items()), unaskable=odd)
        self._keep(look)
        return [*inner, look]

    async def _read(self, entrance: Entrance, tally: _Tally) -> None:
        """Read a document, and the further pages that a listing names, within its bound."""
        url: str | None = entrance.url
        seen = set()
        for number in range(1, entrance.pages + 1):
            if url is None or url in seen:
                return
            seen.add(url)
            document = await self._read_document(entrance, url, is_first=number == 1)
            if number == 1:
                tally.status, tally.reason = document.status, document.reason
                tally.detail = document.detail
                tally.validators = (document.etag, document.last_modified)
                tally.is_unmodified = document.listing == "not_modified"
            elif document.reason:
                tally.detail = f"page {number}: {document.reason}: {document.detail}"
            if not isinstance(document.listing, Listing):
                return
            try:
                is_fresh = self._count(document.listing, tally)
            except ValueError as error:
                tally.reason, tally.detail = "bad_response", broken(error).detail
                return
            url = document.listing.more if is_fresh else None

    async def _read_document(self, entrance: Entrance, url: str, *, is_first: bool) -> Document:
        validators = self._validators(entrance) if is_first else {}
        zone = self._job.source.timezone
        try:
            return await read_document(entrance, url, self._ask, zone, validators)
        except ValueError as error:
            # One hostile value must not end the crawl: each attempt would die of it again.
            return Document(reason="bad_response", detail=broken(error).detail)

    def _validators(self, entrance: Entrance) -> dict[str, str]:
        """Build the headers of a conditional request (RFC 9110, 13.1), where its answer is enough.

        Never for an index: its parts may have changed, though it has not.
        """
        before = self._before.get(entrance.url)
        if before is None or entrance.url in self._indexes:
            return {}
        if entrance.kind == "listing" or not may_ask_if_modified(before, self._now):
            return {}
        headers = {"If-None-Match": before.etag, "If-Modified-Since": before.last_modified}
        return {name: value for name, value in headers.items() if value}

    def _count(self, listing: Listing, tally: _Tally) -> bool:
        """Apply the article rule; tell whether the document listed anything not known yet."""
        tally.items += len(listing.items) + listing.without_link + listing.over_bound
        tally.left_out["items without an address"] += listing.without_link
        tally.left_out["items over the bound"] += listing.over_bound
        tally.parts = listing.parts
        fresh = False
        for listed in map(make_writable, listing.items):
            moment = listed.item.published_at or listed.changed_at
            if not self._rule.search(listed.url):
                continue
            try:
                key = url_key(listed.url)
            except ValueError as error:
                odd = unaskable(listed, error)
                tally.unaskable.setdefault(odd.url_key, odd)
                continue
            if moment and moment <= self._now + AHEAD:
                tally.moments.append(moment)
            # Most addresses are their own key: of 50,000, a second copy is 7 MB.
            tally.pages.setdefault(listed.url if key == listed.url else key, listed)
            fresh = fresh or key_hash(key) not in self._known
        return fresh

    async def _look_at_parts(self, index: Entrance, tally: _Tally) -> list[Look]:
        choice = choose_parts(
            tally.parts, self._before, self._job.source, self._now, index=index.url
        )
        tally.unchanged = choice.unchanged
        tally.left_out["parts of other sites"] = choice.off_site
        tally.left_out["parts that failed before"] = choice.resting
        tally.left_out["parts not read"] = choice.over_bound
        looks: list[Look] = []
        for part in choice.asked:
            if part.url in self._done:
                continue
            if self._room == 0:
                tally.left_out["parts not read"] += 1
                continue
            self._room -= 1
            self._done.add(part.url)
            looks += await self._look(Entrance(kind="sitemap", url=part.url), index.url, None)
        return looks

    def _poll(
        self,
        entrance: Entrance,
        tally: _Tally,
        parts: Sequence[Poll],
        part_of: str | None,
        stands_in_for: str | None,
    ) -> Poll:
        before = self._before.get(entrance.url)
        if tally.reason is None and tally.parts:
            tally.reason, tally.detail = _trouble_of(parts, tally)
        overlapped = _overlapped(tally, parts, before)
        newest_at = self._newest(tally, parts, before)
        matched = len(tally.pages) + sum(poll.matched for poll in parts)
        new_items = tally.new_items + sum(poll.new_items for poll in parts)
        lost = overlapped is False and matched > 0 and tally.reason is None
        minutes = next_interval(
            self._job.source.interval_minutes,
            before,
            reason=tally.reason,
            is_losing=lost,
            new_share=new_items / matched if matched else 0.0,
        )
        unmodified = before if tally.is_unmodified else None
        hashes = sorted(key_hash(key) for key in tally.pages)[:MAX_HASHES]
        etag, last_modified = tally.validators
        return Poll(
            source_id=self._job.source.id,
            entrance=entrance.url,
            kind=entrance.kind,
            polled_at=tally.polled_at,
            status=tally.status,
            reason=tally.reason,
            detail=_detail(
                tally, self._job.source.tls_exception, lost=lost, is_part=part_of is not None
            ),
            items=tally.items,
            matched=len(tally.pages) + len(tally.unaskable),
            new_items=tally.new_items,
            is_stale=tally.reason is None
            and part_of is None
            and is_stale(
                newest_at or (before.newest_at if before else None),
                self._now,
                self._job.source.expect.max_age_hours,
            ),
            part_of=part_of,
            stands_in_for=stands_in_for,
            next_interval_minutes=minutes if part_of is None or tally.reason else None,
            newest_at=newest_at,
            oldest_at=min(tally.moments, default=None),
            overlapped=overlapped,
            etag=unmodified.etag if unmodified else etag,
            last_modified=unmodified.last_modified if unmodified else last_modified,
            item_hashes=unmodified.item_hashes if unmodified else tuple(hashes),
        )

    def _newest(
        self, tally: _Tally, parts: Sequence[Poll], before: KnownEntrance | None
    ) -> datetime | None:
        """Find the newest item that is listed, in parts not read again too."""
        moments: Iterable[datetime | None] = [*tally.moments, *(poll.newest_at for poll in parts)]
        if tally.parts:
            of = {part.url for part in tally.parts}
            moments = [*moments, *(k.newest_at for k in self._before.values() if k.url in of)]
        if tally.is_unmodified and before:
            moments = [before.newest_at]
        return max((moment for moment in moments if moment), default=None)


def unaskable(listed: Listed, error: ValueError) -> Unaskable:
    """Give an item whose address cannot be asked what stands for its url_key, and the reason."""
    key = unaskable_key(listed.url)
    return Unaskable(
        url_key=key,
        listed=replace(listed, url=key.removeprefix("unaskable:")),
        reason="over_bound" if isinstance(error, TooLongError) else "bad_url",
        detail=broken(error).detail,
    )


def _trouble_of(
    parts: Sequence[Poll], tally: _Tally
) -> tuple[FailReason | SkipReason | None, str | None]:
    """Give the trouble of an index none of whose parts can be read."""
    if tally.unchanged or any(map(is_well, parts)) or tally.pages:
        return None, None
    if parts:
        return parts[0].reason, f"none of its parts could be read: {parts[0].detail}"
    if tally.left_out["parts that failed before"]:
        return "gone", "all of its parts failed before"
    return None, None


def _overlapped(tally: _Tally, parts: Sequence[Poll], before: KnownEntrance | None) -> bool | None:
    """Tell whether anything of the look before is listed again; an index, by its parts."""
    if tally.is_unmodified or tally.unchanged:
        return True
    if before and before.item_hashes:
        return not {key_hash(key) for key in tally.pages}.isdisjoint(before.item_hashes)
    told = [poll.overlapped for poll in parts if poll.overlapped is not None]
    return any(told) if told else None


def _detail(tally: _Tally, tls_exception: str | None, *, lost: bool, is_part: bool) -> str | None:
    """Say what went wrong, and what was listed but is on no line of the ledger."""
    left_out = [f"{count} {what}" for what, count in tally.left_out.items() if count]
    said = [tally.detail] if tally.detail else []
    if lost:
        said.append("nothing of the look before is listed again")
        said[-1] += "" if is_part else f": {LOST}"
    said += [f"left out: {', '.join(left_out)}"] if left_out else []
    said += [f"unchanged parts: {tally.unchanged}"] if tally.unchanged else []
    said += [f"certificate not verified: {tls_exception}"] if tls_exception else []
    return "; ".join(said) or None
