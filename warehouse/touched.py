"""What a load has touched: the rows of each table that its checks look at.

Whatever a statement of the load may write is listed here, from the decisions that it writes by and,
once it is written, from the rows that bear the batch's name. Every other row is as it was, which
growth.py proves by count.
"""
# ruff: noqa: S608 (only names written in this file go into its statements)

import duckdb

from warehouse.commit import run_each
from warehouse.stretches import find_stretches

MOST_STRETCHES = 100
"""To look up more of them costs more than to read a column of names or signatures as a whole."""

# Merged ids are among them: nothing may lead to these any more.
_DECIDED_IDS = """
SELECT article_id FROM affected
UNION SELECT article_id FROM heads
UNION SELECT article_id FROM next_articles
UNION SELECT article_id FROM decided_captures
UNION SELECT article_id FROM decided_urls
UNION SELECT article_id FROM decided_doubts
UNION SELECT old_article_id FROM decided_article_merges
UNION SELECT article_id FROM decided_article_merges
UNION SELECT article_id FROM stale_versions
UNION SELECT article_id FROM next_versions
UNION SELECT article_id FROM ordered_captures
UNION SELECT old_article_id FROM ordered_captures
UNION SELECT article_id FROM lines
UNION SELECT article_id FROM new_texts
UNION SELECT article_id FROM aged_articles
UNION SELECT article_id FROM decided_signatures
UNION SELECT article_id FROM decided_story_articles
"""
# The stories that articles leave are known before it is written, those that they join after.
_BEFORE = f"""
CREATE OR REPLACE TEMP TABLE touched_ids AS
SELECT article_id FROM ({_DECIDED_IDS}) WHERE article_id IS NOT NULL;
CREATE OR REPLACE TEMP TABLE touched_story_ids AS
SELECT story_id FROM story_articles WHERE article_id IN (FROM touched_ids)
UNION SELECT story_id FROM decided_story_articles
UNION SELECT story_id FROM decided_story_merges
UNION SELECT merged_into FROM decided_story_merges
"""
_AFTER = """
INSERT INTO touched_ids
SELECT article_id FROM (
    SELECT article_id FROM articles WHERE batch_id = $batch
    UNION SELECT article_id FROM article_urls WHERE batch_id = $batch
    UNION SELECT article_id FROM archive_records WHERE batch_id = $batch
    UNION SELECT article_id FROM article_versions WHERE batch_id = $batch
    UNION SELECT article_id FROM article_merges WHERE batch_id = $batch
    UNION SELECT article_id FROM article_doubts WHERE batch_id = $batch
    UNION SELECT article_id FROM story_articles WHERE batch_id = $batch
    UNION SELECT article_id FROM fetches WHERE batch_id = $batch)
WHERE article_id IS NOT NULL AND article_id NOT IN (FROM touched_ids);
INSERT INTO touched_story_ids
SELECT story_id FROM (
    SELECT story_id FROM story_articles WHERE article_id IN (FROM touched_ids)
    UNION SELECT story_id FROM stories WHERE batch_id = $batch
    UNION SELECT story_id FROM touched_stories)
WHERE story_id IS NOT NULL AND story_id NOT IN (FROM touched_story_ids);
INSERT INTO touched_ids
SELECT article_id FROM story_articles
WHERE story_id IN (FROM touched_story_ids) AND article_id NOT IN (FROM touched_ids)
"""
_OF_ARTICLE = "article_id IN (FROM touched_ids)"
# A row that is wrongly there twice may be an old one's second: so addresses and records are looked
# up by their own keys, too, and pairs by both ends.
TOUCHED: dict[str, str] = {
    "articles": f"""
        SELECT article_id, source_id, language, found_by, body_from, archive_record_id, dated_on,
               date_basis, published_at, published_on, published_precision, modified_at,
               modified_on, modified_precision, first_seen_at, version_count, content_hash, story_id
        FROM articles WHERE {_OF_ARTICLE}""",
    "article_urls": f"""
        SELECT url_key, article_id FROM article_urls WHERE ({{stretches}}) AND {_OF_ARTICLE}
        UNION ALL SELECT url_key, article_id FROM article_urls
        WHERE url_key IN (SELECT url_key FROM decided_urls) AND NOT {_OF_ARTICLE}""",
    "archive_records": f"""
        SELECT archive_record_id, article_id FROM archive_records
        WHERE ({{stretches}}) AND {_OF_ARTICLE}
        UNION ALL SELECT archive_record_id, article_id FROM archive_records
        WHERE archive_record_id IN (SELECT archive_record_id FROM lines)
          AND (article_id IS NULL OR NOT {_OF_ARTICLE})""",
    "article_versions": f"""
        SELECT article_id, version_number FROM article_versions WHERE {_OF_ARTICLE}""",
    "article_merges": f"""
        SELECT old_article_id, article_id FROM article_merges
        WHERE {_OF_ARTICLE} OR old_article_id IN (FROM touched_ids)""",
    "article_doubts": f"SELECT article_id FROM article_doubts WHERE {_OF_ARTICLE}",
    "search_texts": f"""
        SELECT article_id, dated_on, content_hash FROM search_texts WHERE {_OF_ARTICLE}""",
    "story_articles": f"FROM story_articles WHERE {_OF_ARTICLE}",
    "stories": """
        FROM stories WHERE story_id IN (FROM touched_story_ids)
        UNION ALL FROM stories WHERE merged_into IN (FROM touched_story_ids)
          AND story_id NOT IN (FROM touched_story_ids)""",
    "signatures": f"""
        SELECT article_id, algorithm_version, minhash FROM signatures
        WHERE ({{stretches}}) AND {_OF_ARTICLE}""",
    "article_matches": """
        WITH pairs AS (SELECT article_id, other_id, similarity, containment, batch_id
                       FROM article_matches),
        ends AS (FROM touched_ids UNION SELECT article_id FROM decided_matches
                 UNION SELECT article_id FROM article_matches WHERE batch_id = $batch)
        FROM pairs WHERE article_id IN (FROM ends)
        UNION ALL FROM pairs WHERE other_id IN (FROM touched_ids)
          AND article_id NOT IN (FROM ends)""",
    "article_series": f"""
        FROM article_series
        WHERE {_OF_ARTICLE} OR like_article_id IN (FROM touched_ids) OR batch_id = $batch""",
    "fetches": """
        SELECT batch_id, source_id, url_key, article_id, outcome, is_listed, is_kept_from_feed
        FROM fetches WHERE batch_id = $batch""",
    "rejections": "SELECT batch_id, source_id, url_key FROM rejections WHERE batch_id = $batch",
    "batch_sources": "FROM batch_sources WHERE batch_id = $batch",
}  # fmt: skip
"""The touched rows of each table, with what promises ask of them; tables not here are small."""


def note_touched(con: duckdb.DuckDBPyConnection) -> None:
    """Note which articles and stories a load is about to touch, before it writes."""
    run_each(con, _BEFORE, {})


def gather_touched(con: duckdb.DuckDBPyConnection, batch_id: str) -> dict[str, str]:
    """Lay out the rows that the load touched, once written; name the temp table of each table."""
    run_each(con, _AFTER, {"batch": batch_id})
    for table, rows in TOUCHED.items():
        values = {"batch": batch_id} if "$batch" in rows else {}
        where = _near(con, table) if "{stretches}" in rows else "true"
        touched = rows.format(stretches=where)
        con.execute(f"CREATE OR REPLACE TEMP TABLE checked_{table} AS {touched}", values)
    return {table: f"checked_{table}" for table in TOUCHED}


def _near(con: duckdb.DuckDBPyConnection, table: str) -> str:
    """Write where the touched rows of a table lie, or else that all are read."""
    stretches = find_stretches(con, table, "FROM touched_ids")
    return stretches if stretches.count(" or ") < MOST_STRETCHES else "true"
