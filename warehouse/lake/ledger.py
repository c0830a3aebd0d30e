"""The lake's own table: what was merged into each part of each table, to be held against it."""

from collections.abc import Callable, Collection
from typing import Final

import duckdb

from warehouse.lake.connect import is_file_lost
from warehouse.lake.parts import Digests, list_tables, read_digests
from warehouse.lake.place import Lake, LakeEmpty

LEDGER: Final = "lake_parts"
DRESS: Final = "views and comments"
"""In place of a table's name: its parts are each `table X`, `view X` and `macro X` that is ours,
with what it says of itself; part "" is the digest of all that these are made from."""
_CREATE = f"""
CREATE TABLE IF NOT EXISTS lake.{LEDGER} (
    table_name VARCHAR, part VARCHAR, row_count BIGINT, digest VARCHAR);
"""
_OPTIONS = {"parquet_compression": "zstd", "parquet_row_group_size": "20000"}
"""Of DuckDB's own 122,880 rows a group, all bodies are unpacked to read one."""
_COMMENTS = {
    "": "What each part of each table of the lake holds, as the publish that wrote it proved: for "
    "`khabar lake verify`. Written in one transaction with the rows",
    "table_name": "The table",
    "part": "Month of its rows, by their day or the batch''s id; all where it has no parts",
    "row_count": "Rows of the part",
    "digest": "Sum of the hashes of these rows, all columns; DuckDB''s hash()",
}

Ledger = dict[str, Digests]
"""Of each table its parts."""


def create_ledger(con: duckdb.DuckDBPyConnection) -> None:
    """Create the table where the lake is new, and say how files are written there."""
    for option, value in _OPTIONS.items():
        con.execute(f"CALL lake.set_option('{option}', '{value}')")
    con.execute(_CREATE)
    for column, comment in _COMMENTS.items():
        what = f"COLUMN lake.{LEDGER}.{column}" if column else f"TABLE lake.{LEDGER}"
        con.execute(f"COMMENT ON {what} IS '{comment}'")


def read_ledger(con: duckdb.DuckDBPyConnection) -> Ledger:
    """Read what was merged before; nothing of a lake that is new."""
    if LEDGER not in list_tables(con, "lake"):
        return {}
    ledger: Ledger = {}
    for table, part, count, digest in con.execute(f"FROM lake.{LEDGER}").fetchall():
        ledger.setdefault(table, {})[part] = (count, digest)
    return ledger


def filled_ledger(con: duckdb.DuckDBPyConnection, lake: Lake) -> Ledger:
    """Read what was merged before.

    Raises:
        LakeEmpty: nothing was, or the first fill was killed and left a catalogue without a table.
    """
    ledger = read_ledger(con)
    if not ledger:
        raise LakeEmpty(lake)
    return ledger


def own_tables(ledger: Ledger) -> set[str]:
    """Name the tables that publishes made, also those without a row: any other is somebody's."""
    parts = ledger.get(DRESS, {})
    made = {part.removeprefix("table ") for part in parts if part.startswith("table ")}
    return made | (ledger.keys() - {DRESS})


def read_whole(
    con: duckdb.DuckDBPyConnection, tell: Callable[[str], None], names: Collection[str]
) -> Ledger:
    """Read every row of these tables of the lake, whatever was noted of them."""
    found: Ledger = {}
    for name, table in list_tables(con, "lake").items():
        if name in names:
            tell(f"reading {name} of the lake")
            found[name] = read_digests(con, "lake", table)
    return {name: digests for name, digests in found.items() if digests}


def write_ledger(con: duckdb.DuckDBPyConnection, ledger: Ledger) -> None:
    """Write what the lake holds now, in one file; two publishers at once conflict here at last."""
    rows = [
        (table, part, count, digest)
        for table, digests in sorted(ledger.items())
        for part, (count, digest) in sorted(digests.items())
    ]
    con.execute(f"DELETE FROM lake.{LEDGER}")  # noqa: S608 (our own name)
    con.execute(
        f"INSERT INTO lake.{LEDGER} SELECT unnest($1), unnest($2), unnest($3), unnest($4)",
        [list(column) for column in zip(*rows, strict=True)],
    )


def find_unreadable(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    tell: Callable[[str], None],
    names: Collection[str],
) -> list[str]:
    """Name those of these tables of which a file is missing or damaged; all of each is read."""
    lost = []
    for name in sorted(list_tables(con, "lake").keys() & set(names)):
        try:
            read_whole(con, tell, [name])
        except duckdb.Error as error:
            if not is_file_lost(lake, error):
                raise
            lost.append(name)
    return lost
