"""What lies at the warehouse's place, told before DuckDB opens it and folds in a log."""

import struct
from pathlib import Path
from typing import Final

import duckdb

from crawlers.batch import write_whole

MAGIC: Final = b"DUCK"
BLOCKS_BEGIN: Final = 12288
"""Three headers lie before the first block (duckdb.org/docs/stable/internals/storage)."""
_LATER_HEADERS: Final = (4096, 8192)
_LAST_BLOCK: Final = """
SELECT max(greatest(block_id, list_max(additional_block_ids))) FROM pragma_storage_info('{}')"""


def find_stranger(path: Path, mark: Path) -> str | None:
    """Say, in words for a user, why the file or a log beside it is none of ours; None where it is.

    DuckDB would fold a log into any file beside it, were it another file's. Only a writer that was
    cut off leaves one, and its mark.
    """
    if (strange := find_no_database(path)) is not None:
        return strange
    for log in logs_of(path):
        if not mark.exists():
            return f"has {log.name} beside it, which no run of Khabar left; move that away"
        if checkpoints(path) < int(mark.read_text()):
            return f"is older than {log.name} beside it; move that away"
    return None


def find_no_database(path: Path) -> str | None:
    """Say the same of the file alone, by its first bytes: also beside a writer at work."""
    if path.is_symlink():
        return "is a link; move the file itself here, or set KHABAR_HOME to the folder it is in"
    if not path.is_file():
        return "is no file; move it away, then `khabar rebuild`"
    if _head(path)[8:12] != MAGIC:
        return "is no DuckDB file; move it away, then `khabar rebuild`"
    return None


def find_loss(path: Path, connection: duckdb.DuckDBPyConnection) -> str | None:
    """Say whether the file ends before what it holds; None where it is whole.

    DuckDB tells only when it reads what is not there. It also cuts free blocks off the end, without
    a word in the header, so that only a short file is looked at closely.
    """
    size = path.stat().st_size - BLOCKS_BEGIN
    block, total = connection.execute(
        "SELECT block_size, total_blocks FROM pragma_database_size()"
    ).fetchall()[0]
    if size >= block * total:
        return None
    names = connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal")
    for (name,) in names.fetchall():
        last = connection.execute(_LAST_BLOCK.format(str(name).replace("'", "''"))).fetchall()[0][0]
        if last is not None and size < block * (last + 1):
            return f"is cut off: the end of {name} is missing"
    return None


def logs_of(path: Path) -> list[Path]:
    """List the write-ahead logs beside a DuckDB file."""
    return sorted(path.parent.glob(f"{path.name}.wal*"))


def mark_open(path: Path, mark: Path) -> None:
    """Note that a writer has the file open, and as of which checkpoint."""
    write_whole(mark, str(checkpoints(path)).encode())


def mark_closed(path: Path, mark: Path) -> None:
    """Take the note back, unless the file was left with a log."""
    if not logs_of(path):
        mark.unlink(missing_ok=True)


def checkpoints(path: Path) -> int:
    """Count the checkpoints that the file has seen: the newer header's number."""
    head = _head(path)
    return max(int(struct.unpack_from("<Q", head, at + 8)[0]) for at in _LATER_HEADERS)


def is_same_state(one: Path, other: Path) -> bool:
    """Tell whether two files have the same headers and size: one is a copy of the other as it is.

    What lies in blocks that are free may differ.
    """
    return one.stat().st_size == other.stat().st_size and _head(one) == _head(other)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(BLOCKS_BEGIN).ljust(BLOCKS_BEGIN, b"\0")
