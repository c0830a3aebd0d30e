import json
import logging
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.warehouse.batches import lay_warehouse, rows
from warehouse import schema
from warehouse.connection import open_snapshot
from warehouse.incident_files import (
    INCIDENT_ID,
    OF_SOURCES,
    OF_THE_PIPELINE,
    Incident,
    IncidentError,
    read_file,
)
from warehouse.incidents import (
    acknowledge,
    close_incident,
    list_damaged,
    list_incidents,
    mute,
    open_incident,
    open_incidents,
    read_incident,
)
from warehouse.publish import publish_snapshot
from warehouse.rebuild import rebuild_warehouse

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def test_schema_names_every_kind() -> None:
    of_sources, of_the_pipeline = str(schema.incidents.c.kind.comment).split("; of the pipeline ")
    assert set(re.findall(r"[a-z_]+", of_sources)) - {"or"} == OF_SOURCES
    named = re.sub(r"\(.*\)", "", of_the_pipeline)
    assert set(re.findall(r"[a-z_]+", named)) - {"or"} == OF_THE_PIPELINE


DAY = timedelta(days=1)
ROOT = Path(__file__).parents[2]


def test_many_are_opened_in_order_and_each_file_is_read_a_few_times_whatever_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def counted(path: Path) -> Incident:
        read.append(path)
        return read_file(path)

    monkeypatch.setattr("warehouse.incident_files.read_file", counted)
    monkeypatch.setattr("warehouse.incidents.AT_ONCE", 20)
    muted = open_incident(tmp_path, "town7", "silent", "x", NOW)
    mute(tmp_path, muted.incident_id, NOW + 9 * DAY, "asma")
    close_incident(tmp_path, muted.incident_id, NOW)
    notes: dict[tuple[str | None, str], str] = {
        (f"town{number}", "silent"): f"none of {number}" for number in range(40)
    }
    read.clear()
    first = open_incidents(tmp_path, notes, NOW + DAY)
    assert [(one.source_id, one.note) for one in first] == [
        (source_id, note) for (source_id, _), note in notes.items()
    ]
    assert first[7].muted_until == NOW + 9 * DAY
    assert [one.source_id for one in first if one.muted_until] == ["town7"]
    assert open_incidents(tmp_path, notes, NOW + 2 * DAY) == first
    assert set(list_incidents(tmp_path, is_open=True)) == set(first)
    assert len(read) < 5 * len(notes)
    with pytest.raises(ValueError, match="no kind of incident"):
        open_incidents(tmp_path, {("new", "silent"): "x", ("dawn", "broken"): "x"}, NOW)
    assert len(list_incidents(tmp_path)) == 41


def test_an_incident_is_opened_renewed_and_closed(tmp_path: Path) -> None:
    assert list_incidents(tmp_path) == ()
    first = open_incident(tmp_path, "dawn", "silent", "none in 9 days", NOW)
    again = open_incident(tmp_path, "dawn", "silent", "none in 10 days", NOW + DAY)
    assert (again.incident_id, again.opened_at) == (first.incident_id, NOW)
    assert list_incidents(tmp_path) == (again,)
    assert again.note == "none in 10 days"
    closed = close_incident(tmp_path, first.incident_id, NOW + 2 * DAY)
    assert closed.closed_at == NOW + 2 * DAY
    assert close_incident(tmp_path, first.incident_id, NOW + 3 * DAY) == closed
    anew = open_incident(tmp_path, "dawn", "silent", "again", NOW + 4 * DAY)
    assert anew.incident_id != first.incident_id
    assert list_incidents(tmp_path, is_open=True) == (anew,)
    assert list_incidents(tmp_path, is_open=False) == (closed,)
    assert list_incidents(tmp_path) == (anew, closed)


def test_each_outlet_and_kind_has_its_own(tmp_path: Path) -> None:
    opened = {
        open_incident(tmp_path, source, kind, "x", NOW).incident_id
        for source, kind in (
            ("dawn", "silent"), ("dawn", "fields"), ("web:dawn.com", "silent"), (None, "disk_low"),
        )
    }  # fmt: skip
    assert len(opened) == 4
    assert len(list_incidents(tmp_path, is_open=True)) == 4


