"""Crawling: ours, with archive and ledger, against a bare Scrapy spider that stores nothing."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from crawlers.batch import Batch
from crawlers.catalogue import Source, load_catalogue
from crawlers.crawl import crawl_source
from crawlers.ledger import read_fetches
from crawlers.scrapy_settings import CONCURRENCY
from tests.bench.figure import Figure, take_turns
from tests.crawlers.outlet import plan

OUTLET = "valley_herald"
PAGES = 1_000
READY_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One outlet of a newsroom that runs in a process of its own, and where to put what it says."""

    source: Source
    folder: Path
    runs: Iterator[int] = field(default_factory=count)

    def crawl(self, pages: int) -> Batch:
        """Crawl so many pages of it, into a home of its own."""
        politeness = replace(self.source.politeness, max_pages=pages)
        source = replace(self.source, politeness=politeness)
        batch = plan(self.folder / f"home-{next(self.runs)}", source)
        crawl_source(batch, source.id)
        return batch

    def bare(self, urls: Path) -> None:
        """Fetch URLs of a file with a bare spider."""
        spider = [sys.executable, "-m", "tests.bench.bare_spider", str(urls), str(CONCURRENCY)]
        subprocess.run(spider, check=True)


def measure_crawl() -> list[Figure]:
    """Count CPU seconds of both crawlers, and say apart what their start and end take."""
    with newsroom(PAGES) as course:
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


def _figure(what: str, ours: float, bare: float) -> Figure:
    return Figure(what=what, ours=ours, bare=bare, unit="CPU s")


def cpu_of_crawlers() -> float:
    """Count CPU seconds of this process and of its ended children: the newsroom is still up."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


@contextmanager
def newsroom(articles: int) -> Iterator[Course]:
    """Run the newsroom as a process of its own, and take one outlet of it, all pages at once."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        card = folder / "newsroom" / "town.json"
        options = ["--home", name, "--articles", str(articles), "--bulk"]
        town = subprocess.Popen(
            [sys.executable, "-m", "khabar.newsroom", *options], stdout=subprocess.DEVNULL
        )
        try:
            ends = time.monotonic() + READY_SECONDS
            while not card.exists() and time.monotonic() < ends:
                time.sleep(0.1)
            sources, _ = load_catalogue([Path(json.loads(card.read_text())["sources"])])
            (source,) = (one for one in sources if one.id == OUTLET)
            yield Course(source=source, folder=folder)
        finally:
            town.terminate()
            town.wait()
