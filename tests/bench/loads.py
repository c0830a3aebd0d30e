"""Load, dedup and publish at scale, against a bare INSERT and a bare copy of the same bytes."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import duckdb

from crawlers.batch import Batch
from tests.bench.arrivals import write_batch
from tests.bench.figure import CPU, WALL, Figure, take_turns
from warehouse.connection import CONFIG, connect, warehouse_file
from warehouse.dedup import dedup_batch
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

MANY, FEW = 10_000, 1_000
RUNS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Seconds on the wall, and of all cores."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What the steps of one batch took."""

    dedup: Span
    load: Span
    again: Span
    bare: Span


def measure_loads(small: Path, large: Path) -> list[Figure]:
    """Load batches into a stocked warehouse and one of ten times as many articles."""
    before = _take_batch(small, MANY)
    few, many = _take_batch(large, FEW), _take_batch(large, MANY)
    pairs: list[tuple[str, Span, Span, float | None]] = [
        (f"load {MANY:,} (bare: INSERT of their rows)", many.load, many.bare, 15),
        (f"load {FEW:,} (bare: {MANY:,})", few.load, many.load, 0.35),
        (f"load {MANY:,} again (bare: first time)", many.again, many.load, 0.2),
        (f"load {MANY:,} (bare: at a tenth of the articles)", many.load, before.load, 2),
        (f"dedup {MANY:,} (bare: at a tenth)", many.dedup, before.dedup, 2),
        (f"dedup {MANY:,} (bare: INSERT of their rows)", many.dedup, many.bare, None),
    ]
    figures = [
        Figure(what=what, ours=getattr(ours, clock), bare=getattr(bare, clock),
               unit="s" if clock == "wall" else "CPU s", reach=reach)
        for what, ours, bare, reach in pairs
        for clock in ("wall", "cpu")
    ]  # fmt: skip
    return [*figures, _publish(large)]


def _take_batch(home: Path, count: int) -> Taken:
    batch = write_batch(home, count)
    stock = _copy(warehouse_file(home), home / "stock.duckdb")
    runs = [_take_once(home, stock, batch) for _ in range(RUNS)]
    shutil.copyfile(stock, warehouse_file(home))
    return Taken(**{
        name: Span(
            wall=median(getattr(one, name).wall for one in runs),
            cpu=median(getattr(one, name).cpu for one in runs),
        )
        for name in Taken.__dataclass_fields__
    })  # fmt: skip


def _take_once(home: Path, stock: Path, batch: Batch) -> Taken:
    shutil.copyfile(stock, warehouse_file(home))
    dedup, load = _span(lambda: dedup_batch(batch)), _span(lambda: load_batch(batch))
    state = _state(home)
    again = _span(lambda: load_batch(batch))
    if _state(home) != state:
        raise AssertionError(f"{batch.id}: loaded again, it changed the warehouse")
    rows = home / "arrived.parquet"
    with connect(warehouse_file(home), read_only=True) as con:
        con.execute(
            f"copy (from articles where batch_id = '{batch.id}') to '{rows}' (format parquet)"
        )
    bare = _span(lambda: _insert(rows, bare_file(home)))
    return Taken(dedup=dedup, load=load, again=again, bare=bare)


def _state(home: Path) -> list[tuple[int, int]]:
    with connect(warehouse_file(home), read_only=True) as con:
        return con.execute(
            "select state_number, (select count(*) from fetches) from state"
        ).fetchall()


def bare_file(home: Path) -> Path:
    """Name the file of the bare table."""
    return home / "bare.duckdb"


def fill_bare(home: Path) -> None:
    """Lay a warehouse's articles into a table of their own, by date, with the same columns."""
    with duckdb.connect(str(bare_file(home)), config=CONFIG) as con:
        con.execute(f"attach '{warehouse_file(home)}' as w (read_only)")
        columns = ", ".join(
            f"{name} {kind}" + (" using compression zstd" if name == "body" else "")
            for name, kind, *_ in con.execute("describe w.articles").fetchall()
        )
        con.execute(f"create table articles ({columns})")
        con.execute("insert into articles from w.articles order by dated_at, article_id")
        con.execute("checkpoint")


def _insert(rows: Path, file: Path) -> None:
    with duckdb.connect(str(file), config=CONFIG) as con:
        con.execute("insert into articles by name from read_parquet(?)", [str(rows)])
        con.execute("checkpoint")


def _publish(home: Path) -> Figure:
    ours, bare = take_turns(
        partial(publish_snapshot, home),
        partial(_copy, warehouse_file(home), home / "copy.duckdb"),
        WALL,
    )
    (home / "copy.duckdb").unlink()
    return Figure(what="publish (bare: copy and fsync)", ours=ours, bare=bare, unit="s", reach=2)


def _copy(file: Path, to: Path) -> Path:
    shutil.copyfile(file, to)
    with to.open("rb") as copied:
        os.fsync(copied.fileno())
    return to


def _span(run: Callable[[], object]) -> Span:
    wall, cpu = WALL(), CPU()
    run()
    return Span(wall=WALL() - wall, cpu=CPU() - cpu)
