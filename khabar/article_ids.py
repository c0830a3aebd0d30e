"""Ids of articles, as users give them."""

from pathlib import Path

from warehouse.query import sql_rows

MAX_MERGES = 100
MERGED = "SELECT article_id FROM article_merges WHERE old_article_id = {article_id}"


def resolve_id(home: Path, article_id: int) -> int:
    """Follow an id that proved to be another article's."""
    for _ in range(MAX_MERGES):
        _, rows = sql_rows(home, MERGED.format(article_id=article_id))
        if not rows:
            break
        article_id = int(str(rows[0][0]))
    return article_id
