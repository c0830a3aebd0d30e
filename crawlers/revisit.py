"""Which known articles are worth asking again, and with which validators."""

from datetime import datetime, timedelta

from crawlers.catalogue import Revisit
from crawlers.job import KnownPage

MIN_DISTANCE = timedelta(hours=1)
SHARE_OF_AGE = 0.5


def is_due(page: KnownPage, now: datetime, revisit: Revisit) -> bool:
    """Tell whether a known article should be asked again: young enough, and overdue."""
    return _age(page, now) <= timedelta(days=revisit.max_age_days) and overdue(page, now) >= 1


def overdue(page: KnownPage, now: datetime) -> float:
    """Say how late a known article is: 1 where it is just due, 2 at twice that distance.

    The younger an article, the sooner: (time since the last look) / (age) must reach a half, as
    DocNow's diffengine does it, and looks are an hour apart.
    """
    since = now - (page.last_fetched_at or page.first_seen_at)
    return since / max(MIN_DISTANCE, SHARE_OF_AGE * _age(page, now))


def _age(page: KnownPage, now: datetime) -> timedelta:
    """Count from first sight where the date is unknown or lies ahead."""
    is_dated = page.dated_at is not None and page.dated_at <= now
    return now - (page.dated_at if is_dated and page.dated_at else page.first_seen_at)


def validators(page: KnownPage | None) -> dict[str, str]:
    """Build the headers of a conditional request (RFC 9110, 13.1)."""
    if page is None or page.page_sha256 is None:
        return {}
    headers = {"If-None-Match": page.etag, "If-Modified-Since": page.last_modified}
    return {name: value for name, value in headers.items() if value}
