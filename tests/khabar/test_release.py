import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.khabar.command import assert_one_line, khabar
from tests.warehouse.batches import BatchMaker, page, text
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

COUNT = "SELECT count(*) AS n FROM articles"


def load(home: Path, hour: int) -> None:
    line = page(f"/{hour}", text(f"سیلاب{hour}"), hour=hour)
    load_batch(BatchMaker(home, hour).source(line).write())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("made") / "home"
    load(home, 1)
    publish_snapshot(home)
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "home"))


def folder(home: Path) -> Path:
    return home / "published" / "releases"


def names(home: Path) -> list[str]:
    """Name the files of releases, but for the notes that no one may spill beside them."""
    return sorted(path.name for path in folder(home).iterdir() if path.suffix != ".tmp")


def asked(home: Path, *words: str) -> int:
    done = khabar(home, "sql", COUNT, "--json", *words)
    assert done.returncode == 0, done.stderr
    return int(json.loads(done.stdout)["n"])


def test_release_keeps_its_numbers_while_the_news_goes_on(home: Path) -> None:
    done = khabar(home, "release", "2026-10")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("released 1 article of snapshot 1-")
    load(home, 2)
    publish_snapshot(home)
    assert (asked(home), asked(home, "--release", "2026-10")) == (2, 1)
    assert names(home) == ["2026-10.duckdb", "2026-10.json"]
    assert (folder(home) / "2026-10.duckdb.tmp").is_file()  # no stock client spills beside it


