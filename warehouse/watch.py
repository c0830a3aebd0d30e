"""watch(): holds every outlet and the pipeline against what is promised; opens, closes incidents.

It reads the newest batches' own files and the published snapshot, never the writer's file.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb

from crawlers.catalogue import SOURCE_ID, CatalogueError, Source, load_catalogue, spoilt_name
from crawlers.counted import counted
from warehouse.connection import WarehouseBroken, WarehouseError, open_snapshot, snapshot_file
from warehouse.errors import explain
from warehouse.held_by_trial import find_waiting, judge_extractor
from warehouse.incident_files import Incident
from warehouse.incidents import close_incident, list_incidents, open_incidents
from warehouse.snapshot_age import find_trouble
from warehouse.watch_disk import judge_disk_low
from warehouse.watch_facts import SourceFacts, read_facts
from warehouse.watch_pipeline import (
    LiveBatch,
    judge_broken_promise,
    judge_not_published,
    judge_unreadable,
    read_batches,
)
from warehouse.watch_rules import (
    WELL,
    Verdict,
    judge_blocked,
    judge_failing,
    judge_held,
    judge_silent,
    judge_stale_feed,
    without,
)
from warehouse.watch_shares import judge_fields, judge_rejections, judge_volume

Rule = Callable[[Source, SourceFacts], Verdict]

RULES: Final[Mapping[str, Rule]] = {
    "silent": judge_silent,
    "stale_feed": judge_stale_feed,
    "blocked": judge_blocked,
    "rejections": judge_rejections,
    "fields": judge_fields,
    "volume": judge_volume,
    "held": judge_held,
    "failing": judge_failing,
}
"""The rule of each kind of an outlet's incidents that the watch opens and closes."""
PROVED_DAYS: Final = 7
"""Days with new articles by which an unverified outlet has proved that it can be crawled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchReport:
    """What the watch found."""

    opened: tuple[Incident, ...]
    closed: tuple[Incident, ...]
    still_open: int
    """Open incidents, those just opened among them."""
    watched: int
    """Outlets held against the rules."""
    trouble: str | None
    """Why the snapshot could not be read; None where it could."""
    line: str


def watch(
    home: Path, folders: Iterable[Path], now: datetime, *, disk_floor_mb: int, has_lake: bool
) -> WatchReport:
    """Open an incident for what is wrong now, close those that are over, and leave the doubtful.

    What was noted of a lake counts only where one is published to (`has_lake`).
    """
    folders = tuple(folders)
    sources, spoilt = load_catalogue(folders)
    batches = read_batches(home)
    facts, waiting, lost = _read_snapshot(home)
    trouble = None if lost is None else str(lost)
    damage = trouble if isinstance(lost, WarehouseBroken) else None
    verdicts: dict[tuple[str | None, str], Verdict] = {
        (None, "unreadable"): judge_unreadable(home, find_trouble(home) or damage, batches, now),
        (None, "not_published"): judge_not_published(
            home, sources, batches, now, has_lake=has_lake
        ),
        (None, "broken_promise"): judge_broken_promise(home, batches),
        (None, "disk_low"): judge_disk_low(home, disk_floor_mb),
        **_judge_files(folders, sources, spoilt),
    }
    for source in sources:
        for kind, verdict in _judge(source, facts, batches).items():
            verdicts[source.id, kind] = verdict
        verdicts[source.id, "extractor_changed"] = judge_extractor(home, source, waiting)
    before = list_incidents(home, is_open=True)
    for one in before:
        is_told = isinstance(verdicts.get((one.source_id, one.kind)), str)
        if one.source_id is not None and not is_told and not _has_file(folders, one.source_id):
            verdicts[one.source_id, one.kind] = WELL  # it is watched no more
    opened, closed = _apply(home, before, verdicts, now)
    still = len(before) + len(opened) - len(closed)
    watched = sum(one.id in facts and is_watched(one, facts[one.id]) for one in sources)
    return WatchReport(
        opened=opened, closed=closed, still_open=still, watched=watched, trouble=trouble,
        line=_line(opened, closed, still, watched, trouble),
    )  # fmt: skip


def _read_snapshot(
    home: Path,
) -> tuple[dict[str, SourceFacts], dict[str, list[str]] | None, WarehouseError | None]:
    try:
        with closing(open_snapshot(home)) as con:
            return read_facts(con), find_waiting(con), None
    except WarehouseError as error:
        return {}, None, error
    except duckdb.CatalogException as error:
        said = str(error).splitlines()[0]
        older = f"the snapshot is of an older Khabar ({said}); `khabar publish` renews it"
        return {}, None, WarehouseError(older)
    except duckdb.Error as error:  # the file is cut off, or its disk is bad
        return {}, None, explain(snapshot_file(home), error)


def _judge_files(
    folders: tuple[Path, ...], sources: Iterable[Source], spoilt: Iterable[CatalogueError]
) -> dict[tuple[str | None, str], Verdict]:
    """Tell whose source files cannot be used; one whose name is no id is the pipeline's."""
    told: dict[str | None, list[str]] = {}
    for error in spoilt:
        name = spoilt_name(error)
        whose = name if SOURCE_ID.fullmatch(name) else None
        told.setdefault(whose, []).append(f"source file cannot be used, and is not asked: {error}")
    # Without the catalogue's own folder (a disk that is not there) nobody knows.
    known = [None, *(one.id for one in sources)] if folders[0].is_dir() else []
    verdicts: dict[str | None, Verdict] = dict.fromkeys(known, WELL)
    verdicts |= {whose: "; ".join(said) for whose, said in told.items()}
    return {(whose, "source_file"): verdict for whose, verdict in verdicts.items()}


