"""A disk that fills up at every moment of dedup, load, publish and export."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawlers.batch import Batch
from tests.khabar.command import Done, assert_one_line, khabar
from tests.small_disk import small_disk
from tests.warehouse.batches import rows
from tests.warehouse.life import card_of, look_published, sha256_of, write_hour
from tests.whole_way.walk import differences, tables
from warehouse import publish
from warehouse.connection import snapshot_file
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

DISK_MB = 160
FREE_KB = (0, 4, 8, 64, 160, 400, 800, 1_500, 2_500, 3_500, 5_000, 8_000, 12_000)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Batch, Path]:
    """A home with two batches, of which one is published, a third one, and how it all ends."""
    folder = tmp_path_factory.mktemp("full")
    home, control = folder / "home", folder / "control"
    load_batch(write_hour(home, 1))
    publish_snapshot(home)
    load_batch(write_hour(home, 2))
    batch = write_hour(home, 3, size=150)
    shutil.copytree(home, control)
    load_batch(Batch(id=batch.id, home=control))
    return home, batch, control


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", DISK_MB) as disk:
        yield disk


def try_with(disk: Path, home: Path, free_kb: int, *words: str) -> Done:
    """Run a command where so much is free, then make room again."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        left = os.statvfs(disk)
        os.posix_fallocate(file.fileno(), 0, left.f_bavail * left.f_frsize - (free_kb << 10))
    done = khabar(home, *words)
    filler.unlink()
    return done


def lay(source: Path, disk: Path) -> Path:
    """Put a fresh copy of the home on the disk."""
    home = disk / "home"
    shutil.rmtree(home, ignore_errors=True)
    return Path(shutil.copytree(source, home))


def assert_told(done: Done, disk: Path) -> None:
    assert_one_line(done, str(disk), "make room")


def leftovers(home: Path) -> list[str]:
    """List what no run should leave."""
    kept = ("warehouse.duckdb", "news.duckdb", "news.duckdb.tmp", "news.json")
    return sorted(
        path.name
        for path in home.rglob("*")
        if path.is_file()
        and (path.name.endswith(".part") or path.name.startswith(("warehouse", "news", ".")))
        and path.name not in kept
    )


def fill_while_loading(scene: tuple[Path, Batch, Path], disk: Path, sizes: tuple[int, ...]) -> str:
    """Load where ever more is free; return all that was said of it."""
    source, batch, control = scene
    said = ""
    for free in sizes:
        home = lay(source, disk)
        public = sha256_of(snapshot_file(home))
        done = try_with(disk, home, free, "load", batch.id)
        assert sha256_of(snapshot_file(home)) == public
        if done.returncode == 0:
            said += "went through\n"
        else:
            assert_told(done, disk)
            said += done.stderr
            batches = rows(home, "SELECT count(*) FROM batches")
            assert batches in ([(2,)], [(3,)])
        again = khabar(home, "load", batch.id)
        assert (again.returncode, again.stderr) == (0, "")
        assert list(differences(tables(control), tables(home)))[:3] == [], free
        assert leftovers(home) == []
    return said


def fill_while_publishing(
    scene: tuple[Path, Batch, Path], disk: Path, sizes: tuple[int, ...]
) -> str:
    """Publish where ever more is free; return all that was said of it."""
    said = ""
    for free in sizes:
        home = lay(scene[0], disk)
        public = snapshot_file(home)
        old, card = sha256_of(public), card_of(public)
        done = try_with(disk, home, free, "publish")
        if done.returncode == 0:
            said += "went through\n"
        else:
            assert_told(done, disk)
            said += done.stderr
            assert (sha256_of(public), card_of(public)) == (old, card)
        again = khabar(home, "publish")
        assert (again.returncode, again.stderr) == (0, "")
        assert look_published(public) == card_of(public)["snapshot_id"]
        assert card_of(public)["sha256"] == sha256_of(public)
        assert card_of(public)["counts"]["batches"] == 2
        assert leftovers(home) == []
    return said


def test_a_disk_that_fills_up_in_a_load_is_one_line_and_costs_nothing(
    scene: tuple[Path, Batch, Path], disk: Path
) -> None:
    said = fill_while_loading(scene, disk, (0, 64))
    assert "warehouse.open: the disk is full" in said
    assert "Failed to commit" in said


def test_a_disk_without_room_for_a_copy_is_one_line_and_leaves_the_old_snapshot(
    scene: tuple[Path, Batch, Path], disk: Path
) -> None:
    said = fill_while_publishing(scene, disk, (20_000,))
    assert "a new snapshot needs" in said


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_disk_that_fills_up_anywhere_in_a_load_costs_nothing(
    scene: tuple[Path, Batch, Path], disk: Path
) -> None:
    said = fill_while_loading(scene, disk, FREE_KB)
    print(said)  # noqa: T201 (how it went)
    for moment in ("the disk is full", "Failed to commit", "checkpoint", "went through"):
        assert moment in said


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_disk_that_fills_up_anywhere_in_a_publish_leaves_the_old_snapshot(
    scene: tuple[Path, Batch, Path], disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "SPARE_BYTES", -(1 << 40))  # others fill it while it is copied
    size = snapshot_file(scene[0]).stat().st_size >> 10
    said = fill_while_publishing(scene, disk, (*FREE_KB, *range(size, size + 3_000, 200)))
    print(said)  # noqa: T201 (how it went)
    for moment in ("warehouse.open", "warehouse.duckdb", ".news.duckdb.part", "went through"):
        assert moment in said


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_a_disk_that_fills_up_anywhere_in_an_export_leaves_nothing(
    scene: tuple[Path, Batch, Path], disk: Path, kind: str
) -> None:
    home, folder = scene[0], disk / "x"
    free, ends = 0, list[int]()
    while not ends or ends[-1] != 0:
        done = try_with(disk, home, free, "export", str(folder), "--format", kind)
        ends.append(done.returncode)
        if done.returncode:
            assert_one_line(done, str(folder), "make room")
            assert list(disk.iterdir()) == []
        free = free + 16 if free < 200 else free * 2
    assert len(ends) > 2
    shutil.rmtree(folder)
    again = khabar(home, "export", str(folder), "--format", kind)
    assert (again.returncode, again.stderr) == (0, "")


@pytest.mark.slow
def test_decisions_that_find_no_room_are_made_again(
    scene: tuple[Path, Batch, Path], disk: Path
) -> None:
    source, batch, control = scene
    for free in (4, 12, 40, 100, 200):
        home = lay(source, disk)
        done = try_with(disk, home, free, "dedup", batch.id)
        if done.returncode:
            assert_told(done, disk)
        for stage in ("dedup", "load"):
            again = khabar(home, stage, batch.id)
            assert (again.returncode, again.stderr) == (0, "")
        assert list(differences(tables(control), tables(home)))[:3] == [], free
