"""accept_held(): an operator lets in what was held, and all that a trial held beside it."""

from collections.abc import Iterator
from pathlib import Path

from crawlers.batch import BATCH_ID, Batch
from transforms.extractor_trial import approve_extractor, read_hold, read_trial
from warehouse.load import LoadRefused, load_batch
from warehouse.load_report import REPORT_JSON, LoadReport


def accept_held(batch: Batch, source_id: str, why: str) -> tuple[LoadReport, ...]:
    """Load a source of a batch that is held.

    Where its changed extractor holds it, that version is approved, and every other batch loaded
    that is held for nothing else. Killed on the way, accept_extractor() goes on.

    Raises:
        LoadRefused: it is not held there, or no reason is given.
        SourceNotLoadable: its files are not whole.
    """
    hold = read_hold(batch, source_id)
    first = load_batch(batch, accept_source=source_id, why=why)
    if hold is None:
        return (first,)
    return (first, *_accept_all(batch.home, source_id, hold.version, why))


def accept_extractor(home: Path, source_id: str, why: str) -> tuple[LoadReport, ...]:
    """Approve the version of an extractor that was tried last, and load what it holds.

    Run again, it goes on where it was killed.

    Raises:
        LoadRefused: no trial holds the source, or no reason is given.
    """
    if not why.strip():
        raise LoadRefused(f"say why {source_id} is accepted: --why 'what you found'")
    trial = read_trial(home, source_id)
    if trial is None or not trial.is_over:
        raise LoadRefused(f"{source_id}: no trial of its extractor holds it; `khabar extractors`")
    approve_extractor(home, source_id, trial.version, why)
    return tuple(_accept_all(home, source_id, trial.version, why))


def find_held(home: Path, source_id: str, version: str) -> list[Batch]:
    """Find the batches of which a trial of this version, and nothing else, holds a source.

    The oldest comes first; only those that are loaded but for it.
    """
    folders = sorted((home / "batches").glob("*"))
    batches = [Batch(id=one.name, home=home) for one in folders if BATCH_ID.fullmatch(one.name)]
    return [batch for batch in batches if _is_held(batch, source_id, version)]


def _accept_all(home: Path, source_id: str, version: str, why: str) -> Iterator[LoadReport]:
    for batch in find_held(home, source_id, version):
        load_batch(batch)  # a load that was killed after its commit has left no report of it
        if _is_held(batch, source_id, version):
            yield load_batch(batch, accept_source=source_id, why=why)


def _is_held(batch: Batch, source_id: str, version: str) -> bool:
    hold, report = read_hold(batch, source_id), batch.status("load")
    if hold is None or hold.version != version or not report.is_file():
        return False
    loaded = REPORT_JSON.validate_json(report.read_bytes()).sources
    return any((one.source_id, one.reason) == (source_id, hold.why) for one in loaded)
