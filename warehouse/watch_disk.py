"""Whether a disk is nearly full: told before crawls stop."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from warehouse.connection import warehouse_file
from warehouse.watch_rules import WELL, Verdict

GIB = 1 << 30


def judge_disk_low(home: Path, floor_mb: int) -> Verdict:
    """Tell whether a disk has no room for a night's work: two copies of the warehouse, and more.

    Below the floor crawls stop: it is told before.
    """
    path = warehouse_file(home)
    size = path.stat().st_size if path.exists() else 0
    floor = max(GIB, floor_mb << 20)
    tight, ample = 2 * size + 1.25 * floor, 3 * size + 2 * floor
    places = [one for one in (home, *_disks(home)) if one.is_dir()]
    free = {place: shutil.disk_usage(place).free for place in places}
    if not free:
        return None
    place = min(free, key=lambda one: free[one])
    if free[place] < tight:
        return (
            f"{place}: {free[place] / GIB:.1f} GiB free, {tight / GIB:.1f} should be, for nights "
            f"that publish and compact; below {floor_mb:,} MB crawls stop. Make room, or move "
            "`archive` to another disk and leave a link"
        )
    return WELL if free[place] >= ample else None


def _disks(home: Path) -> Iterable[Path]:
    return (home / name for name in ("archive", "batches", "published"))
