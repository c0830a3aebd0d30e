"""One look at an entrance: its documents, what they list, and the poll that says so."""

import re
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from crawlers.answers import Reply, Trouble, broken, status_reason
from crawlers.catalogue import Entrance
from crawlers.entrances import Listed, Listing, UnreadableEntranceError, make_writable
from crawlers.entrances.feed import read_feed
from crawlers.entrances.listing import read_listing
from crawlers.entrances.sitemap import MAX_PARTS, read_sitemap
from crawlers.job import CrawlJob
from crawlers.journal import Look
from crawlers.page import FailReason, Poll, SkipReason
from crawlers.urls import key_hash, url_key

Ask = Callable[[str], Awaitable[Reply | Trouble]]


class _Tally:
    """What the documents of one entrance listed so far."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.reason: FailReason | SkipReason | None = None
        self.detail: str | None = None
        self.validators: tuple[str | None, str | None] = (None, None)
        self.items = 0
        self.left_out: Counter[str] = Counter()
        self.pages: dict[str, Listed] = {}
        self.moments: list[datetime] = []


async def look_at(entrance: Entrance, job: CrawlJob, ask: Ask) -> Look:
    """Read an entrance, with the parts or further pages it names, within bounds."""
    tally = _Tally()
    polled_at = datetime.now(UTC)
    queue, seen = [entrance.url], {entrance.url}
    limit = {"feed": 1, "sitemap": 1 + MAX_PARTS, "listing": entrance.pages}[entrance.kind]
    for number in range(1, limit + 1):
        if not queue:
            break
        try:
            listing = await _read_document(entrance, job, ask, queue.pop(0), tally, number)
        except ValueError as error:
            # One hostile value must not end the crawl: each attempt would die of it again.
            tally.reason, tally.detail = "bad_response", broken(error).detail
            break
        if listing is None:
            break
        fresh = _count(listing, job, tally)
        if entrance.kind != "listing" or fresh:
            queue += [url for url in listing.more if url not in seen]
            seen |= set(listing.more)
    if entrance.kind == "sitemap":
        tally.left_out["parts not read"] += len(queue)
    return Look(poll=_poll(entrance, job, tally, polled_at), pages=tuple(tally.pages.items()))


async def _read_document(
    entrance: Entrance, job: CrawlJob, ask: Ask, url: str, tally: _Tally, number: int
) -> Listing | None:
    """Read one document; None, with the reason in the tally, where there is nothing to read."""
    reply = await ask(url)
    where = "" if number == 1 else f"document {number}: "
    if isinstance(reply, Trouble):
        tally.reason, tally.detail = reply.reason, f"{where}{reply.detail}"
        return None
    if number == 1:
        tally.status = reply.last.status
        tally.validators = (reply.header("ETag"), reply.header("Last-Modified"))
    if not 200 <= reply.last.status < 300:
        tally.reason = status_reason(reply.last.status)
        tally.detail = f"{where}HTTP {reply.last.status}"
        return None
    try:
        return _read(entrance, reply, job.source.timezone)
    except UnreadableEntranceError as error:
        tally.reason, tally.detail = error.reason, f"{where}{error.detail}"
        return None


def _read(entrance: Entrance, reply: Reply, zone_name: str | None) -> Listing:
    url, kind = reply.last.url, reply.header("Content-Type")
    zone = ZoneInfo(zone_name) if zone_name else None
    if entrance.kind == "feed":
        return read_feed(reply.body, url, kind, zone)
    if entrance.kind == "sitemap":
        return read_sitemap(reply.body, url, zone)
    css = {"links_css": entrance.links_css, "next_css": entrance.next_css}
    return read_listing(reply.body, url, kind, **css)


def _count(listing: Listing, job: CrawlJob, tally: _Tally) -> bool:
    """Apply the article rule; tell whether the document listed anything not known yet."""
    rule = re.compile(job.source.article)
    known = {page.url_key for page in job.known}
    old = frozenset(job.known_hashes)
    tally.items += len(listing.items) + listing.without_link + listing.over_bound
    tally.left_out["items without an address"] += listing.without_link
    tally.left_out["items over the bound"] += listing.over_bound
    tally.left_out["parts not read"] += listing.parts_over_bound
    fresh = False
    for listed in map(make_writable, listing.items):
        moment = listed.item.published_at or listed.changed_at
        if not rule.search(listed.url):
            continue
        try:
            key = url_key(listed.url)
        except ValueError:
            tally.left_out["articles whose address cannot be asked"] += 1
            continue
        if moment:
            tally.moments.append(moment)
        tally.pages.setdefault(key, listed)
        fresh = fresh or (key not in known and key_hash(key) not in old)
    return fresh


def _detail(tally: _Tally) -> str | None:
    """Say what went wrong, and what was listed but is on no line of the ledger."""
    left_out = [f"{count} {what}" for what, count in tally.left_out.items() if count]
    said = [f"left out: {', '.join(left_out)}"] if left_out else []
    return "; ".join([*filter(None, (tally.detail,)), *said]) or None


def _poll(entrance: Entrance, job: CrawlJob, tally: _Tally, polled_at: datetime) -> Poll:
    hashes = tuple(key_hash(key) for key in tally.pages)
    before = next((e.item_hashes for e in job.entrances if e.url == entrance.url), ())
    return Poll(
        source_id=job.source.id,
        entrance=entrance.url,
        kind=entrance.kind,
        polled_at=polled_at,
        status=tally.status,
        reason=tally.reason,
        detail=_detail(tally),
        items=tally.items,
        matched=len(tally.pages),
        newest_at=max(tally.moments, default=None),
        oldest_at=min(tally.moments, default=None),
        overlapped=not set(before).isdisjoint(hashes) if before else None,
        etag=tally.validators[0],
        last_modified=tally.validators[1],
        item_hashes=hashes,
    )
