"""Groups loose texts into stories with the warehouse's own tables and functions, in memory."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
from duckdb_sqlalchemy import Dialect

from transforms.fingerprint import fingerprint
from warehouse.schema import metadata
from warehouse.stories import apply_stories, decide_stories

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Never seen: no date of theirs can lie after that, and none without one comes before the dated.
_ARTICLES = """
insert into articles by name
select * exclude (shingle_count, minhash) replace (null as first_seen_at),
       case when dated_at is not null then 'published' end as date_basis,
       dated_at as published_at, 'second' as published_precision, '-' as batch_id
from new_texts
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LooseText:
    """A text to group; its id is the caller's own."""

    id: str | int
    text: str
    title: str | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedText:
    """The story of a text, named after the story's first text."""

    id: str | int
    story: str | int
    relation: str
    similarity: float | None
    """Estimated Jaccard similarity with the text it was matched to; None for a story's first."""


def group_texts(texts: Iterable[LooseText]) -> list[GroupedText]:
    """Group texts into stories, as the warehouse would had they come in one batch, in this order.

    Raises:
        ValueError: when two texts share an id.
    """
    rows = list(texts)
    seen: set[str | int] = set()
    for row in rows:
        if row.id in seen:
            raise ValueError(f"two texts have the id {row.id!r}; give each its own")
        seen.add(row.id)
    with duckdb.connect() as con:
        _create_tables(con)
        con.register("incoming", _new_texts(rows))
        con.execute("create temp table new_texts as from incoming")
        con.execute(_ARTICLES)
        decide_stories(con)
        apply_stories(con, "-")
        found = con.execute(
            "select story_id, relation, similarity from story_articles order by article_id"
        ).fetchall()
    return [
        GroupedText(id=row.id, story=rows[story - 1].id, relation=relation, similarity=similarity)
        for row, (story, relation, similarity) in zip(rows, found, strict=True)
    ]


def _create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create the warehouse's tables without NOT NULL: a loose text has few facts."""
    dialect = Dialect()
    for table in metadata.sorted_tables:
        columns = ", ".join(f'"{c.name}" {c.type.compile(dialect)}' for c in table.columns)
        con.execute(f'create table "{table.name}" ({columns})')


def _new_texts(rows: list[LooseText]) -> pa.Table:
    prints = [fingerprint(row.title, row.text) for row in rows]
    instant = pa.timestamp("us", tz="UTC")
    return pa.table(
        {
            "article_id": pa.array(range(1, len(rows) + 1), pa.int64()),
            "source_id": pa.array(["-"] * len(rows), pa.string()),
            "language": pa.array([None] * len(rows), pa.string()),
            "title": pa.array([row.title for row in rows], pa.string()),
            "body": pa.array([row.text for row in rows], pa.string()),
            "text_hash": pa.array([one.text_hash for one in prints], pa.int64()),
            "shingle_count": pa.array([one.shingle_count for one in prints], pa.int32()),
            "minhash": pa.array([one.minhash for one in prints], pa.binary()),
            "dated_at": pa.array([row.published_at for row in rows], instant),
            "first_seen_at": pa.array([_EPOCH] * len(rows), instant),
        }
    )
