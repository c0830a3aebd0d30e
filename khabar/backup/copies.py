"""Copies of files, hashed while they are read and flushed to the disk."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

from khabar.backup.holdings import FoundFile
from khabar.backup.manifest import BackedFile, BackupError, open_private
from warehouse.still import Still

_CHUNK = 1 << 20
_TRIES = 3

Moved = Callable[[int], None]
"""Hears how many more bytes were copied or read."""


def copy_file(found: FoundFile, part: Path, moved: Moved, still: Still | None) -> BackedFile:
    """Copy a file, or what is held still of it, and say what was read.

    Raises:
        BackupError: where it is written to all the time, or is not what its publisher said.
    """
    if still is not None:
        return copy_still(found, part, moved, still)
    for _ in range(_TRIES):
        with found.place.open("rb") as source, open_private(part) as copy:
            before = os.fstat(source.fileno())
            digest = copy_hashed(source, copy, moved)
            after = os.fstat(source.fileno())
        is_same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
        if is_same and part.stat().st_size == after.st_size:
            return _backed(found, after.st_size, digest, after.st_mtime_ns)
    raise BackupError(
        f"{found.place}: changes while it is copied; let who writes it end, then back up again"
    )


def copy_still(found: FoundFile, part: Path, moved: Moved, still: Still) -> BackedFile:
    """Copy what is held still; others may write the file meanwhile."""
    with open_private(part) as copy:
        digest = copy_hashed(still.file, copy, moved)
    if still.sha256 not in (None, digest):
        raise BackupError(
            f"{found.place.parent / 'published' / 'news.duckdb'}: is not, byte by byte, what "
            "news.json says; run `khabar publish`, which makes it anew, then back up again"
        )
    return _backed(found, part.stat().st_size, digest, found.mtime_ns)


def _backed(found: FoundFile, size: int, digest: str, mtime_ns: int) -> BackedFile:
    return BackedFile(
        path=found.path, bytes=size, sha256=digest, mtime_ns=mtime_ns, mode=found.mode
    )


def copy_hashed(source: IO[bytes], copy: IO[bytes], moved: Moved) -> str:
    """Copy a file and flush it to disk; return the hex SHA-256 of what was read."""
    digest = hashlib.sha256()
    while data := source.read(_CHUNK):
        digest.update(data)
        copy.write(data)
        moved(len(data))
    copy.flush()
    os.fsync(copy.fileno())
    return digest.hexdigest()


def hash_file(path: Path, moved: Moved) -> str:
    """Read a file; return its hex SHA-256."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            digest.update(data)
            moved(len(data))
    return digest.hexdigest()
