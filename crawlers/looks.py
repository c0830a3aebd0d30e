"""Looks at entrances: their documents and parts, what those list, and the polls that say so."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from crawlers.answers import broken
from crawlers.catalogue import Entrance
from crawlers.documents import Ask, Document, read_document
from crawlers.entrances import Listing
from crawlers.entrances.sitemap import MAX_PARTS
from crawlers.job import CrawlJob, KnownEntrance
from crawlers.journal import Look
from crawlers.page import FailReason, Poll, SkipReason
from crawlers.parts import choose_parts
from crawlers.polling import is_stale, is_well, may_ask_if_modified, next_interval
from crawlers.tally import MAX_HASHES, Tally, say
from crawlers.urls import key_hash


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
        tally = Tally()
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

    async def _read(self, entrance: Entrance, tally: Tally) -> None:
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
                tally.etag, tally.last_modified = document.etag, document.last_modified
                tally.is_unmodified = document.listing == "not_modified"
            elif document.reason:
                tally.detail = f"page {number}: {document.reason}: {document.detail}"
            if not isinstance(document.listing, Listing):
                return
            try:
                is_fresh = tally.count(document.listing, self._rule, self._known, self._now)
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

    async def _look_at_parts(self, index: Entrance, tally: Tally) -> list[Look]:
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
        tally: Tally,
        parts: Sequence[Poll],
        part_of: str | None,
        stands_in_for: str | None,
    ) -> Poll:
        """Judge a look by what it found and by the look before."""
        before = self._before.get(entrance.url)
        if tally.reason is None and tally.parts:
            tally.reason, tally.detail = _trouble_of(parts, tally)
        overlapped = _overlapped(tally, parts, before)
        matched = len(tally.pages) + sum(poll.matched for poll in parts)
        new_items = tally.new_items + sum(poll.new_items for poll in parts)
        lost = overlapped is False and matched > 0 and tally.reason is None
        minutes = next_interval(
            self._job.source.interval_minutes,
            before,
            reason=tally.reason,
            is_losing=lost,
            new_share=new_items / max(matched, 1),
        )
        tls_exception = self._job.source.tls_exception
        return replace(
            self._bare_poll(entrance, tally, parts, before),
            detail=say(tally, tls_exception, lost=lost, is_part=part_of is not None),
            is_stale=part_of is None and self._is_stale(tally, parts, before),
            part_of=part_of,
            stands_in_for=stands_in_for,
            next_interval_minutes=minutes if part_of is None or tally.reason else None,
            overlapped=overlapped,
        )

    def _bare_poll(
        self, entrance: Entrance, tally: Tally, parts: Sequence[Poll], before: KnownEntrance | None
    ) -> Poll:
        """Write down what was seen; where nothing was modified, what was seen before."""
        unmodified = before if tally.is_unmodified else None
        return Poll(
            source_id=self._job.source.id,
            entrance=entrance.url,
            kind=entrance.kind,
            polled_at=tally.polled_at,
            status=tally.status,
            reason=tally.reason,
            items=tally.items,
            matched=len(tally.pages) + len(tally.unaskable),
            new_items=tally.new_items,
            newest_at=self._newest(tally, parts, before),
            oldest_at=min(tally.moments, default=None),
            etag=unmodified.etag if unmodified else tally.etag,
            last_modified=unmodified.last_modified if unmodified else tally.last_modified,
            item_hashes=unmodified.item_hashes
            if unmodified
            else tuple(sorted(tally.hashes())[:MAX_HASHES]),
        )

    def _is_stale(self, tally: Tally, parts: Sequence[Poll], before: KnownEntrance | None) -> bool:
        newest_at = self._newest(tally, parts, before) or (before.newest_at if before else None)
        hours = self._job.source.expect.max_age_hours
        return tally.reason is None and is_stale(newest_at, self._now, hours)

    def _newest(
        self, tally: Tally, parts: Sequence[Poll], before: KnownEntrance | None
    ) -> datetime | None:
        """Find the newest item that is listed, in parts not read again too."""
        moments: Iterable[datetime | None] = [*tally.moments, *(poll.newest_at for poll in parts)]
        if tally.parts:
            of = {part.url for part in tally.parts}
            moments = [*moments, *(k.newest_at for k in self._before.values() if k.url in of)]
        if tally.is_unmodified and before:
            moments = [before.newest_at]
        return max((moment for moment in moments if moment), default=None)


def _trouble_of(
    parts: Sequence[Poll], tally: Tally
) -> tuple[FailReason | SkipReason | None, str | None]:
    """Give the trouble of an index none of whose parts can be read."""
    if tally.unchanged or any(map(is_well, parts)) or tally.pages:
        return None, None
    if parts:
        return parts[0].reason, f"none of its parts could be read: {parts[0].detail}"
    if tally.left_out["parts that failed before"]:
        return "gone", "all of its parts failed before"
    return None, None


def _overlapped(tally: Tally, parts: Sequence[Poll], before: KnownEntrance | None) -> bool | None:
    """Tell whether anything of the look before is listed again; an index, by its parts."""
    if tally.is_unmodified or tally.unchanged:
        return True
    if before and before.item_hashes:
        return not tally.hashes().isdisjoint(before.item_hashes)
    told = [poll.overlapped for poll in parts if poll.overlapped is not None]
    return any(told) if told else None
