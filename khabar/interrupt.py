"""Ctrl-C: end the child processes that this command started, and wait until they are gone."""

import os
import sys
from typing import NoReturn

import psutil

GRACE_SECONDS = 15.0


def stop_children() -> None:
    """Ask every child to end (a crawl then closes its WARC), and kill what does not."""
    children = psutil.Process().children(recursive=True)
    for child in children:
        _signal(child, is_last=False)
    _, alive = psutil.wait_procs(children, timeout=GRACE_SECONDS)
    for child in alive:
        _signal(child, is_last=True)
    psutil.wait_procs(alive, timeout=GRACE_SECONDS)


def leave() -> NoReturn:
    """End at once: threads that still work would start new children, and no stage minds."""
    sys.stdout.flush()
    os._exit(130)


def _signal(child: psutil.Process, *, is_last: bool) -> None:
    try:
        child.kill() if is_last else child.terminate()
    except psutil.NoSuchProcess:
        return
