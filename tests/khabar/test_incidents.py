import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.khabar.command import assert_one_line, khabar
from tests.warehouse.batches import BatchMaker, rejected
from warehouse.incidents import close_incident, list_incidents, open_incident
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def test_none_is_said_and_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "incidents").mkdir()
    done = khabar(tmp_path, "incidents")
    assert (done.returncode, done.stdout) == (0, "no open incident; --all lists those that were\n")


@pytest.mark.parametrize("command", ["incidents", "extractors", "watch"])
def test_a_folder_that_is_no_home_is_told_and_not_made(tmp_path: Path, command: str) -> None:
    done = khabar(tmp_path / "lost", command)
    assert_one_line(done, f"KHABAR_HOME={tmp_path / 'lost'}: neither batches nor a warehouse")
    assert not (tmp_path / "lost").exists()
    (tmp_path / "lost" / "airflow").mkdir(parents=True)  # `khabar up`, before its first batch
    assert khabar(tmp_path / "lost", command).returncode == 0


def test_open_ones_are_listed_with_their_note_made_safe(tmp_path: Path) -> None:
    one = open_incident(tmp_path, "dawn", "blocked", "it said [red]no[/] \x1b[2J", NOW)
    over = open_incident(tmp_path, None, "disk_low", "2 GB free", NOW)
    close_incident(tmp_path, over.incident_id, NOW)
    shown = khabar(tmp_path, "incidents").stdout
    assert one.incident_id in shown
    assert "it said [red]no[/] \\x1b[2J" in shown
    assert "2026-11-23 07:00 UTC" in shown
    assert "disk_low" not in shown
    assert "disk_low" in khabar(tmp_path, "incidents", "--all").stdout
    (told,) = map(json.loads, khabar(tmp_path, "incidents", "--json").stdout.splitlines())
    assert (told["source_id"], told["note"]) == ("dawn", one.note)


def test_one_is_acknowledged_and_muted_by_name(tmp_path: Path) -> None:
    one = open_incident(tmp_path, "dawn", "silent", "none", NOW)
    done = khabar(tmp_path, "incidents", "acknowledge", one.incident_id, "--who", "Asma")
    assert (done.returncode, done.stdout) == (0, f"{one.incident_id}: known to Asma\n")
    done = khabar(tmp_path, "incidents", "mute", one.incident_id, "--days", "3", "--who", "Asma")
    assert "muted until" in done.stdout
    (now,) = list_incidents(tmp_path)
    assert (now.acknowledged_by, now.muted_by) == ("Asma", "Asma")
    assert "Asma, muted until" in khabar(tmp_path, "incidents").stdout
    assert "may alert again" in khabar(
        tmp_path, "incidents", "mute", one.incident_id, "--days", "0"
    ).stdout  # fmt: skip


def test_a_channel_is_told_once_what_began_and_once_that_it_is_over(tmp_path: Path) -> None:
    one = open_incident(tmp_path, "dawn", "blocked", "it said \x1b[2J", NOW)
    told = khabar(tmp_path, "incidents", "tell", "phone").stdout.splitlines()
    assert told == [
        "Khabar: 1 new: dawn blocked",
        "new: dawn, blocked since 2026-11-23 07:00 UTC: it said \\x1b[2J",
    ]
    assert khabar(tmp_path, "incidents", "tell", "phone").stdout == ""
    close_incident(tmp_path, one.incident_id, NOW)
    assert khabar(tmp_path, "incidents", "tell", "desk").stdout == ""
    assert khabar(tmp_path, "incidents", "tell", "phone").stdout.startswith("Khabar: 1 over: dawn")
    assert khabar(tmp_path, "incidents", "tell", "phone").stdout == ""
    done = khabar(tmp_path, "incidents", "tell", "two words")
    assert done.returncode == 2
    assert "one word" in done.stderr


def test_unknown_and_damaged_ones_are_one_clear_line(tmp_path: Path) -> None:
    one = open_incident(tmp_path, "dawn", "silent", "none", NOW)
    assert_one_line(khabar(tmp_path, "incidents", "acknowledge", "../x"), "not an incident's id")
    (tmp_path / "incidents" / f"{one.incident_id}.json").write_text("{")
    done = khabar(tmp_path, "incidents")
    assert done.returncode == 1
    assert f"{one.incident_id}.json: is damaged" in done.stderr
    assert_one_line(khabar(tmp_path, "incidents", "acknowledge", one.incident_id), "is damaged")


def test_watch_opens_what_khabar_incidents_lists_and_says_what_is_over(tmp_path: Path) -> None:
    home, batch = tmp_path / "home", BatchMaker(tmp_path / "home", 0)
    batch.source(*(rejected(f"/list{n}") for n in range(12))).write()
    load_batch(batch.batch)
    publish_snapshot(home, batch.batch.id)
    (tmp_path / "no catalogue").mkdir()
    (tmp_path / "no catalogue" / "mountain.yml").write_text(
        "{name: M, home: https://mountain.example/, languages: [en], timezone: UTC, "
        "entrances: [{feed: https://mountain.example/feed}], article: /a/}"
    )
    shown = khabar(home, "watch")
    assert shown.returncode == 0, shown.stderr
    assert "new: mountain, held: batch " in shown.stdout
    assert "1 closed" not in shown.stdout
    assert "mountain" in khabar(home, "incidents").stdout
    load_batch(batch.batch, accept_source="mountain", why="they are")
    publish_snapshot(home, batch.batch.id)
    assert "over: mountain, held, open since " in khabar(home, "watch").stdout
    told = json.loads(khabar(home, "watch", "--json").stdout)
    assert (told["opened"], told["closed"], told["watched"]) == ([], [], 1)
