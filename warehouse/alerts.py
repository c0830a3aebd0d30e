"""Which incidents a channel has still to be told of: once when they open, once when they close.

What was told is remembered beside the incidents, so that an alert that could not be sent is sent by
the next watch; one is sent twice only where its sender is killed before it has noted it.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawlers.batch import write_whole
from warehouse.incident_files import Incident, alone, incidents_folder
from warehouse.incidents import list_incidents

NAMED = 3
"""Incidents that a subject names, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What one message tells a channel."""

    channel: str
    opened: tuple[Incident, ...]
    closed: tuple[Incident, ...]
    silenced: tuple[Incident, ...] = ()
    """Closed ones that were told of, but muted or acknowledged since: not to be told."""

    @property
    def subject(self) -> str:
        """Say on one line how many problems began and ended; no text of an outlet is in it."""
        counts = [f"{len(self.opened)} new"] * bool(self.opened)
        counts += [f"{len(self.closed)} over"] * bool(self.closed)
        told = [*self.opened, *self.closed]
        named = ", ".join(f"{one.source_id or 'pipeline'} {one.kind}" for one in told[:NAMED])
        more = f" and {len(told) - NAMED} more" if len(told) > NAMED else ""
        return f"Khabar: {', '.join(counts)}: {named}{more}"

    @property
    def lines(self) -> tuple[str, ...]:
        """Say of each what was seen; it may quote an outlet: escape it for where it goes."""
        return (
            *(f"new: {_name(one)} since {_moment(one.opened_at)}: {one.note}"
              for one in self.opened),
            *(f"over: {_name(one)}, open since {_moment(one.opened_at)}, closed "
              f"{_moment(one.closed_at)}" for one in self.closed),
        )  # fmt: skip


def find_untold(home: Path, channel: str, now: datetime) -> Alert | None:
    """Find what a channel is to be told; None where there is nothing."""
    told = _read_told(home)
    found = list_incidents(home)
    mine = {one.incident_id for one in found if (channel, one.incident_id) in told}
    news = [one for one in found if one.closed_at is None and one.incident_id not in mine]
    over = [one for one in found if one.closed_at is not None and one.incident_id in mine]
    alert = Alert(
        channel=channel,
        opened=tuple(one for one in news if not _is_silenced(one, now)),
        closed=tuple(one for one in over if not _is_silenced(one, now)),
        silenced=tuple(one for one in over if _is_silenced(one, now)),
    )
    return alert if alert.opened or alert.closed or alert.silenced else None


def mark_told(home: Path, alert: Alert) -> None:
    """Remember that a channel was told; of closed incidents there is nothing left to tell."""
    with alone(home):
        told = _read_told(home)
        told |= {(alert.channel, one.incident_id) for one in alert.opened}
        told -= {(alert.channel, one.incident_id) for one in (*alert.closed, *alert.silenced)}
        lines = "".join(f"{channel} {incident_id}\n" for channel, incident_id in sorted(told))
        write_whole(_told_file(home), lines.encode())


def _is_silenced(one: Incident, now: datetime) -> bool:
    is_muted = one.muted_until is not None and one.muted_until > now
    return is_muted or one.acknowledged_by is not None


def _told_file(home: Path) -> Path:
    return incidents_folder(home) / "told.txt"


def _read_told(home: Path) -> set[tuple[str, str]]:
    try:
        lines = _told_file(home).read_text("utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return set()
    parted = (line.partition(" ") for line in lines)
    return {(channel, incident_id) for channel, _, incident_id in parted}


def _name(one: Incident) -> str:
    return f"{one.source_id or 'the pipeline'}, {one.kind}"


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "just now"
