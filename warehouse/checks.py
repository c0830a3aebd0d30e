"""Checks: what holds one source back, and what must hold before a commit."""
# ruff: noqa: S608 (only names written in this file go into its statements)

from collections.abc import Mapping

import duckdb

from warehouse.connection import WarehouseError
from warehouse.promises import PROMISES, UNIQUE
from warehouse.schema import metadata
from warehouse.story_checks import STORY_PROMISES
from warehouse.touched import gather_touched
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
          AND NOT EXISTS (FROM known_records r WHERE r.archive_record_id = o.record_id)
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
    "trial": "SELECT source_id, trial FROM staged_sources WHERE trial IS NOT NULL",
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
            con.execute(_HELD, [reason, source_id])
    if accepted:
        _refuse_unloadable(con, accepted)
    for name in ("fetches", "polls", "articles", "rejections", "site_lines"):
        con.execute(
            f"DELETE FROM staged_{name} WHERE source_id IN "
            "(SELECT source_id FROM staged_sources WHERE status <> 'loaded')"
        )
    con.execute(_FAILED)


# Whoever accepts it must know all that is wrong; of a crawl that died there is nothing to accept.
_HELD = """
UPDATE staged_sources SET status = 'held', reason = concat_ws('; ', reason, ?)
WHERE source_id = ? AND status IN ('loaded', 'held')
"""
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


# What only a load can tell: of older lines it writes no more than their articles.
_OF_LOAD = {
    "an older ledger line that leads to no article": """
        SELECT article_id FROM (
            SELECT DISTINCT article_id FROM fetches WHERE article_id IN (FROM touched_ids)) f
        ANTI JOIN {articles} a USING (article_id)""",
    "a text that was signed and has no signature": """
        SELECT d.article_id FROM decided_signatures d ANTI JOIN {signatures} s USING (article_id)
        WHERE d.shingle_count > 0""",
}
_UNIQUE = {
    f"two rows of {table} with one {key}": f"""
        SELECT {key} FROM {{{table}}} GROUP BY {key} HAVING count(*) > 1"""
    for table, key in UNIQUE
}
_ALWAYS = _UNIQUE | PROMISES | STORY_PROMISES
ALL_PROMISES: tuple[str, ...] = (*_ALWAYS, *_OF_LOAD)
"""What would be left where one is broken."""


def check_warehouse(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    """Prove every promise of what the load has touched, inside its transaction.

    Raises:
        CheckFailed: naming each broken promise and one row that breaks it.
    """
    tables = gather_touched(con, batch_id)
    if broken := _find_broken(con, _ALWAYS | _OF_LOAD, tables):
        raise CheckFailed(
            f"batch {batch_id} was not loaded: it would leave {broken}; nothing was written; run "
            "`khabar dedup` and `khabar load` again, and report it if it stays"
        )


def prove_warehouse(con: duckdb.DuckDBPyConnection) -> None:
    """Prove every promise over all rows; of a snapshot, too, and where it is opened read-only.

    Raises:
        CheckFailed: naming each broken promise and one row that breaks it.
    """
    _prove(con, _ALWAYS)


def prove_stories(con: duckdb.DuckDBPyConnection) -> None:
    """Prove over all rows what a newer algorithm writes anew: stories and signatures.

    Raises:
        CheckFailed: naming each broken promise and one row that breaks it.
    """
    _prove(con, _UNIQUE | STORY_PROMISES)


def _prove(con: duckdb.DuckDBPyConnection, promises: Mapping[str, str]) -> None:
    if broken := _find_broken(con, promises, {}):
        raise CheckFailed(
            f"the warehouse has {broken}; keep this file, run `khabar rebuild`, and report it"
        )


def _find_broken(
    con: duckdb.DuckDBPyConnection, promises: Mapping[str, str], parts: Mapping[str, str]
) -> str:
    """Say which promises are broken, each with one row; of some tables only a part is looked at."""
    tables = {table.name: parts.get(table.name, table.name) for table in metadata.sorted_tables}
    lend_view(con, "article_intervals", over=tables["articles"])
    found = {
        promise: con.execute(f"{sql.format_map(tables)} LIMIT 1").fetchall()
        for promise, sql in promises.items()
    }
    return "; ".join(
        f"{promise} ({', '.join(map(str, rows[0]))})" for promise, rows in found.items() if rows
    )
