"""Decisions: what dedup decided, kept as files until load commits it on the same state."""

import json

import duckdb

from crawlers.batch import Batch, write_json
from transforms.fingerprint import ALGORITHM_VERSION
from warehouse import identity, identity_tables, stories
from warehouse.beginnings import find_beginnings
from warehouse.late import set_late_aside
from warehouse.outcomes import decide_outcomes
from warehouse.signing import renew_signatures
from warehouse.staging import recall_rejections
from warehouse.versions import decide_versions

TABLES = (*identity_tables.DECISIONS, *stories.DECISIONS)


def decide(
    con: duckdb.DuckDBPyConnection, batch: Batch, found_by: str, digest: str, *, reuse: bool
) -> bool:
    """Decide identity, versions, outcomes and stories of the staged batch; say if files were used.

    With `reuse`, what dedup wrote is taken where it was made of the same files on the same state.
    """
    recall_rejections(con)
    renew_signatures(con)
    set_late_aside(con, batch.started_at)
    identity.stage_captures(con)
    kept = reuse and _is_fresh(con, batch, digest)
    if kept:
        _read(con, batch, identity_tables.DECISIONS)
    else:
        identity.decide_identity(con, batch.started_at)
    find_beginnings(con)
    decide_versions(con, batch.started_at)
    decide_outcomes(con, batch.id, found_by)
    if kept:
        _read(con, batch, stories.DECISIONS)
    else:
        stories.decide_stories(con)
    return kept


def write_decisions(con: duckdb.DuckDBPyConnection, batch: Batch, digest: str) -> None:
    """Write the decisions, and last of all on which state and of which files they were made."""
    note = batch.decisions / "decisions.json"
    batch.decisions.mkdir(parents=True, exist_ok=True)
    note.unlink(missing_ok=True)
    for table in TABLES:
        con.execute(
            f"COPY {table} TO ? (FORMAT parquet)",
            [str(batch.decisions / f"{table}.parquet")],
        )
    write_json(note, _basis(con, digest))


def state_number(con: duckdb.DuckDBPyConnection) -> int:
    """Read how often the warehouse was changed."""
    row = con.execute("SELECT max(state_number) FROM state").fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def _is_fresh(con: duckdb.DuckDBPyConnection, batch: Batch, digest: str) -> bool:
    note = batch.decisions / "decisions.json"
    if not note.is_file():
        return False
    return bool(json.loads(note.read_bytes()) == _basis(con, digest))


def _basis(con: duckdb.DuckDBPyConnection, digest: str) -> dict[str, str | int]:
    return {
        "state_number": state_number(con),
        "input_digest": digest,
        "algorithm_version": ALGORITHM_VERSION,
    }


def _read(con: duckdb.DuckDBPyConnection, batch: Batch, tables: tuple[str, ...]) -> None:
    for table in tables:
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS FROM read_parquet(?)",
            [str(batch.decisions / f"{table}.parquet")],
        )
