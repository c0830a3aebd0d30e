"""Pages that were rejected and are read again: an article that comes of one, and goes with it.

Such a page is a capture that its record says was no article's. It becomes one of the article that
has its address meanwhile, or that begins with it, as of the day on which it was captured. What the
ledger said of it then stays: it was rejected.
"""

from collections.abc import Iterator

import duckdb

from crawlers.batch import Batch
from crawlers.ledger import read_manifest
from warehouse.commit import REPLACED, keep_rows, run_each
from warehouse.load_report import SourceAgain
from warehouse.staging import read_parquet

_REJECTIONS = """
CREATE OR REPLACE TEMP TABLE parted (article_id BIGINT);
CREATE OR REPLACE TEMP TABLE staged_again AS FROM staged_rejections;
DELETE FROM staged_rejections
"""
# Where an outlet's home is, and which hosts are its own: nothing of it is written.
_SOURCES = """
INSERT INTO staged_sources BY NAME
SELECT source_id, home, json_extract_string(definition, '$.hosts[*]') AS hosts FROM sources
WHERE source_id IN (SELECT source_id FROM staged_articles)
"""
_STILL = """
CREATE OR REPLACE TEMP TABLE still_rejected AS
SELECT j.record_id, j.extractor_version FROM staged_again j
JOIN archive_records r ON r.archive_record_id = j.record_id
WHERE r.article_id IS NULL AND r.extractor_version <> j.extractor_version
"""
_FOUND_BY = """
UPDATE next_articles SET found_by = f.found_by FROM (
    SELECT c.article_id, arg_min(b.found_by, (c.asked_at, c.archive_record_id)) AS found_by
    FROM ordered_captures c JOIN known_records r USING (archive_record_id)
    JOIN batches b ON b.batch_id = r.batch_id GROUP BY ALL) f
WHERE f.article_id = next_articles.article_id AND next_articles.article_id IN (
    SELECT article_id FROM heads WHERE is_new)
"""
_KEPT = {
    "archive_records": """
        WHERE article_id IN (SELECT article_id FROM affected) OR archive_record_id IN (
            SELECT archive_record_id FROM ordered_captures
            UNION ALL SELECT record_id FROM still_rejected)""",
}
_WRITE = """
UPDATE archive_records SET article_id = o.article_id, is_twin = o.is_twin FROM ordered_captures o
WHERE o.archive_record_id = archive_records.archive_record_id AND o.number IS NULL
  AND (o.article_id, o.is_twin)
      IS DISTINCT FROM (archive_records.article_id, archive_records.is_twin);
UPDATE archive_records SET extractor_version = s.extractor_version FROM still_rejected s
WHERE s.record_id = archive_records.archive_record_id
"""
_READ_OF = "SELECT source_id, count(*) FROM staged_articles GROUP BY source_id"
_STILL_OF = """
SELECT source_id, count(*) FROM archive_records
WHERE archive_record_id IN (SELECT record_id FROM staged_again) AND article_id IS NULL
GROUP BY source_id
"""
_BROUGHT = """
SELECT source_id, count(*) FROM next_articles
WHERE article_id IN (SELECT article_id FROM heads WHERE is_new) GROUP BY source_id
"""
# An article stays that a later batch has looked at, or has an address or a ledger line of.
_WITHDRAWN = """
CREATE OR REPLACE TEMP TABLE rejected_then AS
SELECT k.archive_record_id, k.extractor_version, r.article_id, r.version_number,
       r.extractor_version AS read_by
FROM kept_archive_records k JOIN archive_records r USING (archive_record_id)
WHERE k.article_id IS NULL;
CREATE OR REPLACE TEMP TABLE brought AS
SELECT article_id FROM articles
WHERE article_id IN (SELECT article_id FROM rejected_then)
  AND article_id NOT IN (SELECT article_id FROM kept_articles);
CREATE OR REPLACE TEMP TABLE later AS
SELECT batch_id FROM batches WHERE load_number > (
    SELECT load_number FROM batches WHERE batch_id = $reverted);
INSERT INTO decided_article_merges BY NAME
SELECT article_id AS old_article_id, '' AS url_key FROM brought
SEMI JOIN (SELECT article_id FROM articles WHERE batch_id = $reverted) USING (article_id)
ANTI JOIN (SELECT article_id FROM fetches WHERE batch_id IN (FROM later)) USING (article_id)
ANTI JOIN (SELECT article_id FROM article_urls WHERE batch_id IN (FROM later)) USING (article_id);
CREATE OR REPLACE TEMP TABLE parted AS
SELECT article_id FROM affected UNION ALL SELECT old_article_id FROM decided_article_merges;
INSERT INTO withdrawn_urls
SELECT url_key FROM article_urls WHERE batch_id = $reverted AND article_id IN (FROM parted);
INSERT INTO ordered_captures BY NAME
SELECT archive_record_id, extractor_version, true AS is_aside, article_id AS old_article_id,
       version_number AS old_version
FROM rejected_then WHERE article_id IN (FROM parted);
INSERT INTO stale_versions BY NAME
SELECT article_id, version_number FROM article_versions
WHERE article_id IN (SELECT old_article_id FROM decided_article_merges);
CREATE OR REPLACE TEMP TABLE still_rejected AS
SELECT archive_record_id AS record_id, extractor_version FROM rejected_then
WHERE article_id IS NULL AND (archive_record_id, read_by) IN (
    SELECT (coalesce(record_id, archive_record_id), extractor_version) FROM judged_then)
"""
# What a later reprocess has read since is no longer what the reverted one had said of it. What that
# said: its own judgement or, where it was a revert itself, what it had put back.
_JUDGED_THEN = """
CREATE OR REPLACE TEMP TABLE judged_then (
    record_id VARCHAR, archive_record_id VARCHAR, extractor_version VARCHAR)
"""
_UNLEARN = """
UPDATE fetches SET article_id = NULL
WHERE reason = 'twin' AND url_key IN (FROM withdrawn_urls) AND article_id IN (FROM parted);
DELETE FROM article_urls WHERE url_key IN (FROM withdrawn_urls);
DELETE FROM article_doubts WHERE batch_id = $reverted AND article_id IN (FROM parted)
"""
_EMPTY_STORIES = """
DELETE FROM stories WHERE story_id IN (FROM touched_stories) AND article_count = 0
  AND merged_into IS NULL
"""


