"""One dedup step as Airflow runs it, in a process of its own: `... dedup_step HOME BATCH`."""

import json
import sys
import time
from pathlib import Path

from crawlers.batch import Batch
from warehouse.dedup import dedup_batch


def main(home: str, batch_id: str) -> None:
    """Decide a batch; print CPU seconds of all threads, the most megabytes, copies found."""
    batch = Batch(id=batch_id, home=Path(home))
    cpu, wall = time.process_time(), time.perf_counter()
    report = dedup_batch(batch)
    taken = {
        "cpu_seconds": time.process_time() - cpu,
        "seconds": time.perf_counter() - wall,
        "megabytes": _most_megabytes(),
        "new": report.new_articles,
        "copies": report.copies,
    }
    print(json.dumps(taken))  # noqa: T201


def _most_megabytes() -> float:
    """Read the peak of this program: ru_maxrss would be at least what the one that ran it had."""
    told = Path("/proc/self/status").read_text()
    return int(told.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
