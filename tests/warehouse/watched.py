"""Homes that are watched: batches of small towns, and what of them is told."""

from datetime import datetime, timedelta
from pathlib import Path

from crawlers.batch import Batch
from tests.warehouse.batches import START, BatchMaker, Line, page, text
from warehouse.dedup import dedup_batch
from warehouse.incidents import list_incidents
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot
from warehouse.summary import summarise_batch
from warehouse.watch import WatchReport
from warehouse.watch import watch as watch_all

HOUR = timedelta(hours=1)
PIPELINE = {"not_published", "disk_low", "broken_promise", "unreadable"}


def watch(
    home: Path, folders: tuple[Path, ...], now: datetime, *, has_lake: bool = True
) -> WatchReport:
    return watch_all(home, folders, now, disk_floor_mb=1024, has_lake=has_lake)


def write_source(folder: Path, name: str, *more: str) -> None:
    folder.mkdir(exist_ok=True)
    lines = [
        f"name: {name}", f"home: https://{name}.example/", "languages: [en]", "timezone: UTC",
        "entrances:", f"  - feed: https://{name}.example/feed", "article: /a/", *more,
    ]  # fmt: skip
    (folder / f"{name}.yml").write_text("\n".join(lines))


def told(home: Path) -> dict[str, str]:
    """Name the open incidents of outlets, with their notes."""
    found = (one for one in list_incidents(home, is_open=True) if one.kind not in PIPELINE)
    return {f"{one.source_id} {one.kind}": one.note for one in found}


def outlets(maker: BatchMaker, count: int, failed: str | None) -> BatchMaker:
    hour = (maker.batch.started_at - START) / HOUR
    for number in range(count):
        name = f"town{number}"
        lines: tuple[Line, ...] = ()
        if not failed:
            lines = (page(f"/{name}", text(name), hour=hour, host=f"https://{name}.example"),)
        maker.source(*lines, id=name, host=f"https://{name}.example", failed=failed)
    return maker


def pipeline(home: Path) -> dict[str, str]:
    found = list_incidents(home, is_open=True)
    return {one.kind: one.note for one in found if one.kind in PIPELINE - {"disk_low"}}


def run_batch(home: Path, hour: int, failed: str | None, count: int = 4) -> Batch:
    batch = outlets(BatchMaker(home, hour), count, failed).write()
    dedup_batch(batch)
    load_batch(batch)
    publish_snapshot(home, batch.id)
    card = home / "published" / "news.json"
    at = (START + timedelta(hours=hour)).isoformat()
    written = card.read_text()
    card.write_text(written.replace(written.split('"published_at": "')[1].split('"')[0], at))
    summarise_batch(batch)
    return batch
