"""Which known articles are worth asking again, and with which validators."""

from datetime import datetime, timedelta

from crawlers.job import KnownPage

MAX_AGE = timedelta(days=7)
MIN_DISTANCE = timedelta(hours=1)
SHARE_OF_AGE = 0.5


def is_due(page: KnownPage, now: datetime) -> bool:
    """Tell whether a known article should be asked again.

    The younger an article, the sooner: (time since the last look) / (age) must reach a half, as
    DocNow's diffengine does it. Age counts from first sight where the date is unknown or lies
    ahead.
    """
    looked_at = page.last_fetched_at or page.first_seen_at
    dated_at = page.dated_at if page.dated_at and page.dated_at <= now else page.first_seen_at
    age, since = now - dated_at, now - looked_at
    return age <= MAX_AGE and since >= MIN_DISTANCE and since >= SHARE_OF_AGE * age


def validators(page: KnownPage | None) -> dict[str, str]:
    """Build the headers of a conditional request (RFC 9110, 13.1)."""
    if page is None or page.page_sha256 is None:
        return {}
    headers = {"If-None-Match": page.etag, "If-Modified-Since": page.last_modified}
    return {name: value for name, value in headers.items() if value}
