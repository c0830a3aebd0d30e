"""Why a count of articles differs between a release and today: what came, what went, and why."""
# ruff: noqa: S608 (names of our own columns, and a user's condition on files sealed for it)

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from warehouse.connection import published_file
from warehouse.interruption import heed_interrupts
from warehouse.query import QueryFailed, Session, open_sealed
from warehouse.releases import find_release

REASONS: Final = {
    "new": "new: found by the hourly runs",
    "backfill": "found by a backfill",
    "import": "found by an import",
    "held_released": "held back then, and released since",
    "merged": "proved to be one article with another",
    "changed": "changed by the outlet",
    "extracted_again": "extracted again, by other code or hints",
    "changed_and_extracted": "changed by the outlet, and extracted by other code or hints",
    "page_had": "known from the feed alone then, its page had since",
    "gone": "removed by the outlet",
    "returned": "removed by the outlet, and there again",
    "seen_earlier": "an older capture of it was loaded since",
    "seen_again": "looked at again",
    "story": "placed in another story",
    "other": "none of these: another table, or the clock",
}
"""What each reason means."""

_PICK = "CREATE TEMP TABLE picked_{when} AS SELECT article_id FROM articles WHERE (\n"
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
           t.version_count <> n.version_count
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
_SUMS = """
SELECT has_come, reason, count(*), min(article_id, 5) FROM reasoned GROUP BY ALL
"""
_FIELDS = """
SELECT has_come, reason, field, count(*) FROM (
    SELECT has_come, reason, unnest(fields) AS field FROM reasoned)
GROUP BY ALL ORDER BY count(*) DESC, field
"""
_SIDE = "SELECT snapshot_id, published_at, schema_version FROM {file}.snapshot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two snapshots."""

    snapshot_id: str
    published_at: datetime
    schema_version: int
    articles: int
    """That match the condition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Articles that came to match the condition, or ceased to, for one reason."""

    reason: str
    """One of REASONS."""
    articles: int
    fields: dict[str, int]
    """How many of them hang on each column of `articles`; empty where they were not in both."""
    sample_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountChange:
    """Why a count differs: release + came - went = today."""

    name: str
    where: str
    release: Side
    today: Side
    came: tuple[Moved, ...]
    went: tuple[Moved, ...]


def explain_count(home: Path, name: str, where: str) -> CountChange:
    """Explain how the count of articles that match a condition came from a release to today.

    Of an article that is in both, the columns are told on which its move hangs: those that undo
    it when they are set back alone, else those that make it when set alone, else all that differ
    if they do so together.

    Raises:
        NoSnapshot, ReleaseRefused: there is nothing to compare.
        QueryFailed: the condition is not good SQL for both.
    """
    files = {"news": published_file(home), "old": find_release(home, name)}
    with open_sealed(home, **files) as connection, heed_interrupts(connection):
        session = Session(connection)
        session.check_condition(where)
        then, now = _side(session, "old"), _side(session, "news")
        try:
            _pick(session, "old", "then", where)
        except QueryFailed as error:
            raise QueryFailed(f"in release {name}, of schema {then[2]}: {error}") from error
        _pick(session, "news", "now", where)
        _run(session, _MOVED)
        _find_movers(session, where)
        _run(session, _REASONED)
        counts = [_rows(session, f"SELECT count(*) FROM picked_{one}")[0][0]
                  for one in ("then", "now")]  # fmt: skip
        change = CountChange(
            name=name,
            where=where,
            release=_as_side(then, counts[0]),
            today=_as_side(now, counts[1]),
            came=_sum_up(session, has_come=True),
            went=_sum_up(session, has_come=False),
        )
    came, went = (sum(one.articles for one in side) for side in (change.came, change.went))
    if counts[0] + came - went != counts[1]:
        raise RuntimeError(f"{counts[0]} + {came} - {went} is not {counts[1]}; please report it")
    return change


def _side(session: Session, file: str) -> tuple[Any, ...]:
    return _rows(session, _SIDE.format(file=file))[0]


def _as_side(told: tuple[Any, ...], articles: int) -> Side:
    return Side(
        snapshot_id=told[0], published_at=told[1], schema_version=told[2], articles=articles
    )


def _pick(session: Session, file: str, when: str, where: str) -> None:
    """Note which articles match; each file by its own tables, views and macros."""
    _run(session, f"USE {file}")
    head = _PICK.format(when=when)
    list(session.ask(f"{head}{where}\n)", slice(len(head), len(head) + len(where))).rows)


def _find_movers(session: Session, where: str) -> None:
    """Note on which columns the move of each article hangs that is in both."""
    columns = [row[0] for row in _rows(session, _COLUMNS)]
    each = ", ".join(f"CASE WHEN t.{c} IS DISTINCT FROM n.{c} THEN '{c}' END" for c in columns)
    _run(session, _DIFFERING.format(each=each))
    query = "SELECT DISTINCT unnest(fields) AS field FROM differing ORDER BY field"
    fields = [row[0] for row in _rows(session, query)]
    # Set back alone, a column that undoes the move makes a row match that went, not one that came.
    for base, other, has_moved in (("news", "old", "has_come <>"), ("old", "news", "has_come =")):
        _run(session, f"USE {base}")
        _run(session, _SETTLED)
        for field in fields:
            rows = _ONE_COLUMN.format(field=field, base=base, other=other)
            _move(session, f"['{field}']", rows, has_moved, where)
    _run(session, "USE news")
    _run(session, _SETTLED)
    _move(session, "fields", _WHOLE_ROW.format(other="old"), "has_come <>", where)


def _move(session: Session, fields: str, rows: str, has_moved: str, where: str) -> None:
    """Note columns as what moved the articles whose rows, so changed, match as they did not."""
    head = _MOVERS.format(fields=fields, rows=rows, has_moved=has_moved)
    _run(session, f"{head}{where}\n)))")


def _sum_up(session: Session, *, has_come: bool) -> tuple[Moved, ...]:
    fields: dict[str, dict[str, int]] = {}
    for came, reason, field, count in _rows(session, _FIELDS):
        if came == has_come:
            fields.setdefault(reason, {})[field] = count
    sums = [
        Moved(reason=reason, articles=count, fields=fields.get(reason, {}), sample_ids=tuple(ids))
        for came, reason, count, ids in _rows(session, _SUMS)
        if came == has_come
    ]
    return tuple(sorted(sums, key=lambda one: list(REASONS).index(one.reason)))


def _run(session: Session, sql: str) -> None:
    list(session.ask(sql).rows)


def _rows(session: Session, sql: str) -> list[tuple[Any, ...]]:
    return list(session.ask(sql).rows)
