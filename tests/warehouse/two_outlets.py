"""A home of two outlets, one well and one down, and what its Health page is told."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from crawlers.batch import Batch, write_json
from crawlers.catalogue import Entrance, Expectations, Source
from crawlers.page import Poll
from tests.warehouse.batches import HOST, START, BatchMaker, failed, page, rejected, text
from warehouse.dedup import dedup_batch
from warehouse.health import Health, read_health
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot
from warehouse.summary import summarise_batch

NOW = START + timedelta(hours=6, minutes=30)


def source(id: str, *, verified: bool = True, retired: str | None = None) -> Source:  # noqa: A002
    return Source(
        id=id, name=id.title(), home=HOST + "/", languages=("en",), timezone="Asia/Karachi",
        entrances=(Entrance(kind="feed", url=f"{HOST}/{id}"),), hosts=("mountain.example",),
        expect=Expectations(articles_per_day=3), verified=verified, retired=retired,
    )  # fmt: skip


def looks(hours: Iterable[int]) -> list[Poll]:
    return [
        Poll(
            source_id="", entrance=HOST + "/feed", kind="feed", items=1, matched=1,
            polled_at=START + timedelta(hours=hour), status=200, overlapped=True,
            next_interval_minutes=60,
        )
        for hour in hours
    ]  # fmt: skip


def two_outlets(home: Path, hour: int = 6) -> Batch:
    """One outlet is well, one is down."""
    made = BatchMaker(home, hour)
    lines = [page(f"/a{hour}", text(f"a{hour}x"), hour=hour), failed("/f")]
    lines.append(rejected(f"/t{hour}", hour=hour))
    made.source(*lines, id="mountain", polls=looks(range(hour)))
    batch = made.source(id="river", failed="http_5xx: HTTP 503").write()
    extracted(batch, articles=1)
    return batch


def extracted(batch: Batch, articles: int) -> None:
    """Leave the report of an extraction, as it does."""
    report = {"articles": articles, "rejections": [["listing", 1]]}
    write_json(batch.status("extract", "mountain"), report)


def published(home: Path) -> Batch:
    batch = two_outlets(home)
    dedup_batch(batch)
    load_batch(batch)
    publish_snapshot(home, batch.id)
    summarise_batch(batch)
    return batch


def told(home: Path, *, now: datetime = NOW, others: Iterable[Source] = ()) -> Health:
    return read_health(home, [source("mountain"), source("river"), *others], [], now)
