"""What is wrong with the pipeline itself, for the Health page: its sentence, and a line each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from warehouse.connection import NoSnapshot, WarehouseError, snapshot_file
from warehouse.health_files import BatchHealth
from warehouse.health_kept import snapshot_facts
from warehouse.health_rows import SnapshotFacts
from warehouse.health_sources import LastBatches
from warehouse.health_words import Clock
from warehouse.incident_files import Incident
from warehouse.refused_plan import read_refusal
from warehouse.snapshot_age import find_lost_warehouse

LONG_RUN: Final = timedelta(hours=3)
"""After which a batch that has not ended is worth a look: most take minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the snapshot says, or why it says nothing."""

    read: SnapshotFacts | None
    lost: str | None
    """Why it could not be read, with the mend; None where it could."""
    is_begun: bool
    """Whether anything was ever published here."""
    is_missing: bool

    @property
    def is_lost(self) -> bool:
        """Whether what was published cannot be read any more."""
        return self.lost is not None and self.is_begun

    def words(self, clock: Clock) -> str:
        """Say of the snapshot what the sentence does."""
        if self.read is not None:
            return f"published {clock.say(self.read.published_at)}"
        if not self.is_begun:
            return "nothing is published"
        return f"the published snapshot {'is missing' if self.is_missing else 'cannot be read'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubles:
    """What is wrong with the pipeline itself."""

    words: tuple[str, ...]
    """For the sentence."""
    alarms: tuple[str, ...]
    """A line each, with the mend."""
    new: int
    """Those of them that are no incident yet: the watch looks once an hour."""
    broken: BatchHealth | None
    """The batch that is red, or that nothing published; None where none is."""
    wants_run: bool
    """Whether a new run is what mends it: none opened a batch, or a plan publishes anew."""


def read_facts(home: Path) -> Facts:
    """Read what the snapshot says of all outlets; it raises nothing where that cannot be had."""
    public, lost, read = snapshot_file(home), None, None
    is_missing = False
    try:
        read = snapshot_facts(home)
    except WarehouseError as error:
        lost = f"the published snapshot cannot be read: {error}"
        is_missing = isinstance(error, NoSnapshot)
    is_begun = public.exists() or public.with_name("news.json").exists()
    return Facts(read=read, lost=lost, is_begun=is_begun, is_missing=is_missing)


def find_troubles(
    home: Path, last: LastBatches, facts: Facts, opened: Sequence[Incident], clock: Clock
) -> Troubles:
    """Find what is wrong with the pipeline itself: with its runs, then its two files."""
    refused = read_refusal(home)
    alarms, words = [], []
    if last.judged is not None and last.judged.is_red:
        is_newest = last.judged is last.newest and refused is None
        which = "the newest run" if is_newest else "the last run of all outlets"
        words.append(f"{which} is red")
        alarms.append(f"{which}, {last.judged.batch_id}, is red: {last.judged.why_red}")
    alarms += _of_newest(last.newest, clock) if last.newest is not None else []
    if facts.lost and (facts.is_begun or last.newest is not None):
        alarms.append(facts.lost)
    unloadable = find_lost_warehouse(home)
    if unloadable is not None:
        alarms = [one for one in alarms if unloadable not in one]
        alarms.append(unloadable)
        words.append("the warehouse cannot be used")
    if refused is not None:
        alarms.append(f"the newest run opened no batch, {clock.say(refused.at)}: {refused.why}")
        words.append("the newest run opened no batch")
    known = {one.kind for one in opened if one.source_id is None}
    is_lost = facts.is_lost or unloadable is not None
    new = ("unreadable" not in known) if is_lost else refused and "broken_promise" not in known
    return Troubles(
        words=tuple(words),
        alarms=tuple(alarms),
        new=int(bool(new)),
        broken=_find_broken(last),
        wants_run=unloadable is None and (refused is not None or facts.is_lost),
    )


def _find_broken(last: LastBatches) -> BatchHealth | None:
    if last.judged is not None and last.judged.is_red:
        return last.judged
    newest = last.newest
    return newest if newest and newest.is_over and newest.stage != "published" else None


def _of_newest(newest: BatchHealth, clock: Clock) -> list[str]:
    if newest.is_over and newest.stage != "published" and not newest.why_red:
        return [f"{newest.batch_id} was not published; see the log of Publish"]
    if not newest.is_over and clock.now - newest.started_at > LONG_RUN:
        hours = (clock.now - newest.started_at) // timedelta(hours=1)
        return [f"{newest.batch_id} began {hours} hours ago and has not ended; look at its run"]
    return []
