"""The page of one outlet: each of its parts, with the figures that it was given."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from khabar.settings import read_settings
from tests.dags.health_client import (
    LOOKED_AT,
    find_all,
    finish,
    name_run,
    read_links,
    read_table,
    read_words,
    set_clock,
    use_home,
)
from tests.warehouse.batches import (
    HOST,
    START,
    BatchMaker,
    failed,
    on,
    page,
    rejected,
    text,
)
from tests.warehouse.two_outlets import looks
from transforms.rejection import Reason
from warehouse.incidents import close_incident, open_incident

if TYPE_CHECKING:
    from starlette.testclient import TestClient

DAYS = 20
OUTLET_PAGE = "/sources/mountain"


def write_history(home: Path) -> None:
    """Let an outlet be looked at for twenty days but two, with one to three articles a day."""
    hours = [day * 24 + 1 + n for day in range(DAYS) for n in range(day % 3 + 1)]
    lines = [page(f"/{hour}", text(f"h{hour}x"), hour=hour) for hour in hours]
    lines.append(page("/told", text("told"), hour=DAYS * 24, published=on("2026-08-20")))
    lines += [rejected(f"/r{n}", hour=9) for n in range(2)]
    lines += [rejected("/p", hour=9, reason=Reason.NO_TEXT), failed("/f"), failed("/g", "gone")]
    seen = looks(hour for hour in range(DAYS * 24) if hour // 24 not in (11, 12))
    seen.append(replace(seen[-1], entrance=HOST + "/dead", reason="broken_feed", detail="cut off"))
    seen[-2] = replace(seen[-2], newest_at=START + timedelta(days=DAYS, hours=-1))
    made = BatchMaker(home, DAYS * 24).source(*lines, polls=seen)
    batch = made.source(id="river", failed="http_5xx: HTTP 503").write()
    name_run(batch, f"run{DAYS * 24}")
    finish(batch)
    over = open_incident(home, "mountain", "silent", "0 of 3 articles", START)
    close_incident(home, over.incident_id, START + timedelta(hours=5))


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("shown")
    write_history(home)
    return home


@pytest.fixture
def text_of(
    shown: Path, client: "TestClient", monkeypatch: pytest.MonkeyPatch
) -> Iterator["TestClient"]:
    use_home(shown, monkeypatch)
    set_clock(monkeypatch)
    yield client
    read_settings.cache_clear()


def test_the_chart_has_a_bar_a_day_a_grey_day_and_the_band(text_of: "TestClient") -> None:
    shown = text_of.get(OUTLET_PAGE).text
    (chart,) = find_all(shown, '//*[contains(@class,"chart")]')
    marks = [one.get("class") for one in chart.iter() if one.get("class")]
    days = read_table(shown, "Articles a day")[1:]
    assert marks.count("bar") == sum(int(day[1]) > 0 for day in days)
    assert marks.count("blind") == 1
    assert (marks.count("band"), marks.count("middle")) == (1, 1)
    assert "usual are 1 to 3" in chart.get("aria-label", "")
    assert "1 day nobody looked" in chart.get("aria-label", "")
    (said,) = read_words(shown, '//h2[.="Articles a day"]/following-sibling::p')
    assert "usual are 1 to 3. Grey: nobody looked. Band: eight of ten days lie in it" in said
    assert [day[2] for day in days].count("blind") == 1
    counts = {date.fromisoformat(day[0]).day: int(day[1]) for day in days}
    assert [counts[number] for number in (1, 2, 3, 4)] == [1, 2, 3, 1]


def test_too_few_days_are_drawn_without_a_band_and_it_says_that_it_learns(
    client: "TestClient", health_home: Path
) -> None:
    finish(BatchMaker(health_home, 30).source(polls=looks(range(30))).write())
    shown = client.get(OUTLET_PAGE).text
    assert 'class="band"' not in shown
    assert "Learning: " in shown


def test_its_entrances_say_how_old_their_newest_item_is(text_of: "TestClient") -> None:
    head, dead, feed = read_table(text_of.get(OUTLET_PAGE).text, "Its entrances")
    assert head == ["Entrance", "State", "Last look", "Newest item", "Last answer"]
    assert feed == [HOST + "/feed", "well", "3 hours ago", "3 hours ago", "3 hours ago"]
    assert dead == [HOST + "/dead", "failing: broken feed: cut off", "3 hours ago", "undated",
                    "never"]  # fmt: skip


def test_its_rejections_are_counted_by_reason(text_of: "TestClient") -> None:
    shown = read_table(text_of.get(OUTLET_PAGE).text, "Pages rejected, 28 days")
    assert shown == [["Reason", "Pages"], ["listing", "2"], ["no text", "1"]]


def test_its_last_failures_are_named(text_of: "TestClient") -> None:
    shown = read_table(text_of.get(OUTLET_PAGE).text, "Last pages that failed or answered gone")
    assert shown == [
        ["When", "Why", "Address"],
        ["not asked", "timeout: so it was", HOST + "/f"],
        ["not asked", "gone: so it was", HOST + "/g"],
    ]


def test_its_newest_articles_are_listed_and_what_their_day_rests_on(text_of: "TestClient") -> None:
    head, *rows = read_table(text_of.get(OUTLET_PAGE).text, "Its newest articles")
    assert head == ["Dated", "Headline", "Article"]
    assert len(rows) == 10
    assert {row[1] for row in rows} == {"A headline"}
    assert all(int(row[2]) > 0 for row in rows)
    assert sum("first seen" not in row[0] for row in rows) == 1
    assert any("20 Aug 01:00 UTC (06:00 PKT) first seen" in row[0] for row in rows)


def test_its_incidents_that_are_over_are_told(text_of: "TestClient") -> None:
    (over,) = read_words(
        text_of.get(OUTLET_PAGE).text, '//h2[.="Incidents that are over"]/following-sibling::ul/li'
    )
    assert over == (
        "silent, 1 Aug 00:00 UTC (05:00 PKT) to 1 Aug 05:00 UTC (10:00 PKT): 0 of 3 articles"
    )


def test_its_last_batch_adds_up_and_leads_to_its_run(text_of: "TestClient") -> None:
    shown = text_of.get(OUTLET_PAGE).text
    (said,) = read_words(shown, '//h2[.="Its last batch"]/following-sibling::p')
    assert said.startswith("45 listed → 43 fetched → 40 new, 3 rejected, 1 failed, 1 gone (")
    batch = next(name for name in read_links(shown) if name.startswith("20260821T"))
    assert read_links(shown)[batch] == "/dags/ingest/runs/run480"


def test_the_log_of_an_outlet_is_that_of_its_own_cell(text_of: "TestClient") -> None:
    cell = "/dags/ingest/runs/run480/tasks/source.crawl/mapped/{}"
    for number, source_id in enumerate(("mountain", "river")):
        links = read_links(text_of.get(f"/sources/{source_id}").text)
        assert links["Log of its last crawl"] == cell.format(number)
    first = read_links(text_of.get("/").text)
    assert first["Log of the crawl of River"] == cell.format(1)
    assert "Log of the crawl of Mountain <b>Post</b>" not in first


def test_a_row_has_its_days_its_last_article_and_its_link(text_of: "TestClient") -> None:
    head, river, mountain = read_table(text_of.get("/").text, "")
    assert head == [
        "Outlet", "State", "28 days", "Last article", "Last batch", "Open incident", "Mend",
    ]  # fmt: skip
    assert river[:2] == ["River", "failed: http_5xx: HTTP 503 log"]
    assert mountain[1].startswith("fine")
    assert mountain[3].startswith("24 hours ago")
    assert mountain[4].startswith("45 listed → 43 fetched → 40 new, 3 rejected")
    page_of = read_links(text_of.get("/").text)
    assert page_of["Mountain <b>Post</b>"] == OUTLET_PAGE
    (spark,) = find_all(text_of.get("/").text, "//*[@role='img']")
    assert [one.get("class") for one in spark.iter()].count("bar") == DAYS
    assert LOOKED_AT.isoformat() in text_of.get("/").text
