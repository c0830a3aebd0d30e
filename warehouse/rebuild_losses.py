"""What a rebuild would lose, found before it begins: batches, their files, and raw pages."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from crawlers.batch import Batch
from crawlers.ledger import read_manifest
from warehouse import migrate
from warehouse.commit import REPLACED
from warehouse.connection import WarehouseBroken, WarehouseError, connect, warehouse_file
from warehouse.digest import source_digest
from warehouse.load_again import again_digest
from warehouse.load_report import REPORT_JSON

_ACCEPTED = "SELECT batch_id, source_id FROM batch_sources WHERE accepted_why IS NOT NULL"
_DIGESTS = """
SELECT batch_id, source_id, input_digest FROM batch_sources s
WHERE batch_id = coalesce($1, batch_id) AND (reason IS DISTINCT FROM 'crawl_died'
   OR EXISTS (FROM fetches f WHERE f.batch_id = s.batch_id AND f.source_id = s.source_id))
ORDER BY batch_id, source_id
"""
_AGAIN = "SELECT batch_id, input_digest FROM batches WHERE found_by = 'reprocess' ORDER BY batch_id"
_ARCHIVED = "SELECT DISTINCT file, batch_id FROM archive_records ORDER BY ALL"


class NotRebuildable(WarehouseError):  # noqa: N818 (says what is so)
    """What the warehouse rests on is gone or another; nothing was changed."""


def refuse_losses(home: Path, steps: Sequence[tuple[str, str | None]]) -> None:
    """Refuse to lose what the files do not tell any more.

    A step is a batch that is replayed, or one and a source of it that is accepted. A warehouse that
    cannot be opened tells nothing: then only files are looked for.

    Raises:
        NotRebuildable: naming the file or the batch.
    """
    for batch_id, source_id in steps:
        if source_id is None:
            _refuse_missing(Batch(id=batch_id, home=home))
    path = warehouse_file(home)
    if not path.is_file():
        return
    try:
        with connect(path, read_only=True) as con:
            problem = migrate.find_problem(con)
            if problem is not None:
                raise NotRebuildable(f"{path}: {problem}")
            _refuse_unsaid(con, home, set(steps))
            _refuse_changed(con, home)
            refuse_lost_archive(con, home)
    except (WarehouseBroken, duckdb.Error):
        return


def refuse_lost_archive(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    """Refuse rows whose raw pages are gone.

    Raises:
        NotRebuildable: naming the WARC file.
    """
    for file, batch_id in con.execute(_ARCHIVED).fetchall():
        if not (home / "archive" / str(file)).is_file():
            raise NotRebuildable(
                f"{home / 'archive' / str(file)}: is missing, with raw pages of batch {batch_id}; "
                "put it back, such as from a backup (`khabar restore` into another KHABAR_HOME)"
            )


def read_dead(batch: Batch) -> Iterator[str]:
    """List the sources of which a loaded batch had nothing, since their crawls had died."""
    report = REPORT_JSON.validate_json(batch.status("load").read_bytes())
    for one in report.sources:
        outcomes = (one.new, one.updated, one.unchanged, one.rejected, one.failed, one.skipped)
        if one.reason == "crawl_died" and not any(outcomes):
            yield one.source_id


def _refuse_unsaid(
    con: duckdb.DuckDBPyConnection, home: Path, steps: set[tuple[str, str | None]]
) -> None:
    known = {str(one) for (one,) in con.execute("SELECT batch_id FROM batches").fetchall()}
    lost = known - {batch_id for batch_id, _ in steps}
    if lost:
        batch = Batch(id=min(lost), home=home)
        mend = "put its folder back, such as from a backup (`khabar restore` into another "
        mend += "KHABAR_HOME)"
        if batch.manifest.is_file() and not any(_changed(con, home, batch.id)):
            mend = f"run `khabar load {batch.id}`, which writes it, then rebuild"
        raise NotRebuildable(
            f"batch {batch.id} is in the warehouse, but {batch.folder} has no report of its load; "
            f"{mend}"
        )
    unsaid = set(con.execute(_ACCEPTED).fetchall()) - steps
    if unsaid:
        batch_id, source_id = min(unsaid)
        raise NotRebuildable(
            f"batch {batch_id} has no note that {source_id} was accepted; "
            f"run `khabar load {batch_id}`, which writes it, then rebuild"
        )


def _refuse_missing(batch: Batch) -> None:
    """Refuse a batch that lacks a file of a source that pages were loaded of."""
    report = REPORT_JSON.validate_json(batch.status("load").read_bytes())
    loaded = [one.source_id for one in report.sources if one.status == "loaded" and one.fetched]
    needed = (path for one in loaded for path in _needed(batch, one))
    for path in (batch.manifest, *needed, *_needed_again(batch)):
        if not path.is_file():
            raise NotRebuildable(
                f"{path}: is missing, and the warehouse rests on it; put it back, such as from a "
                "backup (`khabar restore` into another KHABAR_HOME)"
            )


def _needed_again(batch: Batch) -> list[Path]:
    """List what a reprocess was loaded of; nothing for a batch that fetched."""
    manifest = read_manifest(batch) if batch.manifest.is_file() else None
    if manifest is None or manifest.reprocess is None:
        return []
    if manifest.reprocess.reverts is not None:
        return [batch.put_back / f"{table}.parquet" for table in REPLACED]
    return [batch.extract_folder(one) / "articles.parquet" for one in manifest.sources]


def _needed(batch: Batch, source_id: str) -> tuple[Path, ...]:
    ledger, extract = batch.crawl_folder(source_id), batch.extract_folder(source_id)
    lines = sorted(ledger.glob("*.fetches.jsonl")) or [ledger / "1.fetches.jsonl"]
    files = (extract / "articles.parquet", extract / "rejections.parquet")
    return (batch.job(source_id), batch.status("crawl", source_id), lines[0], *files)


def _refuse_changed(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    """Refuse files that are not those that were loaded."""
    for batch, source_id in _changed(con, home):
        raise NotRebuildable(
            f"{batch.folder}: the files of {source_id} are not those that were loaded; put "
            "them back, such as from a backup (`khabar restore` into another KHABAR_HOME), or "
            f"where it is held, run `khabar load {batch.id} --source {source_id} --accept "
            "--why …`"
        )
    for batch_id, digest in con.execute(_AGAIN).fetchall():
        batch = Batch(id=str(batch_id), home=home)
        if again_digest(batch, read_manifest(batch)) != digest:
            raise NotRebuildable(
                f"{batch.folder}: its files are not those that were loaded; put them back, such as "
                "from a backup (`khabar restore` into another KHABAR_HOME)"
            )


def _changed(
    con: duckdb.DuckDBPyConnection, home: Path, only: str | None = None
) -> Iterator[tuple[Batch, str]]:
    """Find sources whose files are not those that were loaded, of every batch or of one."""
    for batch_id, source_id, digest in con.execute(_DIGESTS, [only]).fetchall():
        batch = Batch(id=str(batch_id), home=home)
        if source_digest(batch, str(source_id)) != digest:
            yield batch, str(source_id)
