"""Checks: what holds one source back, and what must hold before a commit."""
# ruff: noqa: S608 (only names written in this file go into its statements)

import duckdb

from warehouse.connection import WarehouseError
from warehouse.story_checks import STORY_PROMISES
from warehouse.views import lend_view


class CheckFailed(WarehouseError):  # noqa: N818 (says what is so)
    """The warehouse would break one of its promises; nothing was written."""


class SourceNotLoadable(WarehouseError):  # noqa: N818 (says what is so)
    """A source whose files are not whole, which no operator's word can mend."""


_LINES = "SELECT source_id, count(*)::INTEGER AS n FROM staged_fetches WHERE {} GROUP BY source_id"
_GOT = "disposition IN ('fetched', 'not_modified')"

# A stage that did not end, or lost a page: run it again, then load.
_BROKEN = {
    "extract": """
        SELECT source_id, 'its pages were not extracted; run `khabar extract` again'
        FROM staged_sources WHERE status = 'loaded' AND NOT has_extract AND source_id IN
        (SELECT source_id FROM staged_fetches WHERE disposition = 'fetched')""",
    "lost": """
        SELECT f.source_id, 'extraction lost ' || count(*) || ' fetched pages, such as '
               || min(f.url_key) || '; run `khabar extract` again'
        FROM staged_fetches f WHERE f.disposition = 'fetched'
        AND NOT EXISTS (FROM staged_articles a WHERE a.source_id = f.source_id
            AND a.url_key = f.url_key AND a.record_id = f.archive_record_id)
        AND NOT EXISTS (FROM staged_rejections j WHERE j.source_id = f.source_id
            AND j.url_key = f.url_key)
        GROUP BY f.source_id""",
    "stray": """
        SELECT o.source_id, 'extraction speaks of ' || count(*) || ' pages that no ledger line '
               || 'led to, such as ' || min(o.url_key) || '; run `khabar extract` again'
        FROM (SELECT source_id, url_key, record_id FROM staged_articles
              UNION ALL SELECT source_id, url_key, record_id FROM staged_rejections) o
        WHERE NOT EXISTS (FROM staged_fetches f WHERE f.source_id = o.source_id
            AND f.url_key = o.url_key)
          AND NOT EXISTS (FROM archive_records r WHERE r.archive_record_id = o.record_id)
        GROUP BY o.source_id""",
    "twice": """
        SELECT source_id, 'extraction gave ' || count(*) || ' pages two outcomes, such as '
               || min(url_key) || '; run `khabar extract` again'
        FROM (SELECT source_id, url_key FROM (
                SELECT source_id, url_key, record_id FROM staged_articles
                UNION ALL SELECT source_id, url_key, record_id FROM staged_rejections)
              GROUP BY source_id, url_key, record_id HAVING count(*) > 1)
        GROUP BY source_id""",
    "unarchived": f"""
        SELECT source_id, count(*) || ' pages were fetched but not archived, such as '
               || min(url_key) FROM staged_fetches
        WHERE {_GOT} AND archive_record_id IS NULL GROUP BY source_id""",
}

# A promise of the source that an operator may look at, and accept.
_PROMISES = {
    "listed": f"""
        SELECT s.source_id, 'the spider listed ' || s.listed || ' articles, but the ledger has '
               || coalesce(l.n, 0) || ' lines of them and ' || s.known_not_due || ' not due'
        FROM staged_sources s LEFT JOIN ({_LINES.format("is_listed")}) l USING (source_id)
        WHERE s.status = 'loaded' AND s.listed <> coalesce(l.n, 0) + s.known_not_due""",
    "archived": f"""
        SELECT s.source_id, 'the archive has ' || s.archived || ' records, but the ledger '
               || coalesce(l.n, 0)
        FROM staged_sources s
        LEFT JOIN ({_LINES.format("archive_record_id IS NOT NULL")}) l USING (source_id)
        WHERE s.status = 'loaded' AND s.archived <> coalesce(l.n, 0)""",
    "rejected": f"""
        SELECT s.source_id, j.n || ' of ' || l.n || ' fetched pages are no articles; the source '
               || 'file allows ' || round(100 * s.max_rejected_share)::INTEGER || ' %'
        FROM staged_sources s
        JOIN ({_LINES.format("disposition = 'fetched'")}) l USING (source_id)
        JOIN (SELECT source_id, count(*)::INTEGER AS n FROM staged_rejections GROUP BY ALL) j
            USING (source_id)
        WHERE l.n >= 10 AND j.n > s.max_rejected_share * l.n""",
}


