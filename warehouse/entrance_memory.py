"""What is known of a source's entrances and their parts, and which of them are due."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import duckdb

from crawlers.catalogue import Source
from crawlers.job import KnownEntrance
from crawlers.polling import bounded

DUE_SHARE = 0.9
"""Of the interval: an hourly schedule that starts a little early must not skip an hour."""
FORGOTTEN = timedelta(days=90)
"""After this, a part that no index names any more is forgotten: some outlets have one a day."""

# Looks are counted from the beginning of their batch: a source that was late in its batch must
# not skip the next one. All columns, because a snapshot of an older Khabar has not those of today.
_ENTRANCES = """
SELECT e.*, b.started_at FROM entrances e JOIN batches b USING (batch_id)
WHERE e.source_id = $source_id AND e.polled_at >= $since ORDER BY e.entrance
"""


def recall_entrances(
    con: duckdb.DuckDBPyConnection, source: Source, now: datetime
) -> tuple[KnownEntrance, ...]:
    """Read the state of each entrance of the source file, and of the parts of its sitemaps."""
    result = con.execute(_ENTRANCES, {"source_id": source.id, "since": now - FORGOTTEN})
    names = [column[0] for column in result.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    return tuple(_known(row, source.interval_minutes, now) for row in rows)


def _known(row: Mapping[str, Any], base: float, now: datetime) -> KnownEntrance:
    minutes, weight = row.get("interval_minutes"), row["failure_weight"]
    interval = base if minutes is None else minutes if weight else bounded(base, minutes)
    return KnownEntrance(
        url=row["entrance"],
        item_hashes=tuple(row["item_hashes"]),
        is_due=now - row["started_at"] >= timedelta(minutes=interval * DUE_SHARE),
        is_well=not weight and not row.get("is_stale"),
        interval_minutes=minutes,
        failure_weight=weight,
        newest_at=row["newest_at"],
        answered_at=row["answered_at"],
        part_of=row.get("part_of"),
        etag=row["etag"],
        last_modified=row["last_modified"],
        is_cut_short=bool(row.get("is_cut_short")),
    )


def is_source_due(source: Source, entrances: tuple[KnownEntrance, ...]) -> bool:
    """Tell whether one of the source's entrances is due, or was never looked at."""
    known = {entrance.url: entrance for entrance in entrances}
    states = [known.get(entrance.url) for entrance in source.entrances]
    return any(state is None or state.is_due for state in states)


def is_stand_in_due(source: Source, entrances: tuple[KnownEntrance, ...]) -> bool:
    """Tell whether an entrance that fails or is stale leaves its place to another, well one."""
    known = {entrance.url: entrance for entrance in entrances}
    wells = [state.is_well for one in source.entrances if (state := known.get(one.url))]
    return any(wells) and not all(wells)


def has_rested(con: duckdb.DuckDBPyConnection, source: Source, now: datetime) -> bool:
    """Tell whether the last batch that asked the source began its interval ago."""
    row = con.execute(
        "SELECT max(b.started_at) FROM batch_sources s JOIN batches b USING (batch_id) "
        "WHERE s.source_id = ? AND b.found_by = 'live'",
        [source.id],
    ).fetchone()
    asked_at: datetime | None = row[0] if row else None
    interval = timedelta(minutes=source.interval_minutes * DUE_SHARE)
    return asked_at is None or now - asked_at >= interval
