"""Airflow's old logs: what its pages need not show any more."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from crawlers.counted import counted

LOGS_KEPT_FOR = timedelta(days=30)


def remove_logs(folder: Path, now: datetime) -> str:
    """Remove old logs of tasks and of DAG files, and the folders that become empty."""
    before = (now - LOGS_KEPT_FOR).timestamp()
    old = [path for path in _logs(folder) if path.stat().st_mtime < before]
    freed = sum(path.stat().st_size for path in old)
    for path in old:
        path.unlink(missing_ok=True)
    for place in sorted(folder.glob("d*/**/"), reverse=True):
        if place != folder and not any(place.iterdir()):
            place.rmdir()
    removed = counted(len(old), "log")
    return f"removed {removed} older than {LOGS_KEPT_FOR.days} days ({freed / 1e6:,.1f} MB)"


def _logs(folder: Path) -> Iterator[Path]:
    for kind in ("dag_id=*", "dag_processor"):
        yield from (path for path in folder.glob(f"{kind}/**/*.log") if path.is_file())
