"""Dates as feeds and sitemaps write them: an instant where one is given, else a day."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from email.utils import parsedate_tz
from zoneinfo import ZoneInfo

# email.utils knows only the zones of RFC 822; feedparser reads PKT as UTC, five hours off.
_ZONES = {"PKT": timedelta(hours=5), "AFT": timedelta(hours=4, minutes=30)}
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
    """Read a feed's date; a naive time is in the outlet's zone, unknown zones give a day only."""
    text = (text or "").strip()
    try:
        return _read_iso(text, zone) or _read_rfc822(text, zone)
    except (ValueError, OverflowError):
        return None


def _read_iso(text: str, zone: ZoneInfo | None) -> Dated | None:
    match = _ISO.fullmatch(text)
    if not match:
        return None
    if not match["time"]:
        return Dated(at=None, on=date.fromisoformat(match["day"]))
    clock = f"{match['day']}T{match['time']}{(match['zone'] or '').upper()}"
    return _dated(datetime.fromisoformat(clock), zone)


def _read_rfc822(text: str, zone: ZoneInfo | None) -> Dated | None:
    name = re.search(r"\b([A-Za-z]{1,5})\s*$", text)
    parts = parsedate_tz(text)
    if parts is None:
        return None
    moment = datetime(*parts[:6])  # noqa: DTZ001 (the zone is set below)
    if not re.search(r"\d{1,2}:\d{2}", text):
        return Dated(at=None, on=moment.date())
    label = name[1].upper() if name else ""
    if label in _ZONES:
        return _dated(moment.replace(tzinfo=timezone(_ZONES[label])), zone)
    if parts[9] is not None and (not label or _RFC_822_ZONES.fullmatch(label)):
        return _dated(moment.replace(tzinfo=timezone(timedelta(seconds=parts[9]))), zone)
    if label and label not in ("AM", "PM"):
        return Dated(at=None, on=moment.date())
    return _dated(moment, zone)


def _dated(moment: datetime, zone: ZoneInfo | None) -> Dated:
    if moment.tzinfo is None:
        at = moment.replace(tzinfo=zone) if zone else None
        return Dated(at=at, on=moment.date())
    return Dated(at=moment, on=(moment.astimezone(zone) if zone else moment).date())
