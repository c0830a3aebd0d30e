"""A home is backed up, lost and brought back, whatever happens on the way."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import duckdb
import pytest

from khabar.backup import copies as copying
from khabar.backup import holdings
from khabar.backup.copies import Moved
from khabar.backup.holdings import FoundFile
from khabar.backup.manifest import BackedFile, read_manifest
from tests.khabar.command import assert_one_line, khabar
from tests.khabar.test_import_command import taken, write_warc
from tests.warehouse.batches import BatchMaker, page, text
from tests.warehouse.test_rebuild import everything
from warehouse import still
from warehouse.connection import WriterBusy, open_writer, warehouse_file
from warehouse.lease import hold_lease
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot
from warehouse.still import Still

Files = dict[str, tuple[bytes, int, int]]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a home by importing real WARC files, with all that lies in one."""
    folder = tmp_path_factory.mktemp("made")
    for day in (1, 2):
        write_warc(folder / f"{day}.warc.gz", *(
            (f"https://v.test/{number}", number + day, f"2019-05-0{day}") for number in range(4)
        ))  # fmt: skip
        taken(folder / "home", folder / f"{day}.warc.gz")
    home = folder / "home"
    for path, words in {
        "sources/mine.yml": "name: Mine",
        "backfill/mine-2026-01-01-2026-02-01.json": "{}",
        "published/releases/june.duckdb": "frozen",
        "newsroom/town.json": '{"sources": "/nowhere", "loopback": []}',
        "locks/host-v.test.json": "resting",
        "airflow/password.json": "secret",
        "inbox/other.warc.gz": "theirs",
        "archive/web_v.test/2026/11/going-on.warc.gz.part": "a crawl's journal",
        "batches/.x.json.9.part": "half",
    }.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(words)
    (home / "backfill" / "mine-2026-01-01-2026-02-01.json").chmod(0o600)
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "home"))


def kept(home: Path) -> Files:
    """Read every file that a backup must bring back, with its mode and time.

    But for the warehouse, into which `khabar restore` writes what it publishes.
    """
    left_out = ("locks/", "airflow/", "inbox/", "published/news", "warehouse.duckdb")
    return {
        name: (path.read_bytes(), path.stat().st_mode & 0o777, path.stat().st_mtime_ns)
        for path in home.rglob("*")
        if path.is_file() and not path.name.endswith(".part")
        and not (name := path.relative_to(home).as_posix()).startswith(left_out)
    }  # fmt: skip


def back_up(home: Path, dest: Path) -> dict[str, object]:
    done = khabar(home, "backup", str(dest), "--json")
    assert done.returncode == 0, done.stderr
    report: dict[str, object] = json.loads(done.stdout)
    return report


def load_more(home: Path, hour: int = 900) -> None:
    load_batch(BatchMaker(home, hour).source(page("/a", text(f"a{hour}"), hour=hour)).write())


def copies(dest: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (dest / "objects").glob("*/*")}


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
        ["archive", "backfill", "batches", "locks", "newsroom", "published", "sources",
         "warehouse.duckdb"]
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
        assert_one_line(done, "1 files are damaged or missing", hurt.path, str(place))
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


def test_home_that_lost_its_archive_does_not_empty_the_backup(home: Path, tmp_path: Path) -> None:
    dest = tmp_path / "dest"
    back_up(home, dest)
    warc = next((home / "archive").rglob("*.warc.gz"))
    shutil.move(warc, tmp_path / "elsewhere")
    assert_one_line(khabar(home, "backup", str(dest)), "1 files", warc.relative_to(home).as_posix())
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
        assert_one_line(done, "1 files that never change are not what was backed up, so", str(hurt))
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
    assert_one_line(khabar(home, "backup", str(dest)), "1 files", "releases/july.json")


KILLED = """
import os, signal, sys
from pathlib import Path
from khabar.copy_progress import CopyProgress
from khabar.backup import making, reading

turn, what, dest, home = int(sys.argv[1]), *sys.argv[2:]
calls = []
def dying(real):
    def die(*given, **named):
        calls.append(1)
        if len(calls) == turn:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)
    return die
for owner, name in ((os, "fsync"), (Path, "replace"), (Path, "unlink"), (Path, "chmod")):
    setattr(owner, name, dying(getattr(owner, name)))
watcher = CopyProgress(is_quiet=True)
if what == "backup":
    making.back_up(Path(home), Path(dest), watcher)
else:
    reading.restore(Path(dest), Path(home), watcher)
print(len(calls))
"""


def is_killed(turn: int, what: str, dest: Path, home: Path) -> bool:
    command = [sys.executable, "-c", KILLED, str(turn), what, str(dest), str(home)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


def steps(what: str, dest: Path, home: Path) -> int:
    command = [sys.executable, "-c", KILLED, "0", what, str(dest), str(home)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout)


def at(turn: str, last: int) -> int:
    return int(turn) if turn.isdigit() else int(last // 2 if "//" in turn else last - int(turn[6:]))


FEW = ("2", "last // 2", "last - 4", "last - 1")
ALL = tuple(map(str, range(1, 12))) + tuple(f"last - {back}" for back in range(20))


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


def test_restore_killed_at_any_step_begins_anew(home: Path, tmp_path: Path) -> None:
    dest, files = tmp_path / "dest", kept(home)
    back_up(home, dest)
    new = tmp_path / "new"
    last = steps("restore", dest, new)
    for turn in (1, last // 2, last - 1, last):
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
    assert_one_line(khabar(home, "backup", str(dest)), "is not there, but", "khabar rebuild")
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
