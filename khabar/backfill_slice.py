"""One slice of a backfill: a batch of its own, and what it leaves for the next one."""

import time
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from crawlers.archive_documents import Settled, drop_older, settle_documents
from crawlers.batch import Batch
from crawlers.catalogue import Source
from crawlers.contact import ContactError
from crawlers.crawl import CrawlDiedError
from crawlers.crawl_report import REPORT_JSON as CRAWL_JSON
from crawlers.crawl_report import CrawlReport
from crawlers.job import ArchiveDocument, CrawlJob, slice_pages
from crawlers.journal import recover
from crawlers.lease import HostBusyError
from crawlers.ledger import read_fetches, read_job, read_polls
from crawlers.left_over import LeftOver
from khabar.backfill_state import BackfillState, unread, within_bound, write_state
from khabar.run import Watcher, finish, gather, open_batch
from khabar.settings import Settings
from warehouse.backfill import plan_slice, published_days
from warehouse.room import check_floor
from warehouse.source_summary import SourceSummary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawlers.page import Fetch, Poll

SLICE_DOCUMENTS = 400
"""Archive documents that one slice may read."""
MAX_WAIT_SECONDS = 3_600.0
"""How long a slice waits for crawls of the same outlet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """What one slice did."""

    state: BackfillState
    """How far the backfill has come with it."""
    fetched: int
    did_anything: bool
    rest: str | None
    """Why the host should be left alone for a while; None where it need not."""
    error: BaseException | None
    """What ended its crawl early."""


def do_slice(
    settings: Settings,
    source: Source,
    state: BackfillState,
    left: LeftOver,
    watcher: Watcher,
) -> Slice:
    """Take one slice the whole way, as a batch of its own, and note how far that leads."""
    began = time.monotonic()
    if state.running is None:
        check_floor(settings.home, settings.disk_floor_mb)
    state, batch = _open_slice(settings.home, state)
    _plan(settings, source, state, left, batch)
    try:
        error, summary = _work(batch, source.id, watcher)
    except ContactError:
        # What was planned speaks for nobody; the next slice is planned with the mended setting.
        write_state(settings.home, replace(state, running=None, run_id=None))
        raise
    done = _settle(batch, state, left, summary)
    seconds = state.seconds + time.monotonic() - began
    done = replace(done, error=error, state=replace(done.state, seconds=round(seconds, 1)))
    write_state(settings.home, done.state)
    return done


def _open_slice(home: Path, state: BackfillState) -> tuple[BackfillState, Batch]:
    """Name a slice's batch before anything else, so that a killed one is found again."""
    if state.running is None:
        opened, run_id = open_batch(home, "backfill", datetime.now(UTC))
        state = replace(state, running=opened.id, run_id=run_id)
        write_state(home, state)
    return state, Batch(id=str(state.running), home=home)


def _plan(
    settings: Settings, source: Source, state: BackfillState, left: LeftOver, batch: Batch
) -> None:
    offered = left.newest(slice_pages(source))
    plan_slice(
        batch,
        source,
        window=(state.first, state.last),
        documents=state.documents[:SLICE_DOCUMENTS],
        documents_read=state.keys_read,
        pages=offered,
        run_id=str(state.run_id),
        contact=settings.contact,
        loopback=settings.loopback_pairs,
        disk_floor_mb=settings.disk_floor_mb,
    )
    asked = {page.url_key for page in read_job(batch, source.id).deferred}
    left.forget(page for page in offered if page.url_key not in asked)


def _work(
    batch: Batch, source_id: str, watcher: Watcher
) -> tuple[BaseException | None, SourceSummary]:
    """Crawl, extract, load and publish; what a crawl fetched before it died is loaded too."""
    ends = time.monotonic() + MAX_WAIT_SECONDS
    error = None
    while not batch.status("load").is_file():
        [outcome] = gather(batch, (source_id,), watcher)
        error = outcome.error
        if isinstance(error, HostBusyError) and time.monotonic() < ends:
            watcher.source(source_id, "waits for another crawl of it")
            continue
        if error is not None and not isinstance(error, CrawlDiedError):
            raise error
        break
    return error, finish(batch, watcher).sources[0]


def _settle(batch: Batch, state: BackfillState, left: LeftOver, summary: SourceSummary) -> Slice:
    """Say what a slice did, from its ledger, and what is to be read after it."""
    source_id = state.source_id
    lines, polls = read_fetches(batch, source_id), read_polls(batch, source_id)
    told: list[Fetch | Poll] = [*polls, *lines]
    job = read_job(batch, source_id)
    documents = _settle_documents(batch, job, polls, told)
    settled = left.take(lines)
    report = CRAWL_JSON.validate_json(batch.status("crawl", source_id).read_bytes())
    queue = _queue(batch, job, state, documents)
    state = within_bound(
        replace(_counted(batch, state, documents, report, summary), documents=queue)
    )
    is_done = not state.documents and not left.pages
    return Slice(
        state=replace(state, is_done=is_done, done_on=today_of(job.source) if is_done else None),
        fetched=report.fetched,
        did_anything=bool(settled or documents.read),
        rest=_why_rest(told),
        error=None,
    )


def _settle_documents(
    batch: Batch, job: CrawlJob, polls: "Sequence[Poll]", told: "Sequence[Fetch | Poll]"
) -> Settled:
    """Say which documents are read, and which are left."""
    looks = {look.poll.entrance: look for look in recover(batch, job.source.id).looks}
    if looks or any(one.status is not None for one in told):
        return settle_documents(job, looks, {poll.entrance: poll for poll in polls})
    # The host answered nothing at all: no document of it is given up for that.
    return Settled(left=job.documents, read=(), closed=(), gone=(), over_bound=0, troubles=())


def _queue(
    batch: Batch, job: CrawlJob, state: BackfillState, documents: Settled
) -> tuple[ArchiveDocument, ...]:
    """List the documents that are still to be read."""
    queue = (*documents.left, *state.documents[len(job.documents) :])
    return drop_older(
        unread(queue, job.source, (*job.documents_read, *documents.read)),
        published_days(batch.home, job.source.id),
        state.first,
    )


def _counted(
    batch: Batch,
    state: BackfillState,
    documents: Settled,
    report: CrawlReport,
    summary: SourceSummary,
) -> BackfillState:
    """Add what a slice brought to what those before it did; none is running then."""
    held = (f"{batch.id} is {summary.state}; see `khabar load --help`",)
    is_held = summary.state.startswith("held")
    return replace(
        state,
        running=None,
        run_id=None,
        slices=(*state.slices, batch.id),
        read=state.read + len(documents.read),
        keys_read=(*state.keys_read, *documents.read),
        keys_closed=(*state.keys_closed, *documents.closed),
        gone=(*state.gone, *documents.gone),
        over_bound=state.over_bound + documents.over_bound,
        listed=state.listed + report.listed,
        fetched=state.fetched + report.fetched,
        new=state.new + summary.articles,
        troubles=(*state.troubles, *documents.troubles, *(held if is_held else ())),
    )


def today_of(source: Source) -> date:
    """Give today's day in the outlet's zone."""
    return datetime.now(ZoneInfo(source.timezone) if source.timezone else UTC).date()


def _why_rest(told: "Sequence[Fetch | Poll]") -> str | None:
    """Say why the host should be left alone: it rests, or answered nothing at all."""
    resting = [one for one in told if one.reason == "host_resting"]
    is_up = any(one.status is not None for one in told)
    failed = [one for one in told if one.reason not in (None, "deferred") and not is_up]
    trouble = next(iter((*resting, *failed)), None)
    return f"{trouble.reason} ({trouble.detail})" if trouble else None
