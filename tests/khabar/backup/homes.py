"""Homes to back up: what lies in one, and what must come back."""

import json
from pathlib import Path

from tests.khabar.command import khabar
from tests.warehouse.batches import BatchMaker, page, text
from warehouse.load import load_batch

Files = dict[str, tuple[bytes, int, int]]


def kept(home: Path) -> Files:
    """Read every file that a backup must bring back, with its mode and time.

    But for the warehouse, into which `khabar restore` writes what it publishes.
    """
    left_out = (
        "locks/", "airflow/", "inbox/", "published/news", "warehouse.duckdb", "health.json",
    )  # fmt: skip
    return {
        name: (path.read_bytes(), path.stat().st_mode & 0o777, path.stat().st_mtime_ns)
        for path in home.rglob("*")
        if path.is_file() and not path.name.endswith(".part")
        and not (name := path.relative_to(home).as_posix()).startswith(left_out)
    }  # fmt: skip


def back_up(home: Path, dest: Path) -> dict[str, object]:
    done = khabar(home, "backup", str(dest), "--json")
    assert done.returncode == 0, done.stderr
    report: dict[str, object] = json.loads(done.stdout)
    return report


def load_more(home: Path, hour: int = 900) -> None:
    load_batch(BatchMaker(home, hour).source(page("/a", text(f"a{hour}"), hour=hour)).write())


def copies(dest: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (dest / "objects").glob("*/*")}
