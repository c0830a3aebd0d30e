"""The most memory that the child process of one crawl takes: `python -m tests.bench.peak PAGES`."""

import resource
import sys
from dataclasses import replace

from crawlers.crawl import crawl_source
from tests.bench.newsroom import newsroom
from tests.crawlers.outlet import plan

MINUTES = 0.7
"""A crawl's memory is at its highest when it has planned; what it asks later, it forgets."""


def main(pages: int) -> None:
    """Crawl an outlet that lists so many pages, all within its bound; print megabytes."""
    with newsroom(pages) as (source, folder):
        politeness = replace(source.politeness, max_minutes=MINUTES, max_pages=pages)
        batch = plan(folder / "home", replace(source, politeness=politeness))
        report = crawl_source(batch, source.id)
        assert report.listed == pages, report.line
        # Read while the newsroom still runs: it counts only once it has ended.
        kilobytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(kilobytes / 1024)  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]))
