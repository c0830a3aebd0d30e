"""When an article was published and modified: read from what the page says, never guessed."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from itertools import chain
from zoneinfo import ZoneInfo

from crawlers.page import ListedItem
from transforms.article import Moment
from transforms.document import Document
from transforms.moments import FIRST_YEAR, LAST_YEAR, Reading, day_reading, parse_moment
from transforms.stated_dates import (
    Statement,
    folder_statements,
    modified_statements,
    published_statements,
    segment_statements,
    unnamed_statements,
    writes_month_first,
)
from transforms.visible_date import last_resort, visible_dates

LATENESS = timedelta(days=1)
FIRST_ZONE = timezone(timedelta(hours=14))
"""Where a day begins first: the bound for outlets whose zone is unknown."""
SAME = timedelta(minutes=1)
WEST, EAST, QUARTER = timedelta(hours=-10), timedelta(hours=13), timedelta(minutes=15)
"""The offsets of the world's clocks, from Hawaii to New Zealand; few islands lie beyond."""


def read_published(document: Document) -> Reading | None:
    """Find the publication time: JSON-LD, meta, microdata, feed, address, visible text.

    A source that gives a day alone gives way to a later one that gives the time of that day.
    """
    stated = list(_readings(document, _published(document)))
    found = chain(
        stated,
        _readings(document, visible_dates(document)),
        _readings(document, segment_statements(document)),
        _unnamed(document),
        _readings(document, last_resort(document)),
    )
    best = next(found, None)
    if best is None:
        return None
    visible = _readings(document, visible_dates(document, in_every_language=False))
    best = _rightly_labelled(best, stated)
    others = chain(stated, _unnamed(document), visible)
    if best.moment.at is None:
        return _with_time(best, list(others), _readings(document, modified_statements(document)))
    if document.source.timezone is None and not best.offset:
        return _with_own_day(best, others)
    return best


def _unnamed(document: Document) -> Iterator[Reading]:
    """Read the dates that do not say of what, but for the one that elsewhere is the last change."""
    found = list(_readings(document, unnamed_statements(document)))
    if found:
        changed = [one.moment for one in _readings(document, modified_statements(document))]
        changes = {moment.at or moment.on for moment in changed}
        yield from (one for one in found if (one.moment.at or one.moment.on) not in changes)


def _published(document: Document) -> Iterator[Statement | Reading]:
    yield from published_statements(document)
    if (reading := feed_reading(document.page.item, document.source.timezone)) is not None:
        yield reading
    yield from folder_statements(document)


def _rightly_labelled(reading: Reading, others: Iterable[Reading]) -> Reading:
    """Believe an offset rather than UTC, where both stand behind the very same wall clock.

    Publishing systems label their local time as UTC; none gives UTC another zone's offset.
    """
    if reading.written == timedelta(0):
        clock = _written_clock(reading)
        return next(
            (one for one in others if one.written and _written_clock(one) == clock), reading
        )
    return reading


def _written_clock(reading: Reading) -> datetime | None:
    at, written = reading.moment.at, reading.written
    return (at + written).replace(tzinfo=None) if at is not None and written is not None else None


def _with_time(best: Reading, others: list[Reading], changes: Iterator[Reading]) -> Reading:
    """Give a day its time, and a clock its offset, where another statement tells it."""
    if best.clock is None:
        times = [one for one in others if _tells_the_time_of(one, best)]
        exact = (one for one in times if one.moment.at is not None)
        best = next(exact, times[0] if times else best)
    if best.moment.at is not None or best.clock is None:
        return best
    # Even the time of a change shows the offset, where it has the very same clock.
    for other in chain(others, changes):
        if other.offset is not None and _same_minute(other.clock, best.clock):
            return _at_offset(best, best.clock, other.offset)
    return best


def _tells_the_time_of(reading: Reading, day: Reading) -> bool:
    """Judge whether a reading is the time of a day that was stated alone."""
    moment = reading.moment
    days = {moment.on, moment.at.date()} if moment.at is not None else {moment.on}
    return reading.clock is not None and day.moment.on in days


