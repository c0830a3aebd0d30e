"""LeftOver: the pages that slices of a backfill listed and did not come to, from their ledgers."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from crawlers.archive_documents import PASSING, TRIES
from crawlers.job import DeferredPage
from crawlers.page import Fetch


class LeftOver:
    """What is left to ask; each slice's ledger is told to it once, in order."""

    def __init__(self) -> None:
        self.pages: dict[str, DeferredPage] = {}
        self._failures: Counter[str] = Counter()

    def take(self, lines: Iterable[Fetch]) -> int:
        """Learn what became of a slice's pages; return how many are settled for good."""
        lines = tuple(lines)
        # While the host answers nothing at all, no page of it has failed.
        is_up = any(line.status is not None for line in lines)
        settled = 0
        for line in lines:
            self._failures[line.url_key] += is_up and line.disposition == "failed"
            if line.reason in PASSING and self._failures[line.url_key] < TRIES:
                self.pages[line.url_key] = DeferredPage(
                    url=line.url, url_key=line.url_key, entrance=line.entrance, item=line.item
                )
            else:
                self.pages.pop(line.url_key, None)
                settled += 1
        return settled

    def newest(self, most: int) -> tuple[DeferredPage, ...]:
        """Choose what the next slice asks; the undated last."""
        return tuple(sorted(self.pages.values(), key=_day, reverse=True)[:most])

    def forget(self, pages: Iterable[DeferredPage]) -> None:
        """Drop pages that came into the warehouse by another way."""
        for page in pages:
            self.pages.pop(page.url_key, None)


def _day(page: DeferredPage) -> date:
    item = page.item
    at = item.published_at if item else None
    return at.date() if at else (item and item.published_on) or date.min
