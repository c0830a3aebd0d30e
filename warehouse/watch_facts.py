"""What the watch knows of each outlet: read from the published snapshot, in a few questions."""
# ruff: noqa: S608 (only names written in this file go into its statements)

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import duckdb

KEPT_DAYS = 63
"""How far back days are counted: the last week, and eight before it in which to find four seen."""
WINDOWS = {"two days": (2, 0), "week": (7, 0), "before": (35, 7)}
"""Spans of days before the newest look: from, to."""
FIELDS = ("title", "author", "date", "section", "image")


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A whole day of the outlet's own calendar."""

    on: date
    ago: int
    """0 is today, which is not over."""
    articles: int
    """Found live and dated so."""
    is_seen: bool
    """Whether anybody looked: a blind day is no zero."""
    is_whole: bool = True
    """Whether no six hours of it went without an answer: an outage is no silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntranceState:
    """What the last look at an entrance found."""

    url: str
    polled_at: datetime
    answered_at: datetime | None
    newest_at: datetime | None
    is_stale: bool | None
    was_fresh: bool = True
    """Whether a live look ever found it fresh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlOutcome:
    """How one live batch ended for the outlet."""

    batch_id: str
    started_at: datetime
    status: str
    """loaded, held or failed; crawled where its batch is not published yet."""
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Ledger lines of live batches in a window."""

    fetched: int = 0
    rejected: int = 0
    failed: int = 0
    blocked: int = 0
    """Of the failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """Articles found live in a window, and how many of them have what."""

    articles: int = 0
    shares: Mapping[str, float] = field(default_factory=dict)
    median_words: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """All that the rules may look at of one outlet."""

    as_of: datetime
    """Newest live look or batch of any outlet, UTC: the outlet's days are counted back from it."""
    proved_days: int = 0
    """Days, ever, on which a live batch brought an article of it that was not known."""
    days: tuple[Day, ...] = ()
    """Newest first."""
    entrances: tuple[EntranceState, ...] = ()
    last_answer_at: datetime | None = None
    last_block_at: datetime | None = None
    """Last look at an entrance that was blocked."""
    outcomes: tuple[CrawlOutcome, ...] = ()
    """Newest first, of the last two weeks."""
    pages: Mapping[str, Pages] = field(default_factory=dict)
    """By window."""
    fields: Mapping[str, Fields] = field(default_factory=dict)
    """By window."""


# A backfill goes on while ingest is paused: its looks say nothing of what is published now.
_LIVE = "join (select batch_id from batches where found_by = 'live') using (batch_id)"
_AS_OF = f"""
select greatest((select max(polled_at) from polls {_LIVE}),
                (select max(started_at) from batches where found_by = 'live'))
"""
_DAYS = f"""
with today as (
    select source_id, local_day($as_of, zone := coalesce(timezone, 'UTC')) as today from sources
), counts as (
    select source_id, dated_on as day, count(*) as articles from articles
    where dated_on >= (select min(today) from today) - $kept and found_by = 'live' group by all
), answers as (
    select source_id, polled_at as until,
           lag(polled_at) over (partition by source_id order by polled_at) as since
    from polls {_LIVE} where reason is null and polled_at >= $as_of - to_days($kept::int + 7)
), gapped as (
    select distinct source_id, unnest(generate_series(
        local_day(since, zone := coalesce(timezone, 'UTC')),
        local_day(until, zone := coalesce(timezone, 'UTC')), interval 1 day))::date as day
    from answers join sources using (source_id) where until - since > interval 6 hours
)
select d.source_id, d.day, (t.today - d.day)::int, coalesce(c.articles, 0),
       d.observed <> 'blind', d.observed = 'full' or g.day is null
from covered_since($as_of - to_days($kept::int + 7)) d
join today t using (source_id) left join counts c using (source_id, day)
left join gapped g using (source_id, day)
where d.day between t.today - $kept and t.today
order by d.source_id, d.day desc
"""
_ENTRANCES = f"""
select source_id, entrance, polled_at, answered_at, newest_at, is_stale,
       (source_id, entrance) in
           (select (source_id, entrance) from polls {_LIVE} where reason is null and not is_stale)
from entrances where part_of is null order by source_id, entrance
"""
_PROVED = """
select source_id, count(distinct timezone('UTC', first_seen_at)::date) from articles
where found_by = 'live' group by source_id
"""
_LOOKS = f"""
select source_id, max(polled_at) filter (where reason is null),
       max(polled_at) filter (where reason = 'blocked')
from polls {_LIVE} where polled_at >= $as_of - interval 14 days group by source_id
"""
_OUTCOMES = """
select s.source_id, s.batch_id, b.started_at, s.status, s.reason
from batch_sources s join batches b using (batch_id)
where b.found_by = 'live' and b.started_at >= $as_of - interval 14 days
order by s.source_id, b.started_at desc
"""
_PAGES = """
select s.source_id, sum(s.fetched)::int, sum(s.rejected)::int, sum(s.failed)::int,
       sum(coalesce(k.blocked, 0))::int
from batch_sources s join batches b using (batch_id)
left join (select source_id, batch_id, count(*) as blocked from fetches
           where reason = 'blocked' and outcome = 'failed' group by all) k
    using (source_id, batch_id)
where b.found_by = 'live' and b.started_at >= $as_of - to_days($since::int)
    and b.started_at <= $as_of - to_days($until::int)
group by s.source_id
"""
_FIELDS = """
select source_id, count(*), avg((title is not null)::int), avg((len(authors) > 0)::int),
       avg((date_basis = 'published')::int), avg((section is not null)::int),
       avg((image_url is not null)::int), median(nullif(word_count, 0))
from articles where found_by = 'live' and first_seen_at >= $as_of - to_days($since::int)
    and first_seen_at <= $as_of - to_days($until::int)
group by source_id
"""