def test_who_acknowledged_first_stays_and_closed_ones_are_refused(tmp_path: Path) -> None:
    opened = open_incident(tmp_path, None, "disk_low", "2 GB free", NOW)
    known = acknowledge(tmp_path, opened.incident_id, " Asma\n\x1b[2J Khan ", NOW + DAY)
    assert (known.acknowledged_by, known.acknowledged_at) == ("Asma [2J Khan", NOW + DAY)
    assert acknowledge(tmp_path, opened.incident_id, "another", NOW + 2 * DAY) == known
    with pytest.raises(IncidentError, match="say who you are"):
        acknowledge(tmp_path, opened.incident_id, " \n", NOW)
    close_incident(tmp_path, opened.incident_id, NOW + DAY)
    with pytest.raises(IncidentError, match=r"is closed since 2026-11-24 07:00 UTC"):
        acknowledge(tmp_path, opened.incident_id, "late", NOW + 3 * DAY)
    with pytest.raises(IncidentError, match="is closed since"):
        mute(tmp_path, opened.incident_id, NOW + 3 * DAY, "late")


def test_what_comes_back_while_it_is_muted_is_muted_as_long(tmp_path: Path) -> None:
    opened = open_incident(tmp_path, "dawn", "volume", "x", NOW)
    muted = mute(tmp_path, opened.incident_id, NOW + 5 * DAY, "asma")
    assert (muted.muted_until, muted.muted_by) == (NOW + 5 * DAY, "asma")
    close_incident(tmp_path, opened.incident_id, NOW + DAY)
    again = open_incident(tmp_path, "dawn", "volume", "x", NOW + 2 * DAY)
    assert (again.muted_until, again.muted_by) == (NOW + 5 * DAY, "asma")
    assert mute(tmp_path, again.incident_id, None, "asma").muted_until is None
    mute(tmp_path, again.incident_id, NOW + 5 * DAY, "asma")
    close_incident(tmp_path, again.incident_id, NOW + 6 * DAY)
    assert open_incident(tmp_path, "dawn", "volume", "x", NOW + 7 * DAY).muted_until is None


@pytest.mark.parametrize(
    ("source_id", "kind"),
    [("../../etc", "silent"), ("a/b", "silent"), ("dawn", "../x"), ("dawn", "disk_low"),
     (None, "silent"), ("", "silent")],
)  # fmt: skip
def test_no_path_is_made_of_a_hostile_text(
    tmp_path: Path, source_id: str | None, kind: str
) -> None:
    with pytest.raises(ValueError, match=r"not a source id|no kind of incident"):
        open_incident(tmp_path, source_id, kind, "x", NOW)
    assert list_incidents(tmp_path) == ()


def test_ids_have_nothing_of_the_outlet_and_strange_ones_are_refused(tmp_path: Path) -> None:
    opened = open_incident(tmp_path, "dawn", "silent", "x", NOW)
    assert INCIDENT_ID.fullmatch(opened.incident_id)
    assert "dawn" not in opened.incident_id
    (tmp_path / "secret.json").write_text("{}")
    for strange in ("../secret", "", "x" * 5000, f"{opened.incident_id}/..", "\x1b[2J"):
        with pytest.raises(IncidentError, match="not an incident's id") as caught:
            close_incident(tmp_path, strange, NOW)
        assert len(str(caught.value)) < 200
        assert "\x1b" not in str(caught.value)
    with pytest.raises(IncidentError, match="there is no incident"):
        read_incident(tmp_path, opened.incident_id[:-8] + "00000000")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[]", b"{}", b'{"incident_id": "../../x"}', b"null", "other", "kind"],
)
def test_a_damaged_file_is_one_clear_line_and_hides_no_other(
    tmp_path: Path, content: bytes | str, caplog: pytest.LogCaptureFixture
) -> None:
    good = open_incident(tmp_path, "dawn", "silent", "x", NOW)
    bad = open_incident(tmp_path, "tribune", "silent", "x", NOW)
    path = tmp_path / "incidents" / f"{bad.incident_id}.json"
    told = json.loads(path.read_bytes())
    wrong = {"other": {"incident_id": good.incident_id}, "kind": {"kind": "\x1b[2J"}}
    if isinstance(content, str):
        content = json.dumps(told | wrong[content]).encode()
    path.write_bytes(content)
    with caplog.at_level(logging.ERROR):
        assert list_incidents(tmp_path) == (good,)
    (line,) = list_damaged(tmp_path)
    assert line.startswith(f"{path}: is damaged (")
    assert "restore it from a backup or delete it" in line
    assert "\n" not in line
    assert "\x1b" not in line
    assert caplog.messages == [line]
    with pytest.raises(IncidentError, match="is damaged"):
        acknowledge(tmp_path, bad.incident_id, "asma", NOW)


