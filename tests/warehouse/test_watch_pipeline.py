"""The watch of the pipeline itself: red runs, late publishes, a full disk, a lake that is away."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from crawlers.batch import write_json
from tests.warehouse.batches import START, BatchMaker, rejected
from tests.warehouse.watched import HOUR, outlets, pipeline, run_batch, told, watch, write_source
from warehouse.lake.standing import note_merged
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot
from warehouse.refused_plan import keep_refusal
from warehouse.room import DiskLow
from warehouse.summary import summarise_batch
from warehouse.watch_disk import judge_disk_low
from warehouse.watch_pipeline import read_batches


def test_a_run_that_opened_no_batch_is_told_till_one_does(
    tmp_path: Path, town: tuple[Path, ...]
) -> None:
    home = tmp_path / "home"
    run_batch(home, 0, None)
    with pytest.raises(DiskLow), keep_refusal(home, START + HOUR, is_of_all=True):
        raise DiskLow("the disk is full")
    watch(home, town, START + 1.5 * HOUR)
    assert pipeline(home) == {
        "broken_promise": "the last run opened no batch, 2026-08-01 01:00 UTC: the disk is full"
    }
    with keep_refusal(home, START + 2 * HOUR, is_of_all=True):
        pass
    watch(home, town, START + 2.5 * HOUR)
    assert pipeline(home) == {}


@pytest.fixture
def town(tmp_path: Path) -> tuple[Path, ...]:
    for number in range(4):
        write_source(tmp_path / "catalogue", f"town{number}")
    return (tmp_path / "catalogue",)


def test_our_own_dead_network_is_one_incident_of_the_pipeline(
    tmp_path: Path, town: tuple[Path, ...]
) -> None:
    home = tmp_path / "home"
    run_batch(home, 0, None)
    for hour in (5, 10, 15, 20):
        run_batch(home, hour, "dns: no such host")
        watch(home, town, START + timedelta(hours=hour + 1))
        assert set(pipeline(home)) == (set() if hour == 5 else {"broken_promise"})
        assert told(home) == {}
    assert "of 4 outlets could be reached, twice in a row" in pipeline(home)["broken_promise"]
    run_batch(home, 25, None)
    watch(home, town, START + timedelta(hours=26))
    assert (pipeline(home), told(home)) == ({}, {})


def test_one_outlet_that_fails_day_and_night_is_its_own_incident(
    tmp_path: Path, town: tuple[Path, ...]
) -> None:
    home = tmp_path / "home"
    for hour in (0, 6, 12, 18):
        maker = outlets(BatchMaker(home, hour), 3, None)
        maker.source(id="town3", host="https://town3.example", failed="http_5xx: HTTP 503")
        batch = maker.write()
        if hour < 18:  # the last one is crawled, and not loaded yet
            load_batch(batch)
            publish_snapshot(home, batch.id)
        watch(home, town, START + timedelta(hours=hour + 1))
        assert set(told(home)) == ({"town3 failing"} if hour >= 12 else set())
    assert "its last 4 crawls failed, since 2026-08-01 00:00 UTC" in told(home)["town3 failing"]
    assert pipeline(home) == {}


def test_a_held_outlet_is_told_with_the_line_that_lets_it_in(
    tmp_path: Path, town: tuple[Path, ...]
) -> None:
    home = tmp_path / "home"
    lines = [rejected(f"/list{n}") for n in range(12)]
    batch = BatchMaker(home, 0).source(*lines, id="town0").write()
    load_batch(batch)
    publish_snapshot(home, batch.id)
    watch(home, town, START + HOUR)
    assert f"khabar load {batch.id} --source town0 --accept" in told(home)["town0 held"]
    load_batch(batch, accept_source="town0", why="they are lists")
    publish_snapshot(home, batch.id)
    assert [one.kind for one in watch(home, town, START + 2 * HOUR).closed] == ["held"]


def test_a_batch_that_is_not_published_in_time_is_told_till_it_is(
    tmp_path: Path, town: tuple[Path, ...]
) -> None:
    home = tmp_path / "home"
    watch(home, town, START)
    assert pipeline(home) == {}
    run_batch(home, 0, None)
    batch = outlets(BatchMaker(home, 4), 2, None).write()
    watch(home, town, START + 6 * HOUR)
    assert pipeline(home) == {}
    watch(home, town, START + 8 * HOUR)
    said = pipeline(home)["not_published"]
    assert f"batch {batch.id} began 4 hours ago, and is not published" in said
    assert "last published: 2026-08-01 00:00 UTC" in said
    (home / "published" / "news.json").unlink()
    watch(home, town, START + 8 * HOUR)
    assert "last published: never" in pipeline(home)["not_published"]
    run_batch(home, 9, None)
    watch(home, town, START + 10 * HOUR)
    assert pipeline(home) == {}
    publish_snapshot(home)  # as each night: it is no crawl
    watch(home, town, START + 40 * HOUR)
    assert "nothing has been crawled for 31 hours" in pipeline(home)["not_published"]


def test_a_lake_that_is_away_for_long_is_told_till_it_is_reached(
    tmp_path: Path, town: tuple[Path, ...]
) -> None:
    home = tmp_path / "home"
    run_batch(home, 0, None)
    card, since = home / "published" / "lake.json", (START + HOUR).isoformat()
    write_json(card, {"snapshot_id": "1-x", "behind_since": since, "why": "Postgres is down"})
    watch(home, town, START + 3 * HOUR)
    assert pipeline(home) == {}
    watch(home, town, START + 5 * HOUR)
    said = pipeline(home)["not_published"]
    assert "the lake has not been reached for 4 hours: Postgres is down" in said
    note_merged(home, "2-x")
    watch(home, town, START + 6 * HOUR)
    assert pipeline(home) == {}
    write_json(card, {"behind_since": since, "why": "Postgres is down"})
    publish_snapshot(home)
    watch(home, town, START + 7 * HOUR)
    assert "Postgres is down" in pipeline(home)["not_published"]
    watch(home, town, START + 7 * HOUR, has_lake=False)  # KHABAR_PUBLISH is set no more
    assert pipeline(home) == {}
    watch(home, town, START + 7 * HOUR)
    assert "Postgres is down" in pipeline(home)["not_published"], "a shell without it lost nothing"
    note_merged(home, "3-x")
    for path in town[0].glob("*.yml"):
        write_source(town[0], path.stem, "interval_minutes: 1440")
    watch(home, town, START + 40 * HOUR)
    assert pipeline(home) == {}


def test_a_stage_that_broke_is_told_at_once_a_bad_hour_of_outlets_is_not(
    tmp_path: Path, town: tuple[Path, ...]
) -> None:
    home = tmp_path / "home"
    for hour, failed in ((0, "http_5xx: HTTP 503"), (1, "http_5xx: HTTP 503"), (2, None)):
        run_batch(home, hour, failed)
        watch(home, town, START + (hour + 0.5) * HOUR)
        assert set(pipeline(home)) == ({"broken_promise"} if hour == 1 else set())
    for hour in (3, 4):  # an outlet that is asked alone, by a button
        run_batch(home, hour, "http_4xx: HTTP 404", count=1)
        watch(home, town, START + (hour + 0.5) * HOUR)
        assert pipeline(home) == {}
    broken = outlets(BatchMaker(home, 5), 2, None).write()
    summarise_batch(broken)
    watch(home, town, START + 5.5 * HOUR)
    assert (
        f"the last run is red, batch {broken.id}: dedup did not end"
        in (pipeline(home)["broken_promise"])
    )


def test_a_red_run_of_a_home_of_one_outlet_is_over_with_the_next_green_one(tmp_path: Path) -> None:
    home, town = tmp_path / "home", (tmp_path / "catalogue",)
    write_source(town[0], "town0")
    run_batch(home, 0, None, count=1)
    summarise_batch(outlets(BatchMaker(home, 1), 1, None).write())
    watch(home, town, START + 1.5 * HOUR)
    assert "dedup did not end" in pipeline(home)["broken_promise"]
    run_batch(home, 2, None, count=1)
    watch(home, town, START + 2.5 * HOUR)
    assert pipeline(home) == {}


def test_batches_with_nothing_due_or_damaged_files_are_passed_over(tmp_path: Path) -> None:
    BatchMaker(tmp_path, 1).write()
    outlets(BatchMaker(tmp_path, 2, dag="backfill", found_by="backfill"), 1, None).write()
    bad = outlets(BatchMaker(tmp_path, 3), 1, None).write()
    bad.manifest.write_text("{")
    worse = outlets(BatchMaker(tmp_path, 4), 2, None).write()
    worse.status("crawl", "town0").write_text("")
    write_json(worse.status("summary"), {"is_red": "who knows"})
    (found,) = read_batches(tmp_path)
    assert (found.batch_id, found.has_summary, set(found.outcomes)) == (worse.id, False, {"town1"})


def test_a_disk_without_room_is_told_and_closed_only_with_room_to_spare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    gib = 1 << 30
    for free, floor, verdict in (
        (gib // 2, 1024, str), (3 * gib // 2, 1024, None), (3 * gib, 1024, True),
        (3 * gib, 4096, str), (7 * gib, 4096, None),
    ):  # fmt: skip
        monkeypatch.setattr(
            "warehouse.watch_disk.shutil.disk_usage",
            lambda _, free=free: usage._replace(free=free),
        )
        said = judge_disk_low(tmp_path, floor)
        assert isinstance(said, str) if verdict is str else said is verdict
        if isinstance(said, str):
            assert f"{free / gib:.1f} GiB free, {floor / 819.2:.1f} should be" in said