def stage_again(con: duckdb.DuckDBPyConnection, batch: Batch, sources: tuple[str, ...]) -> None:
    """Read what was made of pages again into staged_articles, and note what is still rejected."""
    for name in ("articles", "rejections"):
        paths = [batch.extract_folder(one) / f"{name}.parquet" for one in sources]
        read_parquet(con, f"staged_{name}", [path for path in paths if path.is_file()])
    run_each(con, _REJECTIONS, {})
    con.execute(_SOURCES)
    con.execute(_STILL)


def found_then(con: duckdb.DuckDBPyConnection) -> None:
    """Say of articles that come how they were found: as the batch did that captured them."""
    con.execute(_FOUND_BY)
    con.execute("DELETE FROM staged_sources")


def tell_sources(con: duckdb.DuckDBPyConnection, sources: tuple[str, ...]) -> Iterator[SourceAgain]:
    """Count what becomes of each source's rows and pages."""
    read, brought, still = (
        dict(con.execute(query).fetchall()) for query in (_READ_OF, _BROUGHT, _STILL_OF)
    )
    for one in sources:
        yield SourceAgain(
            source_id=one, read=read.get(one, 0), became=brought.get(one, 0),
            still_rejected=still.get(one, 0),
        )  # fmt: skip


def keep_again(con: duckdb.DuckDBPyConnection, batch: Batch) -> None:
    """Keep the rows of all articles and captures that the load is about to replace."""
    anything = "FROM affected UNION ALL SELECT 1 FROM still_rejected LIMIT 1"
    if con.execute(anything).fetchall():
        rows = dict.fromkeys(REPLACED, "SEMI JOIN affected USING (article_id)")
        keep_rows(con, batch, rows | _KEPT)


def write_again(con: duckdb.DuckDBPyConnection) -> None:
    """Write whose the captures are now, and what has read those that are rejected still."""
    run_each(con, _WRITE, {})


def decide_withdrawal(con: duckdb.DuckDBPyConnection, reverted: Batch) -> None:
    """Decide which articles that a reprocess has brought go again, and which captures with them.

    Into decided_article_merges, with no article in their place, and the tables of versions.py.
    """
    con.execute(_JUDGED_THEN)
    told = [
        reverted.extract_folder(one) / "rejections.parquet"
        for one in read_manifest(reverted).sources
    ]
    told.append(reverted.put_back / "archive_records.parquet")
    read_parquet(con, "judged_then", [path for path in told if path.is_file()])
    run_each(con, _WITHDRAWN, {"reverted": reverted.id})


def unlearn(con: duckdb.DuckDBPyConnection, reverted: str) -> None:
    """Forget the addresses of what goes, before its rows are deleted."""
    run_each(con, _UNLEARN, {"reverted": reverted})


def drop_empty_stories(con: duckdb.DuckDBPyConnection) -> None:
    """Delete the stories of which nothing is left."""
    con.execute(_EMPTY_STORIES)
