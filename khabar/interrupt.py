"""Ctrl-C: end the child processes that this command started, and wait until they are gone."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn, Protocol

import psutil

from crawlers.batch import Batch
from khabar.progress import Progress
from warehouse.errors import is_interrupt

GRACE_SECONDS = 15.0


class Closing(Protocol):
    """A view of what goes on, which can be left and complain."""

    def close(self) -> None:
        """Leave the last state on the screen."""

    def complain(self, line: str) -> None:
        """Show what went wrong."""


@contextmanager
def stoppable(batch: Batch, progress: Progress) -> Iterator[None]:
    """Work on a batch; where that is interrupted, say how to go on, and end the process."""
    try:
        with as_interrupt():
            yield
    except KeyboardInterrupt:
        is_open = batch.manifest.exists()
        mend = f"to go on: khabar run --batch {batch.id}" if is_open else "nothing was begun"
        end(progress, mend)


@contextmanager
def as_interrupt() -> Iterator[None]:
    """Raise KeyboardInterrupt where DuckDB, which heard of it first, made it an error."""
    try:
        yield
    except Exception as error:
        if is_interrupt(error):
            raise KeyboardInterrupt from None
        raise


def end(progress: Closing, mend: str) -> NoReturn:
    """End the child processes, say how to go on, and end this process.

    It ends at once, since threads that still work would start new children; no stage minds.
    """
    progress.close()
    stop_children()
    progress.complain(f"stopped; {mend}")
    sys.stdout.flush()
    os._exit(130)


def stop_children() -> None:
    """Ask every child to end (a crawl then closes its WARC), and kill what does not."""
    children = psutil.Process().children(recursive=True)
    for child in children:
        _signal(child, is_last=False)
    _, alive = psutil.wait_procs(children, timeout=GRACE_SECONDS)
    for child in alive:
        _signal(child, is_last=True)
    psutil.wait_procs(alive, timeout=GRACE_SECONDS)


def _signal(child: psutil.Process, *, is_last: bool) -> None:
    try:
        child.kill() if is_last else child.terminate()
    except psutil.NoSuchProcess:
        return
