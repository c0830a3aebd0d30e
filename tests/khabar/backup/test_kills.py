"""A backup or restore that is killed at any step leaves nothing broken."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from khabar.backup.manifest import read_manifest
from tests.khabar.backup.homes import back_up, copies, kept, load_more
from tests.khabar.backup.killing import ALL, FEW, ROOT, at, is_killed, steps
from tests.khabar.command import assert_one_line, khabar
from warehouse.connection import warehouse_file


@pytest.mark.parametrize(
    "turns", [FEW, pytest.param(ALL, marks=pytest.mark.slow)], ids=["some", "all"]
)
def test_backup_killed_at_any_step_leaves_the_one_before_and_goes_on(
    home: Path, tmp_path: Path, turns: tuple[str, ...]
) -> None:
    dest, first = tmp_path / "dest", kept(home)
    back_up(home, dest)
    load_more(home)
    trial = Path(shutil.copytree(dest, tmp_path / "trial"))
    last = steps("backup", trial, home)
    second = kept(home)
    for turn in sorted({at(turn, last) for turn in turns}):
        shutil.rmtree(trial)
        shutil.copytree(dest, trial)
        assert is_killed(turn, "backup", trial, home), turn
        assert khabar(home, "backup", "--check", str(trial)).returncode == 0
        new = tmp_path / "new"
        assert khabar(new, "restore", str(trial)).returncode == 0
        assert kept(new) in (first, second)
        shutil.rmtree(new)
        back_up(home, trial)
        named = {file.sha256 for file in read_manifest(trial / "manifest.jsonl").files}
        assert set(copies(trial)) == named
        assert sorted(path.name for path in trial.iterdir()) == [
            "KHABAR-BACKUP", "manifest.jsonl", "objects",
        ]  # fmt: skip
        paths = {file.path for file in read_manifest(trial / "manifest.jsonl").files}
        assert paths == {*second, "warehouse.duckdb"}


def test_first_backup_that_was_killed_does_not_copy_again_what_it_has(
    home: Path, tmp_path: Path
) -> None:
    dest = tmp_path / "dest"
    assert is_killed(30, "backup", dest, home)
    assert_one_line(khabar(home, "backup", "--check", str(dest)), "no backup was finished")
    assert_one_line(khabar(tmp_path / "new", "restore", str(dest)), "no backup was finished")
    journal = (dest / "journal.jsonl").read_bytes()
    (dest / "journal.jsonl").write_bytes(journal + b'{"path": "torn')
    report = back_up(home, dest)
    assert 5 < int(str(report["copied_files"])) < int(str(report["files"])) - 5
    assert khabar(home, "backup", "--check", str(dest)).returncode == 0


@pytest.mark.parametrize(
    "turns",
    [("1", "last // 2", "last - 0"), pytest.param(ALL, marks=pytest.mark.slow)],
    ids=["some", "all"],
)
def test_restore_killed_at_any_step_begins_anew(
    home: Path, tmp_path: Path, turns: tuple[str, ...]
) -> None:
    dest, files = tmp_path / "dest", kept(home)
    back_up(home, dest)
    new = tmp_path / "new"
    last = steps("restore", dest, new)
    for turn in sorted({at(turn, last) for turn in turns}):
        shutil.rmtree(new, ignore_errors=True)
        assert is_killed(turn, "restore", dest, new)
        if not new.exists():
            steps("restore", dest, new)
        assert kept(new) == files
        assert warehouse_file(new).read_bytes() == warehouse_file(home).read_bytes()
        assert not list(tmp_path.glob(".new*"))


def test_two_backups_at_once_are_one_after_another(home: Path, tmp_path: Path) -> None:
    dest = tmp_path / "dest"
    back_up(home, dest)
    code = (
        "import sys; from pathlib import Path; from khabar.backup.shelf import open_shelf\n"
        "with open_shelf(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(dest)], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    for words in (("backup",), ("backup", "--check")):
        assert_one_line(khabar(home, *words, str(dest)), "another backup")
    assert_one_line(khabar(tmp_path / "new", "restore", str(dest)), "another backup")
    other.communicate()
    back_up(home, dest)
