"""load_again(): rows that were extracted again, put in the place of those that are there."""
# ruff: noqa: S608 (only names written in this file go into its statements)

import hashlib
import time
from collections.abc import Mapping
from dataclasses import asdict, replace

import duckdb

from crawlers.batch import Batch, BatchManifest, Reprocess, write_json
from crawlers.counted import counted
from crawlers.ledger import read_manifest
from warehouse import stories
from warehouse.beginnings import find_beginnings
from warehouse.checks import CheckFailed, check_warehouse
from warehouse.commit import write_rows
from warehouse.connection import open_writer
from warehouse.digest import file_digest, input_digest, source_digest
from warehouse.growth import check_growth, count_rows
from warehouse.identity import keep_identity, stage_captures
from warehouse.late import set_late_aside
from warehouse.load import LoadRefused, close_row, open_row
from warehouse.load_report import REPORT_JSON, LoadedAgain, LoadReport
from warehouse.outcomes import decide_outcomes
from warehouse.put_back import put_back_replaced
from warehouse.replay import (
    drop_empty_stories,
    found_then,
    keep_again,
    stage_again,
    tell_sources,
    unlearn,
    write_again,
)
from warehouse.search_texts import index_touched
from warehouse.signing import renew_signatures
from warehouse.staging import TABLES, know_records
from warehouse.touched import note_touched
from warehouse.transaction import one_transaction
from warehouse.versions import decide_versions

_ASIDE = "DELETE FROM staged_articles WHERE record_id IN (SELECT record_id FROM beginnings)"
_UNKNOWN = """
DELETE FROM staged_articles WHERE record_id NOT IN (SELECT archive_record_id FROM known_records)
"""
_STAGED = "SELECT count(*) FROM staged_articles"
# An article of which a page was rejected then has a capture more, and with it maybe a version.
_HAD_ALL = """
article_id IS NOT NULL
AND article_id NOT IN (SELECT article_id FROM ordered_captures
                   WHERE old_article_id IS NULL AND article_id IS NOT NULL)
"""
_JOINED = f"""
SELECT count(DISTINCT (old_article_id, old_version))
       - count(DISTINCT (article_id, version_number)) FILTER (NOT is_aside)
FROM ordered_captures WHERE {_HAD_ALL}
"""
# What must be so once it is written.
_PROMISES = {
    "an article that was read again and not written": """
        SELECT article_id FROM affected
        ANTI JOIN (SELECT article_id FROM articles WHERE batch_id = $batch) USING (article_id)""",
    "an article with another text than was decided": """
        SELECT a.article_id FROM articles a JOIN heads h USING (article_id)
        WHERE a.content_hash IS DISTINCT FROM h.content_hash AND h.number IS NOT NULL""",
    "a capture with another text than was decided": """
        SELECT o.archive_record_id FROM ordered_captures o
        JOIN archive_records r USING (archive_record_id)
        WHERE (r.content_hash, r.version_number, r.extractor_version)
              IS DISTINCT FROM (o.content_hash, o.version_number, o.extractor_version)""",
}
_NO_VERSIONS = {
    "an article with more versions than it had": f"""
        SELECT article_id FROM ordered_captures WHERE {_HAD_ALL} GROUP BY article_id
        HAVING count(DISTINCT version_number) FILTER (NOT is_aside)
             > count(DISTINCT (old_article_id, old_version))""",
}
"""Of what is extracted again; what is put back has the versions that it had."""


def load_again(batch: Batch) -> LoadReport:
    """Load a reprocess, or one that puts back what another replaced: in one transaction.

    No article goes or changes its id or address, none comes but of a page that was rejected, and
    no version but by such a one. What is replaced is kept in the batch's folder. The same files
    again do nothing and return the stored report.

    Raises:
        LoadRefused: other files under the id of a loaded batch, or it is no reprocess.
        CheckFailed: the warehouse would break a promise; nothing was written.
        WriterBusy, WarehouseBroken: the warehouse cannot be opened.
    """
    manifest = read_manifest(batch)
    if manifest.reprocess is None:
        raise LoadRefused(f"batch {batch.id} is no reprocess; run `khabar dedup` and `khabar load`")
    digest = again_digest(batch, manifest)
    with open_writer(batch.home, doing=f"loading {batch.id}") as con:
        report = _stored_report(con, batch, digest) or _load(
            con, batch, manifest, manifest.reprocess, digest
        )
    write_json(batch.status("load"), asdict(report))
    return report


def again_digest(batch: Batch, manifest: BatchManifest) -> str:
    """Hash all files that the load reads."""
    pairs = [(one, source_digest(batch, one)) for one in manifest.sources]
    pairs += [(path.name, file_digest(path)) for path in sorted(batch.put_back.glob("*.parquet"))]
    pairs.append(("batch.json", hashlib.sha256(batch.manifest.read_bytes()).hexdigest()))
    return input_digest(pairs)


