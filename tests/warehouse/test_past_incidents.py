from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.warehouse.batches import BatchMaker, page, rows, text
from warehouse.incident_files import Incident
from warehouse.incidents import close_incident, list_incidents, mute, open_incident
from warehouse.load import load_batch
from warehouse.past_incidents import KEPT_FOR, list_all_incidents
from warehouse.prune import prune_home
from warehouse.publish import publish_snapshot
from warehouse.rebuild import rebuild_warehouse

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def closed(home: Path, kind: str, at: datetime) -> Incident:
    opened = open_incident(home, "dawn", kind, "x", at - HOUR)
    return close_incident(home, opened.incident_id, at)


def lying(home: Path) -> set[str]:
    return {path.name for path in (home / "incidents").iterdir()}


def test_what_is_long_over_is_put_away_by_year_and_the_table_keeps_it(tmp_path: Path) -> None:
    load_batch(BatchMaker(tmp_path, 1).source(page("/a", text("a"))).write())
    before = closed(tmp_path, "silent", datetime(2025, 12, 31, 23, 30, tzinfo=UTC))
    old = closed(tmp_path, "blocked", NOW - KEPT_FOR - HOUR)
    young = closed(tmp_path, "silent", NOW - KEPT_FOR + HOUR)
    going_on = open_incident(tmp_path, "dawn", "volume", "x", NOW - 2 * KEPT_FOR)
    publish_snapshot(tmp_path)
    told = rows(tmp_path, "select * from incidents order by all")
    assert "put away 2 incidents" in prune_home(tmp_path, NOW)
    assert lying(tmp_path) == {
        "closed-2025.jsonl", "closed-2026.jsonl", f"{young.incident_id}.json",
        f"{going_on.incident_id}.json",
    }  # fmt: skip
    assert {one.incident_id for one in list_incidents(tmp_path)} == {
        young.incident_id, going_on.incident_id,
    }  # fmt: skip
    assert set(list_all_incidents(tmp_path)) == {before, old, young, going_on}
    publish_snapshot(tmp_path)
    assert rows(tmp_path, "select * from incidents order by all") == told
    rebuild_warehouse(tmp_path)
    assert rows(tmp_path, "select * from incidents order by all") == told
    assert "put away 0 incidents" in prune_home(tmp_path, NOW)


def test_one_whose_mute_still_holds_stays_and_keeps_the_next_one_quiet(tmp_path: Path) -> None:
    opened = open_incident(tmp_path, "dawn", "silent", "x", NOW - 2 * KEPT_FOR)
    mute(tmp_path, opened.incident_id, NOW + HOUR, "Asma")
    close_incident(tmp_path, opened.incident_id, NOW - KEPT_FOR - HOUR)
    prune_home(tmp_path, NOW)
    assert open_incident(tmp_path, "dawn", "silent", "again", NOW).muted_until == NOW + HOUR
    prune_home(tmp_path, NOW + 2 * HOUR)
    assert lying(tmp_path) >= {"closed-2026.jsonl"}


def test_killed_before_files_were_removed_it_goes_on_and_nothing_is_twice(tmp_path: Path) -> None:
    old = closed(tmp_path, "blocked", NOW - KEPT_FOR - HOUR)
    path = tmp_path / "incidents" / f"{old.incident_id}.json"
    kept = path.read_bytes()
    prune_home(tmp_path, NOW)
    path.write_bytes(kept)
    closed(tmp_path, "silent", NOW - KEPT_FOR - HOUR)
    prune_home(tmp_path, NOW)
    year = tmp_path / "incidents" / "closed-2026.jsonl"
    assert lying(tmp_path) == {year.name}
    assert len(year.read_text().splitlines()) == len(list_all_incidents(tmp_path)) == 2


def test_a_damaged_line_hides_no_other_and_is_kept(tmp_path: Path) -> None:
    old = closed(tmp_path, "blocked", NOW - KEPT_FOR - HOUR)
    year = tmp_path / "incidents" / "closed-2026.jsonl"
    year.write_text("{half\n")
    prune_home(tmp_path, NOW)
    assert list(map(astuple, list_all_incidents(tmp_path))) == [astuple(old)]
    assert year.read_text().startswith("{half\n")