def judge_sources(con: duckdb.DuckDBPyConnection, accepted: str | None = None) -> None:
    """Hold back each source that broke a promise: set its status, and unstage its rows.

    Raises:
        SourceNotLoadable: where the source that an operator accepted is not whole.
    """
    con.execute(_UNCOUNTED)
    promises = {} if accepted else _PROMISES
    for sql in (*_BROKEN.values(), *promises.values()):
        for source_id, reason in con.execute(sql).fetchall():
            con.execute(
                "UPDATE staged_sources SET status = 'held', reason = ? "
                "WHERE source_id = ? AND status = 'loaded'",
                [reason, source_id],
            )
    if accepted:
        _refuse_unloadable(con, accepted)
    for name in ("fetches", "polls", "articles", "rejections", "site_lines"):
        con.execute(
            f"DELETE FROM staged_{name} WHERE source_id IN "
            "(SELECT source_id FROM staged_sources WHERE status <> 'loaded')"
        )
    con.execute(_FAILED)


# The count of a spider that died went with it: what it listed is what its ledger can prove.
_UNCOUNTED = f"""
UPDATE staged_sources SET listed = s.known_not_due + coalesce(l.n, 0)
FROM staged_sources s LEFT JOIN ({_LINES.format("is_listed")}) l USING (source_id)
WHERE staged_sources.source_id = s.source_id AND s.crawl_reason = 'crawl_died'
"""
# A crawl that failed is a failed one, here as in its own report, though it asked known articles
# again or had archived something before it died; its rows are loaded.
_FAILED = """
UPDATE staged_sources SET status = 'failed', reason = crawl_reason
WHERE status = 'loaded' AND crawl_reason IS NOT NULL
"""


def _refuse_unloadable(con: duckdb.DuckDBPyConnection, source_id: str) -> None:
    rows = con.execute("SELECT reason FROM staged_sources WHERE status <> 'loaded'").fetchall()
    for (reason,) in rows:
        raise SourceNotLoadable(f"{source_id} cannot be accepted as it is: {reason}")


