"""Growth: what the ledger and its decisions say was added, against the rows that were added.

It holds for whole tables, at the price of counting: so no row that checks do not look at, because
the load had nothing to do with it, can have come or gone.
"""
# ruff: noqa: S608 (only names written in this file go into its statements)

import duckdb

from warehouse.checks import CheckFailed

# Runs that were there before and are there no more as such: a late capture may split one, a merge
# or a new extraction may join two, and a twin's may have to stand aside. What was rejected when it
# was captured was in none before, and may begin one.
_RUNS = """
(SELECT count(DISTINCT (article_id, version_number)) FILTER (NOT is_aside)
        - count(DISTINCT (old_article_id, old_version)) FILTER (old_article_id IS NOT NULL)
 FROM ordered_captures WHERE number IS NULL)
"""
_ARTICLES = """
(SELECT count(*) FROM lines WHERE outcome = 'new')
+ (SELECT count(*) FROM heads h JOIN next_articles n USING (article_id)
   WHERE h.is_new AND (n.archive_record_id IS NULL OR n.archive_record_id IN (
       SELECT archive_record_id FROM ordered_captures WHERE number IS NULL)))
- (SELECT count(*) FROM decided_article_merges)
"""
_GROWTH: dict[str, tuple[str, str]] = {
    "articles": ("(SELECT count(*) FROM articles)", _ARTICLES),
    "versions": (
        "(SELECT count(archive_record_id) FROM articles) + (SELECT count(*) FROM article_versions)",
        f"(SELECT count(*) FROM lines WHERE outcome IN ('new', 'updated')) + {_RUNS}",
    ),
    "addresses": (
        "(SELECT count(*) FROM article_urls)",
        "(SELECT count(*) FROM decided_urls) - (SELECT count(*) FROM withdrawn_urls)",
    ),
    "places in stories": ("(SELECT count(*) FROM story_articles)", _ARTICLES),
} | {
    what: (f"(SELECT count(*) FROM {table})", f"(SELECT count(*) FROM {decided})")
    for what, table, decided in (
        ("merged ids", "article_merges", "decided_article_merges WHERE article_id IS NOT NULL"),
        ("archive records", "archive_records", "lines WHERE archive_record_id IS NOT NULL"),
        ("ledger lines", "fetches", "lines"),
        ("rejections", "rejections", "staged_rejections"),
        ("polls", "polls", "staged_polls"),
    )
}
"""What is counted, how, and how many more of it the load decided on."""


def count_rows(con: duckdb.DuckDBPyConnection) -> tuple[int, ...]:
    """Count what a load adds to, before it writes."""
    # A row each: as columns of one row, DuckDB takes 20 ms to choose the order of their joins.
    counts = (
        f"SELECT {place} AS place, {counted}" for place, (counted, _) in enumerate(_GROWTH.values())
    )
    found = con.execute(f"{' UNION ALL '.join(counts)} ORDER BY place").fetchall()
    return tuple(count for _, count in found)


def check_growth(con: duckdb.DuckDBPyConnection, batch_id: str, before: tuple[int, ...]) -> None:
    """Compare what the load decided on with the rows that came.

    Raises:
        CheckFailed: where they differ.
    """
    decided = ", ".join(added for _, added in _GROWTH.values())
    said = con.execute(f"SELECT {decided}").fetchall()[0]
    found = [now - then for now, then in zip(count_rows(con), before, strict=True)]
    for what, more, came in zip(_GROWTH, said, found, strict=True):
        if more != came:
            raise CheckFailed(
                f"batch {batch_id} was not loaded: its ledger says {more:+} {what}, but "
                f"{came:+} rows came; nothing was written; please report it"
            )
