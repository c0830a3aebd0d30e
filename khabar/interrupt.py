"""Ctrl-C: end the child processes that this command started, and wait until they are gone."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from crawlers.batch import Batch
from khabar.progress import Progress

GRACE_SECONDS = 15.0


@contextmanager
def stoppable(batch: Batch, progress: Progress) -> Iterator[None]:
    """Work on a batch; where that is interrupted, say how to go on, and end the process.

    It ends at once, since threads that still work would start new children; no stage minds.
    """
    try:
        yield
    except KeyboardInterrupt:
        progress.close()
        stop_children()
        is_open = batch.manifest.exists()
        mend = f"to go on: khabar run --batch {batch.id}" if is_open else "nothing was begun"
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
