import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from crawlers.entrances import Listed
from crawlers.lease import lease_hosts
from crawlers.page import ListedItem
from khabar.judging import rate_of
from tests.crawlers.outlet import Answer, Outlet
from tests.khabar.command import Done, assert_one_line, khabar

pytestmark = pytest.mark.usefixtures("warm_crawls")

FILE = """
name: {name}
home: {base}/
languages: [en]
timezone: Asia/Karachi
entrances: [{{{kind}: '{base}{path}'}}]
article: /news/
politeness: {{delay_seconds: 0}}
"""


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    outlet = Outlet()
    outlet.routes["/fresh"] = dated(hours=(1, 3, 5, 7, 9, 300))
    outlet.routes["/stale"] = dated(hours=(200, 230, 300))
    outlet.routes["/other"] = Answer(b"<html><a href='/elsewhere/1'>x</a></html>")
    yield outlet
    outlet.close()


def dated(hours: tuple[float, ...]) -> Answer:
    now = datetime.now(UTC)
    items = "".join(
        f"<item><title>T</title><link>/news/{n}</link>"
        f"<pubDate>{format_datetime(now - timedelta(hours=hour))}</pubDate></item>"
        for n, hour in enumerate(hours)
    )
    return Answer(f"<rss version='2.0'><channel>{items}</channel></rss>".encode())


def add(
    home: Path, outlet: Outlet, name: str, path: str, more: str = "", kind: str = "feed"
) -> None:
    folder = home / "sources"
    folder.mkdir(parents=True, exist_ok=True)
    text = FILE.format(name=name, base=outlet.base, path=path, kind=kind) + more
    (folder / f"{name}.yml").write_text(text)


def check(home: Path, outlet: Outlet, *words: str) -> tuple[Done, dict[str, dict[str, Any]]]:
    done = khabar(home, "sources", "check", *words, "--json", loopback=outlet.host)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return done, {row["source"]: row for row in rows}


def test_entrance_that_keeps_its_promise_is_fine(tmp_path: Path, outlet: Outlet) -> None:
    outlet.routes["/robots.txt"] = Answer(b"User-agent: *\nCrawl-delay: 0.5\nDisallow: /no\n")
    add(tmp_path, outlet, "good", "/fresh", "expect: {articles_per_day: 10}\n")
    done, rows = check(tmp_path, outlet)
    row = rows["good"]
    assert done.returncode == 0, done
    assert (row["state"], row["items"], row["matched"], row["promise_kept"]) == ("fine", 6, 6, True)
    assert (row["robots"], row["crawl_delay"], row["status"]) == ("allowed, 0.5 s apart", 0.5, 200)
    assert 0.9 < row["age_hours"] < 1.2
    assert 11 < row["per_day"] < 13
    assert outlet.paths == ["/robots.txt", "/fresh"]  # no article is asked
    assert not (tmp_path / "batches").exists()
    assert not (tmp_path / "archive").exists()


@pytest.mark.parametrize(
    ("path", "more", "state", "why"),
    [
        ("/gone", "", "unreachable", "gone: HTTP 404"),
        ("/stale", "", "stale", "newest item is 200 h old, promised are 72"),
        ("/fresh", "expect: {articles_per_day: 50}\n", "slow", "promised are 50"),
        ("/fresh", "article: /none/\n", "empty", "6 items, and the article rule matches none"),
        ("/no/feed", "", "unreachable", "robots"),
    ],
)
def test_entrance_below_its_promise_is_red_unless_nobody_verified_it(
    tmp_path: Path, outlet: Outlet, path: str, more: str, state: str, why: str
) -> None:
    outlet.routes["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /no\n")
    add(tmp_path, outlet, "bad", path, more if more.startswith("expect") else "")
    file = tmp_path / "sources" / "bad.yml"
    if more.startswith("article"):
        file.write_text(file.read_text().replace("article: /news/\n", more))
    done, rows = check(tmp_path, outlet)
    assert done.returncode == 1, done
    assert (rows["bad"]["state"], rows["bad"]["is_alarming"]) == (state, True)
    assert why in rows["bad"]["why"]
    assert rows["bad"]["robots"] == ("forbidden" if path.startswith("/no/") else "allowed")
    file.write_text(file.read_text() + "verified: false\n")
    done, rows = check(tmp_path, outlet)
    assert (done.returncode, rows["bad"]["promise_kept"]) == (0, False)
    assert check(tmp_path, outlet, "bad")[0].returncode == 1


def test_index_of_sitemaps_is_judged_by_its_parts(tmp_path: Path, outlet: Outlet) -> None:
    head = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
    part = f"<sitemap><loc>{outlet.base}/part.xml</loc></sitemap>"
    outlet.routes["/index.xml"] = Answer(f"<sitemapindex {head}>{part}</sitemapindex>".encode())
    changed = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    rows = "".join(
        f"<url><loc>{outlet.base}/news/{n}</loc><lastmod>{changed}</lastmod></url>"
        for n in range(5)
    )
    outlet.routes["/part.xml"] = Answer(f"<urlset {head}>{rows}</urlset>".encode())
    add(tmp_path, outlet, "good", "/index.xml", kind="sitemap")
    done, found = check(tmp_path, outlet)
    assert (done.returncode, found["good"]["state"]) == (0, "fine")
    assert found["good"]["matched"] == 5
    assert 1.9 < found["good"]["age_hours"] < 2.2


