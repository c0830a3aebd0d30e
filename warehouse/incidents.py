"""Incidents: what is wrong now and what was, one small file each, so that no warehouse is needed.

Truth is `$KHABAR_HOME/incidents/<incident_id>.json`: the page's buttons need no writer's lease, and
work while load or publish is what broke. `publish` copies them into the table `incidents`.
"""

import fcntl
import logging
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from crawlers.batch import file_stem, flush_folder, write_whole
from warehouse.errors import WarehouseError

log = logging.getLogger("khabar.incidents")

OF_SOURCES: Final = frozenset(
    {
        "silent", "stale_feed", "blocked", "rejections", "fields", "volume", "held", "failing",
        "extractor_changed", "source_file",
    }
)  # fmt: skip
"""Kinds of an outlet's incidents."""
OF_THE_PIPELINE: Final = frozenset(
    {"not_published", "disk_low", "broken_promise", "unreadable", "source_file"}
)
"""Kinds that are no outlet's: their source_id is None. A file's name may be no outlet's id."""
INCIDENT_ID: Final = re.compile(r"\d{8}T\d{6}Z-[a-z_]{1,20}-[0-9a-f]{8}")
MAX_NOTE: Final = 2000
MAX_NAME: Final = 100
WAIT_SECONDS: Final = 10.0


class IncidentError(WarehouseError):
    """An incident that cannot be read or changed; the message names it and the mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something wrong: from when to when, what was seen, and who knows."""

    incident_id: str
    source_id: str | None
    """The outlet; None where it is the pipeline itself."""
    kind: str
    opened_at: datetime
    closed_at: datetime | None
    note: str
    """What was seen, with numbers, and what to do; may quote an outlet: escape it where shown."""
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    muted_until: datetime | None
    muted_by: str | None = None


INCIDENT_JSON: Final[TypeAdapter[Incident]] = TypeAdapter(Incident)


def incidents_folder(home: Path) -> Path:
    """Name where incidents lie."""
    return home / "incidents"


def list_incidents(home: Path, *, is_open: bool | None = None) -> tuple[Incident, ...]:
    """List incidents, newest first; only open ones, or only closed ones, where asked.

    Those that are long over are listed by list_all_incidents().
    A damaged file hides no other: it is left out with one line in the log, see list_damaged().
    """
    found, damaged = _read_all(home)
    for line in damaged:
        log.error("%s", line)
    chosen = [one for one in found if is_open is None or (one.closed_at is None) == is_open]
    return tuple(sorted(chosen, key=lambda one: (one.opened_at, one.incident_id), reverse=True))


def list_damaged(home: Path) -> tuple[str, ...]:
    """Say of each file that is no incident what to do with it."""
    return _read_all(home)[1]


def open_incident(
    home: Path, source_id: str | None, kind: str, note: str, now: datetime
) -> Incident:
    """Open an incident, or renew the note of the one that is open already.

    One that comes back while the one before is muted is muted as long.
    """
    _refuse_kind(source_id, kind)
    with alone(home):
        same = [
            one for one in list_incidents(home) if (one.source_id, one.kind) == (source_id, kind)
        ]
        going_on = next((one for one in same if one.closed_at is None), None)
        if going_on is not None:
            return _write(home, replace(going_on, note=_bounded(note)), before=going_on)
        muted = next((one for one in same if one.muted_until and one.muted_until > now), None)
        at = now.astimezone(UTC)
        return _write(
            home,
            Incident(
                incident_id=f"{at:%Y%m%dT%H%M%SZ}-{kind}-{secrets.token_hex(4)}",
                source_id=source_id, kind=kind, opened_at=at, closed_at=None, note=_bounded(note),
                acknowledged_by=None, acknowledged_at=None,
                muted_until=muted.muted_until if muted else None,
                muted_by=muted.muted_by if muted else None,
            ),
        )  # fmt: skip


def close_incident(home: Path, incident_id: str, now: datetime) -> Incident:
    """Close an incident; one that is closed already stays as it is."""
    with alone(home):
        found = read_incident(home, incident_id)
        if found.closed_at is not None:
            return found
        return _write(home, replace(found, closed_at=now.astimezone(UTC)))


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
        return _write(home, replace(found, acknowledged_by=name, acknowledged_at=known_at))


def mute(home: Path, incident_id: str, until: datetime | None, who: str) -> Incident:
    """Let an open incident raise no alert until an instant; None lets it speak again.

    Raises:
        IncidentError: there is no such incident, or it is closed.
    """
    name = _name(who)
    with alone(home):
        found = _read_open(home, incident_id)
        ends = None if until is None else until.astimezone(UTC)
        return _write(home, replace(found, muted_until=ends, muted_by=name if ends else None))


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
        return _read(incidents_folder(home) / f"{incident_id}.json")
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


def _read_all(home: Path) -> tuple[list[Incident], tuple[str, ...]]:
    found: list[Incident] = []
    damaged: list[str] = []
    for path in sorted(incidents_folder(home).glob("*.json")):
        try:
            found.append(_read(path))
        except FileNotFoundError:  # taken away since it was listed
            continue
        except IncidentError as error:
            damaged.append(str(error))
    return found, tuple(damaged)


def _read(path: Path) -> Incident:
    """Read a file of the folder; what it says of itself must be what its name says."""
    mend = "restore it from a backup or delete it: what is still so is noticed again"
    try:
        found = INCIDENT_JSON.validate_json(path.read_bytes())
        _refuse_name(found, path.stem)
        _refuse_kind(found.source_id, found.kind)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise IncidentError(f"{path}: cannot be read ({error.strerror}); give yourself the right "
                            "to it") from None  # fmt: skip
    except ValidationError as error:
        said = error.errors()[0]
        place = ".".join(map(str, said["loc"])) or "the file"
        raise IncidentError(f"{path}: is damaged ({place}: {said['msg'][:80]}); {mend}") from None
    except ValueError as error:
        raise IncidentError(f"{path}: is damaged ({error}); {mend}") from None
    return found


def _refuse_name(found: Incident, stem: str) -> None:
    if found.incident_id != stem or not INCIDENT_ID.fullmatch(stem):
        raise ValueError("it has another incident's id")


def _refuse_kind(source_id: str | None, kind: str) -> None:
    if source_id is not None:
        file_stem(source_id)  # raises where it is no id
    known = OF_THE_PIPELINE if source_id is None else OF_SOURCES
    if kind not in known:
        raise ValueError(
            f"no kind of incident: {kind[:40]!r}; known are {', '.join(sorted(known))}"
        )


def _write(home: Path, made: Incident, *, before: Incident | None = None) -> Incident:
    if made != before:
        folder = incidents_folder(home)
        write_whole(folder / f"{made.incident_id}.json", INCIDENT_JSON.dump_json(made, indent=1))
        flush_folder(folder)
    return made


def _bounded(note: str) -> str:
    return note if len(note) <= MAX_NOTE else f"{note[: MAX_NOTE - 1]}…"


def _name(who: str) -> str:
    """Take a person's name as one line."""
    name = " ".join("".join(c if c.isprintable() else " " for c in who).split())[:MAX_NAME]
    if not name:
        raise IncidentError("say who you are: an acknowledgement without a name tells nobody")
    return name


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Hold the incidents' own lock, for milliseconds."""
    folder = home / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + WAIT_SECONDS
    with (folder / "incidents.lock").open("a") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise IncidentError(
                        f"{lock.name}: another process has held it for {WAIT_SECONDS:.0f} s; let "
                        "it end, then try again"
                    ) from None
                time.sleep(0.02)
        yield
