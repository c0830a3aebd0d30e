"""Brings the lake's tables to what the snapshot's are, row by row where a part differs."""
# ruff: noqa: S608 (names of the catalogue, quoted)

from dataclasses import dataclass

import duckdb

from warehouse.errors import WarehouseBroken
from warehouse.lake.ledger import Ledger
from warehouse.lake.parts import WHOLE, Digests, Table, list_tables, named, read_digests

# A row that is there twice is two: each is matched to one of the other side.
_ROWS = """
CREATE OR REPLACE TEMP TABLE {side} AS
SELECT row_hash, row_number() OVER (PARTITION BY row_hash) AS nth, place
FROM (SELECT {hash} AS row_hash, rowid AS place FROM {database}.{table} WHERE {where})
"""
_GONE = "SELECT place FROM held ANTI JOIN wanted USING (row_hash, nth)"
_NEW = "SELECT place FROM wanted ANTI JOIN held USING (row_hash, nth)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What a merge did."""

    added: int = 0
    """Rows; one that was changed is taken away and added."""
    removed: int = 0
    ledger: Ledger
    """What the lake holds now."""
    is_dressed: bool = False
    """Whether views, macros or comments were written."""
    was_held: bool = False
    """Whether the lake held this very snapshot: then nothing of it was read."""


def merge_tables(con: duckdb.DuckDBPyConnection, ledger: Ledger, ours: set[str]) -> Merged:
    """Merge each table, and prove each part that was written; `ledger` says what was there.

    Of tables that the snapshot has not, those of `ours` are dropped, and no other.

    Raises:
        WarehouseBroken: what was written reads back otherwise than in the snapshot.
    """
    wanted, held = list_tables(con, "news"), list_tables(con, "lake")
    added = removed = 0
    now: Ledger = {}
    for name in (held.keys() & ours) - wanted.keys():
        con.execute(f"DROP TABLE lake.{named(name)}")
    for name, table in wanted.items():
        known = ledger.get(name, {})
        if held.get(name) != table:
            _make(con, table, is_there=name in held)
            known = {}
        elif WHOLE in known and not table.is_whole:  # an older Khabar wrote it
            known = read_digests(con, "lake", table)
        digests = read_digests(con, "news", table)
        changed = {part for part, _ in digests.items() ^ known.items()}
        if changed:
            more, fewer = _merge(con, table, changed, is_empty=not known)
            _prove(con, table, changed, digests)
            added, removed = added + more, removed + fewer
        if digests:
            now[name] = digests
    return Merged(added=added, removed=removed, ledger=now)


def _make(con: duckdb.DuckDBPyConnection, table: Table, *, is_there: bool) -> None:
    """Make a table anew where it has other columns: what it had is there in older versions."""
    if is_there:
        con.execute(f"DROP TABLE lake.{named(table.name)}")
    con.execute(f"CREATE TABLE lake.{named(table.name)} AS FROM news.{named(table.name)} LIMIT 0")


def _merge(
    con: duckdb.DuckDBPyConnection, table: Table, parts: set[str], *, is_empty: bool
) -> tuple[int, int]:
    name = named(table.name)
    if is_empty:  # in the order of the snapshot, by date mostly, so that files can be passed over
        return _count(con, f"INSERT INTO lake.{name} BY NAME FROM news.{name}"), 0
    for side, database in (("held", "lake"), ("wanted", "news")):
        con.execute(
            _ROWS.format(side=side, hash=table.row_hash, database=database, table=name,
                         where=table.within(parts))
        )  # fmt: skip
    gone = _count(con, f"DELETE FROM lake.{name} WHERE rowid IN ({_GONE})")
    new = _count(
        con,
        f"INSERT INTO lake.{name} BY NAME FROM news.{name} WHERE rowid IN ({_NEW}) ORDER BY rowid",
    )
    return new, gone


def _prove(con: duckdb.DuckDBPyConnection, table: Table, parts: set[str], wanted: Digests) -> None:
    found = read_digests(con, "lake", table, table.within(parts))
    for part in sorted(parts):
        if found.get(part) != wanted.get(part):
            raise WarehouseBroken(
                f"{table.name}, {part}: reads back otherwise than in the snapshot; nothing was "
                "published to the lake; check its disk, then run `khabar lake fill`"
            )


def _count(con: duckdb.DuckDBPyConnection, change: str) -> int:
    return int(con.execute(change).fetchall()[0][0])