def test_a_note_without_end_is_cut(tmp_path: Path) -> None:
    assert len(open_incident(tmp_path, "dawn", "held", "x" * 10**6, NOW).note) == 2000


def _open_many(home: Path) -> None:
    for kind in ("silent", "fields", "held") * 10:
        open_incident(home, "dawn", kind, str(os.getpid()), NOW)


def test_processes_at_once_open_one_incident_of_a_kind(tmp_path: Path) -> None:
    workers = [
        multiprocessing.get_context("fork").Process(target=_open_many, args=(tmp_path,))
        for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    assert sorted(one.kind for one in list_incidents(tmp_path)) == ["fields", "held", "silent"]


def test_a_lock_that_is_never_given_back_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.incident_files.WAIT_SECONDS", 0.1)
    (tmp_path / "locks").mkdir()
    holder = subprocess.Popen(
        [sys.executable, "-c",
         ("import fcntl, sys, time; f = open(sys.argv[1], 'a'); fcntl.flock(f, fcntl.LOCK_EX); "
         "print(flush=True); time.sleep(60)"), str(tmp_path / "locks" / "incidents.lock")],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(IncidentError, match="another process has held it"):
            open_incident(tmp_path, "dawn", "silent", "x", NOW)
        assert list_incidents(tmp_path) == ()  # reading waits for nobody
    finally:
        holder.kill()
        holder.wait()
    open_incident(tmp_path, "dawn", "silent", "x", NOW)


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from warehouse import incidents

at, home, known = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
real = os.fsync if at == "fsync" else Path.replace
def die(*given):
    os.kill(os.getpid(), signal.SIGKILL)
if at == "fsync":
    os.fsync = die
else:
    Path.replace = die
incidents.close_incident(home, known, datetime(2026, 11, 24, tzinfo=UTC))
"""


@pytest.mark.parametrize("at", ["fsync", "replace"])
def test_what_is_killed_between_leaves_what_was_and_no_lock(tmp_path: Path, at: str) -> None:
    opened = open_incident(tmp_path, "dawn", "silent", "x", NOW)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, at, str(tmp_path), opened.incident_id],
        cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    assert list_incidents(tmp_path) == (opened,)
    assert list_damaged(tmp_path) == ()
    began = time.monotonic()
    close_incident(tmp_path, opened.incident_id, NOW)
    assert time.monotonic() - began < 5
    assert [path.name for path in (tmp_path / "incidents").iterdir()] == [
        f"{opened.incident_id}.json"
    ]


def test_publish_and_rebuild_copy_them_into_the_warehouse(tmp_path: Path) -> None:
    lay_warehouse(tmp_path)
    opened = open_incident(tmp_path, "dawn", "silent", "none", NOW)
    acknowledge(tmp_path, opened.incident_id, "asma", NOW + DAY)
    pipeline = open_incident(tmp_path, None, "disk_low", "2 GB", NOW + DAY)
    told = "select source_id, kind, opened_at, closed_at, acknowledged_by from incidents order by 2"
    for closed_at in (None, NOW + 2 * DAY):
        if closed_at:
            close_incident(tmp_path, pipeline.incident_id, closed_at)
        publish_snapshot(tmp_path)
        with open_snapshot(tmp_path) as con:
            assert con.execute(told).fetchall() == [
                (None, "disk_low", NOW + DAY, closed_at, None),
                ("dawn", "silent", NOW, None, "asma"),
            ]
    before = rows(tmp_path, "select * from incidents order by all")
    rebuild_warehouse(tmp_path)
    assert rows(tmp_path, "select * from incidents order by all") == before
    assert len(before) == 2
    (tmp_path / "incidents" / f"{opened.incident_id}.json").write_text("{")
    publish_snapshot(tmp_path)
    assert rows(tmp_path, "select kind from incidents") == [("disk_low",)]
