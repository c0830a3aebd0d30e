"""When an article was published and modified: read from what the page says, never guessed."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil import parser as dateutil_parser  # type: ignore[import-untyped]

from crawlers.page import ListedItem
from transforms import jsonld
from transforms.article import Moment, Origin, Precision
from transforms.document import Document
from transforms.visible_date import visible_dates

PUBLISHED_META = (
    "article:published_time", "og:article:published_time", "og:published_time", "article:published",
    "og:article:published", "article:published_date", "datepublished", "parsely-pub-date",
    "sailthru.date", "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "bt:pubdate",
    "rbpubdate", "dcterms.created", "dcterms.issued", "dc.date.issued", "dc.date.created",
    "dc.created", "article.published", "mediator_published_time", "publish_date", "publishdate",
    "publish-date", "published_date", "published-date", "published_time", "publication_date",
    "article:publicationdate", "originalpublicationdate", "pubdate", "og:pubdate", "pdate", "ptime",
    "citation_publication_date", "article:post_date", "shareaholic:article_published_time",
    "vr:published_time", "analyticsattributes.articledate", "article_date_original", "displaydate",
    "date_published", "dateposted", "dcterms.date", "dc.date", "dc:date", "date", "datecreated",
    "article.created", "date_created", "dc:created", "created", "weibo: article:create_at",
    "weibo:article:create_at", "citation_date", "og:regdate", "twt-published-at",
)  # fmt: skip
MODIFIED_META = (
    "article:modified_time", "og:article:modified_time", "og:modified_time", "og:updated_time",
    "article:modified", "datemodified", "dcterms.modified", "dc.modified", "dc.date.modified",
    "article:modified_date", "bt:moddate", "last-modified", "lastmod", "modified", "updated_time",
    "article:updated_time", "article.updated",
)  # fmt: skip
ZONES = {
    "PKT": 18_000, "IST": 19_800, "AFT": 16_200, "GST": 14_400, "UTC": 0, "GMT": 0, "Z": 0,
    "BST": 3_600, "CET": 3_600, "CEST": 7_200, "MEZ": 3_600, "MESZ": 7_200, "EST": -18_000,
    "EDT": -14_400, "CST": -21_600, "CDT": -18_000, "MST": -25_200, "MDT": -21_600, "PST": -28_800,
    "PDT": -25_200, "EET": 7_200, "EEST": 10_800, "MSK": 10_800, "JST": 32_400,
}  # fmt: skip
"""Seconds east of UTC of the zone names that outlets print; others are no zone at all."""
ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:(?:[T ]|\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?(?:\[.*\])?",
    re.IGNORECASE,
)
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?\d{0,3}(Z|[+-]\d{4})?)?")
RFC_2822 = re.compile(
    r"(?:[A-Z][a-z]{2}, ?)?\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} (?:[+-]\d{4}|[A-Z]{1,4})"
)
EPOCH = re.compile(r"1\d{9}(?:\d{3})?")
HAS_CLOCK = re.compile(r"\d{1,2}[:.]\d{2}|\d\s*[ap]\.?m\b", re.IGNORECASE)
DAY_FIRST_NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})\b")
URL_DAY = re.compile(
    r"(?<!\d)((?:19|20)\d{2})[/_-](0?[1-9]|1[0-2])[/_-](0?[1-9]|[12]\d|3[01])(?!\d)"
)
URL_COMPACT_DAY = re.compile(r"(?<!\d)(20[0-3]\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
FIRST_YEAR, LAST_YEAR = 1995, 2200
LATENESS = timedelta(days=1)
SAME = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A moment as read, with the offset it was written in (None for a day alone)."""

    moment: Moment
    offset: timedelta | None

    def iso(self) -> str:
        """Print it as ISO 8601: with its offset, or the day alone where no instant is known."""
        if self.moment.at is None or self.offset is None:
            return self.moment.on.isoformat()
        return self.moment.at.astimezone(timezone(self.offset)).isoformat()


def read_published(document: Document) -> Reading | None:
    """Find the publication time: JSON-LD, meta, microdata, feed, address, visible text.

    A source that gives a day alone gives way to a later one that gives the time of that day.
    """
    stated = list(_readings(document, _published(document)))
    if not stated:
        return next(_readings(document, visible_dates(document)), None)
    best = stated[0]
    if best.moment.precision == "day":
        same_day = (one for one in stated if one.moment.at and one.moment.on == best.moment.on)
        best = next(same_day, best)
    return _with_offset(best, stated)


def read_modified(document: Document) -> Reading | None:
    """Find the time of the last change: JSON-LD, meta, microdata."""
    return next(_readings(document, _modified(document)), None)


def parse_moment(
    text: str, origin: Origin, zone: ZoneInfo | None, day_first: bool
) -> Reading | None:
    """Read one date or time in any form that machines and mastheads write.

    A time without a zone is in `zone`; where that is None only the day is kept.
    """
    found = _parse(" ".join(text.split()), day_first)
    if found is None or not FIRST_YEAR <= found[0].year <= LAST_YEAR:
        return None
    stamp, precision = found
    if precision == "day" or (stamp.tzinfo is None and stamp.time() == time(0)):
        return _day(stamp.date(), origin)
    if stamp.tzinfo is None:
        if zone is None:
            return _day(stamp.date(), origin, precision)
        stamp = stamp.replace(tzinfo=zone)
    own = stamp.astimezone(zone) if zone is not None else stamp
    moment = Moment(at=stamp.astimezone(UTC), on=own.date(), precision=precision, origin=origin)
    return Reading(moment=moment, offset=own.utcoffset())


