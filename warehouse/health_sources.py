"""Rows of the Health page: each outlet's last batch that ended, what is awaited, its incidents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from crawlers.catalogue import CatalogueError, Source, spoilt_name
from warehouse.health_files import BatchHealth, SourceInBatch, list_live_ids, read_batch
from warehouse.health_rows import Day, SnapshotFacts
from warehouse.health_words import Clock
from warehouse.incident_files import Incident

InBatch = tuple[BatchHealth, SourceInBatch]


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
    is_usable: bool = True
    """Whether its source file can be used: another is not asked, nor can it be asked again."""


@dataclass(slots=True, kw_only=True)
class LastBatches:
    """The newest live batches, and each source's place in them."""

    newest: BatchHealth | None = None
    judged: BatchHealth | None = None
    """The newest that is over and tells of all: not of one outlet that was asked alone."""
    is_mended: bool = False
    """Whether a green one of one outlet is newer than that: it mends a red one of one, not more."""
    since: datetime | None = None
    """When the oldest that was looked at began; None where none was."""
    ended: dict[str, InBatch] = field(default_factory=dict)
    awaited: dict[str, InBatch] = field(default_factory=dict)
    """Of a source that is in a newer batch, which has not ended for it."""

    def add(self, batch: BatchHealth) -> None:
        """Take in the next older batch."""
        self.since = batch.started_at
        if not batch.sources:  # a batch in which nothing was due is no news
            return
        self.newest = self.newest or batch
        is_of_one = len(batch.sources) == 1
        if self.judged is None and batch.is_over:
            if not is_of_one or (batch.is_red and not self.is_mended):
                self.judged = batch
            self.is_mended |= is_of_one and not batch.is_red
        for one in batch.sources:
            if one.is_over:
                self.ended.setdefault(one.source_id, (batch, one))
            elif one.source_id not in self.ended:
                self.awaited.setdefault(one.source_id, (batch, one))

    def find(self, source_id: str) -> tuple[BatchHealth | None, SourceInBatch | None, str]:
        """Find what a source's row tells of: a failure until a newer batch of it ends; its words.

        Who is asked again after a failure is not mended by that.
        """
        ended, awaited = self.ended.get(source_id), self.awaited.get(source_id)
        if ended is not None and (awaited is None or not ended[1].is_fine):
            again = f"; asked again: {awaited[1].state}" if awaited else ""
            return *ended, f"{ended[1].state}{again}"
        return (*awaited, awaited[1].state) if awaited else (None, None, "")


def read_last_batches(home: Path, wanted: set[str]) -> LastBatches:
    """Read the newest live batches, as far back as it takes to find each source's last end."""
    last = LastBatches()
    for batch_id in list_live_ids(home):
        batch = read_batch(home, batch_id)
        if batch.found_by == "live":
            last.add(batch)
        if last.judged is not None and wanted <= last.ended.keys():
            break
    return last


def make_row(
    source: Source,
    last: LastBatches,
    facts: SnapshotFacts | None,
    opened: Sequence[Incident],
    clock: Clock,
) -> SourceHealth:
    """Make the row of an outlet that is asked."""
    batch, in_batch, said = last.find(source.id)
    incidents = tuple(one for one in opened if one.source_id == source.id)
    heard = [one for one in incidents if not is_muted(one, clock.now)]
    if in_batch is None:
        is_fine, said = _may_rest(source, last.since, clock), _say_unasked(last.since, clock)
    else:
        is_fine = in_batch.is_fine
        said = _name_incident(said, heard) if is_fine else said
    return SourceHealth(
        source_id=source.id,
        name=source.name,
        is_verified=source.verified,
        state=said,
        is_fine=is_fine and not heard,
        batch=batch,
        in_batch=in_batch,
        days=facts.days.get(source.id, ()) if facts else (),
        last_article_at=facts.last_article_at.get(source.id) if facts else None,
        incidents=incidents,
    )


def make_spoilt_row(
    name: str,
    why: str,
    last: LastBatches,
    facts: SnapshotFacts | None,
    opened: Sequence[Incident],
) -> SourceHealth:
    """Make the row of an outlet whose source file cannot be used, in that file's own words."""
    batch, in_batch, _ = last.find(name)
    return SourceHealth(
        source_id=name,
        name=name,
        is_verified=True,  # nobody can say, and it is not to be overlooked
        state=f"source file cannot be used: {why}",
        is_fine=False,
        batch=batch,
        in_batch=in_batch,
        days=facts.days.get(name, ()) if facts else (),
        last_article_at=facts.last_article_at.get(name) if facts else None,
        incidents=tuple(one for one in opened if one.source_id == name),
        is_usable=False,
    )


def name_spoilt(spoilt: Iterable[CatalogueError], usable: set[str]) -> Mapping[str, str]:
    """Map each outlet that is lost by its source file to what is wrong with the file."""
    told: dict[str, str] = {}
    for error in spoilt:
        name = spoilt_name(error)
        if name not in usable:  # a .yaml beside a good .yml costs no outlet
            told[name] = f"{told[name]}; {error}" if name in told else str(error)
    return told


def order(row: SourceHealth) -> tuple[bool, bool, str]:
    """Put first what is to be looked at."""
    return row.is_fine, not row.is_verified, row.name.casefold()


def is_muted(incident: Incident, now: datetime) -> bool:
    """Tell whether it may speak."""
    return incident.muted_until is not None and incident.muted_until > now


def _name_incident(state: str, heard: Sequence[Incident]) -> str:
    """Tell what is wrong first: an outlet may be silent, or fail now and then, in a fine batch."""
    return f"{heard[0].kind.replace('_', ' ')}, its last batch {state}" if heard else state


def _say_unasked(since: datetime | None, clock: Clock) -> str:
    return f"not asked since {clock.say(since)}" if since else "never asked"


def _may_rest(source: Source, since: datetime | None, clock: Clock) -> bool:
    """Tell whether an outlet may be without a look since then; looks stretch to four intervals."""
    longest = timedelta(minutes=4 * source.interval_minutes)
    return since is not None and clock.now - since < longest
