"""When an article was published and modified: read from what the page says, never guessed."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from itertools import chain
from zoneinfo import ZoneInfo

from crawlers.page import ListedItem
from transforms import jsonld
from transforms.article import Moment, Origin
from transforms.document import Document
from transforms.hints import hinted_texts
from transforms.moments import FIRST_YEAR, LAST_YEAR, Reading, day_reading, parse_moment
from transforms.read_day import read_line
from transforms.visible_date import (
    MAX_LINE,
    changed_times,
    last_resort,
    latest_day,
    visible_dates,
)

PUBLISHED_META = (
    "article:published_time", "og:article:published_time", "og:published_time", "article:published",
    "og:article:published", "article:published_date", "article:published:time", "datepublished",
    "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "cxenseparse:publishtime",
    "bt:pubdate", "rbpubdate", "dcterms.issued", "dc.date.issued", "article.published",
    "mediator_published_time", "publish_date", "publishdate", "publish-date", "published_date",
    "published-date", "published_time", "publication_date", "article:publicationdate",
    "originalpublicationdate", "pubdate", "og:pubdate", "pdate", "ptime",
    "citation_publication_date", "article:post_date", "shareaholic:article_published_time",
    "vr:published_time", "analyticsattributes.articledate", "article_date_original", "displaydate",
    "date_published", "dateposted", "citation_date", "og:regdate", "twt-published-at",
)  # fmt: skip
UNNAMED_META = (
    "dcterms.date", "dc.date", "dc:date", "date", "dcterms.created", "dc.date.created",
    "dc.created", "datecreated", "article.created", "date_created", "dc:created", "created",
    "weibo: article:create_at", "weibo:article:create_at",
)  # fmt: skip
"""Dates that do not say of what: often of the last change, or of the template."""
MODIFIED_META = (
    "article:modified_time", "og:article:modified_time", "og:modified_time", "og:updated_time",
    "article:modified", "datemodified", "dcterms.modified", "dc.modified", "dc.date.modified",
    "article:modified_date", "bt:moddate", "last-modified", "lastmod", "modified", "updated_time",
    "article:updated_time", "article.updated", "article:modified:time",
)  # fmt: skip
URL_DAY = re.compile(
    r"(?<!\d)((?:19|20)\d{2})[/_-](0?[1-9]|1[0-2])[/_-](0?[1-9]|[12]\d|3[01])(?!\d)"
)
URL_DAY_FIRST = re.compile(r"(?<!\d)(1[3-9]|2\d|3[01])-(0?[1-9]|1[0-2])-((?:19|20)\d{2})(?!\d)")
URL_COMPACT_DAY = re.compile(r"(?<!\d)(20[0-3]\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
MONTH_FIRST = re.compile(r"(?:0?\d|1[0-2])/(?:1[3-9]|2\d|3[01])/\d{4}")
LATENESS = timedelta(days=1)
SAME = timedelta(minutes=1)
WEST, EAST, QUARTER = timedelta(hours=-12), timedelta(hours=14), timedelta(minutes=15)
"""The offsets that the world's clocks have."""


def read_published(document: Document) -> Reading | None:
    """Find the publication time: JSON-LD, meta, microdata, feed, address, visible text.

    A source that gives a day alone gives way to a later one that gives the time of that day.
    """
    stated = list(_readings(document, _published(document)))
    found = chain(
        stated,
        _readings(document, visible_dates(document)),
        _readings(document, _unnamed(document)),
        _readings(document, last_resort(document)),
    )
    best = next(found, None)
    if best is None:
        return None
    beside = chain(_unnamed(document), visible_dates(document, in_every_language=False))
    others = chain(stated, _readings(document, beside))
    if best.moment.at is None:
        return _with_time(best, list(others), _readings(document, _modified(document)))
    if document.source.timezone is None and not best.offset:
        return _with_own_day(best, others)
    return best


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


