"""Outcomes: the row each article shall have, what became of each ledger line, the new texts."""

import duckdb

from transforms.fingerprint import fingerprint
from warehouse.commit import run_each
from warehouse.stretches import find_stretches

_MACROS = """
CREATE OR REPLACE TEMP MACRO
dated_at(published_at, published_on, modified_at, modified_on, seen, zone) AS
    coalesce(published_at, timezone(coalesce(zone, 'UTC'), published_on::TIMESTAMP), modified_at,
             timezone(coalesce(zone, 'UTC'), modified_on::TIMESTAMP), seen);
CREATE OR REPLACE TEMP MACRO dated_on(published_on, modified_on, seen, zone) AS
    coalesce(published_on, modified_on, timezone(coalesce(zone, 'UTC'), seen)::DATE);
CREATE OR REPLACE TEMP MACRO date_basis(published_on, modified_on) AS
    CASE WHEN published_on IS NOT NULL THEN 'published' WHEN modified_on IS NOT NULL
         THEN 'modified' ELSE 'first_seen' END;
CREATE OR REPLACE TEMP TABLE zones AS
SELECT source_id, timezone FROM staged_sources WHERE name IS NOT NULL
UNION ALL SELECT source_id, timezone FROM sources
WHERE source_id NOT IN (SELECT source_id FROM staged_sources WHERE name IS NOT NULL);
CREATE OR REPLACE TEMP TABLE rezoned AS
SELECT source_id FROM (
    SELECT source_id, timezone FROM staged_sources WHERE status <> 'held' AND name IS NOT NULL
    UNION ALL SELECT source_id, timezone FROM staged_retired) n
JOIN sources s USING (source_id) WHERE n.timezone IS DISTINCT FROM s.timezone
"""
_DONORS = "SELECT donor_id FROM heads WHERE number IS NULL"
_NEXT = """
CREATE OR REPLACE TEMP TABLE next_articles AS
SELECT h.article_id, coalesce(a.source_id, t.source_id) AS source_id, d.url, t.title, t.title_from,
       t.body, t.body_from, t.authors, t.authors_from, t.byline,
       t.credited_source, t.credited_from, t.credited_words, t.section, t.section_from, t.tags,
       t.tags_from, t.image_url, t.image_from, t.site_name, t.site_name_from, t.language,
       t.other_language, t.published_at, t.published_on,
       t.published_precision, t.published_from, t.modified_at, t.modified_on,
       t.modified_precision, t.modified_from,
       dated_at(t.published_at, t.published_on, t.modified_at, t.modified_on, h.first_seen_at,
                z.timezone) AS dated_at,
       dated_on(t.published_on, t.modified_on, h.first_seen_at, z.timezone) AS dated_on,
       date_basis(t.published_on, t.modified_on) AS date_basis,
       h.first_seen_at, h.fetched_at, t.word_count, t.is_paywalled, t.is_truncated, a.story_id,
       h.version_count, h.seen_from, h.seen_to, t.content_hash, t.text_hash, t.extractor_version,
       t.record_id AS archive_record_id, t.page_sha256, coalesce(a.found_by, $found_by) AS found_by,
       a.gone_at, $batch_id AS batch_id
FROM heads h JOIN decided_captures d USING (number) JOIN staged_captures c USING (number)
JOIN staged_articles t ON t.source_id = c.source_id AND t.url_key = c.url_key
                      AND t.record_id IS NOT DISTINCT FROM c.record_id
LEFT JOIN stored_articles a ON a.article_id = h.article_id
LEFT JOIN zones z ON z.source_id = coalesce(a.source_id, t.source_id)
UNION ALL BY NAME
SELECT o.* REPLACE (h.article_id AS article_id, a.source_id AS source_id, a.story_id AS story_id,
       dated_at(o.published_at, o.published_on, o.modified_at, o.modified_on, h.first_seen_at,
                z.timezone) AS dated_at,
       dated_on(o.published_on, o.modified_on, h.first_seen_at, z.timezone) AS dated_on,
       h.first_seen_at AS first_seen_at, h.fetched_at AS fetched_at, a.found_by AS found_by,
       h.version_count AS version_count, h.seen_from AS seen_from, h.seen_to AS seen_to,
       $batch_id AS batch_id)
FROM heads h JOIN (FROM articles WHERE {donors}) o ON o.article_id = h.donor_id
JOIN stored_articles a ON a.article_id = h.article_id LEFT JOIN zones z ON z.source_id = a.source_id
WHERE h.number IS NULL
"""
# A condition on one side alone (AND f.reason = 'twin') would compare each line with each address.
_LINES = """
CREATE OR REPLACE TEMP TABLE lines AS
WITH captured AS (
    SELECT c.source_id, c.url_key, c.record_id, c.body_from, c.number, d.article_id
    FROM staged_captures c JOIN decided_captures d USING (number)
)
SELECT f.*, coalesce(p.article_id, k.article_id, m.article_id, u.article_id, t.article_id)
           AS article_id,
       coalesce(h.number = k.number, false) AS is_kept_from_feed,
       CASE WHEN f.disposition IN ('failed', 'skipped') THEN f.disposition
            WHEN j.url_key IS NOT NULL THEN 'rejected'
            WHEN o.begins AND r.is_pure_new AND o.version_number = 1 AND n.is_new THEN 'new'
            WHEN o.begins AND r.is_pure_new THEN 'updated'
            ELSE 'unchanged' END AS outcome,
       CASE WHEN f.disposition IN ('failed', 'skipped') THEN f.reason ELSE j.reason END AS why,
       coalesce(f.detail, j.detail) AS said
FROM staged_fetches f
LEFT JOIN staged_rejections j ON j.source_id = f.source_id AND j.url_key = f.url_key
LEFT JOIN captured p ON p.source_id = f.source_id AND p.url_key = f.url_key
                    AND p.record_id = f.archive_record_id
LEFT JOIN captured k ON k.source_id = f.source_id AND k.url_key = f.url_key
                    AND k.record_id IS NULL
LEFT JOIN heads h ON h.article_id = k.article_id
LEFT JOIN ordered_captures o ON o.number = p.number
LEFT JOIN runs r ON r.article_id = o.article_id AND r.version_number = o.version_number
LEFT JOIN heads n ON n.article_id = o.article_id
LEFT JOIN known_urls u ON u.url_key = f.url_key
LEFT JOIN decided_article_merges m ON m.old_article_id = u.article_id
LEFT JOIN decided_urls t ON t.url_key = CASE WHEN f.reason = 'twin' THEN f.url_key END
"""
_NEW_TEXTS = """
CREATE OR REPLACE TEMP TABLE new_texts AS
WITH texts AS (
    SELECT h.article_id, t.shingle_count, t.minhash
    FROM heads h JOIN staged_captures c USING (number)
    JOIN staged_articles t ON t.source_id = c.source_id AND t.url_key = c.url_key
                          AND t.record_id IS NOT DISTINCT FROM c.record_id
    UNION ALL
    SELECT h.article_id, coalesce(s.shingle_count, 0), coalesce(s.minhash, ''::BLOB)
    FROM heads h LEFT JOIN (FROM signatures WHERE {donors}) s ON s.article_id = h.donor_id
    WHERE h.number IS NULL AND h.donor_id IS NOT NULL
)
SELECT n.article_id, n.source_id, n.language, n.title, n.body, n.text_hash, t.shingle_count,
       t.minhash, n.dated_at, n.first_seen_at
FROM next_articles n JOIN texts t USING (article_id) LEFT JOIN stored_articles a USING (article_id)
WHERE a.text_hash IS DISTINCT FROM n.text_hash;
CREATE OR REPLACE TEMP TABLE returned_texts (
    article_id BIGINT, title VARCHAR, body VARCHAR, authors VARCHAR[], published_at TIMESTAMPTZ,
    modified_at TIMESTAMPTZ, word_count INTEGER, content_hash BIGINT, extractor_version VARCHAR,
    archive_record_id VARCHAR, page_sha256 VARCHAR, text_hash BIGINT, shingle_count INTEGER,
    minhash BLOB)
"""
_RETURNED = """
SELECT article_id, title, body FROM next_versions WHERE is_newest
"""
_ADD_RETURNED = """
INSERT INTO returned_texts BY NAME
SELECT article_id, title, body, authors, published_at, modified_at, word_count, content_hash,
       extractor_version, archive_record_id, page_sha256, $text_hash AS text_hash,
       $shingle_count AS shingle_count, $minhash AS minhash
FROM next_versions WHERE is_newest AND article_id = $article_id
"""
_NEW_RETURNED = """
INSERT INTO new_texts BY NAME
SELECT r.article_id, a.source_id, a.language, r.title, r.body, r.text_hash, r.shingle_count,
       r.minhash, a.dated_at, h.first_seen_at
FROM returned_texts r JOIN articles a USING (article_id) JOIN heads h USING (article_id)
"""
# They keep their texts, but a story is of who was first, and of what followed within three days.
_AGED = """
CREATE OR REPLACE TEMP TABLE aged_articles AS
WITH told AS (
    SELECT a.article_id, h.first_seen_at,
           CASE WHEN n.article_id IS NOT NULL THEN n.dated_at
                WHEN a.date_basis = 'first_seen' THEN h.first_seen_at ELSE a.dated_at END
           AS dated_at
    FROM heads h JOIN stored_articles a USING (article_id)
    LEFT JOIN next_articles n USING (article_id)
    WHERE a.article_id NOT IN (SELECT article_id FROM new_texts)
)
SELECT told.* FROM told JOIN stored_articles a USING (article_id)
WHERE (a.first_seen_at, a.dated_at) IS DISTINCT FROM (told.first_seen_at, told.dated_at)
"""


def decide_outcomes(con: duckdb.DuckDBPyConnection, batch_id: str, found_by: str) -> None:
    """Make the temporary tables next_articles, lines, new_texts, returned_texts and aged_articles.

    And rezoned: outlets whose clock the batch sets to another zone.

    A day without an instant is dated at the start of that day on the outlet's own clock.
    """
    con.execute(_MACROS)
    next_ = _NEXT.format(donors=find_stretches(con, "articles", _DONORS))
    con.execute(next_, {"batch_id": batch_id, "found_by": found_by})
    con.execute(_LINES)
    run_each(con, _NEW_TEXTS.format(donors=find_stretches(con, "signatures", _DONORS)), {})
    _add_returned_texts(con)
    con.execute(_AGED)


def _add_returned_texts(con: duckdb.DuckDBPyConnection) -> None:
    """A→B→A where the last A was not sent again (304): its text comes from the versions."""
    for article_id, title, body in con.execute(_RETURNED).fetchall():
        print_ = fingerprint(title, body)
        con.execute(
            _ADD_RETURNED,
            {
                "article_id": article_id,
                "text_hash": print_.text_hash,
                "shingle_count": print_.shingle_count,
                "minhash": print_.minhash,
            },
        )
    con.execute(_NEW_RETURNED)
