"""Commit: what was decided becomes rows, inside the load's one transaction."""

import os
from collections.abc import Mapping
from datetime import datetime

import duckdb

from crawlers.batch import Batch
from crawlers.unfinished import part_of

_SOURCES = """
MERGE INTO sources s USING (
    SELECT source_id, name, home, languages, regions, timezone, is_verified, is_implicit,
           definition, $batch_id AS batch_id FROM staged_sources
    WHERE status <> 'held' AND name IS NOT NULL) n ON s.source_id = n.source_id
WHEN MATCHED THEN UPDATE BY NAME
WHEN NOT MATCHED THEN INSERT BY NAME
"""
# Nothing is asked of them; that they are retired, and why, is all that a batch has to say of them.
_RETIRED = """
MERGE INTO sources s USING (
    SELECT *, $batch_id AS batch_id FROM staged_retired
    WHERE source_id NOT IN (SELECT source_id FROM staged_sources)) n ON s.source_id = n.source_id
WHEN MATCHED AND s.definition::VARCHAR <> n.definition::VARCHAR THEN UPDATE BY NAME
WHEN NOT MATCHED THEN INSERT BY NAME
"""
_ARTICLES = """
MERGE INTO articles a USING (FROM next_articles ORDER BY dated_at, article_id) n
    ON a.article_id = n.article_id
WHEN MATCHED THEN UPDATE BY NAME
WHEN NOT MATCHED THEN INSERT BY NAME;
UPDATE articles SET fetched_at = h.fetched_at, first_seen_at = h.first_seen_at,
       seen_from = h.seen_from, seen_to = h.seen_to, version_count = h.version_count,
       batch_id = $batch_id,
       dated_at = CASE WHEN date_basis = 'first_seen' THEN h.first_seen_at
                       ELSE articles.dated_at END,
       dated_on = dated_on(published_on, modified_on, h.first_seen_at, z.timezone)
FROM heads h, zones z
WHERE h.article_id = articles.article_id AND h.number IS NULL AND h.donor_id IS NULL
  AND z.source_id = articles.source_id;
UPDATE articles SET title = r.title, body = r.body, authors = r.authors,
       published_at = r.published_at, modified_at = r.modified_at, word_count = r.word_count,
       content_hash = r.content_hash, text_hash = r.text_hash,
       extractor_version = r.extractor_version, body_from = 'page',
       archive_record_id = r.archive_record_id, page_sha256 = r.page_sha256
FROM returned_texts r WHERE r.article_id = articles.article_id
"""
_VERSIONS = """
DELETE FROM article_versions USING stale_versions s
WHERE article_versions.article_id = s.article_id
  AND article_versions.version_number = s.version_number;
INSERT INTO article_versions BY NAME
SELECT * EXCLUDE (is_newest, is_lost), $batch_id AS batch_id FROM next_versions
WHERE NOT is_newest ORDER BY article_id, version_number
"""
_URLS = """
INSERT INTO article_urls BY NAME
SELECT * REPLACE (coalesce(first_seen_at, $started_at) AS first_seen_at), $batch_id AS batch_id
FROM decided_urls ORDER BY url_key
"""
_DOUBTS = """
INSERT INTO article_doubts BY NAME
SELECT n.*, $batch_id AS batch_id FROM decided_doubts n
ANTI JOIN article_doubts d USING (article_id, canonical_url, reason)
ORDER BY ALL
"""
_MERGES = """
DELETE FROM articles WHERE article_id IN (SELECT old_article_id FROM decided_article_merges);
UPDATE article_urls SET article_id = m.article_id FROM decided_article_merges m
WHERE article_urls.article_id = m.old_article_id;
UPDATE archive_records SET article_id = m.article_id FROM decided_article_merges m
WHERE archive_records.article_id = m.old_article_id;
UPDATE article_doubts SET article_id = m.article_id FROM decided_article_merges m
WHERE article_doubts.article_id = m.old_article_id;
UPDATE fetches SET article_id = m.article_id FROM decided_article_merges m
WHERE fetches.article_id = m.old_article_id;
UPDATE article_merges SET article_id = m.article_id FROM decided_article_merges m
WHERE article_merges.article_id = m.old_article_id;
INSERT INTO article_merges BY NAME
SELECT *, $batch_id AS batch_id FROM decided_article_merges WHERE article_id IS NOT NULL
"""
# Most pages were had where they were asked, so that final_url would say url over again.
_RECORDS = """
UPDATE archive_records SET content_hash = o.content_hash, version_number = o.version_number,
       extractor_version = o.extractor_version
FROM ordered_captures o WHERE o.archive_record_id = archive_records.archive_record_id
  AND o.number IS NULL
  AND (archive_records.content_hash, archive_records.version_number,
       archive_records.extractor_version)
      IS DISTINCT FROM (o.content_hash, o.version_number, o.extractor_version);
INSERT INTO archive_records BY NAME
SELECT l.archive_record_id, l.source_id, $batch_id AS batch_id, l.url_key, l.url,
       nullif(l.final_url, l.url) AS final_url, l.fetched_at, l.status, l.kind, l.page_sha256,
       l.file, l.offset_bytes, l.length_bytes,
       CASE WHEN l.outcome IN ('new', 'updated', 'unchanged') THEN l.article_id END AS article_id,
       o.content_hash, coalesce(o.extractor_version, j.extractor_version) AS extractor_version,
       o.version_number, o.is_twin
FROM lines l LEFT JOIN ordered_captures o ON o.archive_record_id = l.archive_record_id
LEFT JOIN staged_rejections j ON j.source_id = l.source_id AND j.url_key = l.url_key
WHERE l.archive_record_id IS NOT NULL ORDER BY l.source_id, l.file, l.offset_bytes
"""
_FETCHES = """
INSERT INTO fetches BY NAME
SELECT $batch_id AS batch_id, source_id, url_key, url, entrance, is_listed, outcome,
       why AS reason, said AS detail, status, nullif(final_url, url) AS final_url, fetched_at,
       page_sha256, body_bytes, etag, last_modified, archive_record_id, article_id,
       is_kept_from_feed, item
FROM lines ORDER BY source_id, url_key;
UPDATE fetches SET article_id = u.article_id FROM article_urls u
WHERE fetches.reason = 'twin' AND fetches.article_id IS NULL AND u.url_key = fetches.url_key;
INSERT INTO rejections BY NAME
SELECT $batch_id AS batch_id, * EXCLUDE (record_id) REPLACE (nullif(final_url, url) AS final_url),
       record_id AS archive_record_id
FROM staged_rejections ORDER BY source_id, url_key;
INSERT INTO polls BY NAME
SELECT $batch_id AS batch_id, * EXCLUDE (etag, last_modified, item_hashes, weight)
FROM staged_polls ORDER BY source_id, entrance, polled_at
"""
# A backfill may read the same document, but its look says nothing of how the entrance is polled.
# An entrance that does not answer keeps what its last answer said, and one that lists nothing what
# it listed. Its next look is counted from the batch's beginning, as those of a schedule are. A look
# for which nothing was asked (it weighs nothing) leaves an entrance as due as it was.
_ENTRANCES = """
MERGE INTO entrances e USING (
    SELECT p.source_id, p.entrance, p.kind, p.polled_at,
           CASE WHEN p.reason IS NULL THEN p.polled_at ELSE k.answered_at END AS answered_at,
           greatest(p.newest_at, k.newest_at) AS newest_at,
           CASE WHEN p.reason IS NULL THEN p.etag ELSE k.etag END AS etag,
           CASE WHEN p.reason IS NULL THEN p.last_modified ELSE k.last_modified END
               AS last_modified,
           CASE WHEN p.reason IS NULL THEN 0
                ELSE coalesce(k.failure_weight, 0) + p.weight END AS failure_weight,
           CASE WHEN p.reason IS NULL AND len(p.item_hashes) > 0 THEN p.item_hashes
                ELSE coalesce(k.item_hashes, []) END AS item_hashes,
           $batch_id AS batch_id, p.next_interval_minutes AS interval_minutes,
           $started_at::TIMESTAMPTZ + to_seconds(60 * p.next_interval_minutes) AS next_at,
           p.is_stale, p.part_of,
           CASE WHEN p.reason IS NULL THEN p.is_cut_short ELSE k.is_cut_short END AS is_cut_short
    FROM (FROM staged_polls WHERE reason IS NULL OR weight > 0 QUALIFY row_number() OVER (
              PARTITION BY source_id, entrance ORDER BY polled_at DESC) = 1) p
    LEFT JOIN entrances k USING (source_id, entrance)
    WHERE (k.polled_at IS NULL OR k.polled_at < p.polled_at)
      AND (SELECT found_by FROM batches WHERE batch_id = $batch_id) <> 'backfill') n
ON e.source_id = n.source_id AND e.entrance = n.entrance
WHEN MATCHED THEN UPDATE BY NAME
WHEN NOT MATCHED THEN INSERT BY NAME
"""
# A batch that is loaded late knows less of a line than one that learnt it after.
_SITE_LINES = """
MERGE INTO site_lines s USING (
    SELECT source_id, line, place, pages, $started_at::TIMESTAMPTZ AS learnt_at,
           $batch_id AS batch_id FROM staged_site_lines ORDER BY source_id, line, place) n
ON s.source_id = n.source_id AND s.line = n.line AND s.place = n.place
WHEN MATCHED AND s.learnt_at < n.learnt_at THEN UPDATE BY NAME
WHEN NOT MATCHED THEN INSERT BY NAME
"""
# Removed pages answer with 404 or 410, lead to the home page, or say of themselves that they are
# not there; a host that is down or blocks us says nothing of its pages. (An OR instead of coalesce
# would compare each article of the batch with each page that was ever missing.)
_GONE = """
UPDATE articles SET gone_at = g.gone_at FROM (
    WITH asked AS (
        SELECT article_id FROM affected UNION SELECT article_id FROM lines
        WHERE (outcome, why) IN (('failed', 'gone'), ('rejected', 'soft_404'))
          AND article_id IS NOT NULL)
    SELECT article_id, any_value(asked_at) FILTER (look = 2) AS gone_at FROM (
        SELECT t.article_id, f.asked_at,
               row_number() OVER (PARTITION BY t.article_id ORDER BY f.asked_at) AS look
        FROM asked t JOIN articles a USING (article_id)
        LEFT JOIN (SELECT f.article_id, f.batch_id,
                          min(coalesce(f.fetched_at, b.started_at)) AS asked_at
                   FROM fetches f JOIN batches b USING (batch_id)
                   WHERE f.reason IN ('gone', 'soft_404') AND f.article_id IN (FROM asked)
                     AND (f.outcome, f.reason) IN (('failed', 'gone'), ('rejected', 'soft_404'))
                   GROUP BY ALL) f
            ON f.article_id = t.article_id
           AND f.asked_at > coalesce(a.fetched_at, '-infinity'::TIMESTAMPTZ))
    GROUP BY article_id) g
WHERE g.article_id = articles.article_id AND articles.gone_at IS DISTINCT FROM g.gone_at
"""
_SUMS = """
INSERT INTO batch_sources BY NAME
SELECT $batch_id AS batch_id, s.source_id, s.status, s.reason, $why AS accepted_why,
       s.listed, s.known_not_due, count(*) FILTER (l.disposition = 'fetched') AS fetched,
       count(*) FILTER (l.outcome = 'new') AS new,
       count(*) FILTER (l.outcome = 'updated') AS updated,
       count(*) FILTER (l.outcome = 'unchanged') AS unchanged,
       count(*) FILTER (l.outcome = 'rejected') AS rejected,
       count(*) FILTER (l.outcome = 'failed') AS failed,
       count(*) FILTER (l.outcome = 'skipped') AS skipped,
       count(*) FILTER (l.is_kept_from_feed) AS kept_from_feed, s.archived, s.input_digest,
       CASE WHEN $why IS NOT NULL THEN (SELECT max(state_number) + 1 FROM state) END
           AS accepted_state
FROM staged_sources s LEFT JOIN lines l USING (source_id)
GROUP BY ALL ORDER BY s.source_id
"""
REPLACED = ("articles", "article_versions", "archive_records")
"""What extracting again replaces, and keeps."""


