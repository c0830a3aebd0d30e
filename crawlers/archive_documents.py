"""Which documents lead into an outlet's past: day archives, parts of an index, numbered pages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from crawlers.catalogue import Entrance, Source
from crawlers.job import ArchiveDocument, CrawlJob
from crawlers.journal import Look
from crawlers.page import Poll
from crawlers.urls import key_hash
from crawlers.window import Window, month_of, spans_named

MAX_DOCUMENTS = 5_000
"""Documents that a backfill reads, so that an index without end is none."""
MAX_ROW = 2_000
"""Where a row of pages ends at the latest, unless the source file says otherwise."""
TRIES = 3
"""How often a document is asked that fails for a reason that may pass."""
DAY_OVER = timedelta(days=1)
"""How long after its start, by UTC, a day is over in every zone."""
PASSING = (
    "dns", "refused", "timeout", "reset", "http_5xx", "http_429", "host_resting", "deferred",
    "crawl_died",
)  # fmt: skip
"""Reasons of failure that may pass by themselves."""


class NoWayBackError(Exception):
    """A source without any way into its past; the message says what to add to its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of a slice's documents."""

    left: tuple[ArchiveDocument, ...]
    """What is still to be read, in order."""
    read: tuple[int, ...]
    """document_key() of each that was read, or given up."""
    closed: tuple[int, ...]
    """Those of them that lead nowhere, and list nothing new any more."""
    gone: tuple[str, ...]
    """Addresses of dated archives that the outlet does not have."""
    over_bound: int
    """Documents, at least, that come after MAX_DOCUMENTS."""
    troubles: tuple[str, ...]
    """A line for each document that was given up."""


def archive_documents(source: Source, window: Window) -> tuple[ArchiveDocument, ...]:
    """List the documents that a backfill begins with, the newest of each kind first.

    They are the source's `backfill` entries; where it has none, its sitemaps, and those listings
    that lead to a next page.

    Raises:
        NoWayBackError: where it has neither.
    """
    if source.backfill:
        return tuple(one for entry in source.backfill for one in _expand(entry, window))
    found = tuple(
        ArchiveDocument(entrance=entrance, most=1 if entrance.kind == "sitemap" else MAX_ROW)
        for entrance in source.entrances
        if entrance.kind == "sitemap" or entrance.next_css
    )
    if not found:
        raise NoWayBackError(
            f"{source.id} has no way into its past: add `backfill:` to {source.id}.yml, such as "
            "`backfill: [{sitemap: https://…/sitemap-{yyyy}-{mm}.xml}]`, "
            "`[{listing: https://…/archive/{yyyy}/{mm}/{dd}}]` or "
            "`[{feed: https://…/feed/?paged={page}}]`"
        )
    return found


def follow(document: ArchiveDocument, look: Look) -> tuple[ArchiveDocument, ...]:
    """List the documents that one leads to: an index's parts, or the next page of its row."""
    after = next_address(document)
    return tuple(
        ArchiveDocument(
            entrance=replace(document.entrance, url=url),
            part_of=document.entrance.url,
            day=document.day,
        )
        if document.entrance.kind == "sitemap" and url != after
        else replace(
            document,
            entrance=replace(document.entrance, url=url),
            number=document.number + 1,
            listed_before=look.poll.item_hashes,
            tries=0,
        )
        for url in look.more
    )


def document_key(document: ArchiveDocument, source: Source) -> int:
    """Hash an address with how it is read: a mended source file reads it in another way."""
    return key_hash(repr((document.entrance, source.article, source.timezone, source.hosts)))


def next_address(document: ArchiveDocument) -> str | None:
    """Write the address of the next page of a numbered row; None where it is not numbered."""
    number = str(document.number + 1)
    return document.template.replace("{page}", number) if document.template else None


