"""Stories at scale: one batch against ever more stored articles, beside indexes in memory."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from crawlers.batch import Batch
from tests.bench.archive import Stock
from tests.bench.arrivals import write_batch
from tests.bench.stock import WORKERS, Build

STORED = (10_000, 100_000, 1_000_000)
BATCH, LARGE_BATCH = 1_000, 10_000
RUNS = 3
LATE_HOURS = -200 * 24
"""When a batch was fetched that is loaded after most of what came later: a backfill, beside it."""
GOAL_CPU_SECONDS, GOAL_MEGABYTES, GOAL_RATIO, GOAL_LARGE_CPU_SECONDS = 3.0, 1_500, 4.0, 20.0
IN_MEMORY = {"rensa": STORED, "datasketch": STORED[:2]}
"""datasketch's index of a million articles would need more memory than most machines have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaled:
    """One figure with 10,000, 100,000 and a million articles stored; None where not measured."""

    what: str
    stored: tuple[str | None, ...]
    goal: str = ""


def measure_stories(folder: Path, build: Build, stocks: Mapping[int, Stock]) -> list[Scaled]:
    """Decide batches against each stocked warehouse, then ask the other libraries the same."""
    told = [_measure_warehouse(folder, count, stock) for count, stock in stocks.items()]
    home = folder / str(STORED[-1])
    large = _decide(home, write_batch(home, LARGE_BATCH))
    late = _decide(home, write_batch(home, BATCH, hour=LATE_HOURS))
    others = {
        (library, count): _ask(library, folder, count)
        for library, counts in IN_MEMORY.items()
        for count in counts
    }
    return [*_of_steps(told, large, late), *_of_index(told, build), *_of_others(others)]


def _measure_warehouse(folder: Path, count: int, stock: Stock) -> dict[str, float]:
    home = folder / str(count)
    told = _decide(home, write_batch(home, BATCH))
    return told | {"index_seconds": stock.seconds, "index_bytes": stock.index_bytes / count}


def _decide(home: Path, batch: Batch) -> dict[str, float]:
    """Decide it in new processes; take the median one by its CPU seconds."""
    told = [_child("tests.bench.dedup_step", str(home), batch.id) for _ in range(RUNS)]
    return sorted(told, key=lambda one: one["cpu_seconds"])[RUNS // 2]


def _ask(library: str, folder: Path, count: int) -> dict[str, float]:
    return _child("tests.bench.lsh", library, str(folder), str(count))


def _child(module: str, *arguments: str) -> dict[str, float]:
    said = subprocess.check_output([sys.executable, "-m", module, *arguments])
    told: dict[str, float] = json.loads(said)
    return told


def _of_steps(
    told: list[dict[str, float]], large: dict[str, float], late: dict[str, float]
) -> list[Scaled]:
    first = told[0]["cpu_seconds"]
    return [
        _scaled(f"dedup step, {BATCH:,} articles: CPU s", told, "cpu_seconds", ".2f",
                f"<= {GOAL_CPU_SECONDS:g}"),
        Scaled(
            what="  of its figure with 10,000 stored",
            stored=tuple(f"{one['cpu_seconds'] / first:.2f}" for one in told),
            goal=f"<= {GOAL_RATIO:g}",
        ),
        _scaled("  most memory of its process: MB", told, "megabytes", ",.0f",
                f"<= {GOAL_MEGABYTES:,}"),
        _scaled("  articles that joined a story", told, "copies", ",.0f"),
        Scaled(
            what=f"dedup step, {BATCH:,} fetched before most of them: CPU s",
            stored=(None, None, f"{late['cpu_seconds']:.2f}"),
        ),
        Scaled(
            what=f"dedup step, {LARGE_BATCH:,} articles: CPU s",
            stored=(None, None, f"{large['cpu_seconds']:.2f}"),
            goal=f"<= {GOAL_LARGE_CPU_SECONDS:g}",
        ),
        Scaled(
            what="  most memory of its process: MB",
            stored=(None, None, f"{large['megabytes']:,.0f}"),
        ),
    ]  # fmt: skip


def _of_index(told: list[dict[str, float]], build: Build) -> list[Scaled]:
    one_core = build.reports / build.sign_cpu_seconds
    all_cores = WORKERS * build.reports / build.sign_seconds
    return [
        _scaled("signatures on disk: bytes an article", told, "index_bytes", ",.0f"),
        _scaled("  written in bulk: s", told, "index_seconds", ".1f"),
        *(
            Scaled(what=f"signing in bulk, {words}", stored=(None, None, f"{value:,.0f}"))
            for words, value in (
                ("one process: texts a CPU s", one_core),
                ("two processes: texts a s", all_cores),
                ("two processes: all, s", build.reports / all_cores),
            )
        ),
    ]


def _of_others(others: dict[tuple[str, int], dict[str, float]]) -> list[Scaled]:
    rows = {
        "sign_seconds": ("signing hashed shingles: CPU s", ",.1f"),
        "insert_seconds": ("filling its index: CPU s", ",.1f"),
        "query_seconds": (f"asking for {BATCH:,}: CPU s", ".3f"),
        "megabytes": ("index in memory: MB", ",.0f"),
        "found": ("of these, with a candidate", ",.0f"),
    }
    return [
        Scaled(
            what=f"{library}, {words}",
            stored=tuple(
                format(others[library, count][key], form) if (library, count) in others else None
                for count in STORED
            ),
        )
        for library in IN_MEMORY
        for key, (words, form) in rows.items()
        if key in others[library, STORED[0]]
    ]


def _scaled(what: str, told: list[dict[str, float]], key: str, form: str, goal: str = "") -> Scaled:
    return Scaled(what=what, stored=tuple(format(one[key], form) for one in told), goal=goal)


def print_stories(
    console: Console, folder: Path, build: Build, stocks: Mapping[int, Stock]
) -> None:
    """Measure, and print a table of ours above the other libraries'."""
    with console.status("measuring stories with up to a million articles stored: some minutes"):
        rows = measure_stories(folder, build, stocks)
    table = Table(
        "figure", "10,000 stored", "100,000", "1,000,000", "reach", title="stories, one run"
    )
    for row in rows:
        table.add_row(row.what, *(one or "–" for one in row.stored), row.goal)
    console.print(table)
    console.print(
        "dedup step: all of dedup_batch() on a real file: staging, identity, versions, all "
        "bands looked through, candidates verified, series, stories joined and merged, decisions "
        "written.\n"
        "rensa and datasketch keep an index in memory that is lost with its process, no state on "
        "disk; they find candidates and verify none. Bands and rows are ours."
    )
