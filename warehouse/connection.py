"""Connections: the one writer of the private file, and readers of the public snapshot."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

from warehouse import migrate, place
from warehouse.errors import (
    NoSnapshot,
    WarehouseBroken,
    WarehouseError,
    WriterBusy,
    explain,
    in_words,
)
from warehouse.lease import hold_lease
from warehouse.room import tell_missing

__all__ = ["NoSnapshot", "WarehouseBroken", "WarehouseError", "WriterBusy"]  # with who raises them

CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "storage_compatibility_version": "v1.2.0",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_file_cache": "false",
    "zstd_min_string_length": "512",
}
"""v1.2.0 is the oldest storage with zstd, so that older clients can read the snapshot.

The cache would keep a third of a megabyte of each Parquet file, all of which are read once.

FSST gives up on a block of rows that has one text of 4 KB, and leaves all of them as they are: the
words of whole bodies took 1,100 bytes an article. From 512 bytes on the average it is zstd, so that
the leads of older articles, which are searched more often than read, stay in FSST.
"""


SIZES_OF_MIGRATION = 2
"""Room that a migration needs, in sizes of the file: a copy, and rows that are written anew."""


def warehouse_file(home: Path) -> Path:
    """Name the writer's private file."""
    return home / "warehouse.duckdb"


def compact_folder(home: Path) -> Path:
    """Name where a compaction writes; what lies there is of use to it alone."""
    return home / "compact"


def rebuild_folder(home: Path) -> Path:
    """Name the home in which a rebuild replays; what lies there is of use to it alone."""
    return home / "rebuild"


def snapshot_file(home: Path) -> Path:
    """Name the analysts' public file."""
    return home / "published" / "news.duckdb"


@contextmanager
def open_writer(
    home: Path, *, doing: str = "writing the warehouse", wait_seconds: float = 120.0
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for writing, alone; create and migrate it where needed.

    Raises:
        WriterBusy: naming the process that has held the lease for all of `wait_seconds`.
        WarehouseBroken: the file is foreign, damaged or from a newer Khabar; it is left untouched.
    """
    path, mark = warehouse_file(home), home / "locks" / "warehouse.open"
    with hold_lease(home, doing=doing, wait_seconds=wait_seconds), in_words(path):
        # Who has the lease is alone: what was killed left copies of the warehouse.
        for left in (compact_folder(home), rebuild_folder(home)):
            shutil.rmtree(left, ignore_errors=True)
        _prepare(path, mark)
        connection = connect(path)
        try:
            yield connection
        finally:
            connection.close()
            place.mark_closed(path, mark)


def connect(path: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file with Khabar's settings: UTC, and no extension fetched behind our back."""
    config = CONFIG if not read_only else {k: v for k, v in CONFIG.items() if k[0] == "a"}
    try:
        connection = duckdb.connect(str(path), read_only=read_only, config=config)
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")  # it goes to standard output
    except duckdb.Error as error:
        raise explain(path, error) from None
    return connection


def open_snapshot(home: Path) -> duckdb.DuckDBPyConnection:
    """Open the published snapshot, read-only.

    Raises:
        NoSnapshot: nothing was published yet.
    """
    return connect(published_file(home), read_only=True)


def published_file(home: Path) -> Path:
    """Find the analysts' public file.

    Raises:
        NoSnapshot: nothing was published yet, or it was taken away.
    """
    path = snapshot_file(home)
    if not path.is_file():
        if os.path.lexists(warehouse_file(home)):
            was_there = path.with_name("news.json").exists()
            how = (
                f"{path}: is missing"
                if was_there
                else f"KHABAR_HOME={home}: nothing is published yet"
            )
            raise NoSnapshot(f"{how}; `khabar publish` makes it of the warehouse")
        if (remains := find_remains(home)) is not None:
            raise NoSnapshot(remains)
        raise NoSnapshot(
            f"KHABAR_HOME={home}: nothing is published yet; `khabar run` does it. `make demo` does "
            "it in ./demo: to ask that one, `export KHABAR_HOME=demo`"
        )
    return path


def settle_warehouse(home: Path) -> bool:
    """See that the file is ours and whole, with no log beside it; tell whether there is one.

    Only for who holds the lease. It migrates nothing, so that an older file stays as it was.

    Raises:
        WarehouseBroken: the file is foreign, damaged or from a newer Khabar; it is left untouched.
    """
    path, mark = warehouse_file(home), home / "locks" / "warehouse.open"
    if not path.exists() and not path.is_symlink():
        # Batches alone may be kept without one: nothing of them is forgotten.
        if snapshot_file(home).exists() or place.logs_of(path):
            _refuse_remains(home)
        return False
    with in_words(path):
        _settle(path, mark)
    place.mark_closed(path, mark)
    return True


def _prepare(path: Path, mark: Path) -> None:
    if not path.exists() and not path.is_symlink():
        _refuse_remains(path.parent)
        _create(path)
    revision = _settle(path, mark)
    if revision != migrate.newest_revision():
        _renew(path, revision)


def _settle(path: Path, mark: Path) -> str | None:
    """Refuse a file that is none of ours, fold in its log, and return its schema."""
    stranger = place.find_stranger(path, mark)
    if stranger is not None:
        raise WarehouseBroken(f"{path}: {stranger}")
    with connect(path, read_only=True) as connection:
        problem = migrate.find_problem(connection)
        if problem is None and (loss := place.find_loss(path, connection)):
            problem = f"{loss}; move it away, then `khabar rebuild`"
        revision = migrate.current_revision(connection)
    if problem is not None:
        raise WarehouseBroken(f"{path}: {problem}")
    place.mark_open(path, mark)
    if place.logs_of(path):
        _fold_logs(path)
    return revision


def _renew(path: Path, revision: str | None) -> None:
    """Bring an older file to the newest schema, after a copy; only the newest copy is kept."""
    need = SIZES_OF_MIGRATION * path.stat().st_size
    short = tell_missing(path.parent, need, f"renewing {path.name}, of an older Khabar,")
    if short:
        raise WarehouseError(f"{short}, then run the same command again: nothing was changed")
    aside = migrate.copy_aside(path, revision)
    migrate.upgrade(path, CONFIG)
    for older in path.parent.glob(f"{path.stem}.schema-*.duckdb"):
        if older != aside:
            older.unlink()


def find_remains(home: Path) -> str | None:
    """Say what tells of a warehouse that was in a home that has none, with the mend.

    To begin anew beside it would forget all that is known, and ask every outlet for all again.
    """
    path, public = warehouse_file(home), snapshot_file(home)
    for log in place.logs_of(path):
        return f"{log}: lies there without its {path.name}; move both back, or delete it"
    told = public if public.exists() else next(home.glob("batches/*/status/load.json"), None)
    if told is None:
        return None
    return f"{path}: is missing, but {told} is there; put it back or run `khabar rebuild`"


def _refuse_remains(home: Path) -> None:
    if (remains := find_remains(home)) is not None:
        raise WarehouseBroken(remains)


def _fold_logs(path: Path) -> None:
    """Fold in what a writer that was cut off had committed."""
    with connect(path) as connection:
        connection.execute("CHECKPOINT")
    # A log whose first commit was cut off holds nothing, and no checkpoint takes it away.
    for log in place.logs_of(path):
        log.unlink()


def _create(path: Path) -> None:
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    part.with_name(f"{part.name}.wal").unlink(missing_ok=True)
    part.parent.mkdir(parents=True, exist_ok=True)
    migrate.upgrade(part, CONFIG)
    part.replace(path)
