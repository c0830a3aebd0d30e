"""What a snapshot is made of and by: its own row, in the file that is published."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from crawlers.code_version import code_version
from warehouse.schema import SCHEMA_VERSION, metadata

_TABLE = """
create or replace table snapshot (
    snapshot_id varchar not null, batch_id varchar, published_at timestamptz not null,
    schema_version integer not null, code_version varchar not null,
    catalogue_version varchar not null, input_sha256 varchar not null, counts json not null);
comment on table snapshot is 'What this file is: one row, written when it was published.';
comment on column snapshot.snapshot_id is 'State of the warehouse and UTC second of publishing';
comment on column snapshot.batch_id is 'Newest batch in it; NULL before the first';
comment on column snapshot.published_at is 'When it was published, UTC';
comment on column snapshot.schema_version is 'Version of the tables';
comment on column snapshot.code_version is
    'Release of Khabar that published it, and a digest of its code';
comment on column snapshot.catalogue_version is
    'Digest of what the source files said of all outlets in it (sources.definition)';
comment on column snapshot.input_sha256 is
    'Hex SHA-256 over the input digests of all batches in the order of loading, and of held '
    'sources in the order of their acceptance: equal in two snapshots that were made of the same '
    'input. No file can hold its own hash: that of this file is in news.json beside it';
comment on column snapshot.counts is 'Rows of each table, counted in the warehouse';
"""
_CATALOGUE = "select source_id, definition from sources order by source_id"
_LOADS = "select batch_id, input_digest from batches order by load_number"
_ACCEPTED = """
select accepted_state, batch_id, source_id, input_digest from batch_sources
where accepted_state is not null order by accepted_state
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The snapshot's own row."""

    snapshot_id: str
    batch_id: str | None
    published_at: datetime
    schema_version: int
    code_version: str
    catalogue_version: str
    input_sha256: str
    counts: dict[str, int]
    """Rows of each table."""


def count_tables(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Count the rows of each table of the schema."""
    names = [table.name for table in metadata.sorted_tables]
    query = " union all ".join(f"select '{name}', count(*) from {name}" for name in names)  # noqa: S608 (the schema's own names)
    return dict(con.execute(query).fetchall())


def newest_batch(con: duckdb.DuckDBPyConnection) -> str | None:
    """Find the batch that was loaded last; None before the first."""
    row = con.execute("select batch_id from batches order by load_number desc limit 1").fetchone()
    return str(row[0]) if row else None


def is_dressed(con: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether this very code has published the warehouse before, so that its views are ours.

    The row is written after the views: one that was killed between them says nothing of them.
    """
    known = "select 1 from duckdb_columns() where (table_name, column_name) = (?, ?)"
    if not con.execute(known, ["snapshot", "code_version"]).fetchall():
        return False
    return con.execute("select code_version from snapshot").fetchall() == [(code_version(),)]


def write_snapshot(con: duckdb.DuckDBPyConnection, counts: dict[str, int]) -> Snapshot:
    """Write into the warehouse what it is now; the row goes with the file when it is copied."""
    state = con.execute("select coalesce(max(state_number), 0) from state").fetchone()
    now = datetime.now(UTC)
    made = Snapshot(
        snapshot_id=f"{state[0] if state else 0}-{now:%Y%m%dT%H%M%SZ}",
        batch_id=newest_batch(con),
        published_at=now,
        schema_version=SCHEMA_VERSION,
        code_version=code_version(),
        catalogue_version=_digest(con, _CATALOGUE)[:12],
        input_sha256=_digest(con, _LOADS, _ACCEPTED),
        counts=counts,
    )
    con.execute(_TABLE)
    con.execute(
        "insert into snapshot values (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            made.snapshot_id, made.batch_id, made.published_at, made.schema_version,
            made.code_version, made.catalogue_version, made.input_sha256, json.dumps(counts),
        ],
    )  # fmt: skip
    return made


def _digest(con: duckdb.DuckDBPyConnection, *queries: str) -> str:
    rows = [con.execute(query).fetchall() for query in queries]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()
