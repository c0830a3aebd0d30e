"""Whether any host answered lately, known to all crawls of this machine: else we are offline."""

import os
from datetime import datetime, timedelta
from pathlib import Path

LATELY = timedelta(minutes=2)
"""How long ago some host must have answered for another one's failure to be its own."""


def mark_answer(home: Path, at: datetime) -> None:
    """Write down that a host, whichever, has answered."""
    mark = _mark(home)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    os.utime(mark, (at.timestamp(), at.timestamp()))


def was_answered_lately(home: Path, now: datetime) -> bool:
    """Tell whether some host answered within the last minutes."""
    try:
        marked = _mark(home).stat().st_mtime
    except FileNotFoundError:
        return False
    return abs(now.timestamp() - marked) <= LATELY.total_seconds()


def _mark(home: Path) -> Path:
    return home / "locks" / "answered"
