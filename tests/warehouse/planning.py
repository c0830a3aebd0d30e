"""Homes with a catalogue, and plans made of them hours apart."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from crawlers.batch import Batch, new_batch_id
from crawlers.page import Poll
from tests.warehouse.batches import HOST, START, BatchMaker, Line
from warehouse.connection import (
    snapshot_file,
    warehouse_file,
)
from warehouse.load import load_batch
from warehouse.plan import PlanReport, plan_batch

SOURCE = """
name: {name}
home: https://{name}.example/
languages: [en]
timezone: Asia/Karachi
entrances:
  - feed: https://{name}.example/feed
"""


def catalogue(home: Path, *names: str) -> Path:
    folder = home / "sources"
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / f"{name}.yml").write_text(SOURCE.format(name=name))
    return folder


def plan(home: Path, hour: float, **more: object) -> tuple[Batch, PlanReport]:
    now = START + timedelta(hours=hour)
    batch = Batch(id=new_batch_id(now, "ingest", f"{hour}"), home=home)
    report = plan_batch(
        batch, folders=[home / "sources"], run_id=f"{hour}", dag="ingest", now=now,
        contact="mailto:x@y.example", loopback=frozenset({"127.0.0.1:9"}),
        **({"disk_floor_mb": 5} | more),  # type: ignore[arg-type]
    )  # fmt: skip
    return batch, report


def publish(home: Path) -> None:
    snapshot_file(home).parent.mkdir(exist_ok=True)
    shutil.copyfile(warehouse_file(home), snapshot_file(home))


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def poll(hour: float) -> Poll:
    return Poll(
        source_id="", entrance=f"{HOST}/feed", kind="feed", polled_at=START + timedelta(hours=hour),
        status=200, items=1, matched=1, etag='"e"', item_hashes=(5, 9),
    )  # fmt: skip


def looked(home: Path, hour: int, *polls: Poll, lines: tuple[Line, ...] = ()) -> None:
    load_batch(BatchMaker(home, hour).source(*lines, polls=polls).write())
    publish(home)
