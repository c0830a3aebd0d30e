"""When an outlet publishes, changes and removes its articles; time passes by its clock."""

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Literal

Removal = Literal["404", "410", "home"]

HOUR = timedelta(hours=1)
_SPAN = timedelta(days=730)
_EVENTFUL = 60
"""Only the newest articles of the start have a planned future, as in life."""


@dataclass(slots=True)
class Clock:
    """The town's time."""

    start: datetime
    now: datetime


@dataclass(slots=True)
class Calendar:
    """The schedule of one outlet, computed by number, so that 50,000 articles cost nothing."""

    outlet: str
    seed: int
    articles: int
    clock: Clock
    lag: float
    """How early in its slot an article appears (a share of the gap): copies come later."""
    eventful: bool
    """Whether articles change in the course of time."""
    _orders: dict[int, list[tuple[datetime, int]]] = field(default_factory=dict)
    _removed: dict[int, tuple[datetime, Removal]] = field(default_factory=dict)

    @property
    def gap(self) -> timedelta:
        """Time between two articles."""
        return min(3 * HOUR, _SPAN / max(self.articles, 1))

    def published(self, index: int) -> datetime:
        """Tell when an article appears, to the second."""
        rng = Random(f"{self.seed}/{self.outlet}/{index}/slot")  # noqa: S311
        early = self.gap * (self.lag + 0.2 * rng.random())
        instant = self.clock.start + (index - self.articles + 1) * self.gap - early
        return instant.replace(microsecond=0)

    def count(self) -> int:
        """Count the articles published by now; those removed since are counted too."""
        whole = (self.clock.now - self.clock.start) // self.gap
        count = max(0, self.articles + whole)
        return count + 1 if self.published(count) <= self.clock.now else count

    def between(self, begin: datetime, end: datetime) -> range:
        """Number the articles published by now from one instant until before another."""
        numbers = range(self.count())
        first = bisect_left(numbers, begin, key=self.published)
        return range(first, bisect_left(numbers, end, key=self.published))

    def changes_by_plan(self, index: int) -> bool:
        """Tell whether an article will change some time."""
        return self.eventful and index % 10 == 3 and index >= self.articles - _EVENTFUL

    def state(self, index: int) -> tuple[int, datetime | None]:
        """Tell the level of an article's text now, and when it last changed."""
        past = [step for step in self._steps(index) if step[0] <= self.clock.now]
        if not past:
            return 0, None
        instant, _, level = max(past)
        return level, instant

    def removal(self, index: int) -> Removal | None:
        """Tell whether an article is gone by now, and how its address answers."""
        moment = self._removed.get(index) or self._planned_removal(index)
        return moment[1] if moment and moment[0] <= self.clock.now else None

    def revise(self, index: int) -> None:
        """Change an article now."""
        level, _ = self.state(index)
        self._orders.setdefault(index, []).append((self.clock.now, level + 1))

    def restore(self, index: int) -> None:
        """Give an article its first text again."""
        self._orders.setdefault(index, []).append((self.clock.now, 0))

    def remove(self, index: int, how: Removal) -> None:
        """Remove an article now."""
        self._removed[index] = (self.clock.now, how)

    def _steps(self, index: int) -> list[tuple[datetime, int, int]]:
        orders = self._orders.get(index, [])
        steps = [(at, place, level) for place, (at, level) in enumerate(orders, start=2)]
        if self.changes_by_plan(index):
            first = self._settled(index) + (2 + index % 7) * HOUR
            steps.append((first, 0, 1))
            if index % 20 == 13:
                steps.append((first + 8 * HOUR, 1, 0))
        return steps

    def _planned_removal(self, index: int) -> tuple[datetime, Removal] | None:
        if index % 15 != 11 or index < self.articles - _EVENTFUL:
            return None
        ways: tuple[Removal, ...] = ("404", "410", "home")
        return self._settled(index) + (10 + index % 13) * HOUR, ways[index // 15 % 3]

    def _settled(self, index: int) -> datetime:
        return max(self.published(index), self.clock.start)
