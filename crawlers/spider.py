"""The walk every outlet shares: robots → entrances → pages, each ending as one ledger line."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy import Spider
from scrapy.extensions.throttle import AutoThrottle

from crawlers.answers import Reply, Trouble, broken
from crawlers.archive import ArchiveWriter
from crawlers.ask import Ask, leaves_line, skip
from crawlers.fetcher import Fetcher
from crawlers.frontier import Frontier, plan_walk
from crawlers.hosts import Hosts
from crawlers.job import ArchiveDocument, CrawlJob
from crawlers.journal import Journal, LedgerFile, Look, note_look
from crawlers.lease import hosts_of, is_wanted
from crawlers.lines import line_of, outcome_of
from crawlers.look_back import look_at_document, look_back
from crawlers.looks import Looker
from crawlers.page import FETCH_JSON, Fetch, Poll
from crawlers.poll_round import poll_entrances
from crawlers.queue import Queue
from crawlers.records import Exchange
from crawlers.revisit import validators
from crawlers.robots import Robots
from crawlers.room import tell_low_disk
from crawlers.scrapy_settings import CONCURRENCY, user_agent
from crawlers.sites import is_on_site

MAX_PAGE_BYTES = 10 * 1024 * 1024
MAX_ENTRANCE_BYTES = 50 * 1024 * 1024
_NO_LOOK = ("deferred", "host_resting")
"""Why a page keeps its place for the next batch."""
_REFUSED = ("robots", "off_site", "bad_url")
"""Why a page is not asked at all; at the end of a redirect, it failed."""


@dataclass(slots=True, kw_only=True)
class Walk:
    """What one attempt found; filled by the spider, read when it has ended."""

    job: CrawlJob
    journal: Journal
    archive: ArchiveWriter
    fetches: LedgerFile
    polls: list[Poll] = field(default_factory=list)
    frontier: Frontier | None = None
    requests: int = 0
    stopped: str | None = None
    """Why it was ended before its time."""
    revisits_left: int = 0
    """Known pages that were due and not asked: the next batch's."""
    revisits_deferred: int = 0
    """Those among them that are listed, and so have a line."""


