"""look_back(): a backfill's way in, document by document, each look with its own poll."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from crawlers.answers import broken
from crawlers.archive_documents import MAX_DOCUMENTS, document_key, follow, next_address
from crawlers.documents import Ask, Document, read_document
from crawlers.entrances import Listed, Listing, make_writable
from crawlers.entrances.sitemap import is_robots
from crawlers.job import ArchiveDocument, CrawlJob
from crawlers.journal import Look, Unaskable
from crawlers.page import Poll
from crawlers.parts import own_parts
from crawlers.tally import as_asked, unaskable
from crawlers.urls import key_hash, url_key
from crawlers.window import Window, is_part_wanted, place

LookAt = Callable[[ArchiveDocument], Awaitable[Look]]


async def look_back(
    job: CrawlJob, looks: Sequence[Look], look_at: LookAt, is_over: Callable[[], bool]
) -> list[Look]:
    """Read archive documents in order until they list work enough for the job, or time is over.

    `looks` are those of earlier attempts; their documents are not asked again.
    """
    done = {look.poll.entrance: look for look in looks}
    asked: dict[str, Look] = {}
    known = frozenset(job.known_hashes)
    wanted = {page.url_key for page in job.deferred}
    read = frozenset(job.documents_read)
    queue = list(reversed(job.documents))
    while queue and len(wanted) < job.max_pages:
        document = queue.pop()
        url = document.entrance.url
        if url in asked or document_key(document, job.source) in read:
            continue
        if url not in done and is_over():
            break
        look = asked[url] = done.get(url) or await look_at(document)
        if look.poll.reason in ("deferred", "host_resting"):
            break
        wanted |= {key for key, _ in look.pages if key_hash(key) not in known}
        queue += reversed(follow(document, look))
        del queue[:-MAX_DOCUMENTS]
    return list(asked.values())


async def look_at_document(document: ArchiveDocument, job: CrawlJob, ask: Ask) -> Look:
    """Read one archive document: what it lists of the window, and where it leads."""
    polled_at = datetime.now(UTC)
    entrance = document.entrance
    try:
        read = await read_document(entrance, entrance.url, ask, job.source.timezone, {})
        return _look(document, job, read, polled_at)
    except ValueError as error:
        # One hostile value must not end the crawl: each attempt would die of it again.
        trouble = Document(reason="bad_response", detail=broken(error).detail)
        return _look(document, job, trouble, polled_at)


def _look(document: ArchiveDocument, job: CrawlJob, read: Document, polled_at: datetime) -> Look:
    poll = Poll(
        source_id=job.source.id,
        entrance=document.entrance.url,
        kind=document.entrance.kind,
        polled_at=polled_at,
        status=read.status,
        reason=read.reason,
        detail=read.detail,
        part_of=document.part_of,
    )
    if not isinstance(read.listing, Listing):
        return Look(poll=poll, pages=())
    if read.listing.parts and document.part_of and not is_robots(document.part_of):
        nested = (
            f"an index in an index ends there: its {len(read.listing.parts):,} parts are unread"
        )
        return Look(poll=replace(poll, reason="bad_response", detail=nested), pages=())
    return _look_into(document, job, read.listing, poll)


def _look_into(document: ArchiveDocument, job: CrawlJob, listing: Listing, poll: Poll) -> Look:
    window = job.window or (date.min, date.max)
    zone = ZoneInfo(job.source.timezone) if job.source.timezone else None
    matched, odd = _match(listing, job.source.article)
    places = {key: place(listed, window, zone) for key, listed in matched.items()}
    pages = {key: _dated(listed, document) for key, listed in matched.items() if not places[key]}
    hashes = tuple(map(key_hash, matched))
    known = frozenset(job.known_hashes)
    moments = [m for one in matched.values() if (m := one.item.published_at or one.changed_at)]
    is_past = all(where == "before" for where in places.values())
    more = _more(document, job, listing, is_last=is_past or _is_repeat(document, hashes))
    return Look(
        poll=replace(
            poll,
            items=len(listing.items) + listing.without_link + listing.over_bound,
            matched=len(pages) + len(odd),
            new_items=sum(key_hash(key) not in known for key in pages),
            detail=_detail(listing, list(places.values()), window),
            newest_at=max(moments, default=None),
            oldest_at=min(moments, default=None),
            item_hashes=hashes if more else (),
        ),
        pages=tuple(pages.items()),
        unaskable=tuple(odd.values()),
        more=more,
    )


def _match(listing: Listing, article: str) -> tuple[dict[str, Listed], dict[str, Unaskable]]:
    """Apply the article rule; each url_key stands once."""
    rule = re.compile(article)
    matched: dict[str, Listed] = {}
    odd: dict[str, Unaskable] = {}
    for listed in map(make_writable, listing.items):
        if not rule.search(listed.url):
            continue
        try:
            matched.setdefault(url_key(listed.url), as_asked(listed))
        except ValueError as error:
            one = unaskable(listed, error)
            odd.setdefault(one.url_key, one)
    return matched, odd


def _detail(listing: Listing, places: list[str | None], window: Window) -> str | None:
    left_out = {
        f"articles from before {window[0]}": places.count("before"),
        f"articles from after {window[1]}": places.count("after"),
        "items without an address": listing.without_link,
        "items over the bound": listing.over_bound,
    }
    said = ", ".join(f"{count} {what}" for what, count in left_out.items() if count)
    return f"left out: {said}" if said else None


def _dated(listed: Listed, document: ArchiveDocument) -> Listed:
    """Give an item without a date the day that its document is the archive of."""
    item = listed.item
    if document.day is None or item.published_on or item.published_at or listed.changed_at:
        return listed
    return replace(listed, item=replace(item, published_on=document.day))


def _is_repeat(document: ArchiveDocument, hashes: Sequence[int]) -> bool:
    """Tell whether a page of a row shows nothing that the page before it did not."""
    return set(hashes) <= set(document.listed_before)


def _more(
    document: ArchiveDocument, job: CrawlJob, listing: Listing, *, is_last: bool
) -> tuple[str, ...]:
    """Name the documents to read next: an index's parts, or the next page of a row."""
    if listing.parts:
        parts = own_parts(listing.parts, job.source, document.entrance.url)
        wanted = (p for p in parts if not job.window or is_part_wanted(p, job.window))
        # One more than the bound, so that it is seen to be passed.
        return tuple(islice(dict.fromkeys(part.url for part in wanted), MAX_DOCUMENTS + 1))
    after = next_address(document) or listing.more
    return (after,) if after and not is_last and document.number < document.most else ()