def test_card_says_of_the_file_what_was_published(home: Path) -> None:
    published = json.loads((home / "published" / "news.json").read_bytes())
    done = khabar(home, "release", "first", "--json")
    card = json.loads((folder(home) / "first.json").read_bytes())
    assert card.items() >= published.items()
    assert card["name"] == "first"
    file = folder(home) / "first.duckdb"
    assert card["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert file.stat().st_mode & 0o777 == 0o444
    told = json.loads(done.stdout)
    assert (told["is_new"], told["release"]["snapshot_id"]) == (True, card["snapshot_id"])


def test_release_costs_no_room_until_the_next_publish(home: Path) -> None:
    khabar(home, "release", "a")
    public = home / "published" / "news.duckdb"
    assert (folder(home) / "a.duckdb").samefile(public)
    publish_snapshot(home)
    assert not (folder(home) / "a.duckdb").samefile(public)


def test_same_snapshot_again_says_so_and_another_is_refused(home: Path) -> None:
    khabar(home, "release", "a")
    before = (folder(home) / "a.json").read_bytes()
    again = khabar(home, "release", "a")
    assert (again.returncode, "this snapshot already" in again.stdout) == (0, True)
    load(home, 2)
    publish_snapshot(home)
    assert_one_line(khabar(home, "release", "a"), "never overwritten", "choose another name")
    assert (folder(home) / "a.json").read_bytes() == before
    assert asked(home, "--release", "a") == 1
    assert khabar(home, "release", "b").returncode == 0
    listed = [json.loads(line) for line in khabar(home, "release", "--json").stdout.splitlines()]
    assert [(one["name"], one["counts"]["articles"]) for one in listed] == [("a", 1), ("b", 2)]
    assert "b" in khabar(home, "release").stdout


@pytest.mark.parametrize(
    "name", ["", "Oct", "../news", "a.b", "-a", "a b", "خبر", "a\x1b", "a" * 65]
)
def test_name_that_is_no_name_is_refused(home: Path, name: str) -> None:
    assert_one_line(khabar(home, "release", "--", name), "cannot name a release")
    assert_one_line(khabar(home, "sql", COUNT, "--release", name), "cannot name a release")
    assert not folder(home).exists()


def test_unknown_release_and_nothing_published_are_one_line(home: Path, tmp_path: Path) -> None:
    assert_one_line(khabar(home, "sql", COUNT, "--release", "x"), "no release x", "none")
    assert_one_line(khabar(tmp_path / "empty", "release", "x"), "nothing is published yet")
    assert "no release yet" in khabar(home, "release").stdout
    assert khabar(home, "release", "--check").returncode == 0


def test_check_proves_the_bytes_and_finds_each_harm(home: Path) -> None:
    for name in ("good", "bent", "lost", "logged", "cardless"):
        khabar(home, "release", name)
    publish_snapshot(home)
    assert khabar(home, "release", "--check").stdout.count("its bytes are those") == 5
    bent = bytearray((folder(home) / "bent.duckdb").read_bytes())
    bent[-1] ^= 1
    (folder(home) / "bent.duckdb").unlink()
    (folder(home) / "bent.duckdb").write_bytes(bent)
    (folder(home) / "lost.duckdb").unlink()
    (folder(home) / "logged.duckdb.wal").write_bytes(b"x")
    (folder(home) / "cardless.json").write_text("{}")
    done = khabar(home, "release", "--check", "--json")
    assert done.returncode == 1
    found = {one["name"]: one["fault"] for one in map(json.loads, done.stdout.splitlines())}
    assert found.pop("good") is None
    for name, said in (
        ("bent", "SHA-256"), ("lost", "is gone"), ("logged", ".wal"), ("cardless", "the card"),
    ):  # fmt: skip
        assert said in found[name]
    assert_one_line(khabar(home, "sql", COUNT, "--release", "logged"), "logged.duckdb.wal")


def test_lost_release_is_not_replaced_by_another_snapshot(home: Path) -> None:
    khabar(home, "release", "a")
    (folder(home) / "a.duckdb").unlink()
    assert_one_line(khabar(home, "release", "a"), "is gone")
    publish_snapshot(home)
    (home / "published" / "news.json").write_text(
        (home / "published" / "news.json").read_text().replace('"1-', '"2-')
    )
    assert_one_line(khabar(home, "release", "a"), "never overwritten")
    assert names(home) == ["a.json"]


def test_snapshot_that_is_not_what_its_card_says_is_not_released(home: Path) -> None:
    card = home / "published" / "news.json"
    told = json.loads(card.read_bytes())
    card.write_text(json.dumps(told | {"sha256": "0" * 64}))
    assert_one_line(khabar(home, "release", "a"), "byte by byte", "khabar publish")
    card.write_text("{")
    assert_one_line(khabar(home, "release", "a"), "news.json", "khabar publish")
    assert names(home) == []


@pytest.mark.parametrize("moment", ["linked", "carded", "placed"])
def test_release_that_was_killed_is_made_whole_by_the_next(home: Path, moment: str) -> None:
    khabar(home, "release", "other")
    public, file = home / "published" / "news.duckdb", folder(home) / "a.duckdb"
    if moment == "placed":
        khabar(home, "release", "a")
    else:
        (folder(home) / ".a.duckdb.part").hardlink_to(public)
        (folder(home) / ".a.json.7.part").write_text("{")
    if moment == "carded":
        (folder(home) / "a.json").write_bytes((folder(home) / "other.json").read_bytes())
    assert khabar(home, "release", "--check").returncode == 0
    if moment != "placed":
        load(home, 2)
        publish_snapshot(home)
        assert not file.exists()
    assert khabar(home, "release", "a").returncode == 0
    assert names(home) == ["a.duckdb", "a.json", "other.duckdb", "other.json"]
    assert asked(home, "--release", "a") == (1 if moment == "placed" else 2)
    assert khabar(home, "release", "--check").returncode == 0


@pytest.fixture
def other_disk(home: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("another disk needs root")
    folder(home).mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=40m", "none", str(folder(home))]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder(home)
    subprocess.run(["umount", str(folder(home))], check=True)


def test_release_on_another_disk_is_a_copy_and_a_full_one_is_one_line(
    home: Path, other_disk: Path
) -> None:
    assert khabar(home, "release", "a").returncode == 0
    assert (other_disk / "a.duckdb").stat().st_mode & 0o777 == 0o444
    assert asked(home, "--release", "a") == 1
    assert khabar(home, "release", "--check").returncode == 0
    with (other_disk / "filler").open("wb") as filler:
        filler.write(b"0" * (other_disk_free(other_disk) - 4096))
    assert_one_line(khabar(home, "release", "b"), "MB free, the release needs", "make room")
    (other_disk / "filler").unlink()
    assert names(home) == ["a.duckdb", "a.json"]


def test_copy_that_fills_the_disk_leaves_none_of_its_part(
    home: Path, other_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (other_disk / "filler").open("wb") as filler:
        filler.write(b"0" * (other_disk_free(other_disk) - 100_000))
    # Somebody else takes the room between the look and the copy.
    plenty = shutil.disk_usage("/")._replace(free=1 << 40)
    monkeypatch.setattr("shutil.disk_usage", lambda _: plenty)
    assert_one_line(khabar(home, "release", "b"), "the disk is full", "make room")
    assert names(home) == ["filler"]


def other_disk_free(path: Path) -> int:
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize


def test_release_is_exported_like_the_snapshot(home: Path, tmp_path: Path) -> None:
    khabar(home, "release", "a")
    load(home, 2)
    publish_snapshot(home)
    done = khabar(home, "export", str(tmp_path / "x"), "--release", "a")
    assert done.stdout.startswith("1 article of snapshot 1-")
    done = khabar(home, "sql", COUNT, "--release", "a", "-o", str(tmp_path / "n.csv"))
    assert (tmp_path / "n.csv").read_text("utf-8-sig") == "n\n1\n"


def test_analyst_opens_a_release_as_any_duckdb_file(home: Path) -> None:
    khabar(home, "release", "a")
    with duckdb.connect(str(folder(home) / "a.duckdb"), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM search('سیلاب15')").fetchall() == [(1,)]
