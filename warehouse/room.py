"""Whether a disk has the room that something needs, told before it is begun."""

import shutil
from pathlib import Path
from typing import Final

SPARE_BYTES: Final = 64 << 20
"""Left free beside what is written."""


def tell_missing(folder: Path, need: int, what: str) -> str | None:
    """Begin the line that says how much room is missing; None where there is enough."""
    free = shutil.disk_usage(folder).free
    if free >= need:
        return None
    return f"{folder}: {free >> 20:,} MB free, {what} needs {need >> 20:,} MB; make room"
