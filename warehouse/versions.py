"""Versions: the runs of captures that show one text, worked out anew for each touched article.

A capture under a twin address (an AMP or print page, which names another address as its own) stands
aside where the article has captures of its own address: what the outlet serves there is the
article, and a twin that says it a little differently must not look like a change. It lies in the
version that was shown then.
"""

from datetime import datetime

import duckdb

from warehouse.stretches import find_stretches

_AFFECTED = """
CREATE OR REPLACE TEMP TABLE withdrawn_urls (url_key VARCHAR);
CREATE OR REPLACE TEMP TABLE affected AS
SELECT article_id FROM decided_captures WHERE article_id IS NOT NULL
UNION SELECT article_id FROM decided_article_merges;
CREATE OR REPLACE TEMP TABLE again AS
SELECT r.article_id, r.version_number, coalesce(r.is_twin, false) AS is_twin, a.content_hash,
       a.extractor_version
FROM staged_articles a JOIN known_records r ON r.archive_record_id = a.record_id
WHERE r.article_id IS NOT NULL AND a.record_id NOT IN (SELECT record_id FROM beginnings)
QUALIFY row_number() OVER (PARTITION BY r.article_id, r.version_number, coalesce(r.is_twin, false)
                           ORDER BY r.fetched_at DESC NULLS LAST, a.record_id DESC) = 1
"""
_TOUCHED = "FROM affected UNION SELECT old_article_id FROM decided_article_merges"
_STORED = """
CREATE OR REPLACE TEMP TABLE stored_articles AS
SELECT article_id, source_id, first_seen_at, dated_at, date_basis, content_hash, text_hash,
       archive_record_id, story_id, found_by, gone_at
FROM articles WHERE ({stretches}) AND article_id IN ({ids})
"""
_CAPTURES = """
CREATE OR REPLACE TEMP TABLE all_captures AS
WITH known AS (
    SELECT r.archive_record_id, coalesce(m.article_id, r.article_id) AS article_id,
           r.fetched_at, coalesce(r.fetched_at, b.started_at) AS asked_at, r.kind <> 'revisit'
           AS has_text, r.page_sha256, coalesce(g.content_hash, r.content_hash) AS content_hash,
           coalesce(g.extractor_version, r.extractor_version) AS extractor_version,
           r.article_id AS old_article_id, r.version_number AS old_version, r.url_key,
           coalesce(r.is_twin, false) AS is_twin, NULL AS number
    FROM (FROM archive_records WHERE {stretches}) r JOIN batches b USING (batch_id)
    LEFT JOIN decided_article_merges m ON m.old_article_id = r.article_id
    LEFT JOIN again g ON g.article_id = r.article_id AND g.version_number = r.version_number
                     AND g.is_twin = coalesce(r.is_twin, false)
    WHERE r.content_hash IS NOT NULL
      AND coalesce(m.article_id, r.article_id) IN (SELECT article_id FROM affected)
), rejected_then AS (
    SELECT r.archive_record_id, d.article_id, r.fetched_at,
           coalesce(r.fetched_at, b.started_at) AS asked_at, r.kind <> 'revisit' AS has_text,
           r.page_sha256, a.content_hash, a.extractor_version, NULL AS old_article_id,
           NULL AS old_version, r.url_key, d.is_twin::BOOLEAN AS is_twin, NULL AS number
    FROM staged_captures c JOIN decided_captures d USING (number)
    JOIN staged_articles a ON a.source_id = c.source_id AND a.url_key = c.url_key
                          AND a.record_id = c.record_id
    JOIN known_records r ON r.archive_record_id = c.record_id JOIN batches b USING (batch_id)
    WHERE r.article_id IS NULL AND d.article_id IS NOT NULL
), fresh AS (
    SELECT c.record_id AS archive_record_id, d.article_id, f.fetched_at,
           coalesce(f.fetched_at, $started_at) AS asked_at,
           c.text_hash IS NOT NULL AND l.article_id IS NULL AND y.record_id IS NULL AS has_text,
           f.page_sha256, coalesce(l.held_hash, y.held_hash, a.content_hash) AS content_hash,
           coalesce(l.held_version, y.held_version, a.extractor_version) AS extractor_version,
           NULL AS old_article_id, NULL AS old_version, c.url_key,
           d.is_twin::BOOLEAN AS is_twin, c.number
    FROM staged_captures c JOIN decided_captures d USING (number)
    JOIN staged_fetches f ON f.source_id = c.source_id AND f.url_key = c.url_key
                         AND f.archive_record_id = c.record_id
    LEFT JOIN staged_articles a ON a.source_id = c.source_id AND a.url_key = c.url_key
                               AND a.record_id = c.record_id
    LEFT JOIN (SELECT article_id, content_hash, extractor_version, max(held_hash) AS held_hash,
                      arg_max(held_version, held_hash) AS held_version FROM late GROUP BY ALL) l
        ON l.article_id = d.article_id AND l.content_hash = a.content_hash
       AND l.extractor_version = a.extractor_version
    LEFT JOIN beginnings y ON y.record_id = c.record_id
    WHERE d.article_id IS NOT NULL
), told AS (
    FROM known UNION ALL FROM rejected_then
    UNION ALL FROM fresh WHERE content_hash IS NOT NULL),
shown AS (
    SELECT article_id, page_sha256,
           arg_max(content_hash, (asked_at, archive_record_id)) AS content_hash,
           arg_max(extractor_version, (asked_at, archive_record_id)) AS extractor_version
    FROM told GROUP BY ALL
)
FROM told
UNION ALL BY NAME
SELECT f.* REPLACE (s.content_hash AS content_hash, s.extractor_version AS extractor_version,
                    EXISTS (FROM told t WHERE t.article_id = f.article_id
                            AND t.url_key = f.url_key AND t.is_twin) AS is_twin)
FROM fresh f JOIN shown s USING (article_id, page_sha256) WHERE f.content_hash IS NULL
"""
# Under one extractor, another hash is another version. Across two, hashes say nothing: where the
# warehouse had drawn a boundary (or none) it stays, else only equal bytes or hashes join.
_ORDERED = """
CREATE OR REPLACE TEMP TABLE ordered_captures AS
WITH sided AS (
    SELECT *, is_twin AND NOT bool_and(is_twin) OVER (PARTITION BY article_id) AS is_aside,
           row_number() OVER (PARTITION BY article_id
                              ORDER BY fetched_at NULLS FIRST, archive_record_id) AS position
    FROM all_captures
), lagged AS (
    SELECT *, min(asked_at) OVER (w
               ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS seen_at,
           CASE WHEN is_aside THEN false
                WHEN row_number() OVER w = 1 THEN true
                WHEN extractor_version = lag(extractor_version) OVER w
                THEN content_hash <> lag(content_hash) OVER w
                WHEN old_article_id = lag(old_article_id) OVER w
                THEN old_version <> lag(old_version) OVER w
                ELSE content_hash <> lag(content_hash) OVER w
                 AND page_sha256 <> lag(page_sha256) OVER w END AS begins
    FROM sided
    WINDOW w AS (PARTITION BY article_id, is_aside ORDER BY position)
)
SELECT *, greatest(1, sum(begins::INTEGER) OVER (PARTITION BY article_id ORDER BY position))
          ::INTEGER AS version_number
FROM lagged;
CREATE OR REPLACE TEMP TABLE runs AS
SELECT article_id, version_number, min(seen_at) AS seen_from, max(seen_at) AS seen_to,
       arg_max(content_hash, position) AS content_hash,
       arg_max(extractor_version, position) AS extractor_version,
       coalesce(arg_min(archive_record_id, position) FILTER (has_text),
                arg_min(archive_record_id, position)) AS archive_record_id,
       coalesce(arg_min(page_sha256, position) FILTER (has_text),
                arg_min(page_sha256, position)) AS page_sha256,
       arg_max(archive_record_id, position) FILTER (has_text) AS text_record_id,
       bool_and(number IS NOT NULL) AS is_pure_new,
       version_number = max(version_number) OVER (PARTITION BY article_id) AS is_newest
FROM ordered_captures WHERE NOT is_aside GROUP BY article_id, version_number
"""
# Which row each article shall have: a staged text (number), the row of an article merged into it
# (donor_id), its own row with a superseded text come back (is_back), or its own row as it is.
# A walled page whose text came with the feed is a capture, too: it has a record. What the row was
# read of is the row's, read again, though a later capture showed but the beginning of the same.
_HEADS = """
CREATE OR REPLACE TEMP TABLE heads AS
WITH staged AS (
    SELECT d.article_id, c.number, c.record_id, a.content_hash
    FROM staged_captures c JOIN decided_captures d USING (number)
    JOIN staged_articles a ON a.source_id = c.source_id AND a.url_key = c.url_key
                          AND a.record_id IS NOT DISTINCT FROM c.record_id
    WHERE d.article_id IS NOT NULL
), first_seen AS (
    SELECT article_id, min(seen) AS first_seen_at FROM (
        SELECT article_id, asked_at AS seen FROM all_captures
        UNION ALL SELECT article_id, first_seen_at FROM stored_articles
        UNION ALL SELECT m.article_id, l.first_seen_at FROM decided_article_merges m
                  JOIN stored_articles l ON l.article_id = m.old_article_id
        UNION ALL SELECT article_id, $started_at FROM staged WHERE record_id IS NULL)
    WHERE article_id IN (FROM affected) GROUP BY article_id
), newest AS (
    SELECT article_id, arg_max(fetched_at, position) AS fetched_at, max(position) AS captures
    FROM ordered_captures GROUP BY article_id
), by_record AS (
    SELECT record_id, any_value(number) AS number, any_value(content_hash) AS content_hash
    FROM staged WHERE record_id IS NOT NULL GROUP BY record_id),
by_hash AS (SELECT article_id, content_hash, max(number) AS number FROM staged
            WHERE record_id IS NOT NULL GROUP BY ALL),
by_feed AS (SELECT article_id, max(number) AS number FROM staged
            WHERE record_id IS NULL GROUP BY article_id)
SELECT x.article_id, a.article_id IS NULL AS is_new, f.first_seen_at, n.fetched_at,
       coalesce(r.seen_from, f.first_seen_at) AS seen_from,
       coalesce(r.seen_to, $started_at) AS seen_to,
       coalesce(r.version_number, 1) AS version_count,
       CASE WHEN r.article_id IS NULL THEN p.number
            WHEN e.number IS NOT NULL THEN e.number
            WHEN l.article_id IS NULL AND o.content_hash = r.content_hash THEN o.number
            WHEN a.content_hash IS DISTINCT FROM r.content_hash THEN h.number END AS number,
       l.article_id AS donor_id,
       r.article_id IS NOT NULL AND a.content_hash IS DISTINCT FROM r.content_hash AS is_back,
       r.content_hash
FROM affected x JOIN first_seen f USING (article_id)
LEFT JOIN stored_articles a USING (article_id)
LEFT JOIN runs r ON r.article_id = x.article_id AND r.is_newest
LEFT JOIN newest n ON n.article_id = x.article_id
LEFT JOIN by_record e ON e.record_id = r.text_record_id
LEFT JOIN by_record o ON o.record_id = a.archive_record_id
LEFT JOIN by_hash h ON h.article_id = x.article_id AND h.content_hash = r.content_hash
LEFT JOIN by_feed p ON p.article_id = x.article_id
LEFT JOIN (SELECT m.article_id AS winner, o.article_id, o.archive_record_id
           FROM decided_article_merges m JOIN stored_articles o
               ON o.article_id = m.old_article_id) l
    ON l.winner = x.article_id AND l.archive_record_id = r.text_record_id
"""
_STALE = """
CREATE OR REPLACE TEMP TABLE stale_versions AS
SELECT v.article_id, v.version_number FROM article_versions v
LEFT JOIN decided_article_merges m ON m.old_article_id = v.article_id
WHERE coalesce(m.article_id, v.article_id) IN (FROM affected)
  AND NOT EXISTS (FROM runs r WHERE NOT r.is_newest AND r.article_id = v.article_id
    AND r.version_number = v.version_number AND r.seen_from = v.seen_from
    AND r.seen_to = v.seen_to AND r.content_hash = v.content_hash
    AND r.extractor_version = v.extractor_version
    AND r.archive_record_id = v.archive_record_id);
CREATE OR REPLACE TEMP TABLE changed_runs AS
SELECT r.* FROM runs r WHERE NOT r.is_newest AND NOT EXISTS (
    FROM article_versions v WHERE v.article_id = r.article_id
    AND v.version_number = r.version_number AND NOT EXISTS (
        FROM stale_versions s WHERE s.article_id = v.article_id
        AND s.version_number = v.version_number))
UNION ALL
SELECT r.* FROM runs r JOIN heads h USING (article_id)
WHERE r.is_newest AND h.is_back AND h.number IS NULL AND h.donor_id IS NULL
"""
_SHOWN_AGAIN = """
SELECT article_id FROM changed_runs UNION SELECT old_article_id FROM decided_article_merges
WHERE article_id IN (SELECT article_id FROM changed_runs)
"""
_TEXTS = """
CREATE OR REPLACE TEMP TABLE next_versions AS
WITH texts AS (
    SELECT 0 AS rank, d.article_id, a.record_id, a.content_hash, a.title, a.body, a.authors,
           a.published_at, a.modified_at, a.word_count
    FROM staged_captures c JOIN decided_captures d USING (number)
    JOIN staged_articles a ON a.source_id = c.source_id AND a.url_key = c.url_key
                          AND a.record_id = c.record_id
    UNION ALL
    SELECT 1, coalesce(m.article_id, a.article_id), a.archive_record_id, a.content_hash, a.title,
           a.body, a.authors, a.published_at, a.modified_at, a.word_count
    FROM (FROM articles WHERE {stretches}) a
    LEFT JOIN decided_article_merges m ON m.old_article_id = a.article_id
    WHERE coalesce(m.article_id, a.article_id) IN (SELECT article_id FROM changed_runs)
    UNION ALL
    SELECT 2, coalesce(m.article_id, v.article_id), v.archive_record_id, v.content_hash, v.title,
           v.body, v.authors, v.published_at, v.modified_at, v.word_count
    FROM article_versions v LEFT JOIN decided_article_merges m ON m.old_article_id = v.article_id
    WHERE coalesce(m.article_id, v.article_id) IN (SELECT article_id FROM changed_runs)
)
SELECT r.article_id, r.version_number, r.seen_from, r.seen_to, t.title, t.body, t.authors,
       t.published_at, t.modified_at, t.word_count, r.content_hash, r.extractor_version,
       r.archive_record_id, r.page_sha256, r.is_newest, t.article_id IS NULL AS is_lost
FROM changed_runs r LEFT JOIN texts t
    ON t.article_id = r.article_id AND t.content_hash = r.content_hash
LEFT JOIN ordered_captures c ON c.archive_record_id = t.record_id
QUALIFY row_number() OVER (PARTITION BY r.article_id, r.version_number ORDER BY
    (c.version_number IS NOT DISTINCT FROM r.version_number) DESC, t.rank,
    c.position DESC NULLS LAST, t.record_id) = 1
"""


def decide_versions(con: duckdb.DuckDBPyConnection, started_at: datetime) -> None:
    """Work out every version of the touched articles, from all their captures of all batches.

    Makes the temporary tables stored_articles (what the warehouse has of them), ordered_captures,
    runs, heads (the row each article shall have), stale_versions and next_versions. Writes nothing
    to the warehouse.
    """
    con.execute(_AFFECTED)
    con.execute(_STORED.format(stretches=find_stretches(con, "articles", _TOUCHED), ids=_TOUCHED))
    con.execute(
        _CAPTURES.format(stretches=find_stretches(con, "archive_records", _TOUCHED)),
        {"started_at": started_at},
    )
    con.execute(_ORDERED)
    con.execute(_HEADS, {"started_at": started_at})
    con.execute(_STALE)
    con.execute(_TEXTS.format(stretches=find_stretches(con, "articles", _SHOWN_AGAIN)))
