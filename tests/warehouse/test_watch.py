"""The watch over a real snapshot and real batch files: what is read, opened, and closed again."""

# ruff: noqa: S608 (no words but our own)

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.warehouse.test_source_health import NOW as NOW_SQL
from tests.warehouse.test_source_health import Outlets
from tests.warehouse.watched import HOUR, told, watch, write_source
from warehouse.connection import open_writer
from warehouse.incident_files import Incident, read_file
from warehouse.publish import publish_snapshot
from warehouse.watch_facts import read_facts

NOW = datetime(2026, 10, 10, 12, 30, tzinfo=UTC)
NAMES = ("fine", "silent", "poor", "shut", "dull", "unsure", "proved", "retired", "young")


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


def test_twice_as_many_incidents_are_twice_as_much_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, folder = tmp_path / "home", tmp_path / "sources"
    read: list[Path] = []

    def counted(path: Path) -> Incident:
        read.append(path)
        return read_file(path)

    monkeypatch.setattr("warehouse.incident_files.read_file", counted)
    per_incident = []
    for count in (10, 20):
        for number in range(count):
            write_source(folder, f"town{number}", "nonsense: 1")
        assert watch(home, (folder,), NOW).still_open >= count
        read.clear()
        watch(home, (folder,), NOW)
        per_incident.append(len(read) / count)
    assert per_incident[1] <= per_incident[0]


def test_a_source_file_of_the_wrong_kind_is_told_once(
    home: Path, folders: tuple[Path, ...]
) -> None:
    (folders[0] / "extra.yaml").write_text("name: Extra")
    opened = watch(home, folders, NOW).opened
    assert ("extra", "source_file") in {(one.source_id, one.kind) for one in opened}
    for hour in (1, 2):
        again = watch(home, folders, NOW + hour * HOUR)
        assert (again.opened, again.closed) == ((), ())
