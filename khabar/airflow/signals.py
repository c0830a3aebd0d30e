"""Ctrl-C, SIGTERM and a closed terminal, turned into one exception."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequest(BaseException):
    """Somebody asked this process to stop."""


@contextmanager
def stop_requests() -> Iterator[None]:
    """Raise StopRequest in the main thread at the first signal that asks to stop."""
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    for number in STOP_SIGNALS:
        if number != signal.SIGHUP or before[number] != signal.SIG_IGN:  # nohup ignores it
            signal.signal(number, _request_stop)
    try:
        yield
    finally:
        for number in STOP_SIGNALS:
            signal.signal(number, before[number])


@contextmanager
def shielded() -> Iterator[None]:
    """Ignore further requests to stop."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number in STOP_SIGNALS:
            signal.signal(number, before[number])


def _request_stop(number: int, _frame: FrameType | None) -> None:
    for other in STOP_SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    if number == signal.SIGHUP:  # the terminal is gone: whoever prints to it would fail
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (sys.stdin, sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())
    raise StopRequest(signal.Signals(number).name)
