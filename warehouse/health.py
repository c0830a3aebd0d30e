"""read_health(): how all is, for the operator's page; it speaks whatever broke.

Status files of the batches come first, then incidents, then the published snapshot, read-only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

from crawlers.catalogue import CatalogueError, Source
from warehouse.connection import WarehouseError
from warehouse.health_files import (
    BatchHealth,
    SourceInBatch,
    list_live_ids,
    read_batch,
)
from warehouse.health_kept import snapshot_facts
from warehouse.health_looks import look_again
from warehouse.health_rows import Day, SnapshotFacts, SourceFacts, source_facts
from warehouse.health_words import Clock, say_sentence
from warehouse.held_pages import Held, find_held
from warehouse.incidents import Incident, list_damaged, list_incidents

MIN_DAYS_OF_BAND = 14
"""Whole, observed days from which on what is usual can be told."""
LONG_RUN = timedelta(hours=3)
"""After which a batch that has not ended is worth a look: most take minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """One outlet's row."""

    source_id: str
    name: str
    is_verified: bool
    state: str
    """In words: fine, failed: why, held: why, what is awaited, or what its incident is."""
    is_fine: bool
    """Whether nothing of its last batch went wrong, and no incident that is not muted is open."""
    batch: BatchHealth | None
    """The newest live batch that it was in; None where it was in none of the last 48."""
    in_batch: SourceInBatch | None
    days: tuple[Day, ...]
    last_article_at: datetime | None
    incidents: tuple[Incident, ...]
    """The open ones, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How all is."""

    sentence: str
    is_well: bool
    alarms: tuple[str, ...]
    """What is wrong with the pipeline itself, a line each, with the mend."""
    clock: Clock
    published_at: datetime | None
    newest: BatchHealth | None
    sources: tuple[SourceHealth, ...]
    """Those that are not fine first."""
    incidents: tuple[Incident, ...]
    """Open ones of the pipeline itself, and of outlets that are in no source file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What is usual of an outlet: articles a day, of the whole days that were observed."""

    low: float
    """A tenth of the days had no more."""
    middle: float
    high: float
    """A tenth of the days had no less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDetail:
    """One outlet's page."""

    row: SourceHealth
    clock: Clock
    promised_per_day: float | None
    band: Band | None
    """None while learning: fewer than 14 whole days were observed."""
    facts: SourceFacts
    held: Held | None
    """What is held of it, the newest; None where nothing is."""
    history: tuple[Incident, ...]
    """Its closed incidents, newest first."""
    alarms: tuple[str, ...]


def read_health(
    home: Path, sources: Sequence[Source], spoilt: Sequence[CatalogueError], now: datetime
) -> Health:
    """Read how all is; `sources` and `spoilt` are what load_catalogue() gives."""
    active = [one for one in sources if one.retired is None]
    clock = Clock.of(now, (one.timezone for one in active))
    newest, batches, since = _last_batches(home, {one.id for one in active})
    facts, lost = _facts_or_loss(home)
    opened = list_incidents(home, is_open=True)
    rows = tuple(
        sorted((_row(one, batches, since, facts, opened, clock) for one in active), key=_order)
    )
    names = {one.id for one in active}
    published_at = facts.published_at if facts else None
    alarms = (*_alarms(newest, batches, lost, now), *map(str, spoilt), *list_damaged(home))
    others = tuple(one for one in opened if one.source_id not in names)
    return Health(
        sentence=say_sentence(
            [(one.is_fine, one.is_verified) for one in rows],
            published_at,
            sum(_is_new(one, now) for one in opened),
            clock,
            has_run=newest is not None,
            is_red=newest is not None and newest.is_red,
        ),
        is_well=not alarms and not opened and all(one.is_fine for one in rows if one.is_verified),
        alarms=alarms,
        clock=clock,
        published_at=published_at,
        newest=newest,
        sources=rows,
        incidents=others,
    )


def read_source(home: Path, source: Source, now: datetime) -> SourceDetail:
    """Read one outlet's page."""
    clock = Clock.of(now, [source.timezone])
    _, batches, since = _last_batches(home, {source.id})
    facts, lost = _facts_or_loss(home)
    told = [one for one in list_incidents(home) if one.source_id == source.id]
    opened = [one for one in told if one.closed_at is None]
    row = _row(source, batches, since, facts, opened, clock)
    known = source_facts(home, source.id) if facts else SourceFacts()
    return SourceDetail(
        row=row,
        clock=clock,
        promised_per_day=source.expect.articles_per_day,
        band=find_band(row.days),
        facts=replace(known, entrances=look_again(home, source.id, known.entrances)),
        held=find_held(home, source.id),
        history=tuple(one for one in told if one.closed_at is not None),
        alarms=(lost,) if lost else (),
    )


