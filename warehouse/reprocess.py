"""A reprocess: a batch of archived pages that are extracted again, and nothing is fetched.

It is planned here, source by source; extract_again() reads the pages and compares, load_again()
puts the rows in the place of those that are there.
"""

import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import duckdb
from pydantic import TypeAdapter

from crawlers.batch import MANIFEST_JSON, Batch, BatchManifest, Reprocess, write_json, write_whole
from crawlers.catalogue import CatalogueError, Source
from crawlers.code_version import code_version
from crawlers.counted import counted
from crawlers.job import JOB_JSON, CrawlJob
from crawlers.ledger import read_manifest
from transforms.stored import StoredPages
from transforms.version import extractor_version
from warehouse.commit import REPLACED
from warehouse.connection import WarehouseError, open_snapshot
from warehouse.stored import PLACED, read_places, refuse_other_schema
from warehouse.todays_sources import TodaysSources

DAG = "reprocess"

# Each version is read from the capture that its row names; the newest is the article's own row. A
# rejected page has the day on which it was asked; what read it last, its record says.
_ROWS = """
CREATE TEMP TABLE stored_pages AS
WITH chosen AS (
    SELECT article_id, archive_record_id, extractor_version, dated_at FROM articles
    WHERE source_id = $source_id AND dated_on BETWEEN $first_on AND $last_on
      AND NOT $only_rejected
), rows AS (
    SELECT archive_record_id, article_id, NULL::VARCHAR AS batch_id, dated_at AS at,
           extractor_version, NULL::INTEGER AS version_number
    FROM chosen WHERE archive_record_id IS NOT NULL
    UNION ALL
    SELECT v.archive_record_id, v.article_id, NULL, c.dated_at, v.extractor_version,
           v.version_number
    FROM article_versions v JOIN chosen c USING (article_id)
    UNION ALL
    SELECT j.archive_record_id, NULL, j.batch_id, coalesce(j.fetched_at, b.started_at) AS at,
           r.extractor_version, NULL
    FROM rejections j JOIN batches b USING (batch_id) JOIN sources s USING (source_id)
    JOIN archive_records r ON r.archive_record_id = j.archive_record_id
    WHERE j.source_id = $source_id AND r.article_id IS NULL
      AND timezone(coalesce(s.timezone, 'UTC'), coalesce(j.fetched_at, b.started_at))::DATE
          BETWEEN $first_on AND $last_on
), read AS (
    SELECT archive_record_id, article_id, batch_id, rows.at, version_number
    FROM rows WHERE CASE WHEN $made_by IS NULL THEN extractor_version <> $today
                         ELSE starts_with(extractor_version, $made_by) END
    QUALIFY row_number() OVER (PARTITION BY archive_record_id
                               ORDER BY version_number DESC NULLS FIRST) = 1
)
"""


