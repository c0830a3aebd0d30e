"""Which articles came to match a condition from one file to another, or ceased to, and by what."""

from typing import Any

from warehouse.query import Session

_PICK = "CREATE TEMP TABLE picked_{when} AS SELECT article_id FROM articles WHERE (\n"
_COUNT = "SELECT count(*) FROM picked_{when}"
_MOVED = """
CREATE TEMP TABLE moved AS
SELECT article_id, n.article_id IS NOT NULL AS has_come,
       article_id IN (SELECT article_id FROM old.articles)
       AND article_id IN (SELECT article_id FROM news.articles) AS is_in_both
FROM picked_then t FULL JOIN picked_now n USING (article_id)
WHERE t.article_id IS NULL OR n.article_id IS NULL
"""
_COLUMNS = """
SELECT column_name FROM duckdb_columns()
WHERE table_name = 'articles' AND database_name IN ('old', 'news') AND column_name <> 'article_id'
GROUP BY column_name HAVING count(*) = 2 AND count(DISTINCT data_type) = 1
ORDER BY column_name
"""
_DIFFERING = """
CREATE TEMP TABLE differing AS
SELECT article_id, has_come, list_filter([{each}], lambda one: one IS NOT NULL) AS fields
FROM moved JOIN old.articles t USING (article_id) JOIN news.articles n USING (article_id);
CREATE TEMP TABLE movers (article_id BIGINT, field VARCHAR)
"""
_SETTLED = "CREATE OR REPLACE TEMP TABLE settled AS SELECT article_id FROM movers"
_ONE_COLUMN = """
SELECT a.* REPLACE (b.{field} AS {field}) FROM {base}.articles a
JOIN {other}.articles b USING (article_id)
WHERE article_id IN (SELECT article_id FROM differing WHERE list_contains(fields, '{field}'))
"""
_WHOLE_ROW = "FROM {other}.articles WHERE article_id IN (SELECT article_id FROM differing)"
_MOVERS = """
INSERT INTO movers
SELECT article_id, unnest({fields}) FROM differing d
WHERE len(list_intersect(fields, {fields})) > 0
  AND article_id NOT IN (SELECT article_id FROM settled)
  AND {has_moved} (article_id IN (SELECT article_id FROM ({rows}) AS articles WHERE (
"""
_REASONED = """
CREATE TEMP TABLE reasoned AS
WITH joined AS (
    SELECT m.article_id FROM news.article_merges m
    WHERE m.old_article_id IN (SELECT article_id FROM old.articles)
), released AS (
    SELECT f.article_id FROM news.fetches f JOIN news.batch_sources b USING (batch_id, source_id)
    WHERE b.accepted_why IS NOT NULL AND (f.outcome = 'new' OR f.is_kept_from_feed)
), by_field AS (
    SELECT article_id, list(field ORDER BY field) AS fields FROM movers GROUP BY article_id
), pairs AS (
    SELECT d.article_id, coalesce(f.fields, []) AS fields, n.gone_at, n.date_basis,
           t.body_from IN ('feed', 'listed') AND n.body_from IN ('page', 'json-ld') AS is_page_had,
           t.version_count < n.version_count
           OR (t.page_sha256 <> n.page_sha256 AND t.content_hash <> n.content_hash
               AND t.extractor_version = n.extractor_version) AS is_changed,
           t.extractor_version <> n.extractor_version
           OR (t.page_sha256 = n.page_sha256 AND t.content_hash <> n.content_hash) AS is_extracted
    FROM differing d JOIN old.articles t USING (article_id) JOIN news.articles n USING (article_id)
    LEFT JOIN by_field f USING (article_id)
)
SELECT m.article_id, m.has_come, coalesce(p.fields, []) AS fields, CASE
    WHEN NOT m.is_in_both AND NOT m.has_come THEN CASE
        WHEN m.article_id IN (SELECT old_article_id FROM news.article_merges) THEN 'merged'
        ELSE 'other' END
    WHEN NOT m.is_in_both THEN CASE
        WHEN m.article_id IN (FROM joined) THEN 'merged'
        WHEN m.article_id IN (FROM released) THEN 'held_released'
        WHEN n.found_by = 'live' THEN 'new'
        ELSE n.found_by END
    WHEN len(p.fields) = 0 THEN 'other'
    WHEN p.fields = ['gone_at'] THEN if(p.gone_at IS NULL, 'returned', 'gone')
    WHEN p.fields = ['story_id'] THEN 'story'
    WHEN list_has_all(['fetched_at', 'seen_to'], p.fields) THEN 'seen_again'
    WHEN m.article_id IN (FROM joined) THEN 'merged'
    WHEN list_has_all(['first_seen_at', 'seen_from'], p.fields)
         OR (p.date_basis = 'first_seen' AND list_has_all(['dated_at', 'dated_on'], p.fields))
        THEN 'seen_earlier'
    WHEN p.is_page_had THEN 'page_had'
    WHEN p.is_changed AND p.is_extracted THEN 'changed_and_extracted'
    WHEN p.is_changed THEN 'changed'
    WHEN p.is_extracted THEN 'extracted_again'
    WHEN p.fields = ['batch_id'] THEN 'seen_again'
    ELSE 'other' END AS reason
FROM moved m LEFT JOIN pairs p USING (article_id) LEFT JOIN news.articles n USING (article_id)
"""


def pick_articles(session: Session, file: str, when: str, where: str) -> int:
    """Note which articles match, and count them; each file by its own tables, views and macros."""
    read_rows(session, f"USE {file}")
    head = _PICK.format(when=when)
    by_user = slice(len(head), len(head) + len(where))
    list(session.ask(f"{head}{where}\n)", by_user).rows)
    return int(read_rows(session, _COUNT.format(when=when))[0][0])


def find_movers(session: Session, where: str) -> None:
    """Note which articles moved, and of each that is in both, on which columns that hangs."""
    read_rows(session, _MOVED)
    columns = [row[0] for row in read_rows(session, _COLUMNS)]
    each = ", ".join(f"CASE WHEN t.{c} IS DISTINCT FROM n.{c} THEN '{c}' END" for c in columns)
    read_rows(session, _DIFFERING.format(each=each))
    query = "SELECT DISTINCT unnest(fields) AS field FROM differing ORDER BY field"
    fields = [row[0] for row in read_rows(session, query)]
    # Set back alone, a column that undoes the move makes a row match that went, not one that came.
    for base, other, has_moved in (("news", "old", "has_come <>"), ("old", "news", "has_come =")):
        read_rows(session, f"USE {base}")
        read_rows(session, _SETTLED)
        for field in fields:
            rows = _ONE_COLUMN.format(field=field, base=base, other=other)
            _move(session, f"['{field}']", rows, has_moved, where)
    read_rows(session, "USE news")
    read_rows(session, _SETTLED)
    _move(session, "fields", _WHOLE_ROW.format(other="old"), "has_come <>", where)


def give_reasons(session: Session) -> None:
    """Note why each article moved, as a table: reasoned."""
    read_rows(session, _REASONED)


def _move(session: Session, fields: str, rows: str, has_moved: str, where: str) -> None:
    """Note columns as what moved the articles whose rows, so changed, match as they did not."""
    head = _MOVERS.format(fields=fields, rows=rows, has_moved=has_moved)
    read_rows(session, f"{head}{where}\n)))")


def read_rows(session: Session, sql: str) -> list[tuple[Any, ...]]:
    """Run a statement; read its rows, where it gives any."""
    return list(session.ask(sql).rows)
