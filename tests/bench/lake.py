"""What a lake takes beside the file: `... lake 100000` for a stock of so many articles."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from rich.console import Console

from tests.bench.archive import stock_warehouse
from tests.bench.arrivals import write_batch
from tests.bench.figure import CPU, WALL, Figure, tabulate, take_turns
from tests.bench.loads import FEW
from tests.bench.questions import ASKED
from tests.bench.stock import sign_shards
from tests.bench.wire import SHARD
from tests.warehouse.lake.postgres import PASSWORD, Postgres, find_programs
from warehouse.connection import connect, snapshot_file
from warehouse.dedup import dedup_batch
from warehouse.lake.connect import open_lake
from warehouse.lake.place import Lake
from warehouse.lake.publish import fill_lake, publish_lake
from warehouse.lake.verify import verify_lake
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

STOCK = 100_000
ONE = "article_id = (select max(article_id) from articles)"
MORE = {
    "search('police')": "from search('police')",
    "one article by id": f"from articles where {ONE}",
    "source_health": "from source_health",
}


def print_lake(console: Console, count: int) -> None:
    """Stock a warehouse, publish it to a file and to a lake, load a batch, and publish again."""
    programs = find_programs()
    if programs is None:
        console.print("no figures on the lake: no Postgres is installed here")
        return
    server = Postgres(programs)
    server.start()
    try:
        with TemporaryDirectory() as name, console.status(f"stocking {count:,} articles"):
            folder = Path(name)
            sign_shards(folder, range(-(-(count + SHARD) // SHARD)))
            home = folder / "home"
            stock_warehouse(home, folder, count)
            lake = Lake(address=server.make_database(), password=PASSWORD, data=folder / "lake")
            figures = [*_publish(home, lake), *_ask(home, lake)]
            sizes = f"{_bytes(lake) / 1e6:,.0f} MB, the file {_size(home) / 1e6:,.0f} MB"
        console.print(tabulate(f"a lake of {count:,} articles, {sizes}", figures))
    finally:
        server.remove()


def _publish(home: Path, lake: Lake) -> list[Figure]:
    figures = _span("fill the lake", partial(fill_lake, home, lake, lambda _: None), home)
    batch = write_batch(home, FEW)
    dedup_batch(batch)
    load_batch(batch)
    before = _bytes(lake)
    figures += _span(f"merge a batch of {FEW:,}", partial(publish_lake, home, lake), home)
    written = (_bytes(lake) - before) / 1e6
    what = "what that writes (bare: the file)"
    figures.append(Figure(what=what, ours=written, bare=_size(home) / 1e6, unit="MB"))
    figures += _span("merge nothing new", partial(publish_lake, home, lake), home)
    return figures + _span("verify all of it", partial(verify_lake, lake, lambda _: None), home)


def _bytes(lake: Lake) -> int:
    return sum(file.stat().st_size for file in lake.data.rglob("*.parquet"))


def _size(home: Path) -> int:
    return snapshot_file(home).stat().st_size


def _span(what: str, run: Callable[[], object], home: Path) -> list[Figure]:
    """Time one run of it, and of a publish to the file, which copies all."""
    taken = []
    for step in (partial(publish_snapshot, home), run):
        wall, cpu = WALL(), CPU()
        step()
        taken.append((WALL() - wall, CPU() - cpu))
    (bare_wall, bare_cpu), (wall, cpu) = taken
    what = f"{what} (bare: publish the file)"
    return [
        Figure(what=what, ours=wall, bare=bare_wall, unit="s"),
        Figure(what=what, ours=cpu, bare=bare_cpu, unit="CPU s"),
    ]


def _ask(home: Path, lake: Lake) -> list[Figure]:
    """Ask both what analysts ask, each in a connection that stays open."""
    asked = {what: query for what, query in ASKED.items() if "{" not in query} | MORE
    figures = []
    with connect(snapshot_file(home), read_only=True) as file, open_lake(lake) as con:
        for what, query in asked.items():
            wanted, found = file.execute(query).fetchall(), con.execute(query).fetchall()
            if sorted(map(repr, wanted)) != sorted(map(repr, found)):
                raise AssertionError(f"{what}: the lake answers otherwise than the file")
            ours, bare = take_turns(partial(_run, con, query), partial(_run, file, query), WALL)
            figures.append(Figure(what=f"{what} (bare: the file)", ours=ours, bare=bare, unit="s"))
    return figures


def _run(con: duckdb.DuckDBPyConnection, query: str) -> None:
    con.execute(query).fetchall()


if __name__ == "__main__":
    print_lake(Console(), int(sys.argv[1]) if len(sys.argv) > 1 else STOCK)
