"""Backlog: what a crawl left over, and how long the batches to come will work on it."""

from collections.abc import Collection
from math import ceil

from crawlers.counted import counted
from crawlers.job import CrawlJob
from crawlers.urls import key_hash


def say_backlog(left: int, asked: int, interval_minutes: int | None) -> str | None:
    """Estimate when the new pages left over will have been asked; None where none are left.

    Of a batch's pages, some go to what is new then, so that it is an estimate from below. A
    backfill has no interval: its slices go on until nothing is left.
    """
    if not left:
        return None
    if interval_minutes is None:
        return f"{left:,} left over for the next slices"
    if not asked:
        return f"{left:,} left over"
    batches = ceil(left / asked)
    more = "1 more batch" if batches == 1 else f"{batches:,} more batches"
    return f"{left:,} left over: about {more} ({_time(batches * interval_minutes)})"


def count_carried(job: CrawlJob, lines: Collection[str]) -> int:
    """Count the pages of earlier batches that were neither listed nor asked, by their url_keys."""
    unheard = sum(page.url_key not in lines for page in job.deferred)
    if job.deferred_hashes:
        unheard += len(set(job.deferred_hashes).difference(map(key_hash, lines)))
    return unheard


def _time(minutes: int) -> str:
    hours = minutes / 60
    for size, name in ((48, "day"), (1, "hour")):
        if hours >= size:
            count = round(hours / (24 if name == "day" else 1))
            return counted(count, name)
    return f"{minutes} minutes"
