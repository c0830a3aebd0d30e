"""A backfill: an outlet's past, fetched in short slices between which the regular crawl gets in."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Protocol

from crawlers.archive_documents import archive_documents
from crawlers.batch import Batch
from crawlers.catalogue import Source
from crawlers.job import ArchiveDocument
from crawlers.ledger import read_fetches, read_job
from crawlers.left_over import LeftOver
from crawlers.urls import key_hash
from khabar.backfill_slice import do_slice
from khabar.backfill_state import BackfillPaused, BackfillState, read_state, unread, within_bound
from khabar.run import Watcher
from khabar.settings import Settings

MAX_IDLE = 10
"""Slices in a row that other crawls may send away before they did anything."""


class BackfillWatcher(Watcher, Protocol):
    """Hears how a backfill goes."""

    def slice_ended(self, state: BackfillState, left: int, fetched: int) -> None:
        """Hear how far it has come, how many pages are left over, and what the slice fetched."""


def begin(home: Path, source: Source, first: date, last: date) -> BackfillState:
    """Recall how far a backfill has come, or begin it.

    It begins anew where the source file says something else of archives by now, and where it was
    done before its last day was over.

    Raises:
        NoWayBackError: where the source has no way into its past.
        BackfillError: where its file is damaged.
    """
    known = read_state(home, source.id, first, last)
    entries = key_hash(repr((source.backfill or source.entrances, source.article, source.timezone)))
    is_same = known is not None and known.entries == entries
    if known is not None and is_same and (known.done_on is None or known.done_on > last):
        return known
    documents = archive_documents(source, (first, last))
    if known is not None:
        documents = unread(documents, source, known.keys_closed)
    state = BackfillState(
        source_id=source.id, first=first, last=last, documents=documents, entries=entries
    )
    if known is None:
        return within_bound(state)
    state = replace(
        state,
        # A slice that is at work settles its own documents, which stand first.
        documents=(*_planned(home, known), *documents),
        running=known.running,
        run_id=known.run_id,
        slices=known.slices,
        keys_read=known.keys_closed,
        keys_closed=known.keys_closed,
    )
    return within_bound(state)


def _planned(home: Path, state: BackfillState) -> tuple[ArchiveDocument, ...]:
    """List the documents of the slice that is at work."""
    if state.running is None:
        return ()
    batch = Batch(id=state.running, home=home)
    return read_job(batch, state.source_id).documents if batch.status("plan").is_file() else ()


def recall_left_over(home: Path, state: BackfillState) -> LeftOver:
    """Read from the ledgers of a backfill's slices which pages they left over."""
    left = LeftOver()
    for batch_id in state.slices:
        left.take(read_fetches(Batch(id=batch_id, home=home), state.source_id))
    return left


def run_backfill(
    settings: Settings, source: Source, state: BackfillState, watcher: BackfillWatcher
) -> BackfillState:
    """Do slices until nothing is left; killed at any line, it goes on where it was.

    Raises:
        BackfillPaused: where the outlet rests, or does not answer; calling it again goes on.
        HostBusyError: where another process keeps the outlet for an hour.
    """
    left = recall_left_over(settings.home, state)
    idle = 0
    while not state.is_done:
        done = do_slice(settings, source, state, left, watcher)
        state = done.state
        watcher.slice_ended(state, len(left.pages), done.fetched)
        if done.error is not None:
            raise done.error
        idle = 0 if done.did_anything else idle + 1
        rest = done.rest or ("other crawls keep it busy" if idle >= MAX_IDLE else None)
        if rest and not state.is_done:
            raise BackfillPaused(
                f"{source.id} is left alone for now: {rest}; run it again later to go on"
            )
    return state