_UNIQUE = (
    ("articles", "article_id"),
    ("article_urls", "url_key"),
    ("article_merges", "old_article_id"),
    ("article_versions", "article_id, version_number"),
    ("archive_records", "archive_record_id"),
    ("sources", "source_id"),
    ("batches", "batch_id"),
    ("batch_sources", "batch_id, source_id"),
    ("story_articles", "article_id"),
    ("stories", "story_id"),
    ("signatures", "article_id"),
    ("entrances", "source_id, entrance"),
)
_NONE = {
    "a touched article without a date": """
        SELECT article_id FROM articles WHERE batch_id = $batch
        AND (dated_at IS NULL OR dated_on IS NULL OR date_basis IS NULL)""",
    "an article without its archive record": """
        SELECT a.article_id FROM articles a ANTI JOIN archive_records r
            ON r.archive_record_id = a.archive_record_id AND r.article_id = a.article_id
        WHERE a.body_from IN ('page', 'json-ld') OR a.archive_record_id IS NOT NULL""",
    "an article without its outlet": """
        SELECT a.article_id FROM articles a ANTI JOIN sources s USING (source_id)""",
    "an article without an address": """
        SELECT a.article_id FROM articles a ANTI JOIN article_urls u USING (article_id)""",
    "an address of no article": """
        SELECT u.url_key FROM article_urls u ANTI JOIN articles a USING (article_id)""",
    "a merged id that is still an article": """
        SELECT m.old_article_id FROM article_merges m
        JOIN articles a ON a.article_id = m.old_article_id""",
    "a merged id that leads nowhere": """
        SELECT m.old_article_id FROM article_merges m ANTI JOIN articles a USING (article_id)""",
    "an article whose versions do not add up": """
        SELECT a.article_id FROM articles a LEFT JOIN (
            SELECT article_id, count(*) AS n, max(version_number) AS last
            FROM article_versions GROUP BY article_id) v USING (article_id)
        WHERE a.version_count <> coalesce(v.n, 0) + 1
           OR coalesce(v.last, 0) <> coalesce(v.n, 0)""",
    "versions of no article": """
        SELECT v.article_id FROM article_versions v ANTI JOIN articles a USING (article_id)""",
    "an article that is in no story": """
        SELECT a.article_id FROM articles a
        LEFT JOIN story_articles s USING (article_id) LEFT JOIN stories t
            ON t.story_id = s.story_id AND t.merged_into IS NULL
        WHERE t.story_id IS NULL OR a.story_id IS DISTINCT FROM s.story_id""",
    "a ledger line twice": """
        SELECT url_key FROM fetches WHERE batch_id = $batch
        GROUP BY source_id, url_key HAVING count(*) > 1""",
    "a ledger line that leads to no article": """
        SELECT f.url_key FROM fetches f ANTI JOIN articles a USING (article_id)
        WHERE f.batch_id = $batch AND f.article_id IS NOT NULL""",
    "a page that led to no outcome": """
        SELECT f.url_key FROM fetches f WHERE f.batch_id = $batch AND f.article_id IS NULL
        AND f.outcome IN ('new', 'updated')""",
    "sums of a source that are not those of its lines": """
        SELECT s.source_id FROM batch_sources s LEFT JOIN (
            SELECT source_id, count(*) AS n, count(*) FILTER (is_listed) AS listed,
                   count(*) FILTER (is_kept_from_feed) AS kept
            FROM fetches WHERE batch_id = $batch GROUP BY source_id) l USING (source_id)
        WHERE s.batch_id = $batch AND (
            s.new + s.updated + s.unchanged + s.rejected + s.failed + s.skipped
                <> coalesce(l.n, 0)
            OR s.kept_from_feed <> coalesce(l.kept, 0)
            OR (s.status <> 'held' AND s.accepted_why IS NULL
                AND s.listed <> coalesce(l.listed, 0) + s.known_not_due))""",
    "a rejected line without its rejection": """
        SELECT f.url_key FROM fetches f ANTI JOIN rejections j
            USING (batch_id, source_id, url_key)
        WHERE f.batch_id = $batch AND f.outcome = 'rejected'""",
}  # fmt: skip


def check_warehouse(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    """Prove every promise of the warehouse, inside the load's transaction.

    Raises:
        CheckFailed: naming the promise and one row that breaks it.
    """
    for table, key in _UNIQUE:
        rows = con.execute(
            f"SELECT {key} FROM {table} GROUP BY {key} HAVING count(*) > 1 LIMIT 1"
        ).fetchall()
        if rows:
            raise _failure(batch_id, f"two rows of {table} with one {key}", rows[0])
    lend_view(con, "article_intervals", over="articles")
    for promise, sql in (_NONE | STORY_PROMISES).items():
        parameters = {"batch": batch_id} if "$batch" in sql else {}
        rows = con.execute(f"{sql} LIMIT 1", parameters).fetchall()
        if rows:
            raise _failure(batch_id, promise, rows[0])


def _failure(batch_id: str, promise: str, row: tuple[object, ...]) -> CheckFailed:
    found = ", ".join(str(value) for value in row)
    return CheckFailed(
        f"batch {batch_id} was not loaded: it would leave {promise} ({found}); nothing was "
        "written; run `khabar dedup` and `khabar load` again, and report it if it stays"
    )
