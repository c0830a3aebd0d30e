"""Texts for the tests: made-up sentences, and batches of them put into a warehouse."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType

import duckdb
import pyarrow as pa

from transforms.fingerprint import fingerprint
from warehouse.stories import apply_stories, decide_stories

Ask = Callable[[Iterable["Text"]], duckdb.DuckDBPyConnection]
"""Puts texts, each in its own batch, publishes, and opens the snapshot."""
LATER = 200
"""Hours after NOON at which every late_text had been seen."""
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
_INSTANT = pa.timestamp("us", tz="UTC")
_SYLLABLES = (
    "ba",
    "do",
    "ki",
    "lu",
    "ma",
    "ne",
    "po",
    "ra",
    "si",
    "tu",
    "za",
    "wer",
    "gul",
    "shan",
)


def prose(seed: int, words: int = 200) -> str:
    """Write a text that shares nothing with another seed's but chance words."""
    draw = random.Random(seed)  # noqa: S311 (no secret)
    return " ".join("".join(draw.choices(_SYLLABLES, k=3)) for _ in range(words))


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One article of a batch."""

    id: int
    body: str
    source: str = "dawn"
    hours: float = 0
    """After NOON: when it is dated and first seen."""
    dated_hours: float | None = None
    day: date | None = None
    """All that it says of its date."""
    precision: str = "second"
    basis: str = "published"
    found_by: str = "live"
    language: str = "en"
    credits: str | None = None

    @property
    def seen_at(self) -> datetime:
        """When it was first seen."""
        return NOON + timedelta(hours=self.hours)

    @property
    def dated_at(self) -> datetime:
        """When it is dated."""
        if self.day is not None:
            return datetime.combine(self.day, time(), UTC)
        hours = self.hours if self.dated_hours is None else self.dated_hours
        return NOON + timedelta(hours=hours)


def late_text(number: int, source: str, *, story: int = 1, **facts: object) -> Text:
    """Make a copy of a story's text, seen long after any date that it may give."""
    body = f"w{number} {prose(story)}"
    return Text(**({"id": number, "body": body, "source": source, "hours": LATER} | facts))  # type: ignore[arg-type]


def put(
    con: duckdb.DuckDBPyConnection,
    texts: Sequence[Text],
    batch: str = "b1",
    *,
    merges: Mapping[int, int] = MappingProxyType({}),
) -> None:
    """Decide, write the articles, apply: what dedup and load do, for texts alone.

    `merges` are ids that proved to be others'.
    """
    with staged(con, texts, merges):
        decide_stories(con)
        con.execute("begin")
        write_articles(con, texts, batch)
        con.execute(
            "delete from articles where article_id in (select old_article_id from "
            "decided_article_merges)"
        )
        apply_stories(con, batch)
        con.execute("commit")


@contextmanager
def staged(
    con: duckdb.DuckDBPyConnection,
    texts: Sequence[Text],
    merges: Mapping[int, int] = MappingProxyType({}),
) -> Iterator[None]:
    """Lay the texts out as `new_texts`, and what else decides stories."""
    prints = [fingerprint(None, text.body) for text in texts]
    rows = pa.table(
        {
            "article_id": pa.array([text.id for text in texts], pa.int64()),
            "source_id": pa.array([text.source for text in texts], pa.string()),
            "language": pa.array([text.language for text in texts], pa.string()),
            "title": pa.array([None] * len(texts), pa.string()),
            "body": pa.array([text.body for text in texts], pa.string()),
            "text_hash": pa.array([one.text_hash for one in prints], pa.int64()),
            "shingle_count": pa.array([one.shingle_count for one in prints], pa.int32()),
            "minhash": pa.array([one.minhash for one in prints], pa.binary()),
            "dated_at": pa.array([text.dated_at for text in texts], _INSTANT),
            "first_seen_at": pa.array([text.seen_at for text in texts], _INSTANT),
        }
    )
    con.register("given", rows)
    con.execute("create or replace temp table new_texts as from given")
    con.unregister("given")
    con.execute("create or replace temp table decided_article_merges (old_article_id bigint, "
                "article_id bigint)")  # fmt: skip
    for old_id, article_id in merges.items():
        con.execute("insert into decided_article_merges values (?, ?)", [old_id, article_id])
    con.execute("create or replace temp table aged_articles as select article_id, first_seen_at, "
                "dated_at from new_texts limit 0")  # fmt: skip
    yield


def write_articles(con: duckdb.DuckDBPyConnection, texts: Sequence[Text], batch: str) -> None:
    """Write rows of `articles` from `new_texts`, with what a test does not care about made up."""
    con.register("given", _dates(texts))
    con.execute(_ARTICLES, {"batch": batch})
    con.unregister("given")


_ARTICLES = """
merge into articles a using (select * from new_texts join given using (article_id)) n
    on a.article_id = n.article_id
when matched then update set body = n.body, text_hash = n.text_hash,
    word_count = len(string_split(n.body, ' ')), batch_id = $batch
when not matched then insert (
    article_id, source_id, url, body, body_from, authors, tags, language, published_at,
    published_on, published_precision, modified_at, modified_on, modified_precision, dated_at,
    dated_on, date_basis, first_seen_at, word_count, is_paywalled, is_truncated, version_count,
    seen_from, seen_to, content_hash, text_hash, extractor_version, found_by, credited_source,
    batch_id)
values (
    n.article_id, n.source_id, 'https://' || n.source_id || '.example/' || n.article_id, n.body,
    'page', [], [], n.language, case when n.basis = 'published' then n.said_at end,
    case when n.basis = 'published' then n.said_on end,
    case when n.basis = 'published' then n.precision end,
    case when n.basis = 'modified' then n.said_at end,
    case when n.basis = 'modified' then n.said_on end,
    case when n.basis = 'modified' then n.precision end, n.dated_at, n.said_on, n.basis,
    n.first_seen_at, len(string_split(n.body, ' ')), false, false, 1, n.first_seen_at,
    n.first_seen_at, n.text_hash, n.text_hash, '1', n.found_by, n.credits, $batch)
"""


def _dates(texts: Sequence[Text]) -> pa.Table:
    said = [None if text.day else text.dated_at for text in texts]
    days = [text.day or text.dated_at.date() for text in texts]
    precisions = ["day" if text.day else text.precision for text in texts]
    return pa.table(
        {
            "article_id": pa.array([text.id for text in texts], pa.int64()),
            "said_at": pa.array(said, _INSTANT),
            "said_on": pa.array(days, pa.date32()),
            "precision": pa.array(precisions, pa.string()),
            "basis": pa.array([text.basis for text in texts], pa.string()),
            "found_by": pa.array([text.found_by for text in texts], pa.string()),
            "credits": pa.array([text.credits for text in texts], pa.string()),
        }
    )


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    """Run a query."""
    return con.execute(query).fetchall()


def story_of(con: duckdb.DuckDBPyConnection) -> dict[int, int]:
    """Map article ids to story ids."""
    return dict(con.execute("select article_id, story_id from story_articles").fetchall())


def zones(con: duckdb.DuckDBPyConnection, **of_sources: str | None) -> None:
    """Add outlets and the clocks they go by."""
    for source_id, zone in of_sources.items():
        con.execute(
            "insert into sources values ($1, $1, 'https://' || $1 || '.example', ['en'], [], $2, "
            "true, false, '{}', 'b')",
            [source_id, zone],
        )


def told(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    """Run a query, with instants as their UTC words."""
    con.execute("set timezone = 'UTC'")
    return [
        tuple(f"{one:%F %T}" if hasattr(one, "hour") else one for one in row)
        for row in con.execute(query).fetchall()
    ]
