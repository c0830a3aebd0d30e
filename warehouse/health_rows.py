"""What the published snapshot says of each outlet's last four weeks, read once a snapshot."""

from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

import duckdb

from warehouse.connection import WarehouseError, open_snapshot, snapshot_file
from warehouse.errors import explain

DAYS: Final = 28
DETAILS: Final = 10
_ASKED_BEFORE: Final = timedelta(days=DAYS + 2)
"""Looks from before the first day, so that what it is told of is whole in any zone."""

_CLOCK = "SELECT snapshot_id, published_at, (SELECT max(polled_at) FROM polls) FROM snapshot"
_SERIES = """
WITH counts AS (
    SELECT source_id, dated_on AS day, count(*) AS articles FROM articles
    WHERE dated_on >= $first AND found_by = 'live' GROUP BY ALL)
SELECT source_id, c.day, coalesce(n.articles, 0), c.observed
FROM covered_since($since) c LEFT JOIN counts n USING (source_id, day)
WHERE c.day >= $first ORDER BY source_id, c.day
"""
_LAST = "SELECT source_id, max(least(dated_at, first_seen_at)) FROM articles GROUP BY source_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of an outlet, on its own calendar."""

    day: date
    articles: int
    observed: str
    """full, partial, or blind: nobody looked, so that 0 says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotFacts:
    """What one snapshot says of all outlets."""

    snapshot_id: str
    published_at: datetime
    days: dict[str, tuple[Day, ...]] = field(default_factory=dict)
    """The last 28 days of each outlet, up to the last on which any was looked at."""
    last_article_at: dict[str, datetime] = field(default_factory=dict)
    """From its date, or from its first capture where that came before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntranceFacts:
    """One way into an outlet, after its last look."""

    address: str
    kind: str
    polled_at: datetime
    answered_at: datetime | None
    newest_at: datetime | None
    is_stale: bool | None
    is_failing: bool
    why: str | None = None
    """Why its last look failed, where its batch's files still tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFailed:
    """A page that could not be had."""

    asked_at: datetime | None
    reason: str
    detail: str | None
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestArticle:
    """An article as the list of the newest shows it."""

    article_id: int
    dated_at: datetime
    date_basis: str
    title: str | None
    language: str | None
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """What a snapshot says of one outlet beside its days."""

    rejections: tuple[tuple[str, int], ...] = ()
    """Reasons of the last 28 days, the commonest first."""
    entrances: tuple[EntranceFacts, ...] = ()
    failures: tuple[PageFailed, ...] = ()
    articles: tuple[LatestArticle, ...] = ()


def source_facts(home: Path, source_id: str) -> SourceFacts:
    """Read what the snapshot says of one outlet; raises as ask_facts()."""
    return _source(home, source_id, tell_file(home))


def tell_file(home: Path) -> tuple[int, int] | None:
    """Tell one published file from the next; None where there is none."""
    try:
        found = snapshot_file(home).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def ask_facts(home: Path) -> SnapshotFacts:
    """Ask the snapshot what it says of all outlets.

    Raises:
        WarehouseError: there is none, or it cannot be read; the message says which and the mend.
    """
    with closing(open_snapshot(home)) as con:
        try:
            return _read_facts(con)
        except duckdb.Error as error:
            raise explain(snapshot_file(home), error) from error


def _read_facts(con: duckdb.DuckDBPyConnection) -> SnapshotFacts:
    row = con.execute(_CLOCK).fetchone()
    if row is None:
        raise WarehouseError(
            "the snapshot does not say what it is; `khabar publish` writes it anew"
        )
    snapshot_id, published_at, as_of = row
    days: dict[str, list[Day]] = {}
    if as_of is not None:
        # A zone's day may be one ahead of or behind UTC's.
        first, since = as_of.date() - timedelta(days=DAYS - 1), as_of - _ASKED_BEFORE
        asked = con.execute(_SERIES, {"first": first, "since": since}).fetchall()
        for source_id, day, articles, observed in asked:
            days.setdefault(source_id, []).append(
                Day(day=day, articles=articles, observed=observed)
            )
    return SnapshotFacts(
        snapshot_id=snapshot_id,
        published_at=published_at,
        days={one: tuple(found[-DAYS:]) for one, found in days.items()},
        last_article_at=dict(con.execute(_LAST).fetchall()),
    )


@lru_cache(maxsize=128)
def _source(home: Path, source_id: str, _identity: tuple[int, int] | None) -> SourceFacts:
    with closing(open_snapshot(home)) as con:
        try:
            return _read_source(con, source_id)
        except duckdb.Error as error:
            raise explain(snapshot_file(home), error) from error


_SINCE = "SELECT (max(started_at) - to_days($days))::TIMESTAMPTZ FROM batches"
_REASONS = """
SELECT reason, count(*) FROM fetches
WHERE batch_id >= $since AND source_id = $source AND outcome = 'rejected'
GROUP BY reason ORDER BY count(*) DESC, reason
"""
_ENTRANCES = """
SELECT entrance, kind, polled_at, answered_at, newest_at, is_stale, failure_weight > 0, NULL
FROM entrances WHERE source_id = $source AND part_of IS NULL ORDER BY kind, entrance
"""
_FAILURES = """
SELECT fetched_at, reason, detail, url FROM fetches
WHERE batch_id >= $since AND source_id = $source AND outcome = 'failed'
ORDER BY batch_id DESC, url_key LIMIT $most
"""
_ARTICLES = """
SELECT article_id, dated_at, date_basis, title, language, url FROM articles
WHERE source_id = $source ORDER BY dated_at DESC, article_id LIMIT $most
"""


def _read_source(con: duckdb.DuckDBPyConnection, source_id: str) -> SourceFacts:
    source = {"source": source_id}
    begin = con.execute(_SINCE, {"days": DAYS}).fetchone()
    # Ids of batches begin with their time: what is older is not read.
    since = source | {"since": f"{begin[0]:%Y%m%d}" if begin and begin[0] else ""}
    entrances = con.execute(_ENTRANCES, source).fetchall()
    failures = con.execute(_FAILURES, since | {"most": DETAILS}).fetchall()
    articles = con.execute(_ARTICLES, source | {"most": DETAILS}).fetchall()
    return SourceFacts(
        rejections=tuple(con.execute(_REASONS, since).fetchall()),
        entrances=tuple(
            EntranceFacts(**dict(zip(EntranceFacts.__slots__, row, strict=True)))
            for row in entrances
        ),
        failures=tuple(
            PageFailed(**dict(zip(PageFailed.__slots__, row, strict=True))) for row in failures
        ),
        articles=tuple(
            LatestArticle(**dict(zip(LatestArticle.__slots__, row, strict=True)))
            for row in articles
        ),
    )
