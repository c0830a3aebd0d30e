"""Figure: one measured pair, ours and the bare counterpart."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

from rich.table import Table

RUNS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What was measured; times are medians of CPU or wall seconds."""

    what: str
    ours: float
    bare: float
    unit: str
    reach: float | None = None
    """The ratio that it shall not exceed; None where none was set."""

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


def tabulate(title: str, figures: Iterable[Figure]) -> Table:
    """Lay figures out, ours beside the bare counterpart."""
    table = Table("figure", "ours", "bare", "ratio", "reach", title=title)
    for one in figures:
        reach = "" if one.reach is None else f"<= {one.reach:g}"
        ours, bare = (f"{value:.4f} {one.unit}" for value in (one.ours, one.bare))
        table.add_row(one.what, ours, bare, f"{one.ratio:.2f}", reach)
    return table


WALL = time.perf_counter
CPU = time.process_time
