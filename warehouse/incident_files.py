"""Where incidents lie: one small file each, and the lock of those who change them."""

import fcntl
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from crawlers.batch import file_stem, write_whole
from warehouse.errors import WarehouseError

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


def read_all(home: Path) -> tuple[list[Incident], tuple[str, ...]]:
    """Read every incident, and say of each file that is none what to do with it."""
    found: list[Incident] = []
    damaged: list[str] = []
    for path in sorted(incidents_folder(home).glob("*.json")):
        try:
            found.append(read_file(path))
        except FileNotFoundError:  # taken away since it was listed
            continue
        except IncidentError as error:
            damaged.append(str(error))
    return found, tuple(damaged)


def read_file(path: Path) -> Incident:
    """Read a file of the folder; what it says of itself must be what its name says.

    Raises:
        IncidentError: it is damaged, or cannot be read.
        FileNotFoundError: there is none.
    """
    mend = "restore it from a backup or delete it: what is still so is noticed again"
    try:
        found = INCIDENT_JSON.validate_json(path.read_bytes())
        _refuse_name(found, path.stem)
        refuse_kind(found.source_id, found.kind)
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


def refuse_kind(source_id: str | None, kind: str) -> None:
    """Raise ValueError where an outlet, or the pipeline, has no incidents of this kind."""
    if source_id is not None:
        file_stem(source_id)  # raises where it is no id
    known = OF_THE_PIPELINE if source_id is None else OF_SOURCES
    if kind not in known:
        raise ValueError(
            f"no kind of incident: {kind[:40]!r}; known are {', '.join(sorted(known))}"
        )


def write_incident(home: Path, made: Incident) -> None:
    """Write an incident's file; its name outlasts a loss of power once its folder is flushed."""
    path = incidents_folder(home) / f"{made.incident_id}.json"
    write_whole(path, INCIDENT_JSON.dump_json(made, indent=1))


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
