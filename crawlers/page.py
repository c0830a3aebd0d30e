"""What leaves this room: Page, Fetch, Poll, and what an entrance said of an item."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from pydantic import TypeAdapter

Disposition = Literal["fetched", "not_modified", "failed", "skipped"]

FailReason = Literal[
    "dns", "refused", "timeout", "reset", "tls", "too_large", "redirect_loop", "private_address",
    "http_4xx", "http_5xx", "http_429", "gone", "blocked", "not_a_feed", "broken_feed",
    "bad_response", "crawl_died",
]  # fmt: skip
SkipReason = Literal[
    "robots", "off_site", "deferred", "host_resting", "bad_url", "over_bound", "twin"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedItem:
    """What an entrance said of one item; nothing here is guessed."""

    title: str | None = None
    published_at: datetime | None = None
    """Aware; None where no instant was given."""
    published_on: date | None = None
    """The outlet's own day, where a day or an instant was given."""
    summary: str | None = None
    full_text: str | None = None
    """The article's HTML, where the feed carries it whole (`content:encoded`)."""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    told_by: Literal["feed", "sitemap", "html"] = "feed"
    """What said it; `html` is a listing page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRecord:
    """Where a page's raw bytes lie."""

    record_id: str
    """`WARC-Record-ID`, without angle brackets."""
    file: str
    """Path relative to the archive folder."""
    offset: int
    """Bytes from the file's start to the record's gzip member."""
    length: int
    """Bytes of that member."""
    kind: Literal["response", "revisit", "resource"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One line of the ledger: one URL in one batch, and what became of asking for it."""

    source_id: str
    url: str
    """As listed."""
    url_key: str
    entrance: str | None
    """URL of the entrance that listed it first; None for a revisit or an import."""
    listed: bool
    """Whether an entrance's article rule matched it in this batch."""
    disposition: Disposition
    reason: FailReason | SkipReason | None = None
    """Why it failed or was skipped; None otherwise."""
    detail: str | None = None
    """One line for people, such as `HTTP 503` or `30.2 MB`."""
    status: int | None = None
    """Last HTTP status seen."""
    final_url: str | None = None
    """Where redirects led; for a skipped twin, the url_key of the page that it stands for."""
    redirects: tuple[str, ...] = ()
    """URLs of the hops between the URL asked and the final one."""
    fetched_at: datetime | None = None
    """UTC; None when nothing was fetched or a foreign archive does not say."""
    page_sha256: str | None = None
    """Hex SHA-256 of the decompressed body. For not_modified: of the body known before."""
    body_bytes: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    record: ArchiveRecord | None = None
    item: ListedItem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One look at an entrance."""

    source_id: str
    entrance: str
    kind: Literal["feed", "sitemap", "listing"]
    polled_at: datetime
    status: int | None = None
    reason: FailReason | SkipReason | None = None
    detail: str | None = None
    """One line for people: the trouble, or how much of what was listed was left out, and why."""
    items: int = 0
    """Items listed, before the article rule."""
    matched: int = 0
    """Distinct url_keys that the article rule matched."""
    new_items: int = 0
    """Those among them of which nothing was known."""
    is_stale: bool = False
    """Whether its newest item is older than the source promises, although it answered."""
    is_cut_short: bool = False
    """Whether it answered, but a part or a page of it, or its end, did not come."""
    part_of: str | None = None
    """The sitemap index that named it; None for an entrance of the source file."""
    stands_in_for: str | None = None
    """The entrance that failed or went stale, where this one was asked in its place."""
    next_interval_minutes: float | None = None
    """How long to let it be, as decided by this look."""
    newest_at: datetime | None = None
    oldest_at: datetime | None = None
    overlapped: bool | None = None
    """Whether an item of the look before was listed again; None for the first look."""
    etag: str | None = None
    last_modified: str | None = None
    item_hashes: tuple[int, ...] = ()
    """63-bit hashes of the url_keys listed, for the next look's `overlapped`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer of an outlet, as raw as it came."""

    source_id: str
    url: str
    """As asked."""
    url_key: str
    final_url: str
    redirects: tuple[str, ...]
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    """Decompressed, undecoded."""
    fetched_at: datetime | None
    """UTC; None when unknown, as in foreign archives."""
    page_sha256: str
    """Hex SHA-256 of `body`."""
    record: ArchiveRecord
    item: ListedItem | None


FETCH_JSON: TypeAdapter[Fetch] = TypeAdapter(Fetch)
POLL_JSON: TypeAdapter[Poll] = TypeAdapter(Poll)