class OutletSpider(Spider):  # type: ignore[misc]
    """Walks one outlet; Scrapy's downloader keeps the distance, this class the order."""

    name = "outlet"

    def __init__(self, walk: Walk, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.walk = walk

    async def start(self) -> AsyncIterator[Any]:
        """Do the whole walk; nothing is left for Scrapy to schedule."""
        job = self.walk.job
        if job.source.tls_exception:
            self.logger.warning("certificates not verified: %s", job.source.tls_exception)
        self._fetcher = Fetcher(
            self.crawler.engine,
            user_agent=user_agent(job.contact),
            seconds=job.max_minutes * 60,
            hosts=Hosts(
                Path(job.home),
                now=lambda: datetime.now(UTC),
                entrances=[entrance.url for entrance in job.source.entrances],
                is_forced=job.is_forced,
            ),
            why_stop=self._why_stop,
        )
        self._robots = Robots(self._ask_robots)
        self._queue = await self._plan()
        await asyncio.gather(*(self._work() for _ in range(CONCURRENCY)))
        for ask, bound in self._queue.drain():
            self._skip(ask, Trouble(reason="deferred", detail=bound))
        self.walk.requests = self._fetcher.requests
        self.walk.stopped = self._fetcher.stopped
        return
        yield

    def _why_stop(self) -> str | None:
        """Say why the walk must end early: what is left waits for the next batch."""
        job, home = self.walk.job, Path(self.walk.job.home)
        if job.is_yielding and is_wanted(home, hosts_of(job.source)):
            return "another crawl wants the host"
        return tell_low_disk(home, job.disk_floor_mb)

    async def _plan(self) -> Queue:
        """Look at the entrances; return what to ask, and hold on to nothing else.

        A long crawl forgets each page when it has been asked.
        """
        job, journal = self.walk.job, self.walk.journal
        looks = await (self._look() if job.window is None else self._look_back())
        frontier = plan_walk(job, looks, journal.fetches, job.now)
        self.walk.fetches.extend(frontier.lines)
        self.walk.frontier = replace(frontier, new=(), due=(), lines=())
        return Queue(frontier, job)

    async def _look(self) -> Sequence[Look]:
        job, done = self.walk.job, self.walk.journal.looks
        looker = Looker(job, self._ask_entrance, done=done, keep=self._keep_look)
        return await poll_entrances(job, looker, done)

    async def _look_back(self) -> Sequence[Look]:
        job = self.walk.job

        async def look_at(document: ArchiveDocument) -> Look:
            look = await look_at_document(document, job, self._ask_entrance)
            self._keep_look(look)
            return look

        def is_half_over() -> bool:
            return self._fetcher.seconds_left < job.max_minutes * 30

        return await look_back(job, self.walk.journal.looks, look_at, is_half_over)

    def _keep_look(self, look: Look) -> None:
        """Archive a look, so that a crawl that dies leaves its trace."""
        poll = look.poll
        note_look(self.walk.archive, look)
        self.walk.polls.append(poll)
        said = poll.reason or f"{poll.matched} of {poll.items}"
        said += f" ({poll.detail})" if poll.detail else ""
        said += f", in place of {poll.stands_in_for}" if poll.stands_in_for else ""
        self.logger.log(30 if poll.reason else 20, "%s %s: %s", poll.kind, poll.entrance, said)

    async def _ask_entrance(self, url: str, validators: Mapping[str, str]) -> Reply | Trouble:
        reply = await self._fetcher.fetch(
            url, check=self._robots_check, max_bytes=MAX_ENTRANCE_BYTES, validators=validators
        )
        self._keep(reply.exchanges)
        return reply

    async def _ask_robots(self, url: str) -> Reply | Trouble:
        reply = await self._fetcher.fetch(url, check=_allow, max_bytes=MAX_PAGE_BYTES)
        self._keep(reply.exchanges)
        return reply

    def _keep(self, exchanges: tuple[Exchange, ...]) -> None:
        if exchanges:
            self.walk.archive.commit(self.walk.archive.prepare(exchanges, revisit=None))

    async def _robots_check(self, url: str) -> Trouble | None:
        trouble = await self._robots.check(url)
        self._slow_down()
        return trouble

    async def _page_check(self, url: str) -> Trouble | None:
        if not is_on_site(url, self.walk.job.source):
            return Trouble(reason="off_site", detail=f"leads to {url[:200]}")
        trouble = await self._robots_check(url)
        if trouble is None or trouble.reason in ("robots", "private_address", "deferred"):
            return trouble
        # The host is down, not the page: it keeps its place for the next batch.
        return Trouble(reason="host_resting", detail=trouble.detail)

    def _slow_down(self) -> None:
        """Keep at least the distance that a robots.txt asks for."""
        downloader = self.crawler.engine.downloader
        throttle = self.crawler.get_extension(AutoThrottle)
        for host, seconds in self._robots.delays.items():
            distance = max(seconds, self.walk.job.source.politeness.delay_seconds)
            downloader.per_slot_settings[host] = {"delay": distance}
            if slot := downloader.slots.get(host):
                slot.delay = max(slot.delay, distance)
            if throttle:
                throttle.mindelay = max(throttle.mindelay, distance)

    async def _work(self) -> None:
        while ask := self._queue.take():
            if trouble := self._fetcher.over():
                self._skip(ask, trouble)
            else:
                await self._ask_page(ask)

    async def _ask_page(self, ask: Ask) -> None:
        try:
            reply = await self._fetcher.fetch(
                ask.url,
                check=self._page_check,
                max_bytes=MAX_PAGE_BYTES,
                validators=validators(ask.known),
            )
            self._settle(ask, reply)
        except ValueError as error:
            # One hostile value must not end the crawl: each attempt would die of it again.
            self._settle(ask, broken(error))

    def _settle(self, ask: Ask, reply: Reply | Trouble) -> None:
        """Archive what came, with its line."""
        if isinstance(reply, Trouble) and reply.reason in _NO_LOOK:
            self._keep(reply.exchanges)
            self._skip(ask, reply)
            return
        if isinstance(reply, Trouble) and reply.reason in _REFUSED and not reply.exchanges:
            self._queue.give_back(ask)
            self.walk.fetches.append(skip(self.walk.job.source.id, ask, reply.reason, reply.detail))
            return
        outcome = outcome_of(reply, ask)
        before = ask.known.record if ask.known else None
        records = self.walk.archive.prepare(
            reply.exchanges,
            revisit=outcome.revisit,
            original=before.record_id if before else None,
        )
        line = line_of(self.walk.job.source.id, ask, reply, outcome)
        if line.disposition in ("fetched", "not_modified"):
            line = replace(line, record=records.last)
        records.add_note(ask.url, "fetch", FETCH_JSON.dump_json(line))
        self.walk.archive.commit(records)
        self._note(line)

    def _skip(self, ask: Ask, trouble: Trouble) -> None:
        """Leave a page to the next batch."""
        has_line = leaves_line(ask, trouble.reason)
        if has_line:
            line = skip(self.walk.job.source.id, ask, trouble.reason, trouble.detail)
            self.walk.fetches.append(line)
        if ask.known is not None and trouble.reason == "deferred":
            self.walk.revisits_left += 1
            self.walk.revisits_deferred += has_line

    def _note(self, line: Fetch) -> None:
        self.walk.fetches.append(line)
        if line.disposition == "failed":
            self.logger.warning("failed %s: %s (%s)", line.url, line.reason, line.detail)
        else:
            self.logger.info("%s %s", line.disposition, line.url)


async def _allow(_url: str) -> None:
    return None