def settle_documents(
    job: CrawlJob, looks: Mapping[str, Look], polls: Mapping[str, Poll]
) -> Settled:
    """Say what is left after a slice: the unread, what was found on the way, and what may pass.

    `looks` are those that succeeded, by address; `polls` the last one of each document asked.
    """
    queue, left, troubles, gone = list(reversed(job.documents)), [], [], []
    read, closed = set(job.documents_read), set()
    over_bound = 0
    while queue:
        document = queue.pop()
        url = document.entrance.url
        key = document_key(document, job.source)
        if key in read:
            continue
        if url in looks:
            queue += reversed(follow(document, looks[url]))
            over_bound += max(0, len(queue) - MAX_DOCUMENTS)
            del queue[:-MAX_DOCUMENTS]
            read.add(key)
            if not looks[url].more and _is_closed(url, job):
                closed.add(key)
        elif url not in polls or polls[url].reason in ("deferred", "host_resting"):
            left.append(document)
        elif polls[url].reason in PASSING and document.tries + 1 < TRIES:
            left.append(replace(document, tries=document.tries + 1))
        else:
            read.add(key)
            if document.is_dated and polls[url].reason == "gone" and document.number == 1:
                gone.append(url)
            elif not _is_end_of_row(document, polls[url]):
                troubles.append(f"{url}: {polls[url].reason} ({polls[url].detail})")
    return Settled(
        left=tuple(left),
        read=tuple(read - set(job.documents_read)),
        closed=tuple(closed),
        gone=tuple(gone),
        over_bound=over_bound,
        troubles=tuple(troubles),
    )


def drop_older(
    documents: Iterable[ArchiveDocument], days: Mapping[int, date], first: date
) -> tuple[ArchiveDocument, ...]:
    """Drop the pages of a row that comes after one whose articles all proved to be too old.

    `days` are the days of the articles known, by key_hash: listings seldom say them.
    """
    return tuple(
        document
        for document in documents
        if not document.listed_before
        or any(days.get(one, first) >= first for one in document.listed_before)
    )


def _is_closed(url: str, job: CrawlJob) -> bool:
    """Tell whether a document lists nothing of the window that it did not list when it was read."""
    is_past = [end < job.now.date() - DAY_OVER for _, end in spans_named(url)]
    return bool(is_past and all(is_past)) or (
        job.window is not None and job.window[1] < job.now.date() - DAY_OVER
    )


def _is_end_of_row(document: ArchiveDocument, poll: Poll) -> bool:
    return poll.reason == "gone" and document.number > 1


def _expand(entry: Entrance, window: Window) -> Iterator[ArchiveDocument]:
    """Fill the days of a window into an entry's address."""
    is_row = "{page}" in entry.url or entry.next_css is not None
    most = (entry.pages if entry.pages > 1 else MAX_ROW) if is_row else 1
    for begin, end in _periods(entry.url, window):
        url = (
            entry.url.replace("{yyyy}", f"{begin:%Y}")
            .replace("{mm}", f"{begin:%m}")
            .replace("{m}", str(begin.month))
            .replace("{dd}", f"{begin:%d}")
            .replace("{d}", str(begin.day))
        )
        yield ArchiveDocument(
            entrance=replace(entry, url=url.replace("{page}", "1")),
            template=url if "{page}" in url else None,
            most=most,
            is_dated=begin != date.min,
            # Where no `links` says which links are the day's, some belong to the page's furniture.
            day=begin if begin == end and (entry.links_css or entry.kind != "listing") else None,
        )


def _periods(url: str, window: Window) -> Sequence[Window]:
    """List the days, months or years of a window that an address asks for, newest first."""
    first, last = window
    if "{dd}" in url or "{d}" in url:
        count = (last - first).days
        return [(day, day) for day in (last - timedelta(days=n) for n in range(count + 1))]
    years = range(last.year, first.year - 1, -1)
    if "{mm}" in url or "{m}" in url:
        months = [month_of(year, month) for year in years for month in range(12, 0, -1)]
        return [(begin, end) for begin, end in months if begin <= last and end >= first]
    if "{yyyy}" in url:
        return [(date(year, 1, 1), date(year, 12, 31)) for year in years]
    return [(date.min, date.max)]
