"""Sitemaps (sitemaps.org) and their index, gzipped or not, with Google's news extension."""

import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from lxml import etree

from crawlers.charset import as_utf8
from crawlers.entrances import (
    Listed,
    Listing,
    Part,
    UnreadableEntranceError,
    is_cut_short,
    looks_like_html,
)
from crawlers.entrances.dates import end_of, read_date
from crawlers.page import ListedItem

MAX_BYTES = 50 * 1024 * 1024
MAX_ITEMS = 50_000
MAX_PARTS = 20
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_SITEMAP_LINE = re.compile(r"[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE)

Fields = dict[str, str]


def read_sitemap(body: bytes, url: str, zone: ZoneInfo | None) -> Listing:
    """Read a sitemap, or an index, whose parts are then named, those changed last first.

    Raises:
        UnreadableEntranceError: `not_a_feed` for a web page, `too_large` for a decompression bomb,
            `broken_feed` for other bytes.
    """
    body = as_utf8(_gunzip(body), None)
    if looks_like_html(body):
        raise UnreadableEntranceError("not_a_feed", "a web page in the sitemap's place")
    pages: list[Listed] = []
    parts: list[Part] = []
    without_link = over_bound = 0
    try:
        for kind, fields in _entries(body):
            if not fields.get("loc"):
                without_link += 1
            elif len(pages) + len(parts) >= MAX_ITEMS:
                over_bound += 1
            elif kind == "sitemap":
                parts.append(_part(fields, url, zone))
            else:
                pages.append(_page(fields, url, zone))
    except etree.XMLSyntaxError as error:
        if not pages and not parts:
            raise UnreadableEntranceError("broken_feed", str(error)[:200]) from None
    parts.sort(key=lambda part: part.changed_at or _LONG_AGO, reverse=True)
    return Listing(
        items=tuple(pages),
        without_link=without_link,
        over_bound=over_bound,
        parts=tuple(parts),
        is_cut_short=is_cut_short(body),
    )


def is_robots(url: str) -> bool:
    """Tell whether an address is that of a robots.txt, whose lines name sitemaps."""
    return urlsplit(url).path == "/robots.txt"


def read_robots_sitemaps(body: bytes, url: str) -> Listing:
    """Read the `Sitemap:` lines of a robots.txt (sitemaps.org) as an index.

    Raises:
        UnreadableEntranceError: `not_a_feed` where it names no sitemap.
    """
    lines = body.decode("utf-8-sig", "replace").splitlines()
    named = [match[1] for line in lines[:MAX_ITEMS] if (match := _SITEMAP_LINE.match(line))]
    if not named:
        raise UnreadableEntranceError("not_a_feed", "no Sitemap line in robots.txt")
    return Listing(items=(), parts=tuple(Part(url=_absolute(url, one)) for one in named))


def _entries(body: bytes) -> Iterator[tuple[str, Fields]]:
    """Yield `url` and `sitemap` elements as flat fields; no entity is ever expanded."""
    found_root = False
    events = etree.iterparse(
        BytesIO(body),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
    )
    for event, element in events:
        name = _local(element)
        if event == "start":
            found_root = found_root or name in ("urlset", "sitemapindex")
        elif name in ("url", "sitemap") and found_root:
            yield name, _fields(element)
            element.clear()
    if not found_root:
        raise UnreadableEntranceError("broken_feed", "no urlset and no sitemapindex in it")


def _fields(element: etree._Element) -> Fields:
    """Flatten an entry; an image's or a video's own `loc` and `title` are not the page's."""
    news = [part for part in element if _local(part) == "news"]
    return {_local(part): (part.text or "").strip() for owner in (element, *news) for part in owner}


def _part(fields: Fields, base: str, zone: ZoneInfo | None) -> Part:
    changed = read_date(fields.get("lastmod"), zone)
    if changed is None:
        return Part(url=_absolute(base, fields["loc"]))
    # A day without a time may still bring changes, up to its end where it ends last.
    changed_at = changed.at or end_of(changed.on, zone)
    return Part(url=_absolute(base, fields["loc"]), changed_at=changed_at)


def _page(fields: Fields, base: str, zone: ZoneInfo | None) -> Listed:
    published = read_date(fields.get("publication_date"), zone)
    changed = read_date(fields.get("lastmod"), zone)
    keywords = (word.strip() for word in fields.get("keywords", "").split(","))
    return Listed(
        url=_absolute(base, fields["loc"]),
        changed_at=changed.at if changed else None,
        changed_on=changed.on if changed else None,
        item=ListedItem(
            title=fields.get("title") or None,
            published_at=published.at if published else None,
            published_on=published.on if published else None,
            categories=tuple(dict.fromkeys(word for word in keywords if word)),
            told_by="sitemap",
        ),
    )


def _absolute(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:
        return link


def _local(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _gunzip(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    reader = zlib.decompressobj(wbits=31)
    try:
        plain = reader.decompress(body, MAX_BYTES)
    except zlib.error as error:
        raise UnreadableEntranceError("broken_feed", f"not gzip: {error}") from None
    if reader.unconsumed_tail:
        raise UnreadableEntranceError("too_large", f"more than {MAX_BYTES >> 20} MB decompressed")
    return plain
