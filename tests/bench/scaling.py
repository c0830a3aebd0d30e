"""What an article costs, stage by stage, and what many outlets need: `... scaling` for it alone.

Each stage runs as a command of its own, as it does in a task. What a start takes, once an outlet or
once a batch, is told apart from what each further article takes.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from crawlers.catalogue import load_catalogue
from tests.bench.cells import Cells, measure_cells
from tests.bench.newsroom import Card, open_newsroom
from warehouse.connection import connect, snapshot_file

FEW, MANY = 1, 301
"""Articles of each outlet of the newsroom."""
NEEDS = ((100, 24), (10_000, 24), (10_000, 6))
"""Outlets, and visits of each a day: where little comes, the interval grows to four hours."""
DAILY = 40
"""Articles a day that the table of needs supposes of an outlet."""
BATCHES = 24
DAY, YEAR = 86_400, 365
KEPT = ("archive", "batches")
MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What commands of one stage took together."""

    cpu: float
    """Seconds, of their children, too."""
    peak: int
    """Most memory of a process, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What the whole way took for so many articles of all outlets, and what it left."""

    outlets: int
    articles: int
    stages: Mapping[str, Spent]
    kept: Mapping[str, int]
    """Bytes by folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """CPU seconds of one stage."""

    stage: str
    start: float
    """Once an outlet's visit for crawl and extract, once a batch for the others."""
    article: float
    peak: int


def print_scaling(console: Console) -> None:
    """Print what an article costs, and what outlets need by these figures."""
    with console.status("taking few articles the whole way, and many"):
        few, many = _take_way(FEW), _take_way(MANY)
    with console.status("counting what Airflow takes for tasks that do nothing"):
        cells = measure_cells()
    costs = [_cost(stage, few, many) for stage in few.stages]
    kept = {
        name: (many.kept[name] - few.kept[name]) / (many.articles - few.articles)
        for name in few.kept
    }
    console.print(_show_costs(costs, many.articles))
    console.print(", ".join(f"{name}: {size:,.0f} bytes an article" for name, size in kept.items()))
    console.print(
        f"Airflow: {cells.cpu_seconds:.2f} CPU s a task that does nothing, {cells.idle:.2f} CPU s "
        f"a second when idle; {cells.tasks} tasks at {cells.each_second:.1f} a second"
    )
    console.print(_show_needs(costs, kept, cells))


def _take_way(articles: int) -> Way:
    with TemporaryDirectory() as name, open_newsroom(Path(name), articles) as card:
        home = Path(name) / "home"
        env = _environment(home, card)
        sources = [source.id for source in load_catalogue([card.sources])[0]]
        planned = subprocess.run(
            _command("plan"), env=env, check=True, capture_output=True, text=True
        )
        batch = planned.stdout.split()[-1]
        visits = {
            stage: [_spend(_command(stage, batch, source), env) for source in sources]
            for stage in ("crawl", "extract")
        }
        once = {
            stage: [_spend(_command(stage, batch), env)] for stage in ("dedup", "load", "publish")
        }
        with connect(snapshot_file(home), read_only=True) as con:
            [(count,)] = con.execute("select count(*) from articles").fetchall()
        return Way(
            outlets=len(sources),
            articles=count,
            stages={stage: _sum(spent) for stage, spent in (visits | once).items()},
            kept={one: _bytes_below(home / one) for one in KEPT},
        )


def _environment(home: Path, card: Card) -> dict[str, str]:
    return {
        **os.environ,
        "KHABAR_HOME": str(home),
        "KHABAR_CATALOGUE": str(card.sources),
        "KHABAR_LOOPBACK": " ".join(card.loopback),
    }


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "khabar.cli", *arguments]


def _spend(command: Sequence[str], env: Mapping[str, str]) -> Spent:
    process = subprocess.Popen(command, env=dict(env), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Spent(cpu=usage.ru_utime + usage.ru_stime, peak=usage.ru_maxrss * 1024)


def _sum(spent: Sequence[Spent]) -> Spent:
    return Spent(cpu=sum(one.cpu for one in spent), peak=max(one.peak for one in spent))


def _bytes_below(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _cost(stage: str, few: Way, many: Way) -> Cost:
    small, large = few.stages[stage], many.stages[stage]
    article = (large.cpu - small.cpu) / (many.articles - few.articles)
    starts = few.outlets if stage in ("crawl", "extract") else 1
    start = (small.cpu - article * few.articles) / starts
    return Cost(stage=stage, start=start, article=article, peak=large.peak)


def _show_costs(costs: Sequence[Cost], articles: int) -> Table:
    title = f"what {articles:,} articles of the newsroom took, by stage"
    table = Table("stage", "start, CPU s", "an article, CPU ms", "most memory, MB", title=title)
    for one in costs:
        table.add_row(
            one.stage, f"{one.start:.2f}", f"{one.article * 1000:.1f}",
            f"{one.peak / MEGABYTE:,.0f}",
        )  # fmt: skip
    return table


def _show_needs(costs: Sequence[Cost], kept: Mapping[str, float], cells: Cells) -> Table:
    title = f"a day of outlets with {DAILY} articles each, by these figures"
    table = Table("outlets", "visits of each", "articles", "CPU hours", "cores busy",
                  "of it Airflow", "archive and batches a year", title=title)  # fmt: skip
    visit = sum(one.start for one in costs if one.stage in ("crawl", "extract"))
    batch = sum(one.start for one in costs) - visit
    article = sum(one.article for one in costs)
    for outlets, each in NEEDS:
        visits = outlets * each
        airflow = 2 * visits * cells.cpu_seconds + cells.idle * DAY
        cpu = visits * visit + BATCHES * batch + outlets * DAILY * article + airflow
        stored = outlets * DAILY * YEAR * sum(kept.values())
        table.add_row(
            f"{outlets:,}", str(each), f"{outlets * DAILY:,}", f"{cpu / 3600:,.1f}",
            f"{cpu / DAY:.2f}", f"{airflow / cpu:.0%}", f"{stored / 1e9:,.0f} GB",
        )  # fmt: skip
    return table


if __name__ == "__main__":
    print_scaling(Console())