def keep_replaced(con: duckdb.DuckDBPyConnection, batch: Batch, whose: str = "again") -> None:
    """Keep the rows that extracting again replaces in the batch's folder, to revert them.

    Those of the articles in temp table `whose`, each file whole before the load begins to write.
    """
    if con.execute(f"SELECT 1 FROM {whose} LIMIT 1").fetchall():  # noqa: S608 (our own name)
        rows = f"SEMI JOIN {whose} USING (article_id)"
        keep_rows(con, batch, dict.fromkeys(REPLACED, rows))


def keep_rows(con: duckdb.DuckDBPyConnection, batch: Batch, chosen: Mapping[str, str]) -> None:
    """Keep rows of tables, by the end of a query that chooses them."""
    batch.replaced.mkdir(parents=True, exist_ok=True)
    for table, which in chosen.items():
        rows = f"FROM {table} {which} ORDER BY ALL"
        with part_of(batch.replaced / f"{table}.parquet") as (part, held):
            con.execute(f"COPY ({rows}) TO ? (FORMAT parquet, USE_TMP_FILE false)", [str(part)])
            os.fsync(held)
            part.replace(batch.replaced / f"{table}.parquet")


def write_rows(
    con: duckdb.DuckDBPyConnection, batch_id: str, started_at: datetime, why: str | None
) -> None:
    """Write all but stories and the batch's own row."""
    values = {"batch_id": batch_id, "started_at": started_at, "why": why}
    for sql in (
        _SOURCES, _RETIRED, _MERGES, _ARTICLES, _VERSIONS, _URLS, _DOUBTS, _RECORDS, _FETCHES,
        _ENTRANCES, _SITE_LINES, _GONE, _SUMS,
    ):  # fmt: skip
        run_each(con, sql, values)


def run_each(con: duckdb.DuckDBPyConnection, sql: str, values: dict[str, object]) -> None:
    """Run statements one by one, each with just the values it names."""
    for statement in sql.split(";\n"):
        used = {name: value for name, value in values.items() if f"${name}" in statement}
        con.execute(statement, used)
