"""load_batch(): one batch, one transaction."""

import time
from dataclasses import asdict, replace
from datetime import UTC, datetime

import duckdb

from crawlers.batch import Batch, BatchManifest, write_json
from crawlers.ledger import read_manifest
from warehouse import stories
from warehouse.checks import check_warehouse, judge_sources
from warehouse.commit import keep_replaced, write_rows
from warehouse.connection import WarehouseError, open_writer
from warehouse.decisions import decide, state_number
from warehouse.digest import input_digest, source_digest
from warehouse.growth import check_growth, count_rows
from warehouse.load_report import REPORT_JSON, LoadReport, report_load
from warehouse.search_texts import index_touched
from warehouse.staging import stage_batch
from warehouse.story_facts import redate_stories
from warehouse.touched import note_touched
from warehouse.transaction import one_transaction

_REOPEN = "DELETE FROM batch_sources WHERE batch_id = ? AND source_id = ?"


class LoadRefused(WarehouseError):  # noqa: N818 (says what is so)
    """A load that must not happen: other input under a known id, or nothing to accept."""


def load_batch(
    batch: Batch, *, accept_source: str | None = None, why: str | None = None
) -> LoadReport:
    """Load a batch; with `accept_source`, release that source of a loaded batch from being held.

    See accept_held() for what else a trial of its extractor holds.
    Loading the same files again does nothing and returns the stored report.

    Raises:
        LoadRefused: other files under the id of a loaded batch, or nothing to accept.
        CheckFailed: the warehouse would break a promise; nothing was written.
        WriterBusy, WarehouseBroken: the warehouse cannot be opened.
    """
    if accept_source is not None and not (why or "").strip():
        raise LoadRefused(f"say why {accept_source} is accepted: --why 'what you found'")
    manifest = read_manifest(batch)
    with open_writer(batch.home, doing=f"loading {batch.id}") as con:
        stored = _stored_report(con, batch, manifest)
        if accept_source is not None:
            _refuse_acceptance(con, batch, stored, accept_source)
            report = _load(con, batch, manifest, accept_source, why)
        elif stored is not None:
            report = stored
        else:
            report = _load(con, batch, manifest, None, None)
        _note_acceptances(con, batch)
    write_json(batch.status("load"), asdict(report))
    return report


def _load(
    con: duckdb.DuckDBPyConnection,
    batch: Batch,
    manifest: BatchManifest,
    accepted: str | None,
    why: str | None,
) -> LoadReport:
    began = time.monotonic()
    stage_batch(con, batch, accepted)
    judge_sources(con, accepted)
    reuse = accepted is None
    used = decide(con, batch, manifest.found_by, staged_digest(con), reuse=reuse)
    keep_replaced(con, batch)
    with one_transaction(con):
        before = count_rows(con)
        note_touched(con)
        if accepted is None:
            open_row(con, batch, manifest)
        else:
            con.execute(_REOPEN, [batch.id, accepted])
        write_rows(con, batch.id, batch.started_at, why)
        stories.apply_stories(con, batch.id)
        redate_stories(con, batch.id)
        index_touched(con)
        report = report_load(con, batch, used=used, seconds=time.monotonic() - began)
        _close_row(con, batch, report)
        check_growth(con, batch.id, before)
        check_warehouse(con, batch.id)
    return report


def _note_acceptances(con: duckdb.DuckDBPyConnection, batch: Batch) -> None:
    """Write down what operators decided and when, for `khabar rebuild`.

    Only after the commit, so that a note tells of what is so; a load killed in between writes it
    when it is run again.
    """
    rows = con.execute(
        "SELECT source_id, accepted_why, accepted_state FROM batch_sources "
        "WHERE batch_id = ? AND accepted_state IS NOT NULL",
        [batch.id],
    ).fetchall()
    for source_id, why, number in rows:
        note = {"source_id": source_id, "why": why, "state_number": number}
        write_json(batch.status("accept", source_id), note)


