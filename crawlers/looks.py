"""Looks at entrances: their documents and parts, what those list, and the polls that say so."""

import re
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from crawlers.answers import broken
from crawlers.catalogue import Entrance
from crawlers.documents import Ask, Document, read_document
from crawlers.entrances import Listing, Part
from crawlers.entrances.sitemap import MAX_PARTS
from crawlers.job import CrawlJob
from crawlers.journal import Look
from crawlers.judgement import Opened, judge
from crawlers.parts import choose_parts
from crawlers.polling import may_ask_if_modified
from crawlers.tally import Tally
from crawlers.urls import key_hash

_NO_MORE = ("gone", "robots")
"""What says of a listing's further page that there is none for us."""


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
        self._zone = ZoneInfo(job.source.timezone) if job.source.timezone else None
        # An entrance of the source file has looks of its own, though an index names it too.
        own = {entrance.url for entrance in job.source.entrances}
        self._done = own | {look.poll.entrance for look in done}
        self._keep = keep
        self._rule = re.compile(job.source.article)
        self._before = {entrance.url: entrance for entrance in job.entrances}
        self._indexes = {entrance.part_of for entrance in job.entrances}
        keys = [page.url_key for page in job.known] + [page.url_key for page in job.deferred]
        self._known = {*map(key_hash, keys), *job.known_hashes, *job.deferred_hashes}
        self._listed = {key_hash(key) for look in done for key, _ in look.pages}

    async def look(self, entrance: Entrance, stands_in_for: str | None = None) -> list[Look]:
        """Look at an entrance and at the parts it names; its own look comes last."""
        opened = [await self._open(entrance, None)]
        looks = await self._look_at_parts(opened)
        for one in reversed(opened[1:]):
            looks.append(self._close(one, opened))
        return [*looks, self._close(opened[0], opened, stands_in_for)]

    async def _open(self, entrance: Entrance, part_of: str | None) -> Opened:
        tally = Tally()
        await self._read(entrance, tally)
        hashes = {key_hash(key) for key in tally.pages}
        before = self._before.get(entrance.url)
        seen = set(before.item_hashes if before else ())
        tally.new_items = len(hashes - self._known - self._listed - seen)
        self._listed |= hashes
        opened = Opened(entrance=entrance, part_of=part_of, tally=tally)
        if tally.parts:
            opened.waiting.extend(self._choose(entrance, tally))
        return opened

    def _choose(self, index: Entrance, tally: Tally) -> tuple[Part, ...]:
        choice = choose_parts(
            tally.parts, self._before, self._job.source, self._now, index=index.url
        )
        tally.unchanged = choice.unchanged
        tally.left_out["parts of other sites"] = choice.off_site
        tally.left_out["parts that failed before"] = choice.resting
        tally.left_out["parts not read"] = choice.past
        return choice.asked

    async def _look_at_parts(self, indexes: list[Opened]) -> list[Look]:
        """Read parts within one bound, one of each index in turn; those that are indexes join.

        So a long index that comes first keeps no other sitemap from being read.
        """
        looks: list[Look] = []
        room = MAX_PARTS
        while any(index.drop_done(self._done) for index in indexes) and room:
            for index in tuple(indexes):
                if not index.drop_done(self._done) or not room:
                    continue
                room -= 1
                part = index.waiting.popleft()
                self._done.add(part.url)
                opened = await self._open(
                    Entrance(kind="sitemap", url=part.url), index.entrance.url
                )
                if opened.tally.parts:
                    indexes.append(opened)
                else:
                    looks.append(self._close(opened, indexes))
        return looks

    def _close(
        self, one: Opened, indexes: Sequence[Opened], stands_in_for: str | None = None
    ) -> Look:
        """Judge a look when all that it led to has been read, and hand it on."""
        tally = one.tally
        tally.left_out["parts not read"] += one.drop_done(self._done)
        poll = judge(one, self._before, self._job, stands_in_for)
        for index in indexes:
            if index.entrance.url == one.part_of:
                index.polls.append(poll)
        odd = tuple(tally.unaskable.values())
        look = Look(poll=poll, pages=tuple(tally.pages.items()), unaskable=odd)
        self._keep(look)
        return look

    async def _read(self, entrance: Entrance, tally: Tally) -> None:
        """Read a document, and the further pages that a listing names, within its bound.

        A page that lists nothing unknown is the last, unless the look before did not come so far.
        """
        url: str | None = entrance.url
        before = self._before.get(entrance.url)
        reads_on = before is not None and before.is_cut_short
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
                tally.is_cut_short = document.reason not in _NO_MORE
            if not isinstance(document.listing, Listing):
                return
            try:
                is_fresh = tally.count(
                    document.listing, self._rule, self._known, self._now, self._zone
                )
            except ValueError as error:
                tally.reason, tally.detail = "bad_response", broken(error).detail
                return
            url = document.listing.more if is_fresh or reads_on else None

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