def _judge(
    source: Source, facts: dict[str, SourceFacts], batches: Iterable[LiveBatch]
) -> dict[str, Verdict]:
    """Judge an outlet by the snapshot, and by batches that are not in it yet."""
    known = facts.get(source.id)
    if known is None:
        return dict.fromkeys(RULES, WELL) if source.retired is not None else {}
    offline = frozenset(one.batch_id for one in batches if one.is_offline)
    loaded = {one.batch_id for one in known.outcomes}
    newer = [
        one.outcomes[source.id]
        for one in batches
        if source.id in one.outcomes and one.batch_id not in loaded
    ]
    told = sorted((*newer, *known.outcomes), key=lambda one: one.started_at, reverse=True)
    return judge_source(source, replace(known, outcomes=without(told, offline)))


def _has_file(folders: tuple[Path, ...], source_id: str) -> bool:
    """Tell whether an outlet has a source file still, be it one that cannot be used just now."""
    files = [folder / f"{source_id}.yml" for folder in folders]
    # Without the catalogue's own folder (a disk that is not there) nobody knows.
    return not folders[0].is_dir() or any(file.exists() for file in files)


def is_watched(source: Source, facts: SourceFacts) -> bool:
    """Tell whether somebody expects articles of it: its source file, or its own past."""
    return source.retired is None and (source.verified or facts.proved_days >= PROVED_DAYS)


def judge_source(source: Source, facts: SourceFacts) -> dict[str, Verdict]:
    """Hold an outlet against every rule; one that is not watched is always well.

    Of an unverified one the source file is a guess: only what it proved itself counts.
    """
    if not is_watched(source, facts):
        return dict.fromkeys(RULES, WELL)
    if not source.verified:
        source = replace(source, expect=replace(source.expect, articles_per_day=None))
        fresh = tuple(way for way in facts.entrances if way.was_fresh)
        facts = replace(facts, entrances=fresh)
    return {kind: rule(source, facts) for kind, rule in RULES.items()}


def _apply(
    home: Path,
    before: Iterable[Incident],
    verdicts: dict[tuple[str | None, str], Verdict],
    now: datetime,
) -> tuple[tuple[Incident, ...], tuple[Incident, ...]]:
    known = {(one.source_id, one.kind): one for one in before}
    wrong = {key: verdict for key, verdict in verdicts.items() if isinstance(verdict, str)}
    opened = tuple(
        made
        for made in open_incidents(home, wrong, now)
        if (made.source_id, made.kind) not in known
    )
    over = [one for key, one in known.items() if verdicts.get(key) is WELL]
    return opened, tuple(close_incident(home, one.incident_id, now) for one in over)


def _line(
    opened: tuple[Incident, ...],
    closed: tuple[Incident, ...],
    still: int,
    watched: int,
    trouble: str | None,
) -> str:
    found = counted(len(opened), "incident")
    said = f"watched {counted(watched, 'outlet')}: {found} opened, {len(closed)} closed, "
    said += f"{still} open"
    return f"{said}; outlets could not be judged: {trouble}" if trouble else said
