from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warehouse.alerts import Alert, find_untold, mark_told
from warehouse.incidents import (
    acknowledge,
    close_incident,
    list_damaged,
    list_incidents,
    mute,
    open_incident,
)

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)
DESK = "mailto:desk@example.org"


def tell(home: Path, channel: str = DESK, now: datetime = NOW) -> Alert | None:
    found = find_untold(home, channel, now)
    if found is not None:
        mark_told(home, found)
    return found


def test_each_channel_is_told_once_of_the_beginning_and_once_of_the_end(tmp_path: Path) -> None:
    assert tell(tmp_path) is None
    opened = open_incident(tmp_path, "dawn", "silent", "none in 3 days", NOW)
    said = tell(tmp_path)
    assert said is not None
    assert said.subject == "Khabar: 1 new: dawn silent"
    assert said.lines == ("new: dawn, silent since 2026-11-23 07:00 UTC: none in 3 days",)
    open_incident(tmp_path, "dawn", "silent", "none in 4 days", NOW + DAY)
    assert tell(tmp_path) is None
    assert tell(tmp_path, "slack:desk") is not None
    close_incident(tmp_path, opened.incident_id, NOW + DAY)
    over = tell(tmp_path)
    assert over is not None
    assert over.subject == "Khabar: 1 over: dawn silent"
    assert over.lines == (
        "over: dawn, silent, open since 2026-11-23 07:00 UTC, closed 2026-11-24 07:00 UTC",
    )
    assert tell(tmp_path) is None


def test_what_did_not_get_out_is_found_again(tmp_path: Path) -> None:
    open_incident(tmp_path, None, "disk_low", "2 GB", NOW)
    first = find_untold(tmp_path, DESK, NOW)
    assert first is not None
    assert first == find_untold(tmp_path, DESK, NOW)
    assert "pipeline disk_low" in first.subject


def test_what_is_acknowledged_or_muted_is_not_told_and_a_mute_ends(tmp_path: Path) -> None:
    known = open_incident(tmp_path, "dawn", "silent", "x", NOW)
    quiet = open_incident(tmp_path, "dawn", "fields", "x", NOW)
    acknowledge(tmp_path, known.incident_id, "asma", NOW)
    mute(tmp_path, quiet.incident_id, NOW + DAY, "asma")
    assert tell(tmp_path) is None
    later = tell(tmp_path, now=NOW + 2 * DAY)
    assert later is not None
    assert [one.kind for one in later.opened] == ["fields"]


def test_the_end_of_what_was_acknowledged_is_not_told_either(tmp_path: Path) -> None:
    opened = open_incident(tmp_path, "dawn", "silent", "x", NOW)
    assert tell(tmp_path)
    acknowledge(tmp_path, opened.incident_id, "asma", NOW)
    close_incident(tmp_path, opened.incident_id, NOW)
    said = tell(tmp_path)
    assert said is not None
    assert (said.opened, said.closed) == ((), ())
    assert tell(tmp_path) is None


def test_what_began_and_ended_untold_is_not_told(tmp_path: Path) -> None:
    opened = open_incident(tmp_path, "dawn", "silent", "x", NOW)
    close_incident(tmp_path, opened.incident_id, NOW)
    assert tell(tmp_path) is None


def test_many_are_one_message_and_a_subject_names_three(tmp_path: Path) -> None:
    for number in range(40):
        open_incident(tmp_path, f"outlet{number}", "silent", "x", NOW)
    said = tell(tmp_path)
    assert said is not None
    assert said.subject.startswith("Khabar: 40 new: outlet")
    assert said.subject.endswith(" and 37 more")
    assert len(said.lines) == 40


def test_what_was_told_is_no_incident_and_damage_to_it_no_fault(tmp_path: Path) -> None:
    open_incident(tmp_path, "dawn", "silent", "x", NOW)
    tell(tmp_path)
    (tmp_path / "incidents" / "told.txt").write_bytes(b"\xff\n\n x y z\n")
    assert len(list_incidents(tmp_path)) == 1
    assert list_damaged(tmp_path) == ()
    assert tell(tmp_path) is not None


def test_channels_that_are_told_at_the_same_time_are_each_remembered(tmp_path: Path) -> None:
    open_incident(tmp_path, "dawn", "silent", "x", NOW)
    names = [f"desk{number}" for number in range(16)]
    found = [one for name in names if (one := find_untold(tmp_path, name, NOW)) is not None]
    with ThreadPoolExecutor(len(names)) as threads:
        list(threads.map(lambda one: mark_told(tmp_path, one), found))
    assert len(found) == len(names)
    assert [name for name in names if find_untold(tmp_path, name, NOW) is not None] == []
