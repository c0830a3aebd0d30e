"""What must hold of articles, their addresses, versions and records, and of the ledger.

Each promise is one query of the rows that break it, over tables in braces: a load fills in the rows
that it touched (touched.py), the whole proof the tables themselves.
"""

UNIQUE: tuple[tuple[str, str], ...] = (
    ("articles", "article_id"),
    ("article_urls", "url_key"),
    ("article_merges", "old_article_id"),
    ("article_versions", "article_id, version_number"),
    ("archive_records", "archive_record_id"),
    ("search_texts", "article_id"),
    ("sources", "source_id"),
    ("batches", "batch_id"),
    ("batch_sources", "batch_id, source_id"),
    ("fetches", "batch_id, source_id, url_key"),
    ("story_articles", "article_id"),
    ("stories", "story_id"),
    ("signatures", "article_id"),
    ("entrances", "source_id, entrance"),
)
"""No two rows of the table with one key."""
PROMISES: dict[str, str] = {
    "an article whose day does not rest on what it says": """
        SELECT article_id FROM {articles} WHERE date_basis IS DISTINCT FROM
            CASE WHEN published_on IS NOT NULL THEN 'published'
                 WHEN modified_on IS NOT NULL THEN 'modified' ELSE 'first_seen' END""",
    "an article without its archive record": """
        SELECT a.article_id FROM {articles} a ANTI JOIN {archive_records} r
            ON r.archive_record_id = a.archive_record_id AND r.article_id = a.article_id
        WHERE a.body_from IN ('page', 'json-ld') OR a.archive_record_id IS NOT NULL""",
    "an archive record of no article": """
        SELECT r.archive_record_id FROM {archive_records} r ANTI JOIN {articles} a
            USING (article_id)
        WHERE r.article_id IS NOT NULL""",
    "an article without its outlet": """
        SELECT a.article_id FROM {articles} a ANTI JOIN {sources} s USING (source_id)""",
    "an article without an address": """
        SELECT a.article_id FROM {articles} a ANTI JOIN {article_urls} u USING (article_id)""",
    "an address of no article": """
        SELECT u.url_key FROM {article_urls} u ANTI JOIN {articles} a USING (article_id)""",
    "a merged id that is still an article": """
        SELECT m.old_article_id FROM {article_merges} m
        JOIN {articles} a ON a.article_id = m.old_article_id""",
    "a merged id that leads nowhere": """
        SELECT m.old_article_id FROM {article_merges} m ANTI JOIN {articles} a
            USING (article_id)""",
    "an article whose versions do not add up": """
        SELECT a.article_id FROM {articles} a LEFT JOIN (
            SELECT article_id, count(*) AS n, max(version_number) AS last
            FROM {article_versions} GROUP BY article_id) v USING (article_id)
        WHERE a.version_count <> coalesce(v.n, 0) + 1
           OR coalesce(v.last, 0) <> coalesce(v.n, 0)""",
    "versions of no article": """
        SELECT v.article_id FROM {article_versions} v ANTI JOIN {articles} a
            USING (article_id)""",
    "a doubt of no article": """
        SELECT d.article_id FROM {article_doubts} d ANTI JOIN {articles} a USING (article_id)""",
    "an article that search() does not know as it is": """
        SELECT a.article_id FROM {articles} a ANTI JOIN {search_texts} t
            USING (article_id, content_hash, dated_on)""",
    "search words of no article": """
        SELECT t.article_id FROM {search_texts} t ANTI JOIN {articles} a USING (article_id)""",
    "a ledger line that leads to no article": """
        SELECT f.url_key FROM {fetches} f ANTI JOIN {articles} a USING (article_id)
        WHERE f.article_id IS NOT NULL""",
    "a page that led to no outcome": """
        SELECT f.url_key FROM {fetches} f
        WHERE f.article_id IS NULL AND f.outcome IN ('new', 'updated')""",
    "sums of a source that are not those of its lines": """
        SELECT s.batch_id, s.source_id FROM {batch_sources} s LEFT JOIN (
            SELECT batch_id, source_id, count(*) AS n, count(*) FILTER (is_listed) AS listed,
                   count(*) FILTER (is_kept_from_feed) AS kept,
            FROM {fetches} GROUP BY ALL) l USING (batch_id, source_id)
        WHERE s.new + s.updated + s.unchanged + s.rejected + s.failed + s.skipped
                <> coalesce(l.n, 0)
            OR s.kept_from_feed <> coalesce(l.kept, 0)
            OR (s.status <> 'held' AND s.accepted_why IS NULL
                AND s.listed <> coalesce(l.listed, 0) + s.known_not_due)""",
    "a rejected line without its rejection": """
        SELECT f.url_key FROM {fetches} f ANTI JOIN {rejections} j
            USING (batch_id, source_id, url_key)
        WHERE f.outcome = 'rejected'""",
}  # fmt: skip
"""What would be left, and the query of the rows that break the promise."""
