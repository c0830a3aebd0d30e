"""What one batch learns of an outlet's addresses, the next one knows before it asks."""

from datetime import timedelta
from pathlib import Path

import pytest

from crawlers.batch import Batch
from crawlers.crawl_report import REPORT_JSON, CrawlReport
from crawlers.ledger import read_fetches, read_manifest
from crawlers.urls import url_key
from khabar.run import finish, gather
from tests.crawlers.outlet import Answer, Outlet
from tests.whole_way.walk import Nobody, name_batch, plan, rows, settle
from warehouse.connection import snapshot_file

pytestmark = pytest.mark.usefixtures("warm_crawls", "warm_guards")

SOON = timedelta(minutes=59)


def story(number: int) -> str:
    return " ".join(f"Word{number}x{n} of the report from the valley." for n in range(60))


def print_page(outlet: Outlet, number: int, head: str = "") -> Answer:
    return Answer(
        f"<html><head><title>Dam {number} opens</title>"
        f'<link rel="canonical" href="{outlet.base}/news/{number}">{head}</head><body><article>'
        f"<h1>Dam {number} opens</h1><p>{story(number)}</p></article></body></html>".encode()
    )


def pass_through(
    outlet: Outlet, home: Path, paths: list[str], after: timedelta, **entry: object
) -> tuple[Batch, list[str]]:
    """Take a batch the whole way; return what was asked besides robots.txt and the feed."""
    settings = settle(outlet, home, paths, **entry)
    before = len(outlet.paths)
    batch = plan(settings, *name_batch(home, after), force=False)
    gather(batch, read_manifest(batch).sources, Nobody())
    finish(batch, Nobody())
    return batch, [path for path in outlet.paths[before:] if path not in ("/feed", "/robots.txt")]


def report_of(batch: Batch) -> CrawlReport:
    return REPORT_JSON.validate_json(batch.status("crawl", "valley").read_bytes())


def test_twins_once_learnt_are_known_before_they_are_asked(outlet: Outlet, tmp_path: Path) -> None:
    base = outlet.base
    twins = {
        "/news/1/amp": print_page(outlet, 1),
        "/?p=2": Answer(status=301, headers={"Location": f"{base}/news/2"}),
        "/print/3": print_page(outlet, 3),
        "/m/news/4": print_page(outlet, 4),
        "/news/5": print_page(
            outlet, 5, f'<link rel="amphtml" href="{base}/amp/5">'
            f'<link rel="shortlink" href="{base}/?p=5">',
        ),
    }  # fmt: skip
    outlet.routes |= {"/news/2": print_page(outlet, 2), **twins}
    first, asked = pass_through(outlet, tmp_path, list(twins), timedelta())
    assert sorted(asked) == sorted([*twins, "/news/2"])
    others = [*(f"/news/{n}" for n in range(1, 6)), "/amp/5", "/?p=5", *twins]
    second, asked = pass_through(outlet, tmp_path, others, SOON)
    assert asked == []
    assert report_of(second).known_not_due == report_of(second).listed == 11
    assert rows(snapshot_file(tmp_path), "select count(*) from articles") == [(5,)]
    assert first.id != second.id


def test_twins_of_a_rule_are_never_asked_and_lead_to_their_article(
    outlet: Outlet, tmp_path: Path
) -> None:
    rules = {"twins": [{"match": "/(print|amp)/", "becomes": "/news/"}]}
    outlet.routes |= {f"/news/{n}": print_page(outlet, n) for n in (1, 2)}
    _, asked = pass_through(outlet, tmp_path, ["/print/1", "/news/2"], timedelta(), **rules)
    assert sorted(asked) == ["/news/1", "/news/2"]
    listed = ["/print/1", "/news/1", "/amp/2"]
    batch, asked = pass_through(outlet, tmp_path, listed, SOON, **rules)
    assert asked == []
    assert [line.reason for line in read_fetches(batch, "valley")] == ["twin"]
    found = rows(
        snapshot_file(tmp_path),
        "select url_key, a.url, how from article_urls join articles a using (article_id)",
    )
    key = {path: url_key(outlet.base + path) for path in (*listed, "/news/2")}
    assert sorted(found) == sorted([
        (key["/news/1"], f"{outlet.base}/news/1", "asked"),
        (key["/print/1"], f"{outlet.base}/news/1", "rule"),
        (key["/news/2"], f"{outlet.base}/news/2", "asked"),
        (key["/amp/2"], f"{outlet.base}/news/2", "rule"),
    ])  # fmt: skip


def test_what_is_over_the_bound_is_kept_and_asked_newest_first(
    outlet: Outlet, tmp_path: Path
) -> None:
    paths = [f"/news/{n}" for n in range(8)]  # the newest first
    outlet.routes |= {path: print_page(outlet, n) for n, path in enumerate(paths)}
    bound = {"politeness": {"delay_seconds": 0, "max_pages": 3}}
    first, asked = pass_through(outlet, tmp_path, paths, timedelta(), **bound)
    assert sorted(asked) == paths[:3]
    assert "5 left over: about 2 more batches (10 minutes)" in report_of(first).line
    outlet.routes["/fresh"] = print_page(outlet, 9)
    second, asked = pass_through(outlet, tmp_path, ["/fresh"], SOON, **bound)
    assert sorted(asked) == ["/fresh", "/news/3", "/news/4"]
    assert "3 left over: about 1 more batch (5 minutes)" in report_of(second).line
    third, asked = pass_through(outlet, tmp_path, [], 2 * SOON, **bound)
    assert len(asked) == 3
    assert set(paths[5:]) <= set(asked), "new pages go before known ones that are due again"
    assert "left over" not in report_of(third).line
    assert rows(snapshot_file(tmp_path), "select count(*) from articles") == [(9,)]


def test_traps_and_odd_addresses_end_as_lines_and_the_articles_are_had(
    outlet: Outlet, tmp_path: Path
) -> None:
    real = [f"/news.php?id={n}" for n in range(40)]
    outlet.routes |= {path: print_page(outlet, n) for n, path in enumerate(real)}
    outlet.routes |= {f"/dam?ref={n}": print_page(outlet, 99) for n in range(60)}
    traps = ["/2026/11/22/", "/feeds/news/7", "/news.php/feed/", "/a/b/a/b/a/b/a/b/x"]
    long = "/" + "x" * 3000
    odd = ["/dam", *(f"/dam?ref={n}" for n in range(60)), *traps, long]
    outlet.routes["/dam"] = print_page(outlet, 99)
    batch, asked = pass_through(outlet, tmp_path, [*odd, *real], timedelta())
    assert set(real) <= set(asked)
    assert not {*traps, long} & set(asked)
    assert sum(path.startswith("/dam?") for path in asked) == 25
    reasons = [line.reason for line in read_fetches(batch, "valley")]
    assert reasons.count("over_bound") == len(traps) + 1 + 35
    report = report_of(batch)
    assert report.listed == len(reasons) == len(real) + len(odd)
    assert "40 over_bound" in report.line
    assert rows(snapshot_file(tmp_path), "select status, listed from batch_sources") == [
        ("loaded", len(reasons))
    ]
