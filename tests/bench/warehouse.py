"""Load and publish, against a bare INSERT and a bare copy of the same bytes."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from crawlers.batch import Batch
from tests.bench.figure import Figure
from tests.warehouse.batches import BatchMaker, page, text
from warehouse.connection import warehouse_file
from warehouse.dedup import dedup_batch
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

ARTICLES = 10_000


def measure_warehouse() -> list[Figure]:
    """Load one large batch into an empty warehouse, load it again, and publish it."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        batch = _write_batch(home)
        dedup = _seconds(lambda: dedup_batch(batch))
        load = _seconds(lambda: load_batch(batch))
        again = _seconds(lambda: load_batch(batch))
        bare = _seconds(lambda: _insert(batch, home / "bare.duckdb"))
        publish = _seconds(lambda: publish_snapshot(home, batch.id))
        copy = _seconds(lambda: _copy(warehouse_file(home), home / "copy.duckdb"))
    many = f"{ARTICLES:,} new articles"
    return [
        Figure(what=f"dedup + load {many} (bare: INSERT)", ours=dedup + load, bare=bare, unit="s"),
        Figure(
            what="load the same batch again (bare: first load)", ours=again, bare=load, unit="s"
        ),
        Figure(what=f"publish {many} (bare: copy and fsync)", ours=publish, bare=copy, unit="s"),
    ]


def _write_batch(home: Path) -> Batch:
    lines = [page(f"/{n}", text(f"w{n}x", 350), title=f"Report {n}") for n in range(ARTICLES)]
    return BatchMaker(home, 0).source(*lines).write()


def _insert(batch: Batch, path: Path) -> None:
    rows = str(batch.extract_folder("mountain") / "articles.parquet")
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE articles AS FROM read_parquet(?) LIMIT 0", [rows])
        con.execute("INSERT INTO articles FROM read_parquet(?)", [rows])
        con.execute("CHECKPOINT")


def _copy(file: Path, to: Path) -> None:
    shutil.copyfile(file, to)
    with to.open("rb") as copied:
        os.fsync(copied.fileno())


def _seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began
