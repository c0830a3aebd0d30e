"""accept_held(): an operator lets in what was held, and all that a trial held beside it."""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from crawlers.batch import Batch
from transforms.extractor_trial import approve_extractor, read_hold, read_trial
from warehouse.connection import open_writer, warehouse_file
from warehouse.load import LoadRefused, load_batch
from warehouse.load_report import REPORT_JSON, LoadReport


def accept_held(batch: Batch, source_id: str, why: str) -> tuple[LoadReport, ...]:
    """Load a source of a batch that is held.

    Where its changed extractor holds it, that version is approved, and every other batch loaded
    that is held for nothing else. Killed on the way and run again for the same reason, it goes on.

    Raises:
        LoadRefused: it is not held there, or no reason is given.
        SourceNotLoadable: its files are not whole.
    """
    if _is_accepted(batch, source_id, why):
        first = load_batch(batch)
    else:
        first = load_batch(batch, accept_source=source_id, why=why)
    hold = read_hold(batch, source_id)
    if hold is None:
        return (first,)
    waiting = _approve(batch.home, source_id, hold.version, why)
    return (first, *_accept_all(waiting, source_id, why))


def accept_extractor(home: Path, source_id: str, why: str) -> tuple[LoadReport, ...]:
    """Approve the version of an extractor that was tried last, and load what any trial holds.

    What older versions hold is loaded with it: nobody else would ever. Run again, it goes on where
    it was killed.

    Raises:
        LoadRefused: no trial holds the source, or no reason is given.
    """
    if not why.strip():
        raise LoadRefused(f"say why {source_id} is accepted: --why 'what you found'")
    trial = read_trial(home, source_id)
    version, waiting = trial.version if trial else None, list[Batch]()
    if warehouse_file(home).exists():
        waiting = _approve(home, source_id, version, why, is_all=True)
    if not waiting and (trial is None or not trial.is_over):
        raise LoadRefused(f"{source_id}: no trial of its extractor holds it; `khabar extractors`")
    return tuple(_accept_all(waiting, source_id, why))


def _is_accepted(batch: Batch, source_id: str, why: str) -> bool:
    """Tell whether this very word was given before: whoever was killed gives it again."""
    if not why.strip() or not warehouse_file(batch.home).exists():
        return False
    with open_writer(batch.home, doing=f"looking at {batch.id}") as con:
        return bool(con.execute(_ACCEPTED, [batch.id, source_id, why]).fetchall())


_ACCEPTED = """
FROM batch_sources
WHERE batch_id = ? AND source_id = ? AND accepted_why = ? AND accepted_state IS NOT NULL
"""


def _approve(
    home: Path, source_id: str, version: str | None, why: str, *, is_all: bool = False
) -> list[Batch]:
    """Approve a version while nobody loads, and find what waits for it.

    A load has either committed what it holds, or will see that it is approved.
    """
    with open_writer(home, doing=f"approving the extractor of {source_id}") as con:
        if version is not None:
            approve_extractor(home, source_id, version, why)
        return list(_find_waiting(con, home, source_id, None if is_all else version))


def _find_waiting(
    con: duckdb.DuckDBPyConnection, home: Path, source_id: str, version: str | None
) -> Iterator[Batch]:
    """Find the batches of which a trial, of this version or of any, alone holds a source.

    The oldest comes first. So do those whose acceptance was killed before their files told of it.
    """
    for batch_id, reason, is_accepted in con.execute(_WAITING, [source_id]).fetchall():
        batch = Batch(id=batch_id, home=home)
        hold = read_hold(batch, source_id)
        if hold is None or version not in (None, hold.version):
            continue
        if not _is_told(batch, source_id) if is_accepted else reason == hold.why:
            yield batch


_WAITING = """
SELECT batch_id, reason, accepted_state IS NOT NULL FROM batch_sources
WHERE source_id = ? AND (status = 'held' OR accepted_state IS NOT NULL) ORDER BY batch_id
"""


def _is_told(batch: Batch, source_id: str) -> bool:
    report = batch.status("load")
    if not report.is_file() or not batch.status("accept", source_id).is_file():
        return False
    return source_id not in REPORT_JSON.validate_json(report.read_bytes()).held


def _accept_all(waiting: list[Batch], source_id: str, why: str) -> Iterator[LoadReport]:
    for batch in waiting:
        report = load_batch(batch)  # which tells what a load that was killed had committed
        if source_id in report.held:
            report = load_batch(batch, accept_source=source_id, why=why)
        yield report
