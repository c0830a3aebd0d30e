"""Backlog: what a crawl left over, and how long the batches to come will work on it."""

from collections.abc import Iterable
from math import ceil

from crawlers.catalogue import Source
from crawlers.ledger import Outcome


def say_backlog(source: Source, lines: Iterable[Outcome]) -> str | None:
    """Estimate when the pages left over will have been asked; None where none are left.

    Of a batch's pages, some go to what is new then, so that it is an estimate from below.
    """
    left = asked = 0
    for line in lines:
        left += line.reason == "deferred"
        asked += line.disposition != "skipped"
    if not left:
        return None
    batches = ceil(left / max(1, asked))
    more = "1 more batch" if batches == 1 else f"{batches:,} more batches"
    return f"{left:,} left over: about {more} ({_time(batches * source.interval_minutes)})"


def _time(minutes: int) -> str:
    hours = minutes / 60
    for size, name in ((48, "day"), (1, "hour")):
        if hours >= size:
            count = round(hours / (24 if name == "day" else 1))
            return f"{count:,} {name}{'s' * (count != 1)}"
    return f"{minutes} minutes"
