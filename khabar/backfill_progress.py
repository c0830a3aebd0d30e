"""How a backfill goes: a bar with an estimate on a terminal, one line a slice elsewhere."""

import logging

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from crawlers.catalogue import Source
from khabar.backfill_state import BackfillState
from khabar.shown import plain
from khabar.teller import Teller

CRAWL_LOG = logging.getLogger("khabar.crawl")

MIN_SECONDS = 0.5
"""What a page takes at least, until the backfill's own rate is known."""


def seconds_left(source: Source, state: BackfillState, left: int) -> float:
    """Estimate the time that a backfill still takes, at least: rows of pages may be longer.

    From what its documents listed so far and the rate it had; before that from the politeness
    delay, without the articles, of which nobody knows yet.
    """
    a_document = (state.fetched + left) / state.read if state.read else 0.0
    pages = left + len(state.documents) * a_document
    asked = state.fetched + state.read
    a_page = state.seconds / asked if asked else 0.0
    a_page = max(a_page, source.politeness.delay_seconds, 0.0 if asked else MIN_SECONDS)
    return (pages + len(state.documents)) * a_page


def in_words(seconds: float) -> str:
    """Write a time as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


class _Listener(logging.Handler):
    """Shows what the crawl says last: a slice is minutes long."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        super().__init__(logging.INFO)
        self._bar, self._task = bar, task

    def emit(self, record: logging.LogRecord) -> None:
        self._bar.update(self._task, now=plain(record.getMessage())[:70])


class BackfillProgress(Teller):
    """A BackfillWatcher that people look at."""

    def __init__(self, source: Source, *, is_quiet: bool) -> None:
        super().__init__(is_quiet=is_quiet)
        self._source = source
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._listener: _Listener | None = None

    def begins(self, state: BackfillState, left: int) -> None:
        """Say what will be read, and how long that takes at least."""
        count, rest = len(state.documents), in_words(seconds_left(self._source, state, left))
        such_as = f", such as {state.documents[0].entrance.url}" if count else ""
        goes_on = f"goes on: {state.read} read, " if state.slices or state.running else ""
        pages = f", {left:,} pages left over" if left else ""
        delay = self._source.politeness.delay_seconds
        self._say(
            f"{self._source.id} from {state.first} to {state.last}: {goes_on}archive documents to "
            f"read: {count:,}{such_as}{pages}; at least {rest}, {delay:g} s between requests"
        )
        if self._out.is_terminal and not self._is_quiet:
            self._open(state)

    def _open(self, state: BackfillState) -> None:
        said = TextColumn("{task.fields[said]}\n{task.fields[now]}", markup=False)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), said)
        self._bar = Progress(*columns, console=self._out)
        total = state.read + len(state.documents)
        self._task = self._bar.add_task(
            self._source.id, total=total, completed=state.read, said="", now=""
        )
        self._listener = _Listener(self._bar, self._task)
        CRAWL_LOG.addHandler(self._listener)
        CRAWL_LOG.setLevel(logging.INFO)
        self._bar.start()

    def source(self, source_id: str, state: str, *, is_done: bool = False) -> None:
        """Show what the slice does now."""
        del source_id, is_done
        if self._bar is not None:
            self._bar.update(self._task, now=plain(state)[:70])

    def stage(self, name: str, line: str) -> None:
        """Show that a stage of the slice ended."""
        del line
        if self._bar is not None:
            self._bar.update(self._task, now=f"{name} is done")

    def slice_ended(self, state: BackfillState, left: int, fetched: int) -> None:
        """Show how far it has come, and how long the rest takes."""
        total = state.read + len(state.documents)
        rest = in_words(seconds_left(self._source, state, left))
        said = (
            f"{state.read} of {total} documents, {state.fetched:,} pages, {state.new:,} new "
            f"articles, {left:,} pages left over, about {rest} left"
        )
        if self._bar is not None:
            self._bar.update(self._task, total=total, completed=state.read, said=said, now="")
        else:
            self._say(f"slice {len(state.slices)}: {fetched} fetched; {said}")

    def close(self) -> None:
        """Leave the last state on the screen."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        if self._listener is not None:
            CRAWL_LOG.removeHandler(self._listener)
            self._listener = None