def read_modified(document: Document) -> Reading | None:
    """Find the time of the last change: JSON-LD, meta, microdata, a marked `<time>`."""
    return next(_readings(document, _modified(document)), None)


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
        return Reading(moment=moment, offset=own.utcoffset(), clock=own.replace(tzinfo=None))
    if item.published_on is None or not FIRST_YEAR <= item.published_on.year <= LAST_YEAR:
        return None
    return day_reading(item.published_on, item.told_by)


def _published(document: Document) -> Iterator[tuple[str, Origin] | Reading]:
    yield from _from_hints(document)
    yield from _from_jsonld(document.article_node, "datePublished")
    yield from _from_meta(document, PUBLISHED_META)
    yield from _from_microdata(document, "datePublished")
    yield from _from_jsonld(document.page_node, "datePublished")
    if (reading := feed_reading(document.page.item, document.source.timezone)) is not None:
        yield reading
    yield from _from_url(document)


def _unnamed(document: Document) -> Iterator[tuple[str, Origin]]:
    """Yield dates of the page that do not say that they are its publication."""
    for key in ("dateCreated", "uploadDate"):
        yield from _from_jsonld(document.article_node, key)
    yield from _from_meta(document, UNNAMED_META)
    yield from _from_microdata(document, "dateCreated")


def _modified(document: Document) -> Iterator[tuple[str, Origin] | Reading]:
    yield from _from_jsonld(document.article_node, "dateModified")
    yield from _from_meta(document, MODIFIED_META)
    yield from _from_microdata(document, "dateModified")
    yield from changed_times(document)


def _readings(
    document: Document, candidates: Iterable[tuple[str, Origin] | Reading]
) -> Iterator[Reading]:
    zone, day_first = _zone(document), not _writes_month_first(document)
    for candidate in candidates:
        reading = (
            candidate
            if isinstance(candidate, Reading)
            else parse_moment(*candidate, zone, day_first)
        )
        if reading is not None and is_plausible(reading.moment, document.page.fetched_at):
            yield reading


def _writes_month_first(document: Document) -> bool:
    """Judge by a date that can be read in one way only how the page's machine writes the others."""
    names = (*PUBLISHED_META, *UNNAMED_META, *MODIFIED_META)
    return any(MONTH_FIRST.match(document.meta[name][0]) for name in names if name in document.meta)


def is_plausible(moment: Moment, seen_at: datetime | None) -> bool:
    """Judge whether something that was seen then (None: by now) can have happened at a moment."""
    latest = (seen_at or datetime.now(UTC)) + LATENESS
    if moment.at is not None and moment.at > latest:
        return False
    # The outlet's day may run ahead of the UTC day by 14 hours.
    return moment.on <= (latest + timedelta(hours=14)).date()


def _from_hints(document: Document) -> Iterator[tuple[str, Origin]]:
    """Yield what stands where the source file points: for machines, or a line for readers."""
    for text in hinted_texts(document, "published"):
        yield text, "html"
        if (found := read_line(text[:MAX_LINE], "", latest_day(document))) is not None:
            yield found, "html"


def _from_jsonld(node: jsonld.Node, key: str) -> Iterator[tuple[str, Origin]]:
    for text in jsonld.strings(node.get(key))[:1]:
        yield text, "json-ld"


def _from_meta(document: Document, names: tuple[str, ...]) -> Iterator[tuple[str, Origin]]:
    for name in names:
        if name in document.meta:
            yield document.meta[name][0], "meta"


def _from_microdata(document: Document, prop: str) -> Iterator[tuple[str, Origin]]:
    """Read microdata, or RDFa, which says `property` and may put a prefix before the name."""
    names = {prop, f"schema:{prop}"}
    for element in document.tree.xpath("descendant::*[@itemprop or @property]"):
        if element.get("itemprop") != prop and element.get("property") not in names:
            continue
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
        if match := URL_DAY_FIRST.search(path):
            yield f"{match[3]}-{match[2]}-{match[1]}", "url"
            return


def _zone(document: Document) -> ZoneInfo | None:
    return _zone_named(document.source.timezone) if document.source.timezone else None


@lru_cache(maxsize=64)
def _zone_named(name: str) -> ZoneInfo:
    return ZoneInfo(name)
