"""Files that never change: what a home lost or spoilt replaces no good copy."""

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from khabar.backup.manifest import read_manifest
from tests.khabar.backup.homes import back_up, kept, load_more
from tests.khabar.backup.killing import is_killed, steps
from tests.khabar.command import assert_one_line, khabar
from tests.warehouse.batches import BatchMaker, page, text
from warehouse.load import load_batch


def test_home_that_lost_its_archive_does_not_empty_the_backup(home: Path, tmp_path: Path) -> None:
    dest = tmp_path / "dest"
    back_up(home, dest)
    warc = next((home / "archive").rglob("*.warc.gz"))
    shutil.move(warc, tmp_path / "elsewhere")
    assert_one_line(khabar(home, "backup", str(dest)), "1 file ", warc.relative_to(home).as_posix())
    stranger = tmp_path / "stranger"
    load_more(stranger)
    assert_one_line(khabar(stranger, "backup", str(dest)), "this home has not")
    assert khabar(home, "backup", "--check", str(dest)).returncode == 0


@pytest.mark.parametrize("damage", ["flipped", "cut", "emptied"])
@pytest.mark.parametrize(
    "which",
    ["archive/**/*.warc.gz", "batches/*/extract/*/articles.parquet",
     "batches/*/crawl/*/1.fetches.jsonl", "published/releases/june.duckdb"],
)  # fmt: skip
def test_file_that_never_changes_and_has_does_not_replace_its_good_copy(
    home: Path, tmp_path: Path, which: str, damage: str
) -> None:
    dest, files = tmp_path / "dest", kept(home)
    back_up(home, dest)
    hurt = min(home.glob(which))
    whole = hurt.read_bytes()
    at = len(whole) // 2
    worse = {"flipped": whole[:at] + b"\0\0\0\0" + whole[at + 4 :], "cut": whole[:at]}
    hurt.write_bytes(worse.get(damage, b""))
    load_more(home)
    for _ in range(2):  # nor does the backup after
        done = khabar(home, "backup", str(dest))
        assert done.stdout.startswith("backed up ")
        assert_one_line(done, "1 file that never changes is not what was backed up, so", str(hurt))
    new = tmp_path / "new"
    assert khabar(new, "restore", str(dest)).returncode == 0
    brought = kept(new)
    assert {name: brought[name] for name in files} == files
    assert brought.keys() == kept(home).keys()  # what was loaded meanwhile, too
    told = json.loads(khabar(home, "backup", str(dest), "--json").stdout)["changed"]
    assert [one["path"] for one in told] == [str(hurt)]
    command = done.stderr.split("`")[1]
    assert command == f"cp {told[0]['good_copy']} {hurt}"
    subprocess.run(shlex.split(command), check=True)
    assert hurt.read_bytes() == whole
    assert back_up(home, dest)["changed"] == []


def test_damaged_file_does_not_replace_the_copy_of_a_backup_that_was_killed(
    home: Path, tmp_path: Path
) -> None:
    dest = tmp_path / "dest"
    back_up(home, dest)
    hurt = min((home / "archive").rglob("*.warc.gz"))
    whole = hurt.read_bytes()
    hurt.write_bytes(whole[:-4] + b"\0\0\0\0")
    load_more(home)
    trial = Path(shutil.copytree(dest, tmp_path / "trial"))
    last = steps("backup", trial, home)
    for turn in (last // 2, last - 2):
        shutil.rmtree(trial)
        shutil.copytree(dest, trial)
        assert is_killed(turn, "backup", trial, home)
        assert_one_line(khabar(home, "backup", str(trial)), str(hurt))
        new = tmp_path / f"new{turn}"
        assert khabar(new, "restore", str(trial)).returncode == 0
        assert (new / hurt.relative_to(home)).read_bytes() == whole


def test_file_whose_copy_is_damaged_too_is_named_and_taken_as_it_is(
    home: Path, tmp_path: Path
) -> None:
    dest = tmp_path / "dest"
    back_up(home, dest)
    hurt = min((home / "archive").rglob("*.warc.gz"))
    (file,) = (
        one for one in read_manifest(dest / "manifest.jsonl").files
        if one.path == hurt.relative_to(home).as_posix()
    )  # fmt: skip
    (dest / "objects" / file.sha256[:2] / file.sha256).write_bytes(b"x" * file.bytes)
    hurt.write_bytes(b"other")
    assert_one_line(khabar(home, "backup", str(dest)), str(hurt), "its copy is damaged, too")
    assert khabar(home, "backup", "--check", str(dest)).returncode == 0


def test_file_that_was_only_touched_and_files_that_may_change_are_taken(
    home: Path, tmp_path: Path
) -> None:
    dest = tmp_path / "dest"
    one = BatchMaker(home, 800).source(page("/h", text("h"), hour=800))
    held = one.source(page("/x", text("x"), hour=800), id="valley", miscount=1).write()
    load_batch(held)
    assert json.loads(held.status("load").read_bytes())["held"] == ["valley"]
    back_up(home, dest)
    os.utime(min((home / "archive").rglob("*.warc.gz")))
    (home / "sources" / "mine.yml").write_text("name: Ours")
    again = held.extract_folder("valley") / "rejections.parquet"  # a held source is mended so
    again.write_bytes(b"extracted again")
    report = back_up(home, dest)
    assert report["changed"] == []
    assert khabar(tmp_path / "new", "restore", str(dest)).returncode == 0
    assert (tmp_path / "new" / again.relative_to(home)).read_bytes() == b"extracted again"


def test_card_of_a_release_that_was_killed_is_no_loss(home: Path, tmp_path: Path) -> None:
    dest, card = tmp_path / "dest", home / "published" / "releases" / "july.json"
    (home / "published" / "releases" / "june.json").write_text("{}")
    card.write_text("{}")
    back_up(home, dest)
    card.unlink()  # by the next release
    back_up(home, dest)
    card.write_text("another")
    card.with_suffix(".duckdb").write_text("frozen")
    back_up(home, dest)
    card.unlink()
    assert_one_line(khabar(home, "backup", str(dest)), "1 file ", "releases/july.json")


def test_what_lies_among_releases_and_is_none_is_not_kept(home: Path, tmp_path: Path) -> None:
    dest, note = tmp_path / "dest", home / "published" / "releases" / "june.duckdb.tmp"
    note.write_text("why nothing spills here")
    back_up(home, dest)
    note.unlink()
    note.mkdir()
    (note / "spilled.block").write_text("of a client that found no note")
    assert back_up(home, dest)["changed"] == []
    assert khabar(tmp_path / "new", "restore", str(dest)).returncode == 0
    assert not (tmp_path / "new" / note.relative_to(home)).exists()
