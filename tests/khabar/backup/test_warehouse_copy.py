"""The warehouse is copied as of one moment, while others go on."""

import subprocess
import sys
from pathlib import Path
from typing import IO

import duckdb
import pytest

from khabar.backup import copies as copying
from khabar.backup.copies import Moved
from khabar.backup.holdings import FoundFile
from khabar.backup.manifest import BackedFile
from tests.khabar.backup.homes import back_up, kept, load_more
from tests.khabar.backup.killing import ROOT
from tests.khabar.command import assert_one_line, khabar
from tests.warehouse.test_rebuild import everything
from warehouse import still
from warehouse.connection import WriterBusy, open_writer, warehouse_file
from warehouse.lease import hold_lease
from warehouse.publish import publish_snapshot
from warehouse.still import Still


def test_unusable_warehouse_is_refused_and_the_backup_stays(home: Path, tmp_path: Path) -> None:
    dest = tmp_path / "dest"
    back_up(home, dest)
    whole = warehouse_file(home).read_bytes()
    warehouse_file(home).write_bytes(b"my thesis" * 999)
    assert_one_line(khabar(home, "backup", str(dest)), "warehouse.duckdb")
    warehouse_file(home).write_bytes(whole)
    with open_writer(home) as con:
        con.execute("UPDATE alembic_version SET version_num = '9999'")
    assert_one_line(khabar(home, "backup", str(dest)), "newer Khabar")
    assert khabar(home, "backup", "--check", str(dest)).returncode == 0
    warehouse_file(home).unlink()
    assert_one_line(khabar(home, "backup", str(dest)), "is missing, but", "khabar rebuild")
    (home / "published" / "news.duckdb").unlink()
    report = back_up(home, dest)
    assert report["batch_id"] is None
    new = tmp_path / "new"
    assert khabar(new, "restore", str(dest)).returncode == 0
    assert not warehouse_file(new).exists()
    assert khabar(new, "rebuild").returncode == 0


def test_what_a_killed_writer_left_in_its_log_is_backed_up(home: Path, tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from warehouse.connection import open_writer\n"
        "with open_writer(Path(sys.argv[1])) as con:\n"
        "    con.execute(\"SET wal_autocheckpoint = '1GB'\")\n"
        "    con.execute('UPDATE state SET state_number = 4321'); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, str(home)], cwd=ROOT, check=True)
    assert (home / "warehouse.duckdb.wal").exists()
    back_up(home, tmp_path / "dest")
    assert khabar(tmp_path / "new", "restore", str(tmp_path / "dest")).returncode == 0
    with duckdb.connect(str(warehouse_file(tmp_path / "new")), read_only=True) as con:
        assert con.execute("SELECT state_number FROM state").fetchall() == [(4321,)]


def test_backup_waits_for_who_writes_the_warehouse(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from khabar.backup import making

    monkeypatch.setattr(
        making, "hold_lease", lambda home, doing: hold_lease(home, doing=doing, wait_seconds=0.1)
    )
    with hold_lease(home, doing="loading batch X"):
        done = khabar(home, "backup", str(tmp_path / "dest"))
    assert_one_line(done, "is loading batch X")
    assert int(str(back_up(home, tmp_path / "dest")["copied_files"])) == 1  # all but the warehouse


@pytest.mark.parametrize("is_published", [True, False])
def test_load_goes_on_while_the_warehouse_is_copied(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_published: bool
) -> None:
    if not is_published:
        load_more(home, 700)
    files, rows, real, copied = kept(home), everything(home), copying.copy_still, []

    def load_meanwhile(found: FoundFile, part: Path, moved: Moved, held: Still) -> BackedFile:
        copied.append(held.file.name)
        load_more(home)
        publish_snapshot(home)
        return real(found, part, moved, held)

    monkeypatch.setattr(copying, "copy_still", load_meanwhile)
    back_up(home, tmp_path / "dest")
    public = str(home / "published" / "news.duckdb")
    assert copied == [public] if is_published else copied != [public]
    assert everything(home) != rows
    assert khabar(tmp_path / "new", "restore", str(tmp_path / "dest")).returncode == 0
    assert kept(tmp_path / "new") == files
    assert everything(tmp_path / "new") == rows
    assert not list(home.glob("tmp*"))


def test_home_without_room_is_backed_up_while_writers_wait(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_more(home)
    monkeypatch.setattr(still, "SPARE_BYTES", 1 << 60)
    waited, real = [], copying.copy_hashed

    def try_to_load(source: IO[bytes], *given: object) -> str:
        if source.name == str(warehouse_file(home)):
            with pytest.raises(WriterBusy), hold_lease(home, doing="x", wait_seconds=0):
                raise AssertionError
            waited.append(1)
        return real(source, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(copying, "copy_hashed", try_to_load)
    back_up(home, tmp_path / "dest")
    assert waited == [1]
    assert khabar(home, "backup", "--check", str(tmp_path / "dest")).returncode == 0


def test_published_file_that_is_not_what_was_published_is_not_backed_up(
    home: Path, tmp_path: Path
) -> None:
    public, dest = home / "published" / "news.duckdb", tmp_path / "dest"
    public.chmod(0o644)
    data = bytearray(public.read_bytes())
    data[-100] ^= 1
    public.write_bytes(data)
    assert_one_line(khabar(home, "backup", str(dest)), str(public), "run `khabar publish`")
    assert khabar(home, "publish").returncode == 0
    back_up(home, dest)
    new = tmp_path / "new"
    assert khabar(new, "restore", str(dest)).returncode == 0
    assert everything(new) == everything(home)
