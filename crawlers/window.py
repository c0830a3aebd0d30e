"""Which days an address names, and whether an item or a part of an index is of the days wanted."""

import re
from calendar import monthrange
from datetime import date, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from crawlers.entrances import Listed, Part

LATE_CHANGE = timedelta(days=7)
"""How long after its publication an article is usually changed last."""

Window = tuple[date, date]
_DAY_OF_NAME = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)(?:(?P<s>[-/_.]?)(?P<m>0[1-9]|1[0-2])"
    r"(?:(?P=s)(?P<d>0[1-9]|[12]\d|3[01]))?)?(?!\d)"
)
_DAY_OF_ADDRESS = re.compile(r"/((?:19|20)\d\d)[/-](\d{1,2})[/-](\d{1,2})(?=[/-])")


def is_part_wanted(part: Part, window: Window) -> bool:
    """Tell whether a part of a sitemap index may list articles of a window.

    By the days in its name (`sitemap-2026-05.xml`, `/2026/05/`), else by its last change: no
    article in it is younger.
    """
    if part.changed_at is not None and part.changed_at.date() < window[0] - timedelta(days=1):
        return False
    spans = spans_named(part.url)
    return not spans or any(begin <= window[1] and end >= window[0] for begin, end in spans)


def place(listed: Listed, window: Window, zone: ZoneInfo | None) -> str | None:
    """Say whether an item is from `before` the window or `after` it; None where it may be in it.

    By what the entrance said, else by the day in its address, else by its last change, which
    comes no earlier than its publication, and seldom much later.
    """
    day = _day(listed, zone)
    if day is not None:
        return "before" if day < window[0] else "after" if day > window[1] else None
    if listed.changed_at is None:
        return None
    changed_on = listed.changed_at.astimezone(zone).date()
    if changed_on < window[0]:
        return "before"
    return "after" if changed_on > window[1] + LATE_CHANGE else None


def _day(listed: Listed, zone: ZoneInfo | None) -> date | None:
    item = listed.item
    if item.published_at is not None and zone is not None:
        return item.published_at.astimezone(zone).date()
    if item.published_on is not None:
        return item.published_on
    found = _DAY_OF_ADDRESS.search(urlsplit(listed.url).path)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def spans_named(url: str) -> list[Window]:
    """Read the days that an address names."""
    address = urlsplit(url)
    return [_span(match) for match in _DAY_OF_NAME.finditer(f"{address.path}?{address.query}")]


def _span(match: re.Match[str]) -> Window:
    """Give the days that a name speaks of; a day that no month has makes it a month."""
    year = int(match["y"])
    if not match["m"]:
        return date(year, 1, 1), date(year, 12, 31)
    begin, end = month_of(year, int(match["m"]))
    if match["d"] and int(match["d"]) <= end.day:
        return (day := date(year, int(match["m"]), int(match["d"]))), day
    return begin, end


def month_of(year: int, month: int) -> Window:
    """Give the first and the last day of a month."""
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])
