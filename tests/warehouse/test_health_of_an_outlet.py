"""What the page of one outlet is told."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from crawlers.page import Poll
from tests.warehouse.batches import HOST, START, BatchMaker, page, text
from tests.warehouse.two_outlets import NOW, looks, published, source, two_outlets
from warehouse.connection import snapshot_file
from warehouse.dedup import dedup_batch
from warehouse.health import find_band, read_health, read_source
from warehouse.health_rows import Day
from warehouse.incidents import open_incident
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot


def test_a_day_that_nobody_looked_at_is_blind_and_no_zero(tmp_path: Path) -> None:
    hours = [*range(30), *range(75, 100)]
    lines = [page(f"/{n}", text(f"t{n}x"), hour=n) for n in (1, 2, 80)]
    batch = BatchMaker(tmp_path, 100).source(*lines, polls=looks(hours)).write()
    dedup_batch(batch)
    load_batch(batch)
    publish_snapshot(tmp_path, batch.id)
    (row,) = read_health(tmp_path, [source("mountain")], [], NOW).sources
    assert [(one.day.day, one.articles, one.observed) for one in row.days] == [
        (1, 2, "partial"), (2, 0, "full"), (3, 0, "blind"), (4, 1, "full"),
        (5, 0, "partial"),
    ]  # fmt: skip


def test_an_outlets_page_has_its_failures_and_rejections(tmp_path: Path) -> None:
    published(tmp_path)
    closed = open_incident(tmp_path, "mountain", "silent", "0 of 3", NOW)
    detail = read_source(tmp_path, source("mountain"), NOW)
    assert detail.row.incidents == (closed,)
    assert detail.facts.rejections == (("listing", 1),)
    assert [one.reason for one in detail.facts.failures] == ["timeout"]
    assert [one.title for one in detail.facts.articles] == ["A headline"]
    assert detail.promised_per_day == 3
    assert detail.band is None
    (entrance,) = detail.facts.entrances
    assert (entrance.kind, entrance.is_failing) == ("feed", False)


def look(hour: float, **found: object) -> Poll:
    (one,) = looks([0])
    return replace(one, polled_at=START + timedelta(hours=hour), **found)  # type: ignore[arg-type]


def test_an_entrance_is_as_the_newest_look_found_it_though_its_batch_is_held(
    tmp_path: Path,
) -> None:
    published(tmp_path)
    (before,) = read_source(tmp_path, source("mountain"), NOW).facts.entrances
    assert (before.is_failing, before.polled_at) == (False, START + timedelta(hours=5))
    polls = [
        look(6.5, reason="broken_feed", detail="no element found", overlapped=None),
        look(6.6, reason="host_resting", detail="until 14:00", overlapped=None),
        look(6.7, reason="gone", part_of=HOST + "/feed", entrance=HOST + "/part"),
        look(6.8, entrance=HOST + "/other", is_stale=True, newest_at=START),
    ]
    made = BatchMaker(tmp_path, 7).source(page("/b", text("b")), miscount=1, polls=polls)
    batch = made.write()
    dedup_batch(batch)
    load_batch(batch)
    publish_snapshot(tmp_path, batch.id)
    feed, other = read_source(tmp_path, source("mountain"), NOW).facts.entrances
    assert (feed.is_failing, feed.why) == (True, "broken_feed: no element found")
    assert (feed.polled_at, feed.answered_at) == (START + timedelta(hours=6.5), before.answered_at)
    assert (other.is_failing, other.is_stale, other.newest_at) == (False, True, START)
    (batch.crawl_folder("mountain") / "1.polls.jsonl").write_text("no poll")
    assert read_source(tmp_path, source("mountain"), NOW).facts.entrances == (before,)
    snapshot_file(tmp_path).unlink()
    (alone,) = read_source(tmp_path, source("mountain"), NOW).facts.entrances
    assert (alone.address, alone.polled_at) == (before.address, before.polled_at)


def test_an_outlets_page_speaks_without_a_snapshot(tmp_path: Path) -> None:
    two_outlets(tmp_path)
    detail = read_source(tmp_path, source("river"), NOW)
    assert detail.row.state.startswith("failed: http_5xx")
    assert "nothing is published yet" in detail.alarms[0]
    assert detail.facts.articles == ()


def test_what_is_usual_is_told_of_whole_days_only() -> None:
    days = [
        Day(day=date(2026, 8, number), articles=number, observed="full") for number in range(1, 16)
    ]
    band = find_band([*days, Day(day=date(2026, 8, 16), articles=999, observed="full")])
    assert band is not None
    assert [band.low, band.middle, band.high] == pytest.approx([2.4, 8, 13.6])
    blind = [Day(day=one.day, articles=0, observed="blind") for one in days]
    assert find_band(blind) is None
