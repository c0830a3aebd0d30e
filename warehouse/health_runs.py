"""find_batches(): what a run of Airflow's opened, for its tab on the Health page."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass as parsed

from crawlers.batch import Batch, new_batch_id
from warehouse.health_files import (
    BatchHealth,
    Funnel,
    SourceInBatch,
    list_batch_ids,
    read_batch,
    read_report,
)
from warehouse.load_report import REPORT_JSON as LOAD_JSON

_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)


@parsed(frozen=True, kw_only=True)
class _Reread:
    read: int
    changed: int
    rejected: int
    line: str
    became: int = 0
    still_rejected: int = 0


@parsed(frozen=True, kw_only=True)
class _Plan:
    line: str


_REREAD: TypeAdapter[_Reread] = TypeAdapter(_Reread)
_PLAN: TypeAdapter[_Plan] = TypeAdapter(_Plan)


def find_batches(home: Path, dag: str, run_id: str) -> tuple[BatchHealth, ...]:
    """Find the batches that a run opened, newest first: mostly one, none where nothing was due."""
    wanted = new_batch_id(_ANY_TIME, dag, run_id).partition("-")[2]
    ids = [one for one in list_batch_ids(home) if one.partition("-")[2] == wanted]
    found = [read_batch(home, one) for one in ids]
    return tuple(
        _read_again(home, one) if one.found_by == "reprocess" else one
        for one in found
        if one.run_id == run_id
    )


def _read_again(home: Path, batch: BatchHealth) -> BatchHealth:
    """Tell of a reprocess by its own reports: nothing of it is crawled, and it has no summary."""
    files = Batch(id=batch.batch_id, home=home)
    load = read_report(LOAD_JSON, files.status("load"))
    plan = read_report(_PLAN, files.status("plan"))
    line = load.line if load is not None else plan.line if plan is not None else ""
    again = load.again if load is not None else None
    if again is not None and again.reason:
        line += f" (why: {again.reason})"
    sources = tuple(_source(files, one, is_loaded=load is not None) for one in batch.sources)
    return replace(batch, is_over=batch.stage == "published", line=line, sources=sources)


def _source(batch: Batch, one: SourceInBatch, *, is_loaded: bool) -> SourceInBatch:
    report = read_report(_REREAD, batch.status("extract", one.source_id))
    if report is None:
        state = "fine: put back" if is_loaded else "waits to be read again, or is being read"
        return replace(one, state=state, is_over=is_loaded, funnel=Funnel())
    words = report.line.partition(": ")[2]
    return replace(
        one,
        state=f"fine: {words}" if is_loaded else f"{words}; waits for load",
        is_over=is_loaded,
        funnel=Funnel(
            extracted=report.read,
            updated=report.changed - report.became,
            new=report.became,
            rejected=report.rejected + report.still_rejected,
        ),
    )
