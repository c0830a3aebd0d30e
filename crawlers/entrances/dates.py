"""Dates as feeds and sitemaps write them: an instant where one is given, else a day."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from email.utils import parsedate_tz
from functools import lru_cache
from zoneinfo import ZoneInfo

FIRST_YEAR = 1995
# email.utils knows only the zones of RFC 822; feedparser reads PKT as UTC, five hours off.
_ZONES = {"PKT": timedelta(hours=5), "AFT": timedelta(hours=4, minutes=30)}
_LAST_ZONE = timezone(timedelta(hours=-12))
_RFC_822_ZONES = re.compile(r"UTC?|GMT|Z|[ECMP][SD]T")
_ISO = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ]+(?P<time>\d{2}:\d{2}(?::\d{2})?)(?:[.,]\d+)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A date as given: `at` is aware, or None where no instant was given."""

    at: datetime | None
    on: date


def read_date(text: str | None, zone: ZoneInfo | None) -> Dated | None:
    """Read a feed's date; a naive time is in the outlet's zone, unknown zones give a day only.

    None where the text is no date, or one before the first news site.
    """
    text = (text or "").strip()
    try:
        dated = _read_iso(text, zone) or _read_rfc822(text, zone)
        # Told in UTC here, because an instant on the calendar's edge cannot be, and raises.
        told = dated and (dated.at.astimezone(UTC) if dated.at else dated.on)
    except (ValueError, OverflowError):
        return None
    return dated if told and told.year >= FIRST_YEAR else None


def end_of(day: date, zone: ZoneInfo | None) -> datetime:
    """Say when a day is over: in the outlet's zone, or where it ends last."""
    return datetime.combine(day + timedelta(days=1), time(), zone or _LAST_ZONE)


def _read_iso(text: str, zone: ZoneInfo | None) -> Dated | None:
    match = _ISO.fullmatch(text)
    if not match:
        return None
    if not match["time"]:
        return Dated(at=None, on=date.fromisoformat(match["day"]))
    clock = f"{match['day']}T{match['time']}{(match['zone'] or '').upper()}"
    return _dated(datetime.fromisoformat(clock), zone)


def _read_rfc822(text: str, zone: ZoneInfo | None) -> Dated | None:
    parts = parsedate_tz(text)
    if parts is None:
        return None
    moment = datetime(*parts[:6])  # noqa: DTZ001 (the zone is set below)
    clock = re.search(r"\d{1,2}:\d{2}(?::\d{2})?(?P<rest>.*)$", text)
    if clock is None:
        return Dated(at=None, on=moment.date())
    said = re.sub(r"\(.*?\)|[AP]M\b|\b\d{4}\b(?<![+-]\d{4})", "", clock["rest"]).strip().upper()
    if not said:
        return _dated(moment, zone)
    if said in _ZONES:
        return _dated(moment.replace(tzinfo=timezone(_ZONES[said])), zone)
    # parsedate_tz gives 0 for a zone it does not know, as if it were UTC.
    if re.fullmatch(r"[+-]\d{4}", said) or _RFC_822_ZONES.fullmatch(said):
        return _dated(moment.replace(tzinfo=timezone(timedelta(seconds=parts[9] or 0))), zone)
    return Dated(at=None, on=moment.date())


def _dated(moment: datetime, zone: ZoneInfo | None) -> Dated:
    if moment.tzinfo is None:
        at = moment.replace(tzinfo=zone) if zone else None
        return Dated(at=at, on=moment.date())
    offset = moment.utcoffset()
    moment = moment if offset is None else moment.replace(tzinfo=_fixed(offset))
    return Dated(at=moment, on=(moment.astimezone(zone) if zone else moment).date())


@lru_cache(maxsize=100)
def _fixed(offset: timedelta) -> timezone:
    """Make a zone, once for all the dates of a sitemap that have it."""
    return timezone(offset)
