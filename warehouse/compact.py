"""Writes the warehouse anew, sorted and without the room that deleted rows left, and proves it."""
# ruff: noqa: S608 (names of the catalogue of tables)

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import duckdb

from crawlers.batch import flush_folder
from warehouse.connection import (
    WarehouseBroken,
    compact_folder,
    connect,
    open_writer,
    warehouse_file,
)
from warehouse.digest import table_digest
from warehouse.interruption import heed_interrupts
from warehouse.publish import DiskFull
from warehouse.room import SPARE_BYTES, tell_missing

ORDERS: Final = {
    "articles": ("dated_at", "article_id"),
    "search_texts": ("dated_on", "article_id"),
    "article_versions": ("article_id", "version_number"),
    "article_urls": ("url_key",),
    "archive_records": ("batch_id", "source_id", "file", "offset_bytes"),
    "fetches": ("batch_id", "source_id", "url_key"),
    "rejections": ("batch_id", "source_id", "url_key"),
    "polls": ("batch_id", "source_id", "entrance", "polled_at"),
}
"""By what each table is asked for. Others keep their order: that of loading, in which neighbours
are asked for together (signatures)."""

SLICE_ROWS: Final = 122_880
"""What is sorted at once: a row group, so that bodies of a million articles need no memory."""
MEMORY: Final = "1500MB"

# DuckDB writes the columns of an EXCLUDE in any order.
_WORDS = r"list_sort(string_split_regex({}, '\W+'))"
_OBJECTS = (
    "SELECT table_name, sql, comment FROM duckdb_tables()",
    "SELECT table_name, column_name, data_type, is_nullable, comment FROM duckdb_columns()",
    f"SELECT view_name, {_WORDS.format('sql')}, comment FROM duckdb_views()",
    f"SELECT function_name, comment, {_WORDS.format('macro_definition')} FROM duckdb_functions()",
)
_OWN = "NOT internal AND database_name = current_database() ORDER BY ALL"
_BOUNDS = """
SELECT DISTINCT key
FROM (SELECT {key} AS key, row_number() OVER (ORDER BY {key}) AS place FROM {table})
WHERE place % $rows = 0 ORDER BY key
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactReport:
    """What a compaction gave back."""

    line: str
    bytes_before: int
    bytes_after: int
    rows: int
    """Of all tables."""
    seconds: float


def compact_warehouse(home: Path, tell: Callable[[str], None]) -> CompactReport:
    """Write every table anew, sorted, prove that nothing else has changed, and replace the file.

    Killed at any moment, the old file is whole, and who writes next clears what is left.

    Raises:
        DiskFull: naming the room that is missing; nothing was changed.
        WarehouseBroken: the new file differs from the old one, which stays.
        WriterBusy: somebody else is writing.
    """
    began = time.monotonic()
    old, scratch = warehouse_file(home), compact_folder(home)
    with open_writer(home, doing="compacting the warehouse") as con:
        con.execute("CHECKPOINT")
        before = old.stat().st_size
        _see_room(home, before)
        fresh = _make(scratch)
        try:
            with heed_interrupts(con):
                digests = _write(con, fresh, tell)
            con.close()
            tell("proving the new file")
            _prove(old, fresh, digests)
            _put_in_place(fresh, old)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    rows = sum(digest[0] for digest in digests.values())
    return _report(before, old.stat().st_size, rows, time.monotonic() - began)


def _report(before: int, after: int, rows: int, seconds: float) -> CompactReport:
    return CompactReport(
        line=f"compacted the warehouse from {before / 1e6:.1f} to {after / 1e6:.1f} MB in "
        f"{seconds:.1f} s; `khabar publish` shows it to analysts",
        bytes_before=before,
        bytes_after=after,
        rows=rows,
        seconds=round(seconds, 2),
    )


def _see_room(home: Path, before: int) -> None:
    short = tell_missing(home, 2 * before + SPARE_BYTES, "a compaction")
    if short:
        raise DiskFull(f"{short} and run `khabar compact`; the warehouse is as it was")


def _make(scratch: Path) -> Path:
    scratch.mkdir()
    return scratch / "warehouse.duckdb"


def _write(
    con: duckdb.DuckDBPyConnection, fresh: Path, tell: Callable[[str], None]
) -> dict[str, tuple[int, ...]]:
    """Write every table to the new file; return each one's digest, as the old file has it."""
    con.execute(f"SET memory_limit = '{MEMORY}'")
    con.execute("SET temp_directory = '{}'".format(_quoted(fresh.with_name("spill"))))
    (database,) = con.execute("SELECT current_database()").fetchall()[0]
    loose = fresh.with_name("sorted.duckdb")
    con.execute(f"ATTACH '{_quoted(loose)}' AS fresh (STORAGE_VERSION 'v1.2.0')")
    con.execute(f'COPY FROM DATABASE "{database}" TO fresh (SCHEMA)')
    digests = {}
    for table in _tables(con):
        tell(f"writing {table}")
        digests[table] = table_digest(con, table)
        for rows, values in _sorted_slices(con, table):
            con.execute(f'INSERT INTO fresh."{table}" {rows}', values)
    tell("packing it")
    # Row groups that are written slice by slice leave a tenth of the file free; one copy does not.
    con.execute(f"ATTACH '{_quoted(fresh)}' AS packed (STORAGE_VERSION 'v1.2.0')")
    con.execute("COPY FROM DATABASE fresh TO packed")
    con.execute("CHECKPOINT packed")
    con.execute("DETACH packed")
    con.execute("DETACH fresh")
    loose.unlink()
    return digests


