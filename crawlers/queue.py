"""The pages of one crawl in turn: new ones, a share of known ones, until its bounds are reached."""

from collections import deque
from collections.abc import Iterator

from crawlers.ask import Ask
from crawlers.frontier import Frontier
from crawlers.job import CrawlJob

_TURN = 4
"""Of so many pages one is a known one, as long as some are due: a backlog stops no revisits."""


class Queue:
    """Hands out pages to ask, and holds on to none that was handed out."""

    def __init__(self, frontier: Frontier, job: CrawlJob) -> None:
        self._new, self._due = deque(frontier.new), deque(frontier.due)
        self._room, self._budget = frontier.room, frontier.budget
        self._taken = self._revisits = 0
        self._over = f"over {job.max_pages} pages"
        self._over_known = f"over {job.source.revisit.max_pages} known pages"

    def take(self) -> Ask | None:
        """Hand out the next page within the bounds; None where there is none."""
        may_revisit = bool(self._due) and self._revisits < self._budget
        if self._taken >= self._room or not (self._new or may_revisit):
            return None
        is_turn = self._revisits < (self._taken + 1) // _TURN
        is_revisit = may_revisit and (is_turn or not self._new)
        self._taken += 1
        self._revisits += is_revisit
        return self._due.popleft() if is_revisit else self._new.popleft()

    def give_back(self, ask: Ask) -> None:
        """Free the place of a page that needed no request."""
        self._taken -= 1
        self._revisits -= ask.known is not None

    def drain(self) -> Iterator[tuple[Ask, str]]:
        """Empty it; yields what is left over, and over which bound."""
        over_known = self._over_known if self._revisits >= self._budget else self._over
        while self._new:
            yield self._new.popleft(), self._over
        while self._due:
            yield self._due.popleft(), over_known
