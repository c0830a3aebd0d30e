"""Why a count of articles differs between a release and today: what came, what went, and why."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from warehouse.connection import published_file
from warehouse.interruption import heed_interrupts
from warehouse.moved_articles import find_movers, give_reasons, pick_articles, read_rows
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
        release, today = _pick(session, name, where)
        find_movers(session, where)
        give_reasons(session)
        change = CountChange(
            name=name,
            where=where,
            release=release,
            today=today,
            came=_sum_up(session, has_come=True),
            went=_sum_up(session, has_come=False),
        )
    _refuse_imbalance(change)
    return change


def _pick(session: Session, name: str, where: str) -> tuple[Side, Side]:
    """Note which articles of each file match."""
    then, now = (read_rows(session, _SIDE.format(file=file))[0] for file in ("old", "news"))
    try:
        count = pick_articles(session, "old", "then", where)
    except QueryFailed as error:
        raise QueryFailed(f"in release {name}, of schema {then[2]}: {error}") from error
    return _as_side(then, count), _as_side(now, pick_articles(session, "news", "now", where))


def _as_side(told: tuple[Any, ...], articles: int) -> Side:
    return Side(
        snapshot_id=told[0], published_at=told[1], schema_version=told[2], articles=articles
    )


def _refuse_imbalance(change: CountChange) -> None:
    then, now = change.release.articles, change.today.articles
    came, went = (sum(one.articles for one in side) for side in (change.came, change.went))
    if then + came - went != now:
        raise RuntimeError(f"{then} + {came} - {went} is not {now}; please report it")


def _sum_up(session: Session, *, has_come: bool) -> tuple[Moved, ...]:
    fields: dict[str, dict[str, int]] = {}
    for came, reason, field, count in read_rows(session, _FIELDS):
        if came == has_come:
            fields.setdefault(reason, {})[field] = count
    sums = [
        Moved(reason=reason, articles=count, fields=fields.get(reason, {}), sample_ids=tuple(ids))
        for came, reason, count, ids in read_rows(session, _SUMS)
        if came == has_come
    ]
    return tuple(sorted(sums, key=lambda one: list(REASONS).index(one.reason)))
