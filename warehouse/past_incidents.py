"""Incidents that are long over: one file a year, so that few are read each time one is looked for.

The table `incidents` has them for ever: `publish` and a rebuild read them, too.
"""

import logging
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from crawlers.batch import flush_folder, write_whole
from warehouse.incident_files import INCIDENT_JSON, Incident, alone, incidents_folder
from warehouse.incidents import list_incidents

log = logging.getLogger("khabar.incidents")

KEPT_FOR = timedelta(days=90)
"""How long a closed incident keeps a file of its own."""


def put_away_incidents(home: Path, now: datetime) -> int:
    """Move incidents that are long closed into the file of their year; say how many.

    One whose mute still holds stays, for it keeps the next one quiet. Killed at any line and run
    again, it does the rest: what lies in both places is one.
    """
    with alone(home):
        old = [one for one in list_incidents(home, is_open=False) if _is_old(one, now)]
        known = {one.incident_id for one in list_past_incidents(home)}
        years: defaultdict[Path, list[Incident]] = defaultdict(list)
        for one in sorted(old, key=lambda one: one.incident_id):
            if one.incident_id not in known:
                years[_year_file(home, one)].append(one)
        for path, some in years.items():
            before = path.read_bytes() if path.exists() else b""
            write_whole(path, before + b"".join(INCIDENT_JSON.dump_json(i) + b"\n" for i in some))
        if old:
            flush_folder(incidents_folder(home))
        for one in old:
            (incidents_folder(home) / f"{one.incident_id}.json").unlink(missing_ok=True)
    return len(old)


def list_all_incidents(home: Path) -> tuple[Incident, ...]:
    """List every incident there ever was, newest first."""
    found = {one.incident_id: one for one in (*list_past_incidents(home), *list_incidents(home))}
    order = sorted(found.values(), key=lambda one: (one.opened_at, one.incident_id), reverse=True)
    return tuple(order)


def list_past_incidents(home: Path) -> list[Incident]:
    """Read those that were put away; a damaged line hides no other."""
    found = []
    for path in sorted(incidents_folder(home).glob("closed-*.jsonl")):
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            try:
                found.append(INCIDENT_JSON.validate_json(line))
            except ValidationError:
                log.error("%s: line %d is damaged; restore the file from a backup", path, number)  # noqa: TRY400 (its cause is in the line)
    return found


def _is_old(one: Incident, now: datetime) -> bool:
    is_muted = one.muted_until is not None and one.muted_until > now
    return one.closed_at is not None and now - one.closed_at > KEPT_FOR and not is_muted


def _year_file(home: Path, one: Incident) -> Path:
    year = (one.closed_at or one.opened_at).astimezone(UTC).year
    return incidents_folder(home) / f"closed-{year}.jsonl"
