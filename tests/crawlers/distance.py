"""How far apart requests were, said so that a busy machine is not taken for a rude crawler."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from crawlers.lease import host_path
from tests.crawlers.outlet import Outlet

IN_A_ROW = 8
LATE_SECONDS = 0.5
"""What an arrival may be late: the crawler, or the server that notes it, waits for a processor."""


def note_turns(outlet: Outlet, home: Path) -> None:
    """Let the outlet's log tell how long the crawler reserved its host, and not when it heard.

    A crawler writes that into the lock's file before it asks: no arrival can be late by it.
    """
    lock = host_path(home, outlet.host, "lock")
    outlet.clock = lambda: lock.stat().st_mtime


def shortest(times: Sequence[float]) -> float:
    """Give the shortest time between two requests in a row."""
    return min(later - earlier for earlier, later in pairwise(times))


def assert_arrived_apart(times: Sequence[float], delay: float) -> None:
    """Any requests in a row took as long as their distances, but for one late arrival."""
    count = min(IN_A_ROW, len(times) - 1)
    spans = [later - earlier for earlier, later in zip(times, times[count:], strict=False)]
    assert min(spans) > count * delay - LATE_SECONDS
