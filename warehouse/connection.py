"""Connections: the one writer of the private file, and readers of the public snapshot."""

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import duckdb

from warehouse import migrate, place
from warehouse.room import tell_missing

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


class WarehouseError(Exception):
    """What a user can mend; the message is one line that names the culprit and the mend."""


class WriterBusy(WarehouseError):  # noqa: N818 (says what is so)
    """Another process is writing the warehouse."""


class NoSnapshot(WarehouseError):  # noqa: N818 (says what is so)
    """Nothing was published yet."""


class WarehouseBroken(WarehouseError):  # noqa: N818 (says what is so)
    """The warehouse's file is not one that this version of Khabar can write."""


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
    with hold_lease(home, doing=doing, wait_seconds=wait_seconds), _in_words(path):
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


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Turn what DuckDB says of a full disk or a damaged file into one line with the mend."""
    try:
        yield
    except duckdb.Error as error:
        need, said = _missing_room(error), one_line(error)[:200]
        if need is not None:
            mend = f"{need}, then run the same command again: nothing is lost"
            raise WarehouseError(f"{path}: {said}; {mend}") from error
        if _is_damage(error):
            mend = "move it away, then `khabar rebuild`; what is published stays"
            raise WarehouseBroken(f"{path}: is damaged ({said}); {mend}") from error
        raise


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
        NoSnapshot: nothing was published yet.
    """
    path = snapshot_file(home)
    if not path.is_file():
        raise NoSnapshot(
            f"KHABAR_HOME={home}: nothing is published yet; `khabar run` does it. `make demo` does "
            "it in ./demo: to ask that one, `export KHABAR_HOME=demo`"
        )
    return path


def is_interrupt(error: BaseException) -> bool:
    """Tell whether an error, or one that it came of, is what DuckDB makes of Ctrl-C."""
    came_of: BaseException | None = error
    while came_of is not None:
        is_plain = type(came_of) is RuntimeError and str(came_of) == "Query interrupted"
        if is_plain or isinstance(came_of, duckdb.InterruptException):
            return True
        came_of = came_of.__cause__ or came_of.__context__
    return False


def one_line(error: Exception) -> str:
    """Put an error's message on one line."""
    return " ".join(str(error).split())


def _missing_room(error: duckdb.Error) -> str | None:
    """Say what to make room for; None where the error is about something else."""
    full = ("No space left", "Disk quota exceeded", "max_temp_directory_size")
    if any(words in str(error) for words in full):
        return "make room on the disk"
    is_memory = isinstance(error, duckdb.OutOfMemoryException)
    return "give this machine more memory" if is_memory else None


def _is_damage(error: duckdb.Error) -> bool:
    said = str(error)
    is_short = "Could not read enough bytes" in said and ".duckdb" in said
    return is_short or "Corrupt database file" in said


def settle_warehouse(home: Path) -> bool:
    """See that the file is ours and whole, with no log beside it; tell whether there is one.

    Only for who holds the lease. It migrates nothing, so that an older file stays as it was.

    Raises:
        WarehouseBroken: the file is foreign, damaged or from a newer Khabar; it is left untouched.
    """
    path, mark = warehouse_file(home), home / "locks" / "warehouse.open"
    if not path.exists() and not path.is_symlink():
        _refuse_remains(path)
        return False
    with _in_words(path):
        _settle(path, mark)
    place.mark_closed(path, mark)
    return True


def _prepare(path: Path, mark: Path) -> None:
    if not path.exists() and not path.is_symlink():
        _refuse_remains(path)
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
        problem = migrate.find_problem(connection) or place.find_loss(path, connection)
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


def _refuse_remains(path: Path) -> None:
    """Refuse to begin anew beside what tells of a warehouse that was here."""
    for log in place.logs_of(path):
        raise WarehouseBroken(
            f"{log}: lies there without its {path.name}; move both back, or delete it"
        )
    public = snapshot_file(path.parent)
    if public.exists():
        raise WarehouseBroken(
            f"{path}: is not there, but {public} is; put it back or run `khabar rebuild`, or move "
            f"{public.parent} away to begin anew"
        )


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


@contextmanager
def hold_lease(home: Path, *, doing: str, wait_seconds: float = 120.0) -> Iterator[None]:
    """Hold the writer's lease, without opening the warehouse.

    Raises:
        WriterBusy: naming the process that has held it for all of `wait_seconds`.
    """
    folder = home / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait_seconds
    with (folder / "writer.turn").open("a") as turn, (folder / "writer.lock").open("a+") as file:
        try:
            # Who waits has the turn, so that one who writes again and again does not pass it by.
            _wait_for(turn, deadline)
            _wait_for(file, deadline)
        except BlockingIOError:
            file.seek(0)
            raise WriterBusy(_who(file.read(200), wait_seconds)) from None
        fcntl.flock(turn, fcntl.LOCK_UN)
        file.truncate(0)
        file.write(f"{os.getpid()} {doing}")
        file.flush()
        yield


def _wait_for(file: IO[str], deadline: float) -> None:
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _who(note: str, wait_seconds: float) -> str:
    pid, _, doing = note.partition(" ")
    return (
        f"the warehouse is busy: process {pid or 'unknown'} is {doing or 'writing it'}; waited "
        f"{wait_seconds:.0f} s; let it end, or stop that process, then try again"
    )


def explain(path: Path, error: duckdb.Error) -> WarehouseError:
    """Say why a file cannot be opened, and the mend."""
    text = one_line(error)
    held = re.search(r"Conflicting lock is held in (.+?) \(PID (\d+)\)", text)
    if held:
        return WriterBusy(
            f"{path}: process {held[2]} ({held[1]}) has it open; close it there "
            "(analysts open published/news.duckdb), then try again"
        )
    return WarehouseBroken(f"{path}: cannot be opened ({text[:160]}); {_way_back(path, text)}")


def _way_back(path: Path, said: str) -> str:
    """Name the mend: only the private file is made anew from batches, the others are its copies."""
    if "Permission denied" in said:
        return "give yourself the right to it"
    if path.parent.name == "releases":
        return "put it back from a backup"
    if path.name == snapshot_file(path.parent).name:
        return "`khabar publish` makes it anew"
    return "move it away, then `khabar rebuild`"
