"""A home is backed up, lost and brought back, whatever happens on the way."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from khabar.backup import copies as copying
from khabar.backup import holdings
from khabar.backup.manifest import read_manifest
from tests.khabar.backup.homes import back_up, copies, kept, load_more
from tests.khabar.command import assert_one_line, khabar
from tests.khabar.test_import_command import taken, write_warc
from tests.warehouse.test_rebuild import everything

pytestmark = pytest.mark.usefixtures("warm_crawls")


def test_home_that_is_lost_is_brought_back_and_works(home: Path, tmp_path: Path) -> None:
    files, rows, dest = kept(home), everything(home), tmp_path / "dest"
    done = khabar(home, "backup", str(dest))
    assert done.stdout.startswith(f"backed up {len(files) + 1} files ("), done.stderr
    assert "1 WARC files are still being written" in done.stdout
    shutil.rmtree(home)
    done = khabar(home, "restore", str(dest))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"brought back {len(files) + 1} files (")
    assert "published 4 articles" in done.stdout
    assert kept(home) == files
    assert everything(home) == rows
    assert sorted(path.name for path in home.iterdir()) == sorted(
        ["archive", "backfill", "batches", "health.json", "incidents", "locks", "newsroom",
         "published", "sources", "trials", "warehouse.duckdb"]
    )  # fmt: skip
    assert "4 articles" in khabar(home, "status").stdout
    assert khabar(home, "publish").returncode == 0
    write_warc(tmp_path / "3.warc.gz", ("https://v.test/new", 8, "2019-05-03"))
    taken(home, tmp_path / "3.warc.gz")
    assert len(everything(home)["articles"]) == 5
    assert khabar(home, "rebuild").returncode == 0
    report = back_up(home, dest)
    assert 0 < int(str(report["copied_files"])) < int(str(report["files"])) / 2


def test_only_what_is_new_is_copied(home: Path, tmp_path: Path) -> None:
    dest, files = tmp_path / "dest", kept(home)
    first = back_up(home, dest)
    assert first["copied_files"] == first["files"]
    before = copies(dest)
    again = back_up(home, dest)
    assert (again["copied_files"], again["files"]) == (0, first["files"])
    assert copies(dest) == before
    old = {file.sha256 for file in read_manifest(dest / "manifest.jsonl").files}
    load_more(home)
    more = back_up(home, dest)
    named = {file.sha256 for file in read_manifest(dest / "manifest.jsonl").files}
    new = kept(home).keys() - files.keys()
    assert more["copied_files"] == len(new) + 1  # the warehouse
    assert set(copies(dest)) == named
    assert len(old - named) == 1  # the warehouse that was: no manifest names it any more


def test_backup_is_private_and_holds_no_secret(home: Path, tmp_path: Path) -> None:
    dest = tmp_path / "dest"
    back_up(home, dest)
    assert dest.stat().st_mode & 0o777 == 0o700
    for path in dest.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
        assert path.is_dir() or b"secret" not in path.read_bytes()


@pytest.mark.parametrize("damage", ["flipped", "cut", "missing"])
def test_damaged_copy_is_named_and_nothing_is_brought_back(
    home: Path, tmp_path: Path, damage: str
) -> None:
    dest, new = tmp_path / "dest", tmp_path / "new"
    back_up(home, dest)
    assert "are as they were backed up" in khabar(home, "backup", "--check", str(dest)).stdout
    files = read_manifest(dest / "manifest.jsonl").files
    hurt = next(file for file in files if file.path.endswith(".warc.gz"))
    place = dest / "objects" / hurt.sha256[:2] / hurt.sha256
    data = bytearray(place.read_bytes())
    data[len(data) // 2] ^= 1
    place.unlink()
    if damage != "missing":
        place.write_bytes(data if damage == "flipped" else data[:-1])
    for done in (khabar(home, "backup", "--check", str(dest)), khabar(new, "restore", str(dest))):
        assert_one_line(done, "1 file is damaged or missing", hurt.path, str(place))
    assert not new.exists()
    assert not list(tmp_path.glob(".new*"))
    place.unlink(missing_ok=True)
    assert back_up(home, dest)["copied_files"] == 1
    assert khabar(home, "backup", "--check", str(dest)).returncode == 0


def test_damaged_manifest_is_named(home: Path, tmp_path: Path) -> None:
    dest = tmp_path / "dest"
    back_up(home, dest)
    manifest = dest / "manifest.jsonl"
    whole = manifest.read_bytes()
    manifest.write_bytes(whole.replace(b'"bytes": 6', b'"bytes": 7', 1))
    for words in (("backup", "--check"), ("restore",), ("backup",)):
        assert_one_line(khabar(home, *words, str(dest)), *(
            ("is not empty",) if words == ("restore",) else ("manifest.jsonl", "is damaged")
        ))  # fmt: skip
    for cut in (b"", whole[: len(whole) // 2], whole[:-10]):
        manifest.write_bytes(cut)
        assert_one_line(khabar(home, "backup", "--check", str(dest)), "is damaged")


def test_paths_that_lead_out_of_the_home_are_refused(home: Path, tmp_path: Path) -> None:
    import hashlib

    dest = tmp_path / "dest"
    back_up(home, dest)
    manifest = dest / "manifest.jsonl"
    lines = manifest.read_bytes().replace(b'"sources/mine.yml"', b'"../mine.yml"').split(b"\n")[:-2]
    text = b"".join(line + b"\n" for line in lines)
    told = {"sha256_of_the_lines_above": hashlib.sha256(text).hexdigest()}
    manifest.write_bytes(text + json.dumps(told).encode() + b"\n")
    assert_one_line(khabar(tmp_path / "new", "restore", str(dest)), "mine.yml")
    assert not (tmp_path / "mine.yml").exists()


def test_folders_that_cannot_hold_a_backup_are_refused_and_untouched(
    home: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "notes.txt").write_text("mine")
    assert_one_line(khabar(home, "backup", str(other)), "has something in it")
    assert_one_line(khabar(home, "backup", str(other / "notes.txt")), "is a file")
    assert_one_line(khabar(home, "backup", "--check", str(other)), "is no backup")
    assert_one_line(khabar(tmp_path / "new", "restore", str(other)), "is no backup")
    assert sorted(path.name for path in other.iterdir()) == ["notes.txt"]
    assert_one_line(khabar(home, "backup", str(home / "backup")), "outside")
    assert_one_line(khabar(home, "backup", str(tmp_path)), "outside")
    assert_one_line(khabar(home, "backup", str(home)), "outside")
    (tmp_path / "link").symlink_to(home)
    assert_one_line(khabar(home, "backup", str(tmp_path / "link" / "x")), "outside")
    assert_one_line(khabar(tmp_path / "nothing", "backup", str(tmp_path / "d")), "nothing to back")
    assert not (tmp_path / "d").exists()
    assert not (home / "backup").exists()


def test_home_that_is_not_empty_is_not_restored_over(home: Path, tmp_path: Path) -> None:
    dest, new = tmp_path / "dest", tmp_path / "new"
    back_up(home, dest)
    before = kept(home)
    assert_one_line(khabar(home, "restore", str(dest)), "is not empty")
    assert kept(home) == before
    new.mkdir()
    assert khabar(new, "restore", str(dest)).returncode == 0
    assert kept(new) == before


def test_archive_on_a_disk_that_is_not_there_is_no_empty_one(home: Path, tmp_path: Path) -> None:
    shutil.rmtree(home / "archive")
    (home / "archive").symlink_to(tmp_path / "unmounted" / "archive")
    done = khabar(home, "backup", str(tmp_path / "dest"))
    assert_one_line(done, str(home / "archive"), "leads nowhere")


def test_file_that_goes_while_files_are_looked_for_is_left_out(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = holdings.find_file

    def look_too_late(path: str, place: Path) -> holdings.FoundFile:
        if path == "sources/mine.yml":
            place.unlink()
        return look(path, place)

    monkeypatch.setattr(holdings, "find_file", look_too_late)
    paths = [one.path for one in holdings.list_holdings(home).files]
    assert "published/releases/june.duckdb" in paths
    assert "sources/mine.yml" not in paths


def test_links_are_followed_and_bad_ones_named(home: Path, tmp_path: Path) -> None:
    files = kept(home)
    big = tmp_path / "big disk"
    shutil.move(home / "archive", big)
    (home / "archive").symlink_to(big)
    shutil.move(home / "sources" / "mine.yml", tmp_path / "mine.yml")
    (home / "sources" / "mine.yml").symlink_to(tmp_path / "mine.yml")
    back_up(home, tmp_path / "dest")
    assert khabar(tmp_path / "new", "restore", str(tmp_path / "dest")).returncode == 0
    assert kept(tmp_path / "new") == files
    assert_one_line(khabar(home, "backup", str(big / "dest")), "outside")
    nowhere = home / "sources" / "x.yml"
    nowhere.symlink_to(tmp_path / "nowhere")
    assert_one_line(khabar(home, "backup", str(tmp_path / "dest")), str(nowhere), "leads nowhere")
    nowhere.unlink()
    nowhere.symlink_to(home / "sources")
    assert_one_line(khabar(home, "backup", str(tmp_path / "dest")), str(nowhere), "lies in")
    nowhere.unlink()
    os.mkfifo(nowhere)
    assert_one_line(khabar(home, "backup", str(tmp_path / "dest")), str(nowhere), "neither")


def test_file_that_is_always_written_to_is_named(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, real = home / "sources" / "mine.yml", copying.copy_hashed

    def edited(source: object, *given: object) -> str:
        digest = real(source, *given)  # type: ignore[arg-type]
        if getattr(source, "name", None) == str(file):
            file.write_text(file.read_text() + "x")
        return digest

    monkeypatch.setattr(copying, "copy_hashed", edited)
    dest = tmp_path / "dest"
    assert_one_line(khabar(home, "backup", str(dest)), str(file), "changes while it is copied")
    monkeypatch.undo()
    back_up(home, dest)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("a small disk needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=80m", "none", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_full_disk_is_one_line_and_leaves_the_backup_before(
    home: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from khabar.backup import making

    dest = small_disk / "dest"
    back_up(home, dest)
    (home / "archive" / "big.warc.gz").write_bytes(os.urandom(90 << 20))
    assert_one_line(khabar(home, "backup", str(dest)), str(dest), "MB free, the backup needs")
    monkeypatch.setattr(making, "SPARE_BYTES", -(200 << 20))
    assert_one_line(khabar(home, "backup", str(dest)), str(dest), "the disk is full")
    assert khabar(home, "backup", "--check", str(dest)).returncode == 0
    (home / "archive" / "big.warc.gz").write_bytes(b"small")
    assert back_up(home, dest)["copied_files"] == 1