def feed_reading(item: ListedItem | None, timezone_name: str | None) -> Reading | None:
    """Take the feed's word on when its item was published."""
    if item is None:
        return None
    if item.published_at is not None:
        zone = _zone_named(timezone_name) if timezone_name else item.published_at.tzinfo
        own = item.published_at.astimezone(zone)
        moment = Moment(
            at=item.published_at.astimezone(UTC),
            on=own.date() if timezone_name else item.published_on or own.date(),
            precision="second",
            origin="feed",
        )
        return Reading(moment=moment, offset=own.utcoffset())
    return _day(item.published_on, "feed") if item.published_on is not None else None


def _day(on: date, origin: Origin, precision: Precision = "day") -> Reading:
    return Reading(moment=Moment(at=None, on=on, precision=precision, origin=origin), offset=None)


def _published(document: Document) -> Iterator[tuple[str, Origin] | Reading]:
    for key in ("datePublished", "dateCreated", "uploadDate"):
        yield from (
            (text, "json-ld") for text in jsonld.strings(document.article_node.get(key))[:1]
        )
    yield from _from_meta(document, PUBLISHED_META)
    yield from _from_microdata(document, "datePublished")
    if (reading := feed_reading(document.page.item, document.source.timezone)) is not None:
        yield reading
    yield from _from_url(document)


def _modified(document: Document) -> Iterator[tuple[str, Origin] | Reading]:
    yield from (
        (text, "json-ld") for text in jsonld.strings(document.article_node.get("dateModified"))[:1]
    )
    yield from _from_meta(document, MODIFIED_META)
    yield from _from_microdata(document, "dateModified")


def _with_offset(best: Reading, others: Iterable[Reading]) -> Reading:
    """Prefer the same instant as written with an offset: only then is the outlet's day known."""
    if best.moment.at is None or best.offset != timedelta(0):
        return best
    for other in others:
        if other.offset and other.moment.at and abs(other.moment.at - best.moment.at) < SAME:
            return replace(
                best, offset=other.offset, moment=replace(best.moment, on=other.moment.on)
            )
    return best


def _readings(
    document: Document, candidates: Iterable[tuple[str, Origin] | Reading]
) -> Iterator[Reading]:
    zone = _zone(document)
    latest = document.page.fetched_at or datetime.now(UTC)
    for candidate in candidates:
        reading = (
            candidate
            if isinstance(candidate, Reading)
            else parse_moment(*candidate, zone, day_first=True)
        )
        if reading is not None and _is_plausible(reading.moment, latest + LATENESS):
            yield reading


def _is_plausible(moment: Moment, latest: datetime) -> bool:
    if moment.at is not None and moment.at > latest:
        return False
    # The outlet's day may run ahead of the UTC day by 14 hours.
    return moment.on <= (latest + timedelta(hours=14)).date()


def _from_jsonld(document: Document, keys: tuple[str, ...]) -> Iterator[tuple[str, Origin]]:
    for node in (document.article_node, document.page_node):
        for key in keys:
            yield from ((text, "json-ld") for text in jsonld.strings(node.get(key))[:1])


def _from_meta(document: Document, names: tuple[str, ...]) -> Iterator[tuple[str, Origin]]:
    for name in names:
        if name in document.meta:
            yield document.meta[name][0], "meta"


def _from_microdata(document: Document, prop: str) -> Iterator[tuple[str, Origin]]:
    for element in document.tree.iterfind(f".//*[@itemprop='{prop}']"):
        text = element.get("datetime") or element.get("content") or element.text_content()
        if text and len(text) < 80:
            yield text, "microdata"
            return


def _from_url(document: Document) -> Iterator[tuple[str, Origin]]:
    for url in dict.fromkeys((document.page.url, document.canonical_url or "")):
        path = url.partition("//")[2].partition("/")[2].partition("?")[0]
        for pattern in (URL_DAY, URL_COMPACT_DAY):
            if match := pattern.search(path):
                yield f"{match[1]}-{match[2]}-{match[3]}", "url"
                return


def _zone(document: Document) -> ZoneInfo | None:
    return _zone_named(document.source.timezone) if document.source.timezone else None


@lru_cache(maxsize=64)
def _zone_named(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _parse(text: str, day_first: bool) -> tuple[datetime, Precision] | None:
    for pattern in (ISO, COMPACT):
        if match := pattern.fullmatch(text):
            return _from_match(match)
    if EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text[:10]), UTC), "second"
    if not 6 <= len(text) <= 80 or not re.search(r"\d", text):
        return None
    if RFC_2822.fullmatch(text):
        try:
            return parsedate_to_datetime(re.sub(r"\bPKT\b", "+0500", text)), "second"
        except ValueError:
            return None
    return _parse_loosely(text, day_first)


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


def _parse_loosely(text: str, day_first: bool) -> tuple[datetime, Precision] | None:
    # A part that the text lacks is filled from the default: two defaults lay that bare.
    defaults = (datetime(2001, 1, 1), datetime(2004, 2, 2))  # noqa: DTZ001 (only compared)
    try:
        one, other = (
            dateutil_parser.parse(text, default=default, tzinfos=_named_zone, dayfirst=day_first)
            for default in defaults
        )
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None
    if one != other:
        return None
    if not HAS_CLOCK.search(DAY_FIRST_NUMBERS.sub("", text)):
        return one.replace(tzinfo=None), "day"
    return one, "second" if re.search(r"\d:\d{2}:\d{2}", text) else "minute"


def _named_zone(name: str | None, offset: int | None) -> int | None:
    if offset is not None:
        return offset
    return ZONES.get(name or "")