class ReprocessRefused(WarehouseError):  # noqa: N818 (says what is so)
    """A reprocess that cannot be: no such rows, days that lie the wrong way, nothing to revert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReprocessPlan:
    """What would be extracted again."""

    batch_id: str
    sources: tuple[str, ...]
    """Those that have rows to extract again; where there are none, no batch was opened."""
    rows: int
    left_out: tuple[str, ...]
    """Why sources are left out, a sentence each."""
    line: str


_PLAN: TypeAdapter[ReprocessPlan] = TypeAdapter(ReprocessPlan)


def plan_reprocess(
    batch: Batch, asked: Reprocess, *, folders: Sequence[Path], only: Sequence[str], run_id: str
) -> ReprocessPlan:
    """Open a batch of stored rows to extract again: of some sources, or of all that have articles.

    Reads the published snapshot, not the writer's file.

    Raises:
        ReprocessRefused: without a reason, or with days the wrong way round.
        CatalogueError: a source that was named is unknown, or its file cannot be used.
        NoSnapshot: nothing was published yet.
    """
    _refuse_unreasoned(asked)
    if batch.status("load").is_file():
        return _PLAN.validate_json(batch.status("plan").read_bytes())
    today = TodaysSources(batch.home, folders)
    counts: dict[str, int] = {}
    left_out: list[str] = []
    for source_id in dict.fromkeys(only or sorted(today.stored())):
        try:
            source = _find(today, source_id)
        except CatalogueError as error:
            if only:
                raise
            left_out.append(str(error))
            continue
        job = CrawlJob(
            batch_id=batch.id, home=str(batch.home), source=source, contact="",
            site_lines=today.lines(source_id),
        )  # fmt: skip
        if count := count_rows(batch.home, job, asked):
            counts[source_id] = count
            write_whole(batch.job(source_id), JOB_JSON.dump_json(job))
    if counts:
        _write_manifest(batch, asked, tuple(counts), run_id)
    plan = _plan(batch, counts, left_out)
    if counts:
        write_json(batch.status("plan"), asdict(plan))
    return plan


def plan_revert(batch: Batch, of: Batch, reason: str, *, run_id: str) -> ReprocessPlan:
    """Open a batch that puts back the rows that a reprocess has replaced.

    Raises:
        ReprocessRefused: without a reason, or where that batch is no loaded reprocess.
        LedgerError: where there is no such batch.
    """
    asked = Reprocess(reason=reason, reverts=of.id)
    _refuse_unreasoned(asked)
    manifest = read_manifest(of)
    if manifest.reprocess is None:
        raise ReprocessRefused(f"{of.id} is no reprocess: there is nothing to put back")
    if not of.status("load").is_file():
        raise ReprocessRefused(
            f"{of.id} was never loaded, or its load was killed before it could say so (then "
            f"`khabar load {of.id}` says it): there is nothing to put back"
        )
    batch.put_back.mkdir(parents=True, exist_ok=True)
    for table in REPLACED:
        kept = of.replaced / f"{table}.parquet"
        if not kept.is_file():
            raise ReprocessRefused(
                f"{kept}: is not there; it replaced nothing, or put the file back from a backup"
            )
        shutil.copyfile(kept, batch.put_back / f".{kept.name}")
        (batch.put_back / f".{kept.name}").replace(batch.put_back / kept.name)
    _write_manifest(batch, asked, manifest.sources, run_id)
    plan = ReprocessPlan(
        batch_id=batch.id, sources=manifest.sources, rows=0, left_out=(),
        line=f"planned {batch.id}: what {of.id} replaced is put back",
    )  # fmt: skip
    write_json(batch.status("plan"), asdict(plan))
    return plan


def stored_rows(home: Path, job: CrawlJob, asked: Reprocess) -> StoredPages:
    """Read the stored rows of a source that are to be extracted again, each with its capture."""
    con = open_snapshot(home)
    try:
        count = _choose(con, home, job, asked)
    except BaseException:
        con.close()
        raise
    return StoredPages(archived=count, pages=read_places(con, list(range(count))))


def count_rows(home: Path, job: CrawlJob, asked: Reprocess) -> int:
    """Count them."""
    with closing(open_snapshot(home)) as con:
        return _choose(con, home, job, asked)


def count_rejected(home: Path, folders: Sequence[Path], source_id: str) -> int:
    """Count the rejected pages of a source that another extractor than today's has read.

    Raises as plan_reprocess(); takes some tenths of a second, for all source files are read.
    """
    today = TodaysSources(home, folders)
    job = CrawlJob(
        batch_id="", home=str(home), source=_find(today, source_id), contact="",
        site_lines=today.lines(source_id),
    )  # fmt: skip
    return count_rows(home, job, Reprocess(reason="to count", only_rejected=True))


def _choose(con: duckdb.DuckDBPyConnection, home: Path, job: CrawlJob, asked: Reprocess) -> int:
    refuse_other_schema(con, home)
    values = {
        "source_id": job.source.id,
        "first_on": asked.first_on or date.min,
        "last_on": asked.last_on or date.max,
        "made_by": asked.made_by,
        "only_rejected": asked.only_rejected,
        "today": extractor_version(job.source, job.site_lines),
    }
    con.execute(_ROWS + PLACED, values)
    return int(con.execute("SELECT count(*) FROM stored_pages").fetchall()[0][0])


def _refuse_unreasoned(asked: Reprocess) -> None:
    if not asked.reason.strip():
        raise ReprocessRefused("say why: --reason 'what changed in the extraction'")
    if asked.first_on and asked.last_on and asked.first_on > asked.last_on:
        raise ReprocessRefused(f"{asked.first_on} is after {asked.last_on}: change them over")


def _find(today: TodaysSources, source_id: str) -> Source:
    source = today.find(source_id)
    if source is None:
        raise CatalogueError(f"{source_id}: is no source; `khabar sources` lists them")
    return source


def _write_manifest(batch: Batch, asked: Reprocess, sources: tuple[str, ...], run_id: str) -> None:
    manifest = BatchManifest(
        batch_id=batch.id, dag=DAG, run_id=run_id, found_by="reprocess", sources=sources,
        code_version=code_version(), reprocess=asked,
    )  # fmt: skip
    write_whole(batch.manifest, MANIFEST_JSON.dump_json(manifest, indent=1))


def _plan(batch: Batch, counts: dict[str, int], left_out: Sequence[str]) -> ReprocessPlan:
    rows = sum(counts.values())
    line = (
        f"planned {batch.id}: {rows:,} stored rows and rejected pages of "
        f"{counted(len(counts), 'source')} to extract again"
        if counts
        else "nothing of these days and sources was read by another extractor than today's: "
        "nothing to extract again"
    )
    if left_out:
        line += f"; left out: {'; '.join(left_out[:4])}"
    return ReprocessPlan(
        batch_id=batch.id, sources=tuple(counts), rows=rows, left_out=tuple(left_out), line=line
    )
