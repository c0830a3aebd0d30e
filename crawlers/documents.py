"""One document of an entrance: asked, and read as what it promises to be."""

import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType
from typing import Literal
from zoneinfo import ZoneInfo

from crawlers.answers import Reply, Trouble, status_reason
from crawlers.catalogue import Entrance
from crawlers.entrances import Listing, UnreadableEntranceError
from crawlers.entrances.feed import read_feed
from crawlers.entrances.listing import read_listing
from crawlers.entrances.sitemap import is_robots, read_robots_sitemaps, read_sitemap
from crawlers.page import FailReason, SkipReason
from crawlers.urls import ascii_url

MAX_READ_SECONDS = 30.0
"""What reading one document may take: a feed of 5,000 items takes some three."""
Ask = Callable[[str, Mapping[str, str]], Awaitable[Reply | Trouble]]
"""Asks an address, with the headers of a conditional request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What came of asking for one document."""

    listing: Listing | Literal["not_modified"] | None = None
    """None where there is nothing to read, for the reason given."""
    status: int | None = None
    reason: FailReason | SkipReason | None = None
    detail: str | None = None
    etag: str | None = None
    last_modified: str | None = None


async def read_document(
    entrance: Entrance,
    url: str,
    ask: Ask,
    zone_name: str | None,
    validators: Mapping[str, str],
) -> Document:
    """Ask for a document of an entrance and read it."""
    reply = await ask(url, validators)
    if isinstance(reply, Trouble):
        return Document(reason=reply.reason, detail=reply.detail)
    status = reply.last.status
    if status == 304 and validators:
        return Document(listing="not_modified", status=status)
    if not 200 <= status < 300:
        return Document(status=status, reason=status_reason(status), detail=f"HTTP {status}")
    try:
        with _in_time(len(reply.body)):
            listing = _askable(_read(entrance, reply, zone_name))
    except UnreadableEntranceError as error:
        return Document(status=status, reason=error.reason, detail=error.detail)
    return Document(
        listing=listing,
        status=status,
        etag=reply.header("ETag"),
        last_modified=reply.header("Last-Modified"),
    )


def _askable(listing: Listing) -> Listing:
    """Write the addresses of further documents as they are asked."""
    parts = tuple(replace(part, url=ascii_url(part.url)) for part in listing.parts)
    return replace(listing, parts=parts, more=listing.more and ascii_url(listing.more))


@contextmanager
def _in_time(size: int) -> Iterator[None]:
    """Stop the reading of a hostile document: parsers have loops that hold a crawl for hours.

    An alarm, because the parsers run in the crawl's own thread; a second one, should the first
    come where it is not heard.
    """

    def stop(_signal: int, _frame: FrameType | None) -> None:
        detail = f"not read within {MAX_READ_SECONDS:g} s, {size / 1e6:.1f} MB"
        raise UnreadableEntranceError("too_large", detail)

    before = signal.signal(signal.SIGALRM, stop)
    timer = signal.setitimer(signal.ITIMER_REAL, MAX_READ_SECONDS, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, before)


def _read(entrance: Entrance, reply: Reply, zone_name: str | None) -> Listing:
    url, kind = reply.last.url, reply.header("Content-Type")
    zone = ZoneInfo(zone_name) if zone_name else None
    if entrance.kind == "feed":
        return read_feed(reply.body, url, kind, zone)
    if entrance.kind == "sitemap" and is_robots(entrance.url):
        return read_robots_sitemaps(reply.body, url)
    if entrance.kind == "sitemap":
        return read_sitemap(reply.body, url, zone)
    css = {"links_css": entrance.links_css, "next_css": entrance.next_css}
    return read_listing(reply.body, url, kind, **css)