def _stored_report(con: duckdb.DuckDBPyConnection, batch: Batch, digest: str) -> LoadReport | None:
    row = con.execute(
        "SELECT report, input_digest FROM batches WHERE batch_id = ?", [batch.id]
    ).fetchone()
    if row is None:
        return None
    if row[1] != digest:
        raise LoadRefused(
            f"batch {batch.id} is loaded already, with other files; a batch is loaded once: "
            "`khabar reprocess` opens a new one"
        )
    return replace(REPORT_JSON.validate_json(row[0]), was_loaded_before=True)


def _load(
    con: duckdb.DuckDBPyConnection,
    batch: Batch,
    manifest: BatchManifest,
    asked: Reprocess,
    digest: str,
) -> LoadReport:
    began = time.monotonic()
    promises = _PROMISES if asked.reverts is not None else _PROMISES | _NO_VERSIONS
    again = _decide(con, batch, manifest, asked)
    stories.decide_stories(con)
    keep_again(con, batch)
    with one_transaction(con):
        before = count_rows(con)
        note_touched(con)
        open_row(con, batch, manifest)
        unlearn(con, asked.reverts or "")
        write_rows(con, batch.id, batch.started_at, None)
        write_again(con)
        stories.apply_stories(con, batch.id)
        drop_empty_stories(con)
        index_touched(con)
        report = _report(con, batch, again, time.monotonic() - began)
        close_row(con, batch, report, digest)
        check_growth(con, batch.id, before)
        _check_again(con, batch, promises)
        check_warehouse(con, batch.id)
    return report


def _decide(
    con: duckdb.DuckDBPyConnection, batch: Batch, manifest: BatchManifest, asked: Reprocess
) -> LoadedAgain:
    """Decide the rows to write, in the tables of versions.py and outcomes.py; count them."""
    con.execute(TABLES)
    sources = manifest.sources if asked.reverts is None else ()
    stage_again(con, batch, sources)
    know_records(con)
    renew_signatures(con)
    staged = _count(con, _STAGED)
    con.execute(_UNKNOWN)
    set_late_aside(con, batch.started_at)
    on_time = _count(con, _STAGED)
    stage_captures(con)
    torn = keep_identity(con, batch.started_at)
    find_beginnings(con)
    shorter = _count(con, "SELECT count(*) FROM beginnings")
    con.execute(_ASIDE)
    stage_captures(con)
    torn += keep_identity(con, batch.started_at)
    decide_versions(con, batch.started_at)
    decide_outcomes(con, batch.id, manifest.found_by)
    found_then(con)
    if asked.reverts is not None:
        staged, on_time = put_back_replaced(con, batch, asked.reverts)
    gone = _count(con, "SELECT count(*) FROM decided_article_merges")
    told = tuple(tell_sources(con, sources))
    return LoadedAgain(
        reason=asked.reason,
        reverts=asked.reverts,
        staged=staged,
        written=on_time - shorter - torn,
        late=staged - on_time,
        shorter=shorter,
        torn=torn,
        articles=_count(con, "SELECT count(*) FROM affected"),
        became=sum(one.became for one in told) - gone,
        sources=told,
        joined=_count(con, _JOINED),
    )


def _count(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(con.execute(query).fetchall()[0][0])


def _check_again(con: duckdb.DuckDBPyConnection, batch: Batch, promises: Mapping[str, str]) -> None:
    for broken, query in promises.items():
        values = {"batch": batch.id} if "$batch" in query else {}
        if found := con.execute(f"{query} LIMIT 1", values).fetchall():
            raise CheckFailed(
                f"batch {batch.id} was not loaded: it would leave {broken} ({found[0][0]}); "
                "nothing was written; please report it"
            )


def _report(
    con: duckdb.DuckDBPyConnection, batch: Batch, again: LoadedAgain, seconds: float
) -> LoadReport:
    number = _count(con, "SELECT max(load_number) FROM batches")
    parts = [
        f"{count:,} {what}"
        for count, what in (
            (again.became, "rejected pages became articles"),
            (-again.became, "articles taken away again that it had brought"),
            (again.late, "rows left to what a later batch has written"),
            (again.torn, "rejected pages left that prove two articles to be one"),
            (again.shorter, "pages that show only a beginning left as they are"),
            (again.joined, "versions joined, being one text"),
            (-again.joined, "versions parted again"),
        )
        if count > 0
    ]
    return LoadReport(
        batch_id=batch.id, load_number=number, sources=(), new=0, updated=0, kept_from_feed=0,
        held=(), failed=(), merged=0, doubted=0, again=again, used_decisions=False,
        was_loaded_before=False, seconds=round(seconds, 3),
        line="; ".join([
            (f"loaded {batch.id}: {counted(again.written, 'row')} of "
             f"{counted(again.articles, 'article')} replaced"),
            *parts,
        ]),
    )  # fmt: skip