def find_band(days: Sequence[Day]) -> Band | None:
    """Tell what is usual, of days that were seen whole; the last one is not over."""
    counts = [one.articles for one in days[:-1] if one.observed == "full"]
    if len(counts) < MIN_DAYS_OF_BAND:
        return None
    tenths = quantiles(counts, n=10, method="inclusive")
    return Band(low=tenths[0], middle=float(median(counts)), high=tenths[-1])


def _last_batches(
    home: Path, wanted: set[str]
) -> tuple[BatchHealth | None, dict[str, tuple[BatchHealth, SourceInBatch]], datetime | None]:
    """Find the newest live batch of all, that of each source, and when the oldest looked at began.

    That is None where none was.
    """
    newest, since = None, None
    found: dict[str, tuple[BatchHealth, SourceInBatch]] = {}
    for batch_id in list_live_ids(home):
        batch = read_batch(home, batch_id)
        if batch.found_by != "live":
            continue
        since = batch.started_at
        if batch.sources:  # a batch in which nothing was due is no news
            newest = newest or batch
        for one in batch.sources:
            found.setdefault(one.source_id, (batch, one))
        if wanted <= found.keys():
            break
    return newest, found, since


def _facts_or_loss(home: Path) -> tuple[SnapshotFacts | None, str | None]:
    try:
        return snapshot_facts(home), None
    except WarehouseError as error:
        return None, f"the published snapshot cannot be read: {error}"


def _row(
    source: Source,
    batches: dict[str, tuple[BatchHealth, SourceInBatch]],
    since: datetime | None,
    facts: SnapshotFacts | None,
    opened: Sequence[Incident],
    clock: Clock,
) -> SourceHealth:
    batch, in_batch = batches.get(source.id, (None, None))
    incidents = tuple(one for one in opened if one.source_id == source.id)
    heard = [one for one in incidents if not _is_muted(one, clock.now)]
    return SourceHealth(
        source_id=source.id,
        name=source.name,
        is_verified=source.verified,
        state=_state(in_batch, heard) if in_batch else _say_unasked(since, clock),
        is_fine=not heard and (in_batch.is_fine if in_batch else _may_rest(source, since, clock)),
        batch=batch,
        in_batch=in_batch,
        days=facts.days.get(source.id, ()) if facts else (),
        last_article_at=facts.last_article_at.get(source.id) if facts else None,
        incidents=incidents,
    )


def _state(in_batch: SourceInBatch, heard: Sequence[Incident]) -> str:
    """Tell what is wrong first: an outlet may be silent, or fail now and then, in a fine batch."""
    if not heard or not in_batch.is_fine:
        return in_batch.state
    return f"{heard[0].kind.replace('_', ' ')}, its last batch {in_batch.state}"


def _say_unasked(since: datetime | None, clock: Clock) -> str:
    return f"not asked since {clock.say(since)}" if since else "never asked"


def _may_rest(source: Source, since: datetime | None, clock: Clock) -> bool:
    """Tell whether an outlet may be without a look since then; looks stretch to four intervals."""
    longest = timedelta(minutes=4 * source.interval_minutes)
    return since is not None and clock.now - since < longest


def _order(row: SourceHealth) -> tuple[bool, bool, str]:
    return row.is_fine, not row.is_verified, row.name.casefold()


def _is_muted(incident: Incident, now: datetime) -> bool:
    return incident.muted_until is not None and incident.muted_until > now


def _is_new(incident: Incident, now: datetime) -> bool:
    return incident.acknowledged_by is None and not _is_muted(incident, now)


def _alarms(
    newest: BatchHealth | None,
    batches: dict[str, tuple[BatchHealth, SourceInBatch]],
    lost: str | None,
    now: datetime,
) -> list[str]:
    if newest is None:
        return [lost] if lost and batches else []
    said = [f"the newest run is red: {newest.why_red}"] if newest.is_red else []
    if newest.is_over and newest.stage != "published" and not newest.why_red:
        said.append(f"{newest.batch_id} was not published; see the log of Publish")
    if not newest.is_over and now - newest.started_at > LONG_RUN:
        hours = (now - newest.started_at) // timedelta(hours=1)
        said.append(f"{newest.batch_id} began {hours} hours ago and has not ended; look at its run")
    return said + ([lost] if lost else [])
