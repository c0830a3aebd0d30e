"""read_health(): how all is, for the operator's page; it speaks whatever broke.

Status files of the batches come first, then incidents, then the published snapshot, read-only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from statistics import median, quantiles

from crawlers.catalogue import SOURCE_ID, CatalogueError, Source, spoilt_name
from warehouse.health_files import BatchHealth
from warehouse.health_looks import look_again
from warehouse.health_rows import Day, SourceFacts, source_facts
from warehouse.health_sources import (
    SourceHealth,
    is_muted,
    make_row,
    make_spoilt_row,
    name_spoilt,
    order,
    read_last_batches,
)
from warehouse.health_troubles import Facts, find_troubles, read_facts
from warehouse.health_words import Clock, say_sentence
from warehouse.held_pages import Held, find_held
from warehouse.incident_files import Incident
from warehouse.incidents import list_damaged, list_incidents

MIN_DAYS_OF_BAND = 14
"""Whole, observed days from which on what is usual can be told."""


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
    broken: BatchHealth | None
    """The batch that is to be mended: red, or not published; None where none is."""
    wants_run: bool
    """Whether a new run is what mends the pipeline."""
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
    retired: str | None = None
    """Why it is not asked any more; None where it is."""


def read_health(
    home: Path, sources: Sequence[Source], spoilt: Sequence[CatalogueError], now: datetime
) -> Health:
    """Read how all is; `sources` and `spoilt` are what load_catalogue() gives."""
    active = [one for one in sources if one.retired is None]
    clock = Clock.of(now, (one.timezone for one in active))
    broken = name_spoilt(spoilt, {one.id for one in sources})
    last = read_last_batches(home, {one.id for one in active} | broken.keys())
    facts, opened = read_facts(home), list_incidents(home, is_open=True)
    rows = [make_row(one, last, facts.read, opened, clock) for one in active]
    rows += [make_spoilt_row(name, why, last, facts.read, opened) for name, why in broken.items()]
    troubles = find_troubles(home, last, facts, opened, clock)
    unnamed = [str(one) for one in spoilt if spoilt_name(one) not in broken]
    alarms = (*troubles.alarms, *unnamed, *list_damaged(home))
    names = {one.source_id for one in rows}
    new = sum(_is_new(one, now) for one in opened) + troubles.new + _untold(rows)
    return Health(
        sentence=say_sentence(
            [(one.is_fine, one.is_verified) for one in rows],
            facts.words(clock),
            troubles.words,
            new,
            has_run=last.newest is not None or facts.is_begun,
        ),
        is_well=not alarms and not opened and all(one.is_fine for one in rows if one.is_verified),
        alarms=alarms,
        clock=clock,
        published_at=facts.read.published_at if facts.read else None,
        newest=last.newest,
        broken=troubles.broken,
        wants_run=troubles.wants_run,
        sources=tuple(sorted(rows, key=order)),
        incidents=tuple(one for one in opened if one.source_id not in names),
    )


def read_source(home: Path, source: Source, now: datetime) -> SourceDetail:
    """Read one outlet's page."""
    clock, facts = Clock.of(now, [source.timezone]), read_facts(home)
    opened, history = _incidents_of(home, source.id)
    row = make_row(source, read_last_batches(home, {source.id}), facts.read, opened, clock)
    if source.retired is not None:
        row = replace(row, state=f"retired: {source.retired}", is_fine=not opened)
    detail = _detail(home, row, clock, history, facts, source.expect.articles_per_day)
    return replace(detail, retired=source.retired)


def read_spoilt(home: Path, name: str, why: str, now: datetime) -> SourceDetail:
    """Read the page of an outlet whose source file cannot be used, and say why."""
    clock, facts = Clock.of(now, []), read_facts(home)
    opened, history = _incidents_of(home, name)
    row = make_spoilt_row(name, why, read_last_batches(home, {name}), facts.read, opened)
    return _detail(home, row, clock, history, facts, None)


def find_band(days: Sequence[Day]) -> Band | None:
    """Tell what is usual, of days that were seen whole; the last one is not over."""
    counts = [one.articles for one in days[:-1] if one.observed == "full"]
    if len(counts) < MIN_DAYS_OF_BAND:
        return None
    tenths = quantiles(counts, n=10, method="inclusive")
    return Band(low=tenths[0], middle=float(median(counts)), high=tenths[-1])


def _incidents_of(home: Path, source_id: str) -> tuple[tuple[Incident, ...], tuple[Incident, ...]]:
    """Give an outlet's incidents: those that are open, and those that are over."""
    told = [one for one in list_incidents(home) if one.source_id == source_id]
    opened = tuple(one for one in told if one.closed_at is None)
    return opened, tuple(one for one in told if one.closed_at is not None)


def _detail(
    home: Path,
    row: SourceHealth,
    clock: Clock,
    history: tuple[Incident, ...],
    facts: Facts,
    promised: float | None,
) -> SourceDetail:
    known = source_facts(home, row.source_id) if facts.read else SourceFacts()
    # A file whose name is no id was never crawled: nothing lies under it.
    is_id = SOURCE_ID.fullmatch(row.source_id) is not None
    entrances = look_again(home, row.source_id, known.entrances) if is_id else ()
    return SourceDetail(
        row=row,
        clock=clock,
        promised_per_day=promised,
        band=find_band(row.days),
        facts=replace(known, entrances=entrances),
        held=find_held(home, row.source_id) if is_id else None,
        history=history,
        alarms=(facts.lost,) if facts.lost else (),
    )


def _is_new(incident: Incident, now: datetime) -> bool:
    return incident.acknowledged_by is None and not is_muted(incident, now)


def _untold(rows: Sequence[SourceHealth]) -> int:
    """Count files that cannot be used, and of which the watch has not opened an incident yet."""
    spoilt = (one for one in rows if not one.is_usable)
    return sum(all(told.kind != "source_file" for told in one.incidents) for one in spoilt)
