"""check_backup() and restore(): read every copy of a backup, to prove it or to bring it back."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crawlers.batch import flush_folder
from crawlers.counted import counted
from khabar.backup.copies import copy_hashed, hash_file
from khabar.backup.holdings import refuse_overlap
from khabar.backup.making import Watcher, in_megabytes
from khabar.backup.manifest import BackedFile, BackupError, Manifest
from khabar.backup.shelf import Shelf, read_shelf
from warehouse.connection import warehouse_file
from warehouse.room import SPARE_BYTES, tell_missing

NAMED = 5
"""Damaged files that a line names, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReport:
    """What was read of a backup, all of it as it was written."""

    folder: str
    made_at: str
    """When it was made, ISO 8601, UTC."""
    batch_id: str | None
    files: int
    bytes: int
    has_warehouse: bool
    seconds: float
    line: str


def check_backup(folder: Path, watcher: Watcher) -> ReadReport:
    """Read every file of a backup and compare its SHA-256.

    Raises:
        BackupError: naming those that are damaged or missing.
    """
    began = time.monotonic()
    with read_shelf(folder.resolve()) as (shelf, manifest):
        watcher.expect("reading", len(manifest.files), manifest.bytes)
        bad = [file for file in manifest.files if not _is_whole(shelf, file, watcher)]
        if bad:
            raise BackupError(_damaged(shelf, bad))
    seconds = time.monotonic() - began
    files = f"{counted(len(manifest.files), 'file')} ({in_megabytes(manifest.bytes)})"
    line = (
        f"{shelf.folder}: all {files} are as they were backed up at "
        f"{manifest.made_at[:16]} UTC; read in {seconds:.1f} s"
    )
    return _report(shelf, manifest, seconds, line)


def restore(folder: Path, home: Path, watcher: Watcher) -> ReadReport:
    """Bring a backup back as a new home; nothing is in place before all of it is proven.

    It is gathered beside the home and put in place in one step. Killed before that and run again,
    it begins anew.

    Raises:
        BackupError: where there is a home already, or naming the first file that is damaged.
    """
    began = time.monotonic()
    folder = folder.resolve()
    refuse_overlap(home, folder)
    _refuse_home(home)
    with read_shelf(folder) as (shelf, manifest), _gathering(home) as gathered:
        _refuse_full(gathered, manifest)
        watcher.expect("bringing back", len(manifest.files), manifest.bytes)
        for file in manifest.files:
            _bring_back(shelf, file, gathered / file.path, watcher)
        for inside, _, _ in os.walk(gathered):
            flush_folder(Path(inside))
        gathered.replace(home)
        flush_folder(home.parent)
    seconds = time.monotonic() - began
    files = f"{counted(len(manifest.files), 'file')} ({in_megabytes(manifest.bytes)})"
    line = (
        f"brought back {files} of "
        f"{manifest.made_at[:16]} UTC to {home}, each proven by its SHA-256, in {seconds:.1f} s"
    )
    return _report(shelf, manifest, seconds, line)


def _is_whole(shelf: Shelf, file: BackedFile, watcher: Watcher) -> bool:
    try:
        digest = hash_file(shelf.place(file.sha256), watcher.moved)
    except FileNotFoundError:
        return False
    watcher.file_done()
    return digest == file.sha256


def _damaged(shelf: Shelf, bad: list[BackedFile]) -> str:
    names = ", ".join(f"{one.path} ({shelf.place(one.sha256)})" for one in bad[:NAMED])
    more = f" and {len(bad) - NAMED:,} more" if len(bad) > NAMED else ""
    damaged = counted(len(bad), "file is", "files are")
    return (
        f"{damaged} damaged or missing: {names}{more}; remove the copies named in "
        f"brackets and run `khabar backup {shelf.folder}`, which copies them again from the home"
    )


def _refuse_home(home: Path) -> None:
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise BackupError(f"{home}: is not empty; set KHABAR_HOME to a folder that is new or empty")
    if home.is_mount():
        raise BackupError(
            f"{home}: is where a disk is mounted, which cannot be put in place in one step; set "
            f"KHABAR_HOME={home / 'khabar'}"
        )


def _refuse_full(gathered: Path, manifest: Manifest) -> None:
    short = tell_missing(gathered.parent, manifest.bytes + SPARE_BYTES, "the backup")
    if short:
        raise BackupError(f"{short}; nothing was brought back")


@contextmanager
def _gathering(home: Path) -> Iterator[Path]:
    """Give an empty folder beside the home, alone; it goes unless it became the home."""
    folder = home.with_name(f".{home.name}.restore")
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError(f"{home}: another restore is at work; let it end") from error
        _clear(folder)
        try:
            yield folder
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    finally:
        os.close(handle)


def _clear(folder: Path) -> None:
    """Remove what a restore left that was killed."""
    for left in folder.iterdir():
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink()


def _bring_back(shelf: Shelf, file: BackedFile, place: Path, watcher: Watcher) -> None:
    kept = shelf.place(file.sha256)
    if not kept.exists():
        raise BackupError(_damaged(shelf, [file]))
    place.parent.mkdir(parents=True, exist_ok=True)
    with kept.open("rb") as source, place.open("xb") as copy:
        digest = copy_hashed(source, copy, watcher.moved)
    if digest != file.sha256:
        raise BackupError(f"{_damaged(shelf, [file])}; nothing was brought back")
    place.chmod(file.mode)
    os.utime(place, ns=(file.mtime_ns, file.mtime_ns))
    watcher.file_done()


def _report(shelf: Shelf, manifest: Manifest, seconds: float, line: str) -> ReadReport:
    return ReadReport(
        folder=str(shelf.folder),
        made_at=manifest.made_at,
        batch_id=manifest.batch_id,
        files=len(manifest.files),
        bytes=manifest.bytes,
        has_warehouse=any(one.path == warehouse_file(Path()).name for one in manifest.files),
        seconds=round(seconds, 2),
        line=line,
    )
