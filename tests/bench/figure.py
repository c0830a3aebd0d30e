"""Figure: one measured pair, ours and the bare counterpart."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

RUNS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What was measured; times are medians of CPU or wall seconds."""

    what: str
    ours: float
    bare: float
    unit: str

    @property
    def ratio(self) -> float:
        """How often the bare time goes into ours."""
        return self.ours / self.bare


def take_turns(
    ours: Callable[[], object], bare: Callable[[], object], clock: Callable[[], float]
) -> tuple[float, float]:
    """Time both in turns, so that a noisy machine disturbs both alike; return the medians."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(RUNS):
        for run, taken in zip((ours, bare), times, strict=True):
            began = clock()
            run()
            taken.append(clock() - began)
    return median(times[0]), median(times[1])


WALL = time.perf_counter
CPU = time.process_time
