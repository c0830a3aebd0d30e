"""Ids of articles, as users give them."""

from warehouse.query import Session

MAX_MERGES = 100
MERGED = "SELECT article_id FROM article_merges WHERE old_article_id = {article_id}"


def resolve_id(session: Session, article_id: int) -> int:
    """Follow an id that proved to be another article's."""
    for _ in range(MAX_MERGES):
        rows = list(session.ask(MERGED.format(article_id=article_id)).rows)
        if not rows:
            break
        article_id = int(str(rows[0][0]))
    return article_id
