"""Asks an outlet once, on a throw-away batch: what its entrances list now, and what they answered.

The crawl is the real one, in its guarded child, with the real home's leases: a probe never adds to
what an ingest asks of a host at the same time.
"""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord

from crawlers.batch import MANIFEST_JSON, Batch, BatchManifest, new_batch_id, write_whole
from crawlers.body import CutBodyError, TooLargeError, decode_body
from crawlers.catalogue import Source
from crawlers.code_version import code_version
from crawlers.crawl import crawl_source, log
from crawlers.entrances import Listed
from crawlers.job import JOB_JSON, CrawlJob
from crawlers.journal import Look, recover
from crawlers.lease import hosts_of, lease_hosts
from crawlers.ledger import read_polls
from crawlers.page import Poll
from crawlers.robots import asked_delay, parse_robots

MAX_ANSWERS = 60
MAX_ANSWER_BYTES = 5 * 1024 * 1024
MAX_NAMED = 1_000
"""Sitemaps of one robots.txt that are looked at."""
MAX_HOPS = 10
AT_HAND = 16
"""Files whose rules are kept: the entrances of one source share theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one address answered."""

    url: str
    status: int
    content_type: str | None
    body: bytes
    """Decompressed."""
    leads_to: str | None = None
    """Where it redirects to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a host's robots.txt says to us."""

    state: Literal["read", "none", "unread"]
    """`none` where the host has no robots.txt, `unread` where it could not be had."""
    crawl_delay: float | None = None
    sitemaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What came of asking an outlet's entrances once."""

    polls: tuple[Poll, ...]
    """One for each entrance that was asked."""
    looks: tuple[Look, ...]
    """What those that could be read list."""
    answers: tuple[Answer, ...]
    requests: int
    seconds: float

    def looks_of(self, entrance: str) -> list[Look]:
        """List the looks at an entrance: its own, and those at the parts that an index names."""
        found: list[Look] = []
        queue = [entrance]
        while queue:
            url = queue.pop()
            own = [look for look in self.looks if look.poll.entrance == url and look not in found]
            found += own
            queue += [look.poll.entrance for look in self.looks if own and look.poll.part_of == url]
        return found

    def items(self, entrance: str) -> tuple[tuple[str, Listed], ...]:
        """List what an entrance lists, in all its parts: each url_key once, with its item."""
        pages = {key: one for look in self.looks_of(entrance) for key, one in look.pages}
        return tuple(pages.items())

    def answer(self, url: str) -> Answer | None:
        """Find what an address answered."""
        return next((answer for answer in self.answers if answer.url == url), None)

    def rules(self, url: str) -> Rules:
        """Give the rules of the host that a URL is on."""
        parts = urlsplit(url)
        found = self.answer(f"{parts.scheme}://{parts.netloc}/robots.txt")
        for _ in range(MAX_HOPS):
            if found is None or found.leads_to is None:
                break
            found = self.answer(found.leads_to)
        if found is None or found.status >= 500 or found.status == 429:
            return Rules(state="unread")
        return read_rules(found.body) if found.status < 300 else Rules(state="none")


@lru_cache(maxsize=AT_HAND)
def read_rules(body: bytes) -> Rules:
    """Read a robots.txt as the crawl does; one that cannot be parsed counts as not had.

    What it forbids is left to the crawl, whose process is guarded.
    """
    try:
        rules = parse_robots(body)
        delay = asked_delay(rules)
    except ValueError:
        return Rules(state="unread")
    return Rules(
        state="read", crawl_delay=delay or None, sitemaps=tuple(islice(rules.sitemaps, MAX_NAMED))
    )


@contextmanager
def throw_away_home(home: Path) -> Iterator[Path]:
    """Give a home for crawls that leave nothing behind, with the leases of the real one."""
    locks = home.resolve() / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="khabar-probe-", ignore_cleanup_errors=True) as folder:
        scratch = Path(folder)
        (scratch / "locks").symlink_to(locks, target_is_directory=True)
        level = log.level
        log.setLevel(logging.CRITICAL)  # that an address is not there is a finding, not a warning
        try:
            yield scratch
        finally:
            log.setLevel(level)


def crawl_away(
    scratch: Path,
    source: Source,
    *,
    contact: str,
    loopback: Collection[str],
    now: datetime,
    wait: float,
) -> tuple[Batch, int]:
    """Crawl a source into a throw-away home; gives the batch, and how many requests it took.

    Raises:
        HostBusyError: where another process keeps the outlet for longer than `wait` seconds.
        CrawlDiedError: where the crawl's process ended early.
    """
    batch = Batch(id=new_batch_id(now, "probe", uuid4().hex), home=scratch)
    manifest = BatchManifest(
        batch_id=batch.id, dag="probe", run_id=batch.id, found_by="live", sources=(source.id,),
        code_version=code_version(),
    )  # fmt: skip
    job = CrawlJob(
        batch_id=batch.id, home=str(scratch), source=source, contact=contact,
        loopback=tuple(sorted(loopback)),
    )  # fmt: skip
    write_whole(batch.manifest, MANIFEST_JSON.dump_json(manifest))
    write_whole(batch.job(source.id), JOB_JSON.dump_json(job))
    with lease_hosts(scratch, hosts_of(source), wait):
        # Only to learn soon whether it is free; the crawl takes the hosts itself.
        pass
    return batch, crawl_source(batch, source.id, wait=wait).requests


def ask_entrances(
    scratch: Path,
    source: Source,
    *,
    contact: str,
    loopback: Collection[str],
    now: datetime,
    wait: float,
) -> Probe:
    """Ask every entrance of a source, and none of the articles they list.

    Raises:
        HostBusyError: where another process keeps the outlet for longer than `wait` seconds.
        CrawlDiedError: where the crawl's process ended early.
    """
    began = datetime.now(now.tzinfo)
    looked = replace(source, politeness=replace(source.politeness, max_pages=0))
    batch, requests = crawl_away(
        scratch, looked, contact=contact, loopback=loopback, now=now, wait=wait
    )
    return Probe(
        polls=tuple(poll for poll in read_polls(batch, source.id) if poll.part_of is None),
        looks=recover(batch, source.id).looks,
        answers=tuple(_answers(batch, source.id)),
        requests=requests,
        seconds=(datetime.now(now.tzinfo) - began).total_seconds(),
    )


def _answers(batch: Batch, source_id: str) -> Iterator[Answer]:
    """Read back what was archived: the crawl's process is the only one that talks to outlets."""
    count = 0
    for path in sorted(batch.archive_folder(source_id).glob("*.warc.gz")):
        with path.open("rb") as file:
            for record in ArchiveIterator(file):
                if record.rec_type != "response" or record.http_headers is None:
                    continue
                if (count := count + 1) > MAX_ANSWERS:
                    return
                yield _answer(record)


def _answer(record: ArcWarcRecord) -> Answer:
    headers = tuple((str(name), str(value)) for name, value in record.http_headers.headers)
    named = {name.lower(): value for name, value in headers}
    try:
        body = decode_body(record.raw_stream.read(), headers, MAX_ANSWER_BYTES)
    except (TooLargeError, CutBodyError):
        body = b""
    url = str(record.rec_headers.get_header("WARC-Target-URI"))
    status = int(record.http_headers.get_statuscode() or 0)
    return Answer(
        url=url,
        status=status,
        content_type=named.get("content-type"),
        body=body,
        leads_to=_target(url, named.get("location")) if 300 <= status < 400 else None,
    )


def _target(url: str, location: str | None) -> str | None:
    try:
        return urljoin(url, location).partition("#")[0] if location else None
    except ValueError:
        return None