def staged_digest(con: duckdb.DuckDBPyConnection) -> str:
    """Hash what decisions rest on: the files of the sources that are loaded."""
    rows = con.execute(
        "SELECT source_id, input_digest FROM staged_sources WHERE status <> 'held'"
    ).fetchall()
    return input_digest(rows)


def _stored_report(
    con: duckdb.DuckDBPyConnection, batch: Batch, manifest: BatchManifest
) -> LoadReport | None:
    row = con.execute("SELECT report FROM batches WHERE batch_id = ?", [batch.id]).fetchone()
    if row is None:
        return None
    loaded = con.execute(
        "SELECT source_id, input_digest FROM batch_sources s WHERE batch_id = ? "
        "AND (status = 'loaded' OR reason = 'crawl_died' AND EXISTS (FROM fetches f "
        "WHERE f.batch_id = s.batch_id AND f.source_id = s.source_id))",
        [batch.id],
    ).fetchall()
    for source_id, digest in loaded:
        if source_digest(batch, source_id) != digest:
            raise LoadRefused(
                f"batch {batch.id} is loaded already, with other files of {source_id}; "
                "a batch is loaded once: crawl or import again into a new batch"
            )
    strangers = set(manifest.sources) - {
        one
        for (one,) in con.execute(
            "SELECT source_id FROM batch_sources WHERE batch_id = ?", [batch.id]
        ).fetchall()
    }
    if strangers:
        raise LoadRefused(f"batch {batch.id} is loaded already, without {min(strangers)}")
    return replace(REPORT_JSON.validate_json(row[0]), was_loaded_before=True)


def _refuse_acceptance(
    con: duckdb.DuckDBPyConnection, batch: Batch, stored: LoadReport | None, source_id: str
) -> None:
    if stored is None:
        raise LoadRefused(f"batch {batch.id} is not loaded yet; run `khabar load {batch.id}` first")
    waiting = [
        str(one)
        for (one,) in con.execute(
            "SELECT source_id FROM batch_sources s WHERE batch_id = ? AND (status = 'held' "
            "OR reason = 'crawl_died' AND NOT EXISTS (FROM fetches f WHERE "
            "f.batch_id = s.batch_id AND f.source_id = s.source_id)) ORDER BY source_id",
            [batch.id],
        ).fetchall()
    ]
    if source_id not in waiting:
        raise LoadRefused(
            f"{source_id} is not held in batch {batch.id}; held: {', '.join(waiting) or 'none'}"
        )


def open_row(con: duckdb.DuckDBPyConnection, batch: Batch, manifest: BatchManifest) -> None:
    """Write the batch's own row, but for what its end tells."""
    con.execute(
        "INSERT INTO batches BY NAME SELECT ? AS batch_id, (SELECT coalesce(max(load_number), 0) "
        "+ 1 FROM batches) AS load_number, ? AS dag, ? AS run_id, ? AS found_by, ? AS started_at, "
        "? AS loaded_at, '' AS input_digest, ? AS code_version, '{}' AS report",
        [
            batch.id, manifest.dag, manifest.run_id, manifest.found_by, batch.started_at,
            datetime.now(UTC), manifest.code_version,
        ],
    )  # fmt: skip


def _close_row(con: duckdb.DuckDBPyConnection, batch: Batch, report: LoadReport) -> None:
    rows = con.execute(
        "SELECT source_id, input_digest FROM batch_sources WHERE batch_id = ? AND status <> 'held'",
        [batch.id],
    ).fetchall()
    close_row(con, batch, report, input_digest(rows))


def close_row(
    con: duckdb.DuckDBPyConnection, batch: Batch, report: LoadReport, digest: str
) -> None:
    """Write what the load did, and count up the warehouse's state."""
    con.execute(
        "UPDATE batches SET report = ?, input_digest = ? WHERE batch_id = ?",
        [REPORT_JSON.dump_json(report).decode(), digest, batch.id],
    )
    number = state_number(con)
    con.execute("DELETE FROM state")
    con.execute("INSERT INTO state VALUES (?, ?)", [number + 1, datetime.now(UTC)])
