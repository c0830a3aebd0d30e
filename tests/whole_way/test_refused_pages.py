"""What an outlet does not let us have neither takes the place of the rest, nor is forgotten."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from crawlers.archive import read_notes
from crawlers.batch import Batch
from crawlers.journal import warc_path
from crawlers.ledger import read_fetches
from crawlers.page import FETCH_JSON
from tests.crawlers.outlet import Answer, Outlet
from tests.whole_way.test_small_outlet import pass_through, print_page, report_of
from tests.whole_way.walk import rows
from warehouse.connection import snapshot_file

pytestmark = pytest.mark.usefixtures("warm_crawls", "warm_guards")

GOOD = [f"/news/{n}" for n in range(6)]
ROBOTS = "User-agent: *\nDisallow: {}"


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    running = Outlet()
    running.routes |= {path: print_page(running, n) for n, path in enumerate(GOOD)}
    yield running
    running.close()


def moved(to: str) -> Answer:
    return Answer(status=302, headers={"Location": to})


def sitemap(outlet: Outlet, listed: list[str]) -> Answer:
    urls = "".join(f"<url><loc>{outlet.base}{path}</loc></url>" for path in listed)
    return Answer(f"<urlset>{urls}</urlset>".encode())


def undated(outlet: Outlet, listed: list[str]) -> dict[str, object]:
    outlet.routes["/map.xml"] = sitemap(outlet, listed)
    return {"entrances": [{"sitemap": f"{outlet.base}/map.xml"}], "article": "/news/"}


def reasons(batch: Batch, outlet: Outlet) -> dict[str, tuple[str, str | None, bool]]:
    return {
        line.url.removeprefix(outlet.base): (line.disposition, line.reason, line.listed)
        for line in read_fetches(batch, "valley")
    }


def test_forbidden_pages_take_no_place(outlet: Outlet, tmp_path: Path) -> None:
    outlet.routes["/robots.txt"] = Answer(ROBOTS.format("/news/sponsored/").encode())
    listed = [*(f"/news/sponsored/{n}" for n in range(6)), *GOOD]
    bound = {"politeness": {"delay_seconds": 0, "max_pages": 5}}
    first, asked = pass_through(outlet, tmp_path, listed, timedelta(), **bound)
    assert sorted(asked) == GOOD[:5]
    _, asked = pass_through(outlet, tmp_path, listed, timedelta(minutes=30), **bound)
    assert asked == GOOD[5:]
    assert "6 skipped" not in report_of(first).line
    assert "(1 deferred, 6 robots)" in report_of(first).line


def test_pages_that_lead_elsewhere_are_remembered_with_every_hop(
    outlet: Outlet, tmp_path: Path
) -> None:
    away = [f"/news/away/{n}" for n in range(4)]
    outlet.routes |= {path: moved("/hop") for path in away}
    outlet.routes["/hop"] = moved("https://elsewhere.example/x?y=1")
    outlet.routes["/robots.txt"] = Answer(ROBOTS.format("/login").encode())
    outlet.routes["/news/locked"] = moved("/login")
    listed = [*away, "/news/locked", *GOOD]
    bound = {"politeness": {"delay_seconds": 0, "max_pages": 5}}
    first, asked = pass_through(outlet, tmp_path, listed, timedelta(), **bound)
    assert {path for path in asked if path != "/hop"} == {*away, "/news/locked"}
    lines = {line.url.removeprefix(outlet.base): line for line in read_fetches(first, "valley")}
    line = lines["/news/away/0"]
    assert (line.disposition, line.reason, line.status) == ("failed", "off_site", 302)
    assert line.fetched_at is not None
    assert line.redirects == (f"{outlet.base}/hop",)
    assert line.final_url == "https://elsewhere.example/x?y=1"
    assert lines["/news/locked"].reason == "robots"
    assert lines["/news/locked"].final_url == f"{outlet.base}/login"
    warc = warc_path(first, "valley", 1)
    kept = [FETCH_JSON.validate_json(note).url for _, note in read_notes(warc, "fetch")]
    assert f"{outlet.base}/news/away/0" in kept
    _, asked = pass_through(outlet, tmp_path, listed, timedelta(minutes=30), **bound)
    assert sorted(asked) == GOOD[:5]
    _, asked = pass_through(outlet, tmp_path, listed, timedelta(hours=3), **bound)
    assert {*away, "/news/locked"} & set(asked), "asked again, but ever more rarely"


@pytest.mark.parametrize("how", ["away", "forbidden", "lost"])
def test_known_pages_that_cannot_be_had_any_more_do_not_hold_up_the_others(
    outlet: Outlet, tmp_path: Path, how: str
) -> None:
    budget = {**undated(outlet, GOOD), "revisit": {"max_pages": 2}}
    pass_through(outlet, tmp_path, [], timedelta(), **budget)
    outlet.routes["/map.xml"] = sitemap(outlet, [])
    if how == "forbidden":
        outlet.routes["/robots.txt"] = Answer(ROBOTS.format("/news/0\nDisallow: /news/1").encode())
    else:
        to = "https://login.elsewhere.example/" if how == "away" else "http://[::bad"
        outlet.routes |= {path: moved(to) for path in GOOD[:2]}
    seen: set[str] = set()
    lines: dict[str, tuple[str, str | None]] = {}
    for hours in (2, 5, 12):
        batch, asked = pass_through(outlet, tmp_path, [], timedelta(hours=hours), **budget)
        lines |= {path: line[:2] for path, line in reasons(batch, outlet).items()}
        seen |= set(asked) - {"/map.xml"}
    # Three times two, of which none is asked twice.
    assert seen == set(GOOD[2:] if how == "forbidden" else GOOD)
    told = {
        "away": ("failed", "off_site"),
        "forbidden": ("skipped", "robots"),
        "lost": ("failed", "bad_response"),
    }
    assert lines["/news/0"] == lines["/news/1"] == told[how]


def test_a_backlog_stops_no_revisits_and_both_are_told_apart(
    outlet: Outlet, tmp_path: Path
) -> None:
    paths = [f"/news/{n}" for n in range(30)]
    outlet.routes |= {path: print_page(outlet, n) for n, path in enumerate(paths)}
    bound = {**undated(outlet, paths), "politeness": {"delay_seconds": 0, "max_pages": 4}}
    first, asked = pass_through(outlet, tmp_path, [], timedelta(), **bound)
    had = set(asked) - {"/map.xml"}
    assert len(had) == 4
    assert "26 left over: about 7 more batches" in report_of(first).line
    second, asked = pass_through(outlet, tmp_path, [], timedelta(hours=2), **bound)
    assert len(had & set(asked)) == 1
    line = report_of(second).line
    assert "23 left over" in line
    assert "3 known ones due that the next batch asks again" in line
    assert rows(snapshot_file(tmp_path), "select count(*) from articles") == [(7,)]


def test_undated_news_does_not_wait_behind_an_undated_backlog(
    outlet: Outlet, tmp_path: Path
) -> None:
    paths = [f"/news/{n}" for n in range(12)]
    outlet.routes |= {path: print_page(outlet, n) for n, path in enumerate(paths)}
    bound = {"politeness": {"delay_seconds": 0, "max_pages": 3}}
    entry = undated(outlet, paths[:11]) | bound
    pass_through(outlet, tmp_path, [], timedelta(), **entry)
    outlet.routes["/map.xml"] = sitemap(outlet, paths)
    _, asked = pass_through(outlet, tmp_path, [], timedelta(minutes=30), **entry)
    assert paths[11] in asked
    assert len(asked) == 4  # the sitemap too
