"""The watch over a real snapshot and real batch files: what is read, opened, and closed again."""

# ruff: noqa: S608 (no words but our own)

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.batch import Batch, write_json
from tests.warehouse.batches import START, BatchMaker, Line, page, rejected, text
from tests.warehouse.test_source_health import NOW as NOW_SQL
from tests.warehouse.test_source_health import Outlets
from warehouse.connection import open_writer
from warehouse.dedup import dedup_batch
from warehouse.incidents import list_incidents
from warehouse.lake.standing import note_merged
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot
from warehouse.refused_plan import keep_refusal
from warehouse.room import DiskLow
from warehouse.summary import summarise_batch
from warehouse.watch import WatchReport
from warehouse.watch import watch as watch_all
from warehouse.watch_facts import read_facts
from warehouse.watch_pipeline import judge_disk_low, read_batches

NOW = datetime(2026, 10, 10, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAMES = ("fine", "silent", "poor", "shut", "dull", "unsure", "proved", "retired", "young")
PIPELINE = {"not_published", "disk_low", "broken_promise", "unreadable"}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish the two months of several outlets, each with its own trouble."""
    home = tmp_path_factory.mktemp("watch") / "home"
    with open_writer(home) as con:
        con.execute("set timezone = 'UTC'")
        made = Outlets(con)
        for name in NAMES:
            is_young = name in ("young", "unsure")
            made.add(name, since=8 if is_young else 60)
            first = 3 if name in ("silent", "young", "unsure", "proved", "retired") else 0
            made.publish(name, first, 8 if is_young else 60, 9)
        con.execute("delete from articles where source_id = 'poor' and first_seen_at > "
                    f"{NOW_SQL} - interval 7 days")  # fmt: skip
        made.publish("poor", 0, 7, 9, whole=False)
        con.execute("update polls set reason = 'blocked' where source_id = 'shut' and polled_at > "
                    f"{NOW_SQL} - interval 30 hours")  # fmt: skip
        for number in range(20):
            for name in ("fine", "silent", "dull"):
                share = 30 if name == "dull" and number > 17 else 4
                made.batch(number, 19.5 - number, name, fetched=40, rejected=share)
        for name, stale in (("fine", False), ("silent", False), ("dull", True)):
            con.execute(
                "insert into entrances by name select $name as source_id, $url as entrance, 'feed' "
                f"as kind, {NOW_SQL} as polled_at, {NOW_SQL} as answered_at, {NOW_SQL} - "
                "to_hours($age::int) as newest_at, 0.0 as failure_weight, []::bigint[] as "
                "item_hashes, 'b' as batch_id, $stale as is_stale",
                {"name": name, "url": f"https://{name}.example/feed", "stale": stale,
                 "age": 200 if stale else 1},
            )  # fmt: skip
        con.execute("checkpoint")
    publish_snapshot(home)
    return home


@pytest.fixture
def home(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "home"))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, ...]:
    folder = tmp_path / "catalogue"
    for name in NAMES:
        write_source(folder, name)
    write_source(folder, "unsure", "verified: false", "expect: {articles_per_day: 9}")
    write_source(folder, "proved", "verified: false")
    write_source(folder, "retired", "retired: it is dead")
    write_source(folder, "young", "expect: {articles_per_day: 9}")
    return (folder,)


def watch(
    home: Path, folders: tuple[Path, ...], now: datetime, *, has_lake: bool = True
) -> WatchReport:
    return watch_all(home, folders, now, disk_floor_mb=1024, has_lake=has_lake)


def write_source(folder: Path, name: str, *more: str) -> None:
    folder.mkdir(exist_ok=True)
    lines = [
        f"name: {name}", f"home: https://{name}.example/", "languages: [en]", "timezone: UTC",
        "entrances:", f"  - feed: https://{name}.example/feed", "article: /a/", *more,
    ]  # fmt: skip
    (folder / f"{name}.yml").write_text("\n".join(lines))


def told(home: Path) -> dict[str, str]:
    """Name the open incidents of outlets, with their notes."""
    found = (one for one in list_incidents(home, is_open=True) if one.kind not in PIPELINE)
    return {f"{one.source_id} {one.kind}": one.note for one in found}


def test_each_trouble_is_one_incident_and_the_same_again_changes_nothing(
    home: Path, folders: tuple[Path, ...]
) -> None:
    report = watch(home, folders, NOW)
    notes = told(home)
    assert set(notes) == {
        "silent silent", "young silent", "poor fields", "shut blocked", "dull stale_feed",
        "dull rejections", "proved silent",
    }  # fmt: skip
    assert (
        "no article on 2 whole days that we saw (2026-10-08 to 2026-10-09); it published 9 a"
        in (notes["silent silent"])
    )
    assert "promises 9 a day (learning" in notes["young silent"]
    assert "title 100% → 0%" in notes["poor fields"]
    assert "median words 400 → 40" in notes["poor fields"]
    assert "75% of the pages fetched in the last two days" in notes["dull rejections"]
    assert "newest item is 200 hours old" in notes["dull stale_feed"]
    assert report.watched == 7
    assert report.trouble is None
    again = watch(home, folders, NOW + HOUR)
    assert (again.opened, again.closed) == ((), ())
    assert again.still_open == report.still_open
    assert told(home) == notes


def test_what_is_over_is_closed_and_what_is_unknown_stays(
    home: Path, folders: tuple[Path, ...]
) -> None:
    watch(home, folders, NOW)
    with open_writer(home) as con:
        made = Outlets(con)
        made.publish("silent", 1, 2, 9)
        con.execute("delete from polls where source_id = 'young' and polled_at > "
                    f"{NOW_SQL} - interval 3 days")  # fmt: skip
    publish_snapshot(home)
    report = watch(home, folders, NOW + HOUR)
    assert [(one.source_id, one.kind) for one in report.closed] == [("silent", "silent")]
    assert report.closed[0].closed_at == NOW + HOUR
    assert "young silent" in told(home)


def test_a_backfill_during_a_pause_makes_no_silence(home: Path, folders: tuple[Path, ...]) -> None:
    watch(home, folders, NOW)
    before = told(home)
    with open_writer(home) as con:
        con.execute(
            "insert into batches select 'past', 99, 'backfill', 'r', 'backfill', "
            f"{NOW_SQL} + interval 3 days, {NOW_SQL}, 'd', '0', '{{}}'"
        )
        con.execute(
            "insert into polls by name select * replace ('past' as batch_id, polled_at + "
            "interval 3 days as polled_at) from polls where source_id = 'fine'"
        )
        assert read_facts(con)["fine"].as_of == NOW - HOUR / 2
    publish_snapshot(home)
    assert watch(home, folders, NOW + 72 * HOUR).opened == ()
    assert told(home) == before


def test_outlets_that_are_retired_or_taken_away_are_watched_no_more(
    home: Path, folders: tuple[Path, ...]
) -> None:
    watch(home, folders, NOW)
    (folders[0] / "shut.yml").unlink()
    write_source(folders[0], "poor", "retired: it blocks us")
    (folders[0] / "silent.yml").write_text("name: [broken")
    report = watch(home, folders, NOW + HOUR)
    assert {str(one.source_id) for one in report.closed} == {"shut", "poor"}
    assert "silent silent" in told(home)


def test_a_catalogue_that_is_not_there_closes_nothing(
    home: Path, folders: tuple[Path, ...], tmp_path: Path
) -> None:
    watch(home, folders, NOW)
    before = told(home)
    assert watch(home, (tmp_path / "unmounted",), NOW + HOUR).closed == ()
    assert told(home) == before


@pytest.mark.parametrize("how", ["missing", "damaged", "cut off", "no warehouse"])
def test_without_a_snapshot_outlets_stay_as_they_were_and_it_says_so(
    home: Path, folders: tuple[Path, ...], how: str
) -> None:
    watch(home, folders, NOW)
    before = told(home)
    public = home / "published" / "news.duckdb"
    whole = public.read_bytes()
    if how == "no warehouse":
        (home / "warehouse.duckdb").rename(home / "aside")
    else:
        public.unlink()
    if how == "damaged":
        public.write_bytes(b"no database" * 1000)
    if how == "cut off":
        public.write_bytes(whole[: len(whole) // 2])
    report = watch(home, folders, NOW + HOUR)
    assert "proved silent" in before
    assert [(one.source_id, one.kind) for one in report.opened] == [(None, "unreadable")]
    mend = "`khabar rebuild`" if how == "no warehouse" else "`khabar publish` makes it"
    assert mend in report.opened[0].note
    assert ("outlets could not be judged: " in report.line) == (how != "no warehouse")
    assert told(home) == before
    assert watch(home, folders, NOW + HOUR).opened == ()
    public.write_bytes(whole)
    if how == "no warehouse":
        (home / "aside").rename(home / "warehouse.duckdb")
    assert [one.kind for one in watch(home, folders, NOW + 2 * HOUR).closed] == ["unreadable"]


def test_a_spoilt_source_file_is_its_outlets_incident_and_breaks_no_other(
    home: Path, folders: tuple[Path, ...]
) -> None:
    watch(home, folders, NOW)
    before = told(home)
    write_source(folders[0], "fine", "timezon: UTC")
    (folders[0] / "No Id.yml").write_text("name: [")
    (folders[0] / "dull.yml").write_text("retired: 2026-13-45")
    report = watch(home, folders, NOW + HOUR)
    assert {(one.source_id, one.kind) for one in report.opened} == {
        ("fine", "source_file"), ("dull", "source_file"), (None, "source_file"),
    }  # fmt: skip
    notes = told(home)
    assert "fine.yml: unknown key 'timezon'; known keys are name" in notes["fine source_file"]
    assert "No Id.yml: rename it" in notes["None source_file"]
    assert {one: note for one, note in notes.items() if "source_file" not in one} == before
    assert watch(home, (home / "unmounted",), NOW + HOUR).closed == ()
    write_source(folders[0], "fine")
    (folders[0] / "No Id.yml").unlink()
    (folders[0] / "dull.yml").unlink()
    over = watch(home, folders, NOW + 2 * HOUR).closed
    assert {(one.source_id, one.kind) for one in over if one.kind == "source_file"} == {
        ("fine", "source_file"), ("dull", "source_file"), (None, "source_file"),
    }  # fmt: skip
    assert "fine source_file" not in told(home)


def test_a_source_file_of_the_wrong_kind_is_told_once(
    home: Path, folders: tuple[Path, ...]
) -> None:
    (folders[0] / "extra.yaml").write_text("name: Extra")
    opened = watch(home, folders, NOW).opened
    assert ("extra", "source_file") in {(one.source_id, one.kind) for one in opened}
    for hour in (1, 2):
        again = watch(home, folders, NOW + hour * HOUR)
        assert (again.opened, again.closed) == ((), ())


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


def outlets(maker: BatchMaker, count: int, failed: str | None) -> BatchMaker:
    hour = (maker.batch.started_at - START) / HOUR
    for number in range(count):
        name = f"town{number}"
        lines: tuple[Line, ...] = ()
        if not failed:
            lines = (page(f"/{name}", text(name), hour=hour, host=f"https://{name}.example"),)
        maker.source(*lines, id=name, host=f"https://{name}.example", failed=failed)
    return maker


def pipeline(home: Path) -> dict[str, str]:
    found = list_incidents(home, is_open=True)
    return {one.kind: one.note for one in found if one.kind in PIPELINE - {"disk_low"}}


def run_batch(home: Path, hour: int, failed: str | None, count: int = 4) -> Batch:
    batch = outlets(BatchMaker(home, hour), count, failed).write()
    dedup_batch(batch)
    load_batch(batch)
    publish_snapshot(home, batch.id)
    card = home / "published" / "news.json"
    at = (START + timedelta(hours=hour)).isoformat()
    written = card.read_text()
    card.write_text(written.replace(written.split('"published_at": "')[1].split('"')[0], at))
    summarise_batch(batch)
    return batch


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
            "warehouse.watch_pipeline.shutil.disk_usage",
            lambda _, free=free: usage._replace(free=free),
        )
        said = judge_disk_low(tmp_path, floor)
        assert isinstance(said, str) if verdict is str else said is verdict
        if isinstance(said, str):
            assert f"{free / gib:.1f} GiB free, {floor / 819.2:.1f} are needed" in said