def _with_own_day(best: Reading, others: Iterable[Reading]) -> Reading:
    """Find the outlet's own clock, or day, of an instant that is stated in UTC alone."""
    at = best.moment.at
    if at is None:
        return best
    days = []
    for other in others:
        is_same = other.moment.at is None or abs(other.moment.at - at) < SAME
        if other.clock is not None and is_same:
            offset = _minute(other.clock.replace(tzinfo=UTC)) - _minute(at)
            if offset and WEST <= offset <= EAST and not offset % QUARTER:
                return _at_offset(best, (at + offset).replace(tzinfo=None), offset)
        if other.moment.at is None:
            days.append(other.moment.on)
    near = (day for day in days if (at + WEST).date() <= day <= (at + EAST).date())
    return replace(best, moment=replace(best.moment, on=next(near, best.moment.on)))


def _at_offset(reading: Reading, clock: datetime, offset: timedelta) -> Reading:
    at = clock.replace(tzinfo=timezone(offset)).astimezone(UTC)
    moment = replace(reading.moment, at=at, on=clock.date())
    return Reading(moment=moment, offset=offset, clock=clock)


def _same_minute(one: datetime | None, other: datetime) -> bool:
    return one is not None and _minute(one) == _minute(other)


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def read_modified(document: Document, published: Reading | None) -> Reading | None:
    """Find the time of the last change: JSON-LD, meta, microdata, a marked `<time>`.

    What changed before the publication was a draft or a template, never the published text.
    """
    change = _last_change(document)
    if change is None or published is None:
        return change
    if _is_before(change, published):
        return None
    at, offset = change.moment.at, published.offset
    if document.source.timezone is None and at is not None and offset and not change.offset:
        return _at_offset(change, (at + offset).replace(tzinfo=None), offset)
    return change


def _last_change(document: Document) -> Reading | None:
    stated = list(_readings(document, modified_statements(document)))
    if not stated:
        return None
    change = _rightly_labelled(stated[0], stated)
    at, origin = change.moment.at, change.moment.origin
    if at is None or change.written != timedelta(0):
        return change
    # What labels the publication wrongly labels the change so, too.
    published = list(_readings(document, published_statements(document)))
    for one in published:
        right = _rightly_labelled(one, published)
        if one.moment.origin == origin and right.written and right is not one:
            return _at_offset(change, at.replace(tzinfo=None), right.written)
    return change


def _is_before(change: Reading, published: Reading) -> bool:
    one, other = change.moment, published.moment
    if one.at is not None and other.at is not None:
        return other.at - one.at > SAME
    return one.on < other.on


def feed_reading(item: ListedItem | None, timezone_name: str | None) -> Reading | None:
    """Take the feed's word on when its item was published, unless no outlet was online then."""
    if item is None:
        return None
    if item.published_at is not None:
        # Before any conversion: the first and the last days of the calendar have no other zones.
        if not FIRST_YEAR <= item.published_at.year <= LAST_YEAR:
            return None
        zone = _zone_named(timezone_name) if timezone_name else item.published_at.tzinfo
        own = item.published_at.astimezone(zone)
        moment = Moment(
            at=item.published_at.astimezone(UTC),
            on=own.date() if timezone_name else item.published_on or own.date(),
            precision="second",
            origin=item.told_by,
        )
        clock, written = own.replace(tzinfo=None), item.published_at.utcoffset()
        return Reading(moment=moment, offset=own.utcoffset(), clock=clock, written=written)
    if item.published_on is None or not FIRST_YEAR <= item.published_on.year <= LAST_YEAR:
        return None
    return day_reading(item.published_on, item.told_by)


def _readings(document: Document, candidates: Iterable[Statement | Reading]) -> Iterator[Reading]:
    page, timezone_name = document.page, document.source.timezone
    zone = _zone_named(timezone_name) if timezone_name else None
    day_first = not writes_month_first(document)
    for candidate in candidates:
        reading = (
            candidate
            if isinstance(candidate, Reading)
            else parse_moment(*candidate, zone, day_first)
        )
        if reading is not None and is_plausible(reading.moment, page.fetched_at, timezone_name):
            yield reading


def is_plausible(moment: Moment, seen_at: datetime | None, timezone_name: str | None) -> bool:
    """Judge whether something that was seen then (None: by now) can have happened at a moment."""
    latest = (seen_at or datetime.now(UTC)) + LATENESS
    if moment.at is not None:
        return moment.at <= latest
    zone = _zone_named(timezone_name) if timezone_name else FIRST_ZONE
    return moment.on <= latest.astimezone(zone).date()


@lru_cache(maxsize=64)
def _zone_named(name: str) -> ZoneInfo:
    return ZoneInfo(name)
