"""Groups loose texts into stories with the warehouse's own tables and functions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
from duckdb_sqlalchemy import Dialect

from transforms.fingerprint import fingerprint
from warehouse.schema import metadata
from warehouse.stories import apply_stories, decide_stories

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TEXTS_AT_ONCE = 1_000
# Never seen: no date of theirs can lie after that, and none without one comes before the dated.
_ARTICLES = """
insert into articles by name
select * exclude (title, body, shingle_count, minhash) replace (null as first_seen_at),
       case when dated_at is not null then 'published' end as date_basis,
       case when published_on is null then dated_at end as published_at,
       case when published_on is null then 'second' else 'day' end as published_precision,
       '-' as batch_id
from new_texts
"""
_NOTHING_ELSE = """
create temp table aged_articles (article_id bigint, first_seen_at timestamptz,
                                 dated_at timestamptz);
create temp table decided_article_merges (old_article_id bigint, article_id bigint)
"""
_GROUPED = """
select article_id, story_id, relation, similarity, containment, matched_to, method
from story_articles order by article_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LooseText:
    """A text to group; its id is the caller's own."""

    id: str | int
    text: str
    title: str | None = None
    published_at: datetime | date | None = None
    """A date where no more than the day is known, in no known zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedText:
    """The story of a text, named after the story's first text."""

    id: str | int
    story: str | int
    relation: str
    similarity: float | None = None
    """Estimated Jaccard similarity with the text it was matched to; None for the earliest known."""
    containment: float | None = None
    """Share of the shorter of the two in the longer."""
    matched_to: str | int | None = None
    method: str = "first"


def group_texts(texts: Iterable[LooseText]) -> list[GroupedText]:
    """Group texts into stories, as the warehouse would had they come in one batch, in this order.

    The texts lie in a temporary file, not in memory.

    Raises:
        ValueError: when two texts share an id.
    """
    with TemporaryDirectory() as folder, duckdb.connect(str(Path(folder) / "texts.duckdb")) as con:
        _create_tables(con)
        ids = _stage(con, texts)
        con.execute(_NOTHING_ELSE)
        decide_stories(con)
        con.execute(_ARTICLES)
        apply_stories(con, "-")
        found = con.execute(_GROUPED).fetchall()
    return [
        GroupedText(
            id=ids[number - 1],
            story=ids[story - 1],
            relation=relation,
            similarity=similarity,
            containment=containment,
            matched_to=None if matched_to is None else ids[matched_to - 1],
            method=method,
        )
        for number, story, relation, similarity, containment, matched_to, method in found
    ]


def _create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create the warehouse's tables without NOT NULL: a loose text has few facts."""
    dialect = Dialect()
    for table in metadata.sorted_tables:
        columns = ", ".join(f'"{c.name}" {c.type.compile(dialect)}' for c in table.columns)
        con.execute(f'create table "{table.name}" ({columns})')


def _stage(con: duckdb.DuckDBPyConnection, texts: Iterable[LooseText]) -> list[str | int]:
    """Lay the texts out as `new_texts`; return their ids, in order."""
    ids: dict[str | int, None] = {}
    numbers = count(1)
    con.register("incoming", _new_texts([], numbers))
    con.execute("create table new_texts as from incoming")
    left = iter(texts)
    while some := list(islice(left, TEXTS_AT_ONCE)):
        for one in some:
            if one.id in ids:
                raise ValueError(f"two texts have the id {one.id!r}; give each its own")
            ids[one.id] = None
        con.register("incoming", _new_texts(some, numbers))
        con.execute("insert into new_texts from incoming")
    con.unregister("incoming")
    return list(ids)


def _new_texts(rows: list[LooseText], numbers: Iterable[int]) -> pa.Table:
    prints = [fingerprint(row.title, row.text) for row in rows]
    instant = pa.timestamp("us", tz="UTC")
    return pa.table(
        {
            "article_id": pa.array([n for _, n in zip(rows, numbers, strict=False)], pa.int64()),
            "source_id": pa.array(["-"] * len(rows), pa.string()),
            "language": pa.array([None] * len(rows), pa.string()),
            "title": pa.array([row.title for row in rows], pa.string()),
            "body": pa.array([row.text for row in rows], pa.string()),
            "text_hash": pa.array([one.text_hash for one in prints], pa.int64()),
            "shingle_count": pa.array([one.shingle_count for one in prints], pa.int32()),
            "minhash": pa.array([one.minhash for one in prints], pa.binary()),
            "published_on": pa.array([_day(row.published_at) for row in rows], pa.date32()),
            "dated_at": pa.array([_instant(row.published_at) for row in rows], instant),
            "first_seen_at": pa.array([_EPOCH] * len(rows), instant),
        }
    )


def _day(moment: datetime | date | None) -> date | None:
    return None if isinstance(moment, datetime) else moment


def _instant(moment: datetime | date | None) -> datetime | None:
    if moment is None or isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, time(), UTC)