def read_facts(con: duckdb.DuckDBPyConnection) -> dict[str, SourceFacts]:
    """Read what the snapshot knows of every outlet; nothing where nobody ever looked."""
    (as_of,) = con.execute(_AS_OF).fetchall()[0]
    if as_of is None:
        return {}
    days = _grouped(con, _DAYS, {"as_of": as_of, "kept": KEPT_DAYS})
    entrances = _grouped(con, _ENTRANCES, {})
    proved = _grouped(con, _PROVED, {})
    looks = _grouped(con, _LOOKS, {"as_of": as_of})
    outcomes = _grouped(con, _OUTCOMES, {"as_of": as_of})
    pages = _by_window(con, _PAGES, as_of)
    fields = _by_window(con, _FIELDS, as_of)
    known = {*days, *entrances, *looks, *outcomes}
    return {
        source_id: SourceFacts(
            as_of=as_of,
            proved_days=proved[source_id][0][0] if source_id in proved else 0,
            days=tuple(
                Day(on=on, ago=ago, articles=articles, is_seen=is_seen, is_whole=is_whole)
                for on, ago, articles, is_seen, is_whole in days.get(source_id, ())
            ),
            entrances=tuple(map(_entrance, entrances.get(source_id, ()))),
            last_answer_at=looks[source_id][0][0] if source_id in looks else None,
            last_block_at=looks[source_id][0][1] if source_id in looks else None,
            outcomes=tuple(map(_outcome, outcomes.get(source_id, ()))),
            pages={name: _pages(found.get(source_id)) for name, found in pages.items()},
            fields={name: _fields(found.get(source_id)) for name, found in fields.items()},
        )
        for source_id in known
    }


def _grouped(
    con: duckdb.DuckDBPyConnection, sql: str, known: Mapping[str, object]
) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for source_id, *rest in con.execute(sql, dict(known)).fetchall():
        found.setdefault(str(source_id), []).append(tuple(rest))
    return found


def _by_window(
    con: duckdb.DuckDBPyConnection, sql: str, as_of: datetime
) -> dict[str, dict[str, list[tuple[Any, ...]]]]:
    return {
        name: _grouped(con, sql, {"as_of": as_of, "since": since, "until": until})
        for name, (since, until) in WINDOWS.items()
    }


def _entrance(row: tuple[Any, ...]) -> EntranceState:
    url, polled_at, answered_at, newest_at, is_stale, was_fresh = row
    return EntranceState(
        url=url, polled_at=polled_at, answered_at=answered_at, newest_at=newest_at,
        is_stale=is_stale, was_fresh=was_fresh,
    )  # fmt: skip


def _outcome(row: tuple[Any, ...]) -> CrawlOutcome:
    batch_id, started_at, status, reason = row
    return CrawlOutcome(batch_id=batch_id, started_at=started_at, status=status, reason=reason)


def _pages(rows: Sequence[tuple[Any, ...]] | None) -> Pages:
    if not rows:
        return Pages()
    fetched, rejected, failed, blocked = rows[0]
    return Pages(fetched=fetched, rejected=rejected, failed=failed, blocked=blocked)


def _fields(rows: Sequence[tuple[Any, ...]] | None) -> Fields:
    if not rows:
        return Fields()
    articles, *shares, median_words = rows[0]
    told = dict(zip(FIELDS, shares, strict=True))
    return Fields(articles=articles, shares=told, median_words=median_words)
