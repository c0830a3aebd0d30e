"""Growth: what the ledger says was added, against the rows that were added."""

import duckdb

from warehouse.checks import CheckFailed

_COUNTS = """
SELECT (SELECT count(*) FROM articles),
       (SELECT count(*) FROM articles WHERE archive_record_id IS NOT NULL)
       + (SELECT count(*) FROM article_versions)
"""
# Runs that were there before and are there no more as such: a late capture may split one, a merge
# or a new extraction may join two, and a twin's may have to stand aside.
_RUNS = """
SELECT (SELECT count(DISTINCT (old_article_id, old_version)) FROM ordered_captures
        WHERE number IS NULL),
       (SELECT count(DISTINCT (article_id, version_number)) FROM ordered_captures
        WHERE number IS NULL AND NOT is_aside)
"""
_LEDGER = """
SELECT count(*) FILTER (outcome = 'new'), count(*) FILTER (outcome = 'updated'),
       (SELECT count(*) FROM heads h JOIN next_articles n USING (article_id)
        WHERE h.is_new AND n.archive_record_id IS NULL),
       (SELECT count(*) FROM decided_article_merges)
FROM lines
"""


def count_rows(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Count articles, and versions of pages, superseded or not."""
    articles, versions = con.execute(_COUNTS).fetchall()[0]
    return int(articles), int(versions)


def check_growth(con: duckdb.DuckDBPyConnection, batch_id: str, before: tuple[int, int]) -> None:
    """Compare the ledger's outcomes with the rows added to articles and article_versions.

    Raises:
        CheckFailed: where they differ.
    """
    articles, versions = count_rows(con)
    runs_before, runs_left = con.execute(_RUNS).fetchall()[0]
    new, updated, kept, merged = con.execute(_LEDGER).fetchall()[0]
    for what, said, found in (
        ("articles", new + kept - merged, articles - before[0]),
        ("versions", new + updated + runs_left - runs_before, versions - before[1]),
    ):
        if said != found:
            raise CheckFailed(
                f"batch {batch_id} was not loaded: its ledger says {said:+} {what}, but "
                f"{found:+} rows came; nothing was written; please report it"
            )
