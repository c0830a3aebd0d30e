"""When an article was published and modified: read from what the page says, never guessed."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
from zoneinfo import ZoneInfo

from crawlers.page import ListedItem
from transforms import jsonld
from transforms.article import Moment, Origin
from transforms.document import Document
from transforms.hints import hinted_texts
from transforms.moments import FIRST_YEAR, LAST_YEAR, Reading, day_reading, parse_moment
from transforms.visible_date import (
    MAX_LINE,
    changed_times,
    latest_day,
    marked_times,
    read_day,
    visible_dates,
)

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
URL_DAY = re.compile(
    r"(?<!\d)((?:19|20)\d{2})[/_-](0?[1-9]|1[0-2])[/_-](0?[1-9]|[12]\d|3[01])(?!\d)"
)
URL_COMPACT_DAY = re.compile(r"(?<!\d)(20[0-3]\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
LATENESS = timedelta(days=1)
SAME = timedelta(minutes=1)


def read_published(document: Document) -> Reading | None:
    """Find the publication time: JSON-LD, meta, microdata, feed, address, visible text.

    A source that gives a day alone gives way to a later one that gives the time of that day.
    """
    stated = list(_readings(document, _published(document)))
    if not stated:
        return next(_readings(document, visible_dates(document)), None)
    best = stated[0]
    if best.moment.precision == "day":
        times = chain(stated, _readings(document, marked_times(document)))
        best = next((one for one in times if _tells_the_time_of(one, best)), best)
    return _with_offset(best, stated)


def _tells_the_time_of(reading: Reading, day: Reading) -> bool:
    """Judge whether a reading is the instant of a day that was stated alone."""
    moment = reading.moment
    return moment.at is not None and day.moment.on in {moment.on, moment.at.date()}


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
        return Reading(moment=moment, offset=own.utcoffset())
    if item.published_on is None or not FIRST_YEAR <= item.published_on.year <= LAST_YEAR:
        return None
    return day_reading(item.published_on, item.told_by)


def _published(document: Document) -> Iterator[tuple[str, Origin] | Reading]:
    yield from _from_hints(document)
    for key in ("datePublished", "dateCreated", "uploadDate"):
        yield from (
            (text, "json-ld") for text in jsonld.strings(document.article_node.get(key))[:1]
        )
    yield from _from_meta(document, PUBLISHED_META)
    yield from _from_microdata(document, "datePublished")
    yield from (
        (text, "json-ld") for text in jsonld.strings(document.page_node.get("datePublished"))[:1]
    )
    if (reading := feed_reading(document.page.item, document.source.timezone)) is not None:
        yield reading
    yield from _from_url(document)


def _modified(document: Document) -> Iterator[tuple[str, Origin] | Reading]:
    yield from (
        (text, "json-ld") for text in jsonld.strings(document.article_node.get("dateModified"))[:1]
    )
    yield from _from_meta(document, MODIFIED_META)
    yield from _from_microdata(document, "dateModified")
    yield from changed_times(document)


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
    for candidate in candidates:
        reading = (
            candidate
            if isinstance(candidate, Reading)
            else parse_moment(*candidate, zone, day_first=True)
        )
        if reading is not None and is_plausible(reading.moment, document.page.fetched_at):
            yield reading


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
        if (day := read_day(text[:MAX_LINE], latest_day(document))) is not None:
            yield day, "html"


def _from_meta(document: Document, names: tuple[str, ...]) -> Iterator[tuple[str, Origin]]:
    for name in names:
        if name in document.meta:
            yield document.meta[name][0], "meta"


def _from_microdata(document: Document, prop: str) -> Iterator[tuple[str, Origin]]:
    """Read microdata, or RDFa, which says `property` and may put a prefix before the name."""
    found = document.tree.xpath(
        ".//*[@itemprop=$name or @property=$name or @property=concat('schema:', $name)]", name=prop
    )
    for element in found:
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
