"""Incidents: what is wrong now and what was, one small file each, so that no warehouse is needed.

Truth is `$KHABAR_HOME/incidents/<incident_id>.json`: the page's buttons need no writer's lease, and
work while load or publish is what broke. `publish` copies them into the table `incidents`.
"""

import logging
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from crawlers.batch import flush_folder
from warehouse.incident_files import (
    INCIDENT_ID,
    Incident,
    IncidentError,
    alone,
    incidents_folder,
    read_all,
    read_file,
    refuse_kind,
    write_incident,
)

log = logging.getLogger("khabar.incidents")

MAX_NOTE: Final = 2000
MAX_NAME: Final = 100
AT_ONCE: Final = 200
"""Incidents that are opened under one lock: somebody may wait to acknowledge another."""


def list_incidents(home: Path, *, is_open: bool | None = None) -> tuple[Incident, ...]:
    """List incidents, newest first; only open ones, or only closed ones, where asked.

    Those that are long over are listed by list_all_incidents().
    A damaged file hides no other: it is left out with one line in the log, see list_damaged().
    """
    found, damaged = read_all(home)
    for line in damaged:
        log.error("%s", line)
    chosen = [one for one in found if is_open is None or (one.closed_at is None) == is_open]
    return tuple(sorted(chosen, key=lambda one: (one.opened_at, one.incident_id), reverse=True))


def list_damaged(home: Path) -> tuple[str, ...]:
    """Say of each file that is no incident what to do with it."""
    return read_all(home)[1]


def open_incident(
    home: Path, source_id: str | None, kind: str, note: str, now: datetime
) -> Incident:
    """Open an incident, or renew the note of the one that is open already.

    One that comes back while the one before is muted is muted as long.
    """
    return open_incidents(home, {(source_id, kind): note}, now)[0]


def open_incidents(
    home: Path, notes: Mapping[tuple[str | None, str], str], now: datetime
) -> tuple[Incident, ...]:
    """Open an incident for each outlet and kind, as open_incident() does, in their order.

    Raises:
        ValueError: there is no such kind; then none is opened.
    """
    for source_id, kind in notes:
        refuse_kind(source_id, kind)
    keys = tuple(notes)
    parts = [keys[first : first + AT_ONCE] for first in range(0, len(keys), AT_ONCE)]
    return tuple(
        one for part in parts for one in _open_some(home, {key: notes[key] for key in part}, now)
    )


def _open_some(
    home: Path, notes: Mapping[tuple[str | None, str], str], now: datetime
) -> tuple[Incident, ...]:
    with alone(home):
        before: dict[tuple[str | None, str], list[Incident]] = {}
        for one in list_incidents(home):
            before.setdefault((one.source_id, one.kind), []).append(one)
        made = tuple(
            _renew(source_id, kind, note, now, before.get((source_id, kind), ()))
            for (source_id, kind), note in notes.items()
        )
        return _write(home, made, known={one for some in before.values() for one in some})


def _renew(
    source_id: str | None, kind: str, note: str, now: datetime, same: Iterable[Incident]
) -> Incident:
    """Make an incident of what is seen now and what was before, the newest first."""
    going_on = next((one for one in same if one.closed_at is None), None)
    if going_on is not None:
        return replace(going_on, note=_bounded(note))
    muted = next((one for one in same if one.muted_until and one.muted_until > now), None)
    at = now.astimezone(UTC)
    return Incident(
        incident_id=f"{at:%Y%m%dT%H%M%SZ}-{kind}-{secrets.token_hex(4)}",
        source_id=source_id, kind=kind, opened_at=at, closed_at=None, note=_bounded(note),
        acknowledged_by=None, acknowledged_at=None,
        muted_until=muted.muted_until if muted else None,
        muted_by=muted.muted_by if muted else None,
    )  # fmt: skip


def close_incident(home: Path, incident_id: str, now: datetime) -> Incident:
    """Close an incident; one that is closed already stays as it is."""
    with alone(home):
        found = read_incident(home, incident_id)
        if found.closed_at is not None:
            return found
        return _write(home, (replace(found, closed_at=now.astimezone(UTC)),))[0]


def acknowledge(home: Path, incident_id: str, who: str, now: datetime) -> Incident:
    """Note that somebody knows of an open incident; who was first stays.

    Raises:
        IncidentError: there is no such incident, or it is closed.
    """
    name = _name(who)
    with alone(home):
        found = _read_open(home, incident_id)
        if found.acknowledged_by is not None:
            return found
        known_at = now.astimezone(UTC)
        return _write(home, (replace(found, acknowledged_by=name, acknowledged_at=known_at),))[0]


def mute(home: Path, incident_id: str, until: datetime | None, who: str) -> Incident:
    """Let an open incident raise no alert until an instant; None lets it speak again.

    Raises:
        IncidentError: there is no such incident, or it is closed.
    """
    name = _name(who)
    with alone(home):
        found = _read_open(home, incident_id)
        ends = None if until is None else until.astimezone(UTC)
        return _write(home, (replace(found, muted_until=ends, muted_by=name if ends else None),))[0]


def read_incident(home: Path, incident_id: str) -> Incident:
    """Read one incident.

    Raises:
        IncidentError: there is none of this id, or its file is damaged.
    """
    if not INCIDENT_ID.fullmatch(incident_id):
        raise IncidentError(
            f"not an incident's id: {incident_id[:60]!r}; `khabar incidents` lists them"
        )
    try:
        return read_file(incidents_folder(home) / f"{incident_id}.json")
    except FileNotFoundError:
        raise IncidentError(
            f"there is no incident {incident_id}; `khabar incidents` lists them"
        ) from None


def _read_open(home: Path, incident_id: str) -> Incident:
    found = read_incident(home, incident_id)
    if found.closed_at is not None:
        raise IncidentError(
            f"incident {incident_id} is closed since {found.closed_at:%Y-%m-%d %H:%M} UTC: nothing "
            "to do"
        )
    return found


def _write(
    home: Path, made: tuple[Incident, ...], known: Collection[Incident] = ()
) -> tuple[Incident, ...]:
    """Write those that are not known to lie there just so."""
    new = [one for one in made if one not in known]
    for one in new:
        write_incident(home, one)
    if new:
        flush_folder(incidents_folder(home))
    return made


def _bounded(note: str) -> str:
    return note if len(note) <= MAX_NOTE else f"{note[: MAX_NOTE - 1]}…"


def _name(who: str) -> str:
    """Take a person's name as one line."""
    name = " ".join("".join(c if c.isprintable() else " " for c in who).split())[:MAX_NAME]
    if not name:
        raise IncidentError("say who you are: an acknowledgement without a name tells nobody")
    return name
