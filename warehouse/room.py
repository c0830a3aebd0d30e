"""Whether a disk has the room that something needs, told before it is begun."""

import shutil
from pathlib import Path
from typing import Final

from crawlers.room import tell_low_disk
from warehouse.errors import WarehouseError

SPARE_BYTES: Final = 64 << 20
"""Left free beside what is written."""


class DiskLow(WarehouseError):  # noqa: N818 (says what is so)
    """The disk is so full that nothing more is fetched; what was fetched is loaded."""


def check_floor(home: Path, floor_mb: int) -> None:
    """Refuse to begin to fetch where the disk is nearly full.

    Raises:
        DiskLow: naming the folder, and how much room must be made.
    """
    if low := tell_low_disk(home, floor_mb):
        raise DiskLow(
            f"{low}: nothing is fetched until there is room; what was fetched before is safe"
        )


def tell_missing(folder: Path, need: int, what: str) -> str | None:
    """Begin the line that says how much room is missing; None where there is enough."""
    free = shutil.disk_usage(folder).free
    if free >= need:
        return None
    return f"{folder}: {free >> 20:,} MB free, {what} needs {need >> 20:,} MB; make room"
