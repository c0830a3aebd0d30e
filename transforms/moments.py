"""One written date or time, read: in any form that machines and mastheads use."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from dateutil import parser as dateutil_parser  # type: ignore[import-untyped]

from transforms.article import Moment, Origin, Precision
from transforms.foreign_code import RAISED

ZONES = {
    "PKT": 18_000, "IST": 19_800, "AFT": 16_200, "GST": 14_400, "UTC": 0, "GMT": 0, "Z": 0,
    "BST": 3_600, "CET": 3_600, "CEST": 7_200, "MEZ": 3_600, "MESZ": 7_200, "EST": -18_000,
    "EDT": -14_400, "CST": -21_600, "CDT": -18_000, "MST": -25_200, "MDT": -21_600, "PST": -28_800,
    "PDT": -25_200, "EET": 7_200, "EEST": 10_800, "MSK": 10_800, "JST": 32_400,
}  # fmt: skip
"""Seconds east of UTC of the zone names that outlets print; others are no zone at all."""
OWN_NAMES = {
    "Asia/Karachi": {"PST"}, "Asia/Dhaka": {"BST"}, "Australia/Sydney": {"EST"},
    "Australia/Melbourne": {"EST"}, "Australia/Brisbane": {"EST"},
}  # fmt: skip
"""What people call their own clock by a name that zone tables give to another's."""
ISO = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
    r"(?:(?:[T ]|\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?(?:\[.*\])?",
    re.IGNORECASE,
)
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?\d{0,3}(Z|[+-]\d{4})?)?")
EPOCH = re.compile(r"1\d{9}(?:\d{3})?")
HAS_CLOCK = re.compile(r"\d{1,2}[:.]\d{2}|\d\s*[ap]\.?m\b", re.IGNORECASE)
DAY_FIRST_NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})\b")
YEAR_FIRST = re.compile(r"\D{0,12}\d{4}\D")
FIRST_YEAR, LAST_YEAR = 1995, 2200


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A moment as read, with the offset it was written in (None where no instant is known)."""

    moment: Moment
    offset: timedelta | None
    clock: datetime | None = None
    """The outlet's wall clock, naive; None for a day alone."""
    written: timedelta | None = None
    """The offset that stood there; `offset` is the outlet's, where its zone is known."""

    def iso(self) -> str:
        """Print it as ISO 8601: with its offset; its wall clock where that is unknown; its day."""
        if self.moment.at is not None and self.offset is not None:
            return self.moment.at.astimezone(timezone(self.offset)).isoformat()
        return (self.clock or self.moment.on).isoformat()


def parse_moment(
    text: str, origin: Origin, zone: ZoneInfo | None, day_first: bool
) -> Reading | None:
    """Read one date or time in any form that machines and mastheads write.

    A time without a zone is in `zone`; where that is None only the day is kept.
    """
    found = _parse(" ".join(text.split()), zone, day_first)
    if found is None or not FIRST_YEAR <= found[0].year <= LAST_YEAR:
        return None
    stamp, precision = found
    # A machine that knows the day alone writes midnight, often in UTC whatever the outlet's zone.
    if precision == "day" or (stamp.time() == time(0) and not stamp.utcoffset()):
        return day_reading(stamp.date(), origin)
    written = stamp.utcoffset()
    if stamp.tzinfo is None:
        if zone is None:
            return replace(day_reading(stamp.date(), origin, precision), clock=stamp)
        stamp = stamp.replace(tzinfo=zone)
    own = stamp.astimezone(zone) if zone is not None else stamp
    moment = Moment(at=stamp.astimezone(UTC), on=own.date(), precision=precision, origin=origin)
    clock = own.replace(tzinfo=None)
    return Reading(moment=moment, offset=own.utcoffset(), clock=clock, written=written)


def known_moment(reading: Reading | None) -> Moment | None:
    """Keep of a reading what is known on every clock: a time without a zone is a day."""
    if reading is None or reading.moment.at is not None:
        return None if reading is None else reading.moment
    return replace(reading.moment, precision="day")


def day_reading(on: date, origin: Origin, precision: Precision = "day") -> Reading:
    """Make a reading of a day whose time, or whose zone, is unknown."""
    return Reading(moment=Moment(at=None, on=on, precision=precision, origin=origin), offset=None)


def _parse(text: str, zone: ZoneInfo | None, day_first: bool) -> tuple[datetime, Precision] | None:
    for pattern in (ISO, COMPACT):
        if match := pattern.fullmatch(text):
            return _from_match(match)
    if EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text[:10]), UTC), "second"
    if not 6 <= len(text) <= 80 or not re.search(r"\d", text):
        return None
    return _parse_loosely(text, zone, day_first)


def _from_match(match: re.Match[str]) -> tuple[datetime, Precision] | None:
    year, month, day, hour, minute, second, zone = match.groups()
    try:
        clock = time(int(hour or 0), int(minute or 0), int(second or 0))
        stamp = datetime.combine(date(int(year), int(month), int(day)), clock)
    except ValueError:
        return None
    if hour is None:
        return stamp, "day"
    return stamp.replace(tzinfo=_offset(zone)), "second" if second else "minute"


def _offset(zone: str | None) -> timezone | None:
    if zone is None:
        return None
    if zone[0] not in "+-":
        return UTC
    digits = zone[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    if seconds >= 86_400:
        return None
    return timezone(timedelta(seconds=-seconds if zone[0] == "-" else seconds))


def _parse_loosely(
    text: str, zone: ZoneInfo | None, day_first: bool
) -> tuple[datetime, Precision] | None:
    # A part that the text lacks is filled from the default: two defaults lay that bare.
    defaults = (datetime(2001, 1, 1), datetime(2004, 2, 2))  # noqa: DTZ001 (only compared)
    # dateutil would read even 2026/10/04 day first: a date that begins with its year never is.
    day_first = day_first and not YEAR_FIRST.match(text)
    named_zone = partial(_named_zone, zone)
    try:
        one, other = (
            dateutil_parser.parse(text, default=default, tzinfos=named_zone, dayfirst=day_first)
            for default in defaults
        )
        # An offset of a day or more comes to light only when it is used.
        if one.utcoffset() != other.utcoffset() or one != other:
            return None
    except RAISED:
        return None
    if not HAS_CLOCK.search(DAY_FIRST_NUMBERS.sub("", text)):
        return one.replace(tzinfo=None), "day"
    return one, "second" if re.search(r"\d:\d{2}:\d{2}", text) else "minute"


def _named_zone(zone: ZoneInfo | None, name: str | None, offset: int | None) -> tzinfo | int | None:
    if offset is not None:
        return offset
    # Half the names stand for several clocks: Pakistan's PST is not the Pacific's.
    return zone if zone is not None and name in _own_names(zone) else ZONES.get(name or "")


@lru_cache(maxsize=64)
def _own_names(zone: ZoneInfo) -> set[str | None]:
    halves = (datetime(2001, month, 1, tzinfo=zone).tzname() for month in (1, 7))
    return {*halves, *OWN_NAMES.get(zone.key, ())}
