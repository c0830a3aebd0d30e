"""Crawling: ours, with archive and ledger, against a bare Scrapy spider that stores nothing."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from uuid import UUID

from crawlers.batch import Batch
from crawlers.catalogue import Source
from crawlers.crawl import crawl_source
from crawlers.job import KnownPage
from crawlers.ledger import read_fetches
from crawlers.page import ArchiveRecord
from crawlers.scrapy_settings import CONCURRENCY
from crawlers.urls import url_key
from tests.bench.figure import Figure, take_turns
from tests.bench.newsroom import newsroom
from tests.crawlers.outlet import plan

PAGES = 1_000
KNOWN = 50_000
LONG_AGO = datetime(2026, 11, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One outlet of a newsroom that runs in a process of its own, and where to put what it says."""

    source: Source
    folder: Path
    runs: Iterator[int] = field(default_factory=count)

    def crawl(self, pages: int, known: tuple[KnownPage, ...] = ()) -> Batch:
        """Crawl so many pages of it, into a home of its own."""
        politeness = replace(self.source.politeness, max_pages=pages)
        source = replace(self.source, politeness=politeness)
        batch = plan(self.folder / f"home-{next(self.runs)}", source, known=known)
        crawl_source(batch, source.id)
        return batch

    def bare(self, urls: Path) -> None:
        """Fetch URLs of a file with a bare spider."""
        spider = [sys.executable, "-m", "tests.bench.bare_spider", str(urls), str(CONCURRENCY)]
        subprocess.run(spider, check=True)


def measure_crawl() -> list[Figure]:
    """Count CPU seconds of both crawlers, and say apart what their start and end take."""
    with newsroom(PAGES) as (source, folder):
        course = Course(source=source, folder=folder)
        lines = read_fetches(course.crawl(PAGES), course.source.id)
        one, all_ = course.folder / "one.txt", course.folder / "all.txt"
        one.write_text(lines[0].url)
        all_.write_text("\n".join(line.url for line in lines))
        start = take_turns(lambda: course.crawl(1), lambda: course.bare(one), cpu_of_crawlers)
        whole = take_turns(lambda: course.crawl(PAGES), lambda: course.bare(all_), cpu_of_crawlers)
    further = [(of_all - of_one) / (PAGES - 1) for of_all, of_one in zip(whole, start, strict=True)]
    return [
        _figure(
            f"crawl {PAGES:,} pages of 65 KB, a page (bare: Scrapy that keeps nothing)",
            *(seconds / PAGES for seconds in whole),
        ),
        _figure("the same without the processes' start and end", *further),
        _figure("start, one page, end", *start),
    ]


def measure_start() -> Figure:
    """Count what a start takes with many known pages, none of which is due."""
    with newsroom(1) as (source, folder):
        course = Course(source=source, folder=folder)
        known = tuple(_known(source.home, number) for number in range(KNOWN))
        ours, bare = take_turns(
            lambda: course.crawl(1, known), lambda: course.crawl(1), cpu_of_crawlers
        )
    return _figure(f"a crawl's start with {KNOWN:,} known pages (bare: with none)", ours, bare)


def measure_memory() -> Figure:
    """Compare the most memory of a crawl of 50,000 pages with that of a crawl of 1,000."""
    ours, bare = (
        float(subprocess.check_output([sys.executable, "-m", "tests.bench.peak", str(pages)]))
        for pages in (50_000, 1_000)
    )
    what = "the most memory, 50,000 pages (bare: 1,000 pages)"
    return Figure(what=what, ours=ours, bare=bare, unit="MB")


def _known(home: str, number: int) -> KnownPage:
    url = f"{home}news/{number}-the-bridge-was-reopened-on-monday"
    return KnownPage(
        url=url,
        url_key=url_key(url),
        etag=f'"{number:016x}"',
        last_modified="Mon, 02 Nov 2026 20:59:00 GMT",
        page_sha256=f"{number:064x}",
        first_seen_at=LONG_AGO,
        dated_at=LONG_AGO,
        last_fetched_at=LONG_AGO,
        is_gone=False,
        record=ArchiveRecord(
            record_id=f"urn:uuid:{UUID(int=number)}", file="valley_herald/2026/10/x-1.warc.gz",
            offset=number * 15_000, length=15_000, kind="response",
        ),
        extractor_version="1",
    )  # fmt: skip


def _figure(what: str, ours: float, bare: float) -> Figure:
    return Figure(what=what, ours=ours, bare=bare, unit="CPU s")


def cpu_of_crawlers() -> float:
    """Count CPU seconds of this process and of its ended children: the newsroom is still up."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
