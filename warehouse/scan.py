"""The whole scan: every column of every row of the copy is read, compared and proved."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb

from warehouse.checks import CheckFailed, prove_warehouse
from warehouse.connection import WarehouseBroken, connect
from warehouse.digest import table_digest
from warehouse.errors import one_line
from warehouse.interruption import heed_interrupts

_TABLES = "select table_name from duckdb_tables() where not internal order by 1"

Digests = dict[str, tuple[int, ...]]
"""Of each table, as table_digest() has it."""


def scan_copy(private: Path, copy: Path, tell: Callable[[str], None]) -> None:
    """Read the warehouse and its copy from the disk, compare them, and prove what the copy says.

    Raises:
        WarehouseBroken: naming the file that cannot be read, or the table that differs.
        CheckFailed: naming the promise that is broken, and one row that breaks it.
    """
    for path in (private, copy):
        _forget(path)
    wanted = _digests(private, tell, "move it away, then `khabar rebuild`")
    found = _digests(copy, tell, "check the disk, then run `khabar publish --scan` again")
    off = [table for table in wanted | found if wanted.get(table) != found.get(table)]
    if off:
        raise WarehouseBroken(
            f"{copy}: {off[0]} is not as in {private.name}; the old snapshot stays; check the "
            "disk, then run `khabar publish --scan` again"
        )
    tell("proving every promise")
    with connect(copy, read_only=True) as con, heed_interrupts(con):
        try:
            prove_warehouse(con)
        except CheckFailed as error:
            raise CheckFailed(f"{error}; the old snapshot stays") from None


def _digests(path: Path, tell: Callable[[str], None], mend: str) -> Digests:
    digests = {}
    table = "its catalogue"
    try:
        with connect(path, read_only=True) as con, heed_interrupts(con):
            for (table,) in con.execute(_TABLES).fetchall():
                tell(f"reading {table} of {path.name.strip('.')}")
                digests[table] = table_digest(con, table)
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        raise WarehouseBroken(
            f"{path}: {table} cannot be read ({one_line(error)[:160]}); the old snapshot stays; "
            f"{mend}"
        ) from error
    return digests


def _forget(path: Path) -> None:
    """Let the next read come from the disk, not from memory that still holds what was written."""
    if sys.platform == "linux":
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
