"""Sitemaps (sitemaps.org) and their index, gzipped or not, with Google's news extension."""

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from lxml import etree

from crawlers.entrances import Listed, Listing, UnreadableEntranceError, looks_like_html
from crawlers.entrances.dates import read_date
from crawlers.page import ListedItem

MAX_BYTES = 50 * 1024 * 1024
MAX_ITEMS = 50_000
MAX_PARTS = 20
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)

Fields = dict[str, str]


def read_sitemap(body: bytes, url: str, zone: ZoneInfo | None) -> Listing:
    """Read a sitemap, or an index, whose newest parts are then named in `more`.

    Raises:
        UnreadableEntranceError: `not_a_feed` for a web page, `too_large` for a decompression bomb,
            `broken_feed` for other bytes.
    """
    body = _gunzip(body)
    if looks_like_html(body):
        raise UnreadableEntranceError("not_a_feed", "a web page in the sitemap's place")
    pages: list[Listed] = []
    parts: list[tuple[datetime, str]] = []
    without_link = over_bound = 0
    try:
        for kind, fields in _entries(body):
            if not fields.get("loc"):
                without_link += 1
            elif kind == "sitemap":
                changed = read_date(fields.get("lastmod"), zone)
                at = (changed.at if changed else None) or _LONG_AGO
                parts.append((at, _absolute(url, fields["loc"])))
            elif len(pages) < MAX_ITEMS:
                pages.append(_page(fields, url, zone))
            else:
                over_bound += 1
    except etree.XMLSyntaxError as error:
        if not pages and not parts:
            raise UnreadableEntranceError("broken_feed", str(error)[:200]) from None
    parts.sort(key=lambda part: part[0], reverse=True)
    return Listing(
        items=tuple(pages),
        without_link=without_link,
        over_bound=over_bound,
        more=tuple(part for _, part in parts[:MAX_PARTS]),
        parts_over_bound=max(0, len(parts) - MAX_PARTS),
    )


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


def _page(fields: Fields, base: str, zone: ZoneInfo | None) -> Listed:
    published = read_date(fields.get("publication_date"), zone)
    changed = read_date(fields.get("lastmod"), zone)
    keywords = (word.strip() for word in fields.get("keywords", "").split(","))
    return Listed(
        url=_absolute(base, fields["loc"]),
        changed_at=changed.at if changed else None,
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
