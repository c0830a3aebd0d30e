"""Whether a disk has room for what is fetched."""

import shutil
from pathlib import Path


def tell_low_disk(home: Path, floor_mb: int) -> str | None:
    """Say which disk has less free than `floor_mb` megabytes; None where there is room.

    The archive lies on a disk of its own, perhaps: each is looked at.
    """
    for folder in (home, home / "archive"):
        if folder.is_dir() and (free := shutil.disk_usage(folder).free >> 20) < floor_mb:
            return f"{folder}: {free:,} MB free, less than KHABAR_DISK_FLOOR_MB={floor_mb:,}"
    return None
