"""plan_slice(): one slice of a backfill as a batch, which asks nothing that is in the warehouse."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from datetime import date, datetime
from pathlib import Path

from crawlers.archive_documents import PASSING
from crawlers.batch import MANIFEST_JSON, Batch, BatchManifest, write_json, write_whole
from crawlers.catalogue import Source
from crawlers.code_version import code_version
from crawlers.counted import counted
from crawlers.job import JOB_JSON, ArchiveDocument, CrawlJob, DeferredPage
from crawlers.urls import key_hash
from warehouse.connection import NoSnapshot, open_snapshot
from warehouse.memory import NOTHING, TRIES, WINDOW, Memory, remember
from warehouse.plan import REPORT_JSON, PlanReport
from warehouse.snapshot_age import renew_snapshot

_DAYS = """
SELECT u.url_key, a.published_on FROM article_urls u JOIN articles a USING (article_id)
WHERE u.source_id = ? AND a.published_on IS NOT NULL
"""

# Of pages that were never had, those that a backfill need not ask again; its LeftOver has those
# whose trouble may pass.
_GIVEN_UP = """
SELECT f.url_key FROM fetches f JOIN batches b USING (batch_id)
WHERE f.source_id = $source_id AND f.outcome = 'failed' AND b.started_at >= $since
GROUP BY f.url_key
HAVING arg_max(f.reason, b.started_at) NOT IN (SELECT unnest($passing)) OR count(*) >= $tries
"""


def plan_slice(
    batch: Batch,
    source: Source,
    *,
    window: tuple[date, date],
    documents: Sequence[ArchiveDocument],
    documents_read: Sequence[int],
    pages: Iterable[DeferredPage],
    run_id: str,
    contact: str,
    loopback: Collection[str],
    disk_floor_mb: int,
) -> PlanReport:
    """Open a batch for a slice; it reads nothing but the published snapshot.

    Pages that have come into the warehouse since they were left over are not asked. The same batch
    again returns the stored report.
    """
    status = batch.status("plan")
    if status.is_file():
        return REPORT_JSON.validate_json(status.read_bytes())
    renew_snapshot(batch.home)
    known, memory = _recall(batch.home, source, batch.started_at)
    old = frozenset(known)
    left = tuple(page for page in pages if key_hash(page.url_key) not in old)
    job = replace(
        _remembering(batch, source, known, memory, contact=contact),
        window=window,
        documents=tuple(documents),
        documents_read=tuple(documents_read),
        deferred=left,
        loopback=tuple(sorted(loopback)),
        disk_floor_mb=disk_floor_mb,
    )
    _write_manifest(batch, source.id, run_id)
    write_whole(batch.job(source.id), JOB_JSON.dump_json(job))
    line = f"planned {batch.id}: {counted(len(documents), 'archive document')}, "
    line += f"{counted(len(left), 'page')} left over"
    report = PlanReport(batch_id=batch.id, due=(source.id,), resting=(), errors=(), line=line)
    write_json(status, asdict(report))
    return report


def _remembering(
    batch: Batch, source: Source, known: tuple[int, ...], memory: Memory, *, contact: str
) -> CrawlJob:
    """Begin a slice's job with what the warehouse knows."""
    return CrawlJob(
        batch_id=batch.id,
        home=str(batch.home),
        source=source,
        known_hashes=known,
        is_yielding=True,
        site_lines=memory.lines.known,
        seen_lines=memory.lines.seen,
        seen_texts=memory.lines.texts,
        tried_on=memory.tried_on,
        contact=contact,
    )


def published_days(home: Path, source_id: str) -> dict[int, date]:
    """Map key_hash to the day of publication, for all articles of a source that have one."""
    try:
        with closing(open_snapshot(home)) as con:
            rows = con.execute(_DAYS, [source_id]).fetchall()
    except NoSnapshot:
        return {}
    return {key_hash(str(key)): day for key, day in rows}


def _recall(home: Path, source: Source, now: datetime) -> tuple[tuple[int, ...], Memory]:
    """Hash every url_key known of a source, which a backfill asks not again; recall the rest."""
    try:
        with closing(open_snapshot(home)) as con:
            memory = remember(con, source, now)
            given_up = con.execute(
                _GIVEN_UP,
                {
                    "source_id": source.id, "since": now - WINDOW, "passing": list(PASSING),
                    "tries": TRIES,
                },
            ).fetchall()  # fmt: skip
    except NoSnapshot:
        return (), NOTHING
    fresh = (key_hash(page.url_key) for page in memory.known)
    failed = (key_hash(str(key)) for (key,) in given_up)
    return tuple(sorted({*memory.known_hashes, *fresh, *failed})), memory


def _write_manifest(batch: Batch, source_id: str, run_id: str) -> None:
    manifest = BatchManifest(
        batch_id=batch.id,
        dag="backfill",
        run_id=run_id,
        found_by="backfill",
        sources=(source_id,),
        code_version=code_version(),
    )
    write_whole(batch.manifest, MANIFEST_JSON.dump_json(manifest, indent=1))
