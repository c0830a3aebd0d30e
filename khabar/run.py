"""One batch without Airflow: the same stages as the DAG, several sources at a time."""

import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from typing import Protocol
from uuid import uuid4

from crawlers.batch import Batch, new_batch_id
from crawlers.crawl import CrawlDiedError, crawl_source
from crawlers.crawl_report import CrawlReport
from khabar.publish_all import publish_all
from khabar.settings import Settings
from transforms.extract import extract_source
from transforms.guard import Guard
from warehouse.dedup import dedup_batch
from warehouse.load import load_batch
from warehouse.plan import PlanReport, plan_batch
from warehouse.summary import BatchSummary, summarise_batch

AT_ONCE = 16
"""Sources at work at the same time: their crawls wait for politeness far more than they work.

Each is a process of 90 MB that takes a second of a core to start, so not all of them at once.
"""
EXTRACTING = os.cpu_count() or 2
"""Sources being extracted at the same time: that is work, and takes a core each."""
TRIES = 3
"""Times that a crawl whose process dies is resumed."""


class Watcher(Protocol):
    """Hears how a batch goes."""

    def source(self, source_id: str, state: str, *, is_done: bool = False) -> None:
        """Hear what a source does now."""

    def stage(self, name: str, line: str) -> None:
        """Hear that a stage of the whole batch ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOutcome:
    """How a source's crawl and extraction went."""

    source_id: str
    error: BaseException | None = None
    """What broke it, where that is a fault of ours or of this machine."""


def open_batch(home: Path, dag: str, now: datetime) -> tuple[Batch, str]:
    """Name a new batch, and the run that it belongs to."""
    run_id = f"{dag} by hand {now.isoformat(timespec='seconds')} {uuid4().hex[:8]}"
    return Batch(id=new_batch_id(now, dag, run_id), home=home), run_id


def plan_by_hand(
    settings: Settings, batch: Batch, run_id: str, only: Sequence[str], *, force: bool
) -> PlanReport:
    """Plan a batch, for the sources named or for all that are due.

    Raises:
        CatalogueError: where a named source is unknown.
        DiskLow: where the disk is nearly full.
    """
    return plan_batch(
        batch,
        folders=settings.folders,
        run_id=run_id,
        dag=batch.id.split("-")[1],
        now=batch.started_at,
        only=tuple(only),
        force=force,
        contact=settings.contact,
        loopback=tuple(sorted(settings.loopback_pairs)),
        disk_floor_mb=settings.disk_floor_mb,
    )


def gather(batch: Batch, due: Sequence[str], watcher: Watcher) -> list[SourceOutcome]:
    """Crawl and extract each source; one that breaks does not stop the others.

    Where it is interrupted, no crawl is begun again and nothing is extracted any more: threads
    that still work see their child processes end, which is no fault of a page.
    """
    stopping = Event()
    pool = ThreadPoolExecutor(max_workers=AT_ONCE)
    guards: SimpleQueue[Guard] = SimpleQueue()
    with ExitStack() as stack:
        for _ in range(min(EXTRACTING, AT_ONCE)):
            guards.put(stack.enter_context(Guard()))
        try:
            work = partial(_gather_source, batch, guards, watcher, stopping)
            futures = {pool.submit(work, source_id): source_id for source_id in due}
            wait(futures)
        except BaseException:
            stopping.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        pool.shutdown()
    return [_outcome(future, source_id, watcher) for future, source_id in futures.items()]


def _outcome(future: "Future[SourceOutcome]", source_id: str, watcher: Watcher) -> SourceOutcome:
    error = future.exception()
    if error is None:
        return future.result()
    watcher.source(source_id, f"{source_id}: broke", is_done=True)
    return SourceOutcome(source_id=source_id, error=error)


def _gather_source(
    batch: Batch, guards: "SimpleQueue[Guard]", watcher: Watcher, stopping: Event, source_id: str
) -> SourceOutcome:
    """Crawl and extract a source; what a crawl fetched before it died is extracted too."""
    watcher.source(source_id, "crawling")
    crawl, error = _crawl(batch, source_id, stopping)
    if stopping.is_set():
        return SourceOutcome(source_id=source_id, error=error)
    watcher.source(source_id, "extracting")
    guard = guards.get()
    try:
        line = extract_source(batch, source_id, guard).line
    finally:
        guards.put(guard)
    if crawl is None or crawl.failed:
        line = crawl.line if crawl else str(error)
    watcher.source(source_id, line, is_done=True)
    return SourceOutcome(source_id=source_id, error=error)


def _crawl(
    batch: Batch, source_id: str, stopping: Event
) -> tuple[CrawlReport | None, CrawlDiedError | None]:
    error = None
    for _ in range(TRIES):
        try:
            return crawl_source(batch, source_id), None
        except CrawlDiedError as died:
            error = died
            if stopping.is_set():
                break
    return None, error


def finish(batch: Batch, watcher: Watcher) -> BatchSummary:
    """Decide, load and publish; what is good goes in whatever became of the rest."""
    watcher.stage("dedup", dedup_batch(batch).line)
    watcher.stage("load", load_batch(batch).line)
    published = publish_all(batch.home, batch.id)
    watcher.stage("publish", published.line)
    return summarise_batch(batch)
