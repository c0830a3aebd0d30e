from pathlib import Path

import pytest

from crawlers.backlog import say_backlog
from crawlers.catalogue import Politeness
from crawlers.crawl import crawl_source
from crawlers.job import DeferredPage
from crawlers.urls import key_hash, url_key
from tests.crawlers.outlet import Outlet, article, feed, plan, source

pytestmark = pytest.mark.usefixtures("warm_crawls")


@pytest.mark.parametrize(
    ("left", "asked", "minutes", "said"),
    [
        (1240, 200, 60, "1,240 left over: about 7 more batches (7 hours)"),
        (40, 200, 60, "40 left over: about 1 more batch (1 hour)"),
        (10, 5, 15, "10 left over: about 2 more batches (30 minutes)"),
        (20_000, 200, 60, "20,000 left over: about 100 more batches (4 days)"),
        (3, 0, 60, "3 left over"),
        (1240, 200, None, "1,240 left over for the next slices"),
        (0, 200, 60, None),
    ],
)
def test_backlog_is_told_with_an_estimate(
    left: int, asked: int, minutes: int | None, said: str | None
) -> None:
    assert say_backlog(left, asked, minutes) == said


def test_backlog_counts_what_earlier_batches_left_and_none_twice(
    outlet: Outlet, tmp_path: Path
) -> None:
    paths = [f"/news/{n}" for n in range(6)]
    outlet.routes |= {path: article(path) for path in paths}
    outlet.routes["/feed"] = feed(outlet.base, paths[:2])
    keys = [url_key(outlet.base + path) for path in paths]
    left = tuple(
        DeferredPage(url=outlet.base + path, url_key=key, entrance=None, item=None)
        for path, key in zip(paths[1:4], keys[1:4], strict=True)
    )
    of = source(outlet, politeness=Politeness(delay_seconds=0, max_pages=1))
    late = tuple(map(key_hash, (keys[0], *keys[4:])))
    report = crawl_source(plan(tmp_path, of, deferred=left, deferred_hashes=late), "valley")
    assert (report.listed, report.fetched) == (2, 1)
    assert "5 left over: about 5 more batches" in report.line
