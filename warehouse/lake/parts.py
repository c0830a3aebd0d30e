"""Parts of tables, and digests of them: what is alike in snapshot and lake is not merged again.

The snapshot is read whole for it, each row hashed; of the lake, only parts that differ are read.

A part is a month of a table that grows at its end; any other table is one part, read whole. The
hash of a row needs no key: a row is in the lake as often as it is in the snapshot.
"""
# ruff: noqa: S608 (names of the catalogue, quoted)

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import duckdb

from warehouse.lake.connect import quoted

MONTHS: Final = {
    "articles": "dated_on",
    "search_texts": "dated_on",
    "article_versions": "seen_from",
}
"""Tables by the month of a day or an instant."""
BATCHES: Final = (
    "archive_records",
    "article_matches",
    "article_urls",
    "batch_sources",
    "batches",
    "fetches",
    "polls",
    "rejections",
    "stories",
    "story_articles",
)
"""Tables by the month that the batch's id begins with: of the one that wrote the row last. Of those
that neither has, signatures alone are large."""
WHOLE = "all"
"""Names the one part of any other table; of those above, of a lake that an older Khabar wrote."""

Digests = dict[str, tuple[int, str]]
"""Of each part: its rows, and the sum of their hashes."""
_COLUMNS = """
SELECT table_name, list(column_name ORDER BY column_index), list(data_type ORDER BY column_index)
FROM duckdb_columns() WHERE database_name = $database AND schema_name = 'main' AND NOT internal
AND table_name IN (SELECT table_name FROM duckdb_tables()
    WHERE database_name = $database AND schema_name = 'main' AND NOT internal)
GROUP BY table_name ORDER BY table_name
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table, and how its rows are told apart."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether it is one part."""
        return self.name not in MONTHS and self.name not in BATCHES

    @property
    def part(self) -> str:
        """SQL that names the part of a row."""
        if self.name in MONTHS:
            return f"strftime({MONTHS[self.name]}, '%Y-%m')"
        return "left(batch_id, 6)" if self.name in BATCHES else quoted(WHOLE)

    @property
    def row_hash(self) -> str:
        """SQL of a hash over all columns; an empty list would have that of NULL."""
        names = [named(name) for name in self.columns]
        lists = [named(name) for name, kind in zip(self.columns, self.types, strict=True)
                 if kind.endswith("[]")]  # fmt: skip
        return f"hash({', '.join([*names, *(f'{name} IS NULL' for name in lists)])})"

    def within(self, parts: Iterable[str]) -> str:
        """SQL that is true of the rows of these parts; files before them need not be read."""
        these = sorted(parts)
        listed = f"{self.part} IN ({', '.join(map(quoted, these))})"
        if self.name in MONTHS:
            return f"{MONTHS[self.name]} >= DATE {quoted(f'{these[0]}-01')} AND {listed}"
        return f"batch_id >= {quoted(these[0])} AND {listed}" if self.name in BATCHES else "true"


def named(name: str) -> str:
    """Write a name of the catalogue into SQL."""
    return '"' + name.replace('"', '""') + '"'


def list_tables(con: duckdb.DuckDBPyConnection, database: str) -> dict[str, Table]:
    """List the tables of an attached database's own schema, in the order of their names."""
    rows = con.execute(_COLUMNS, {"database": database}).fetchall()
    return {
        name: Table(name=name, columns=tuple(columns), types=tuple(types))
        for name, columns, types in rows
    }


def read_digests(
    con: duckdb.DuckDBPyConnection, database: str, table: Table, where: str = "true"
) -> Digests:
    """Read every column of a table's rows."""
    rows = con.execute(
        f"SELECT part, count(*), sum(row_hash::HUGEINT)::VARCHAR FROM (SELECT {table.part} AS part,"
        f" {table.row_hash} AS row_hash FROM {database}.{named(table.name)} WHERE {where})"
        " GROUP BY part"
    ).fetchall()
    return {part: (count, digest) for part, count, digest in rows}


def as_whole(digests: Digests) -> Digests:
    """Make one part of all, as tables had it that have parts now."""
    count = sum(count for count, _ in digests.values())
    return {WHOLE: (count, str(sum(int(digest) for _, digest in digests.values())))}
