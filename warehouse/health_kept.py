"""What the Health page needs of a snapshot, reckoned when it is published, and kept.

The page opens it within milliseconds, whatever else the machine does. Where it is missing, or of
another file than the snapshot that lies there, the page asks the snapshot itself.
"""

import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from crawlers.batch import write_whole
from warehouse.connection import WarehouseError
from warehouse.health_rows import SnapshotFacts, ask_facts, tell_file

log = logging.getLogger("khabar.health")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    file: tuple[int, int]
    facts: SnapshotFacts


_KEPT: TypeAdapter[_Kept] = TypeAdapter(_Kept)


def snapshot_facts(home: Path) -> SnapshotFacts:
    """Read what the snapshot says of all outlets; raises as ask_facts()."""
    return _facts(home, tell_file(home))


@lru_cache(maxsize=2)
def _facts(home: Path, file: tuple[int, int] | None) -> SnapshotFacts:
    return _read_kept(home, file) or ask_facts(home)


def keep_facts(home: Path) -> None:
    """Keep what the published snapshot says of all outlets; without it the page is but slower."""
    try:
        file = tell_file(home)
        if file is not None:
            kept = _Kept(file=file, facts=ask_facts(home))
            write_whole(_path(home), _KEPT.dump_json(kept))
    except (WarehouseError, OSError) as error:
        log.warning("the Health page will ask the snapshot itself: %s", error)


def _read_kept(home: Path, file: tuple[int, int] | None) -> SnapshotFacts | None:
    """Read what was kept of this file; None where nothing was."""
    try:
        kept = _KEPT.validate_json(_path(home).read_bytes())
    except (OSError, ValidationError):
        return None
    return kept.facts if kept.file == file else None


def _path(home: Path) -> Path:
    return home / "health.json"