def _sorted_slices(
    con: duckdb.DuckDBPyConnection, table: str
) -> Iterator[tuple[str, dict[str, object]]]:
    """Give the queries, with their values, of a table's rows in order, a few at a time."""
    order = ORDERS.get(table)
    if order is None:
        yield f'FROM "{table}"', {}
        return
    query = _BOUNDS.format(key=order[0], table=table)
    bounds = [row[0] for row in con.execute(query, {"rows": SLICE_ROWS}).fetchall()]
    for low, high in pairwise([None, *bounds, None]):
        ends = {"low": low, "high": high}
        values = {name: value for name, value in ends.items() if value is not None}
        signs = {"low": f"{order[0]} > $low", "high": f"{order[0]} <= $high"}
        within = " AND ".join(signs[name] for name in values) or "true"
        yield f'FROM "{table}" WHERE {within} ORDER BY {", ".join(order)}', values


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [str(row[0]) for row in _objects(con)[0]]


def _objects(con: duckdb.DuckDBPyConnection) -> list[list[tuple[object, ...]]]:
    """List tables, columns, views and macros, with their comments."""
    return [con.execute(f"{query} WHERE {_OWN}").fetchall() for query in _OBJECTS]


def _prove(old: Path, fresh: Path, digests: dict[str, tuple[int, ...]]) -> None:
    """Open the new file anew, and compare all that it holds with the old one."""
    with connect(old, read_only=True) as con:
        objects = _objects(con)
    with connect(fresh, read_only=True) as con:
        con.execute(f"SET memory_limit = '{MEMORY}'")
        off = [table for table, digest in digests.items() if table_digest(con, table) != digest]
        if off or _objects(con) != objects:
            raise WarehouseBroken(
                f"{fresh}: {off[0] if off else 'its schema'} differs from {old.name}, which stays "
                "as it was; check the disk, then run `khabar compact` again"
            )


def _put_in_place(fresh: Path, old: Path) -> None:
    """Replace the old file in one step; neither has a write-ahead log."""
    for path in (fresh, old):
        if path.with_name(f"{path.name}.wal").exists():
            raise WarehouseBroken(
                f"{path}.wal: is still there after a checkpoint; run `khabar compact` again"
            )
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    fresh.replace(old)
    flush_folder(old.parent)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