def test_table_names_what_is_wrong_and_passes_over_the_retired(
    tmp_path: Path, outlet: Outlet
) -> None:
    add(tmp_path, outlet, "good", "/fresh")
    add(tmp_path, outlet, "page", "/other", kind="listing")
    add(tmp_path, outlet, "dead", "/gone", "retired: closed in March 2026\n")
    done = khabar(tmp_path, "sources", "check", loopback=outlet.host)
    assert done.returncode == 1
    assert "2 entrances: 1 fine, 1 below their promise" in done.stdout
    assert "the article rule matches none" in done.stdout
    assert "/gone" not in outlet.paths
    assert "dead" not in done.stdout
    assert "page: empty" in done.stderr
    assert "good: fine" in done.stderr


def test_an_outlet_that_a_crawl_is_asking_is_passed_over(tmp_path: Path, outlet: Outlet) -> None:
    add(tmp_path, outlet, "good", "/fresh")
    with lease_hosts(tmp_path, [outlet.host]):
        done, rows = check(tmp_path, outlet)
    assert (done.returncode, rows["good"]["state"], rows["good"]["promise_kept"]) == (
        0,
        "busy",
        None,
    )
    assert "is being crawled by process" in rows["good"]["why"]
    assert outlet.paths == []


def test_host_that_rests_is_not_judged_and_says_until_when(tmp_path: Path, outlet: Outlet) -> None:
    outlet.routes["/tired"] = Answer(b"x", 429, {"Retry-After": "900"})
    add(tmp_path, outlet, "good", "/tired")
    done, rows = check(tmp_path, outlet)
    assert (done.returncode, rows["good"]["state"]) == (1, "unreachable")
    asked = len(outlet.paths)
    done, rows = check(tmp_path, outlet)
    row = rows["good"]
    assert (done.returncode, row["state"], row["promise_kept"], row["robots"]) == (
        0,
        "resting",
        None,
        "",
    )
    assert re.fullmatch(r"until .*\d\d:\d\d UTC: the host asked for rest", row["why"])
    assert len(outlet.paths) == asked
    told = khabar(tmp_path, "sources", "check", loopback=outlet.host).stdout
    assert "1 entrance: 0 fine, 1 could not be asked now" in told


def test_robots_is_judged_as_the_crawl_judges_it(tmp_path: Path, outlet: Outlet) -> None:
    rules = b"User-agent: Kha\nDisallow: /\nUser-agent: *\nRequest-rate: 2/1\n"
    outlet.routes["/robots.txt"] = Answer(status=301, headers={"Location": "/rules"})
    outlet.routes["/rules"] = Answer(rules)
    add(tmp_path, outlet, "good", "/fresh")
    row = check(tmp_path, outlet)[1]["good"]
    assert (row["state"], row["robots"]) == ("fine", "allowed, 0.5 s apart")


def test_empty_entrance_says_that_it_is_empty(tmp_path: Path, outlet: Outlet) -> None:
    add(tmp_path, outlet, "page", "/nothing", kind="sitemap")
    outlet.routes["/nothing"] = Answer(b"<urlset/>")
    row = check(tmp_path, outlet)[1]["page"]
    assert (row["state"], row["why"]) == ("empty", "0 items")


def test_json_before_check_is_refused(tmp_path: Path, outlet: Outlet) -> None:
    add(tmp_path, outlet, "good", "/fresh")
    done = khabar(tmp_path, "sources", "--json", "check", "good", loopback=outlet.host)
    assert (done.returncode, done.stdout) == (2, "")
    assert "khabar sources check --json" in done.stderr
    assert outlet.paths == []


def test_unknown_source_is_one_clear_line(tmp_path: Path, outlet: Outlet) -> None:
    add(tmp_path, outlet, "good", "/fresh")
    done = khabar(tmp_path, "sources", "check", "nobody", loopback=outlet.host)
    assert_one_line(done, "no source 'nobody'")


def test_old_items_that_come_up_again_do_not_slow_the_rate() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    hours = [*range(24), 9_000, 9_001]
    items = [
        Listed(url="x", item=ListedItem(published_at=now - timedelta(hours=hour))) for hour in hours
    ]
    assert rate_of(items) == pytest.approx(24, rel=0.1)
    assert rate_of(items[:2]) is None


def test_list_shows_the_retired_with_their_reason(tmp_path: Path, outlet: Outlet) -> None:
    add(tmp_path, outlet, "good", "/fresh")
    add(tmp_path, outlet, "dead", "/gone", "retired: closed in March 2026\n")
    done = khabar(tmp_path, "sources")
    assert done.returncode == 0
    assert "closed in March 2026" in done.stdout
    assert "1 source in" in done.stdout
    assert ", 1 retired; 0 files" in done.stdout
    rows = [json.loads(line) for line in khabar(tmp_path, "sources", "--json").stdout.splitlines()]
    assert {row["id"]: row["retired"] for row in rows} == {
        "good": None,
        "dead": "closed in March 2026",
    }


def test_operators_file_overrides_the_catalogues_from_the_next_run_on(
    tmp_path: Path, outlet: Outlet
) -> None:
    add(tmp_path, outlet, "good", "/gone")
    bundled = (tmp_path / "sources").rename(tmp_path / "bundled")
    assert khabar(tmp_path, "run", catalogue=str(bundled), loopback=outlet.host).returncode == 1
    assert outlet.paths == ["/robots.txt", "/gone"]
    add(tmp_path, outlet, "good", "/fresh")
    khabar(tmp_path, "run", "good", catalogue=str(bundled), loopback=outlet.host)
    assert "/fresh" in outlet.paths
    assert "/news/0" in outlet.paths
