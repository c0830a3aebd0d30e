"""CrawlJob: the slice of the plan that one crawl of one source needs, as a file."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from crawlers.batch import Batch
from crawlers.catalogue import Entrance, Source
from crawlers.page import ArchiveRecord, ListedItem

SLICE_MINUTES = 5.0
MIN_SECONDS_A_PAGE = 1.5


def slice_pages(source: Source) -> int:
    """Say how many pages a slice of a backfill asks: what its minutes are enough for."""
    seconds = max(source.politeness.delay_seconds, MIN_SECONDS_A_PAGE)
    return max(1, min(source.politeness.max_pages, int(SLICE_MINUTES * 60 / seconds)))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPage:
    """An article's address asked before, with what is needed to ask again cheaply."""

    url: str
    url_key: str
    etag: str | None
    last_modified: str | None
    page_sha256: str | None
    first_seen_at: datetime
    dated_at: datetime | None
    last_fetched_at: datetime | None
    is_gone: bool
    record: ArchiveRecord | None = None
    """Its newest capture with bytes of its own, to be read again by a newer extractor."""
    extractor_version: str | None = None
    """What read that capture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntrance:
    """What the looks at an entrance, or at a part of one, left behind."""

    url: str
    item_hashes: tuple[int, ...]
    is_due: bool = True
    is_well: bool = True
    """Whether its last look neither failed nor found it stale."""
    interval_minutes: float | None = None
    """What the last look decided; None where it decided nothing."""
    failure_weight: float = 0.0
    """Sum of the failures since it answered last (hard 1, soft 0.5, temporary DNS 0.25)."""
    newest_at: datetime | None = None
    """Newest item's date ever seen."""
    answered_at: datetime | None = None
    """Last look that worked; None where none did."""
    part_of: str | None = None
    """The sitemap index that named it; None for an entrance of the source file."""
    etag: str | None = None
    last_modified: str | None = None
    is_cut_short: bool = False
    """Whether its last answer was cut short: what it did not show may be unknown still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeferredPage:
    """A page listed by an earlier batch and not had yet."""

    url: str
    url_key: str
    entrance: str | None
    item: ListedItem | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveDocument:
    """One document of an outlet's past: it lists articles, and may lead to further documents."""

    entrance: Entrance
    """How it is read, and its own address."""
    part_of: str | None = None
    """The sitemap index that named it."""
    template: str | None = None
    """Its address with {page}, where documents are numbered."""
    number: int = 1
    """Its place in a row of documents that lead from one to the next."""
    most: int = 1
    """Where that row ends at the latest."""
    day: date | None = None
    """The one day that all it lists are of."""
    is_dated: bool = False
    """Whether its address was made of a day, a month or a year: not each has one."""
    listed_before: tuple[int, ...] = ()
    """key_hash of what the document before it in the row listed."""
    tries: int = 0
    """How often it failed for a reason that may pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLine:
    """A line that an outlet prints in the bodies of many pages."""

    line: str
    place: Literal["top", "end", "anywhere"]
    """Which part of a body: its first lines, its last ones, or all of it."""
    pages: int
    """Pages of different text that carry it there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlJob:
    """All that a crawl of one source needs to know; it reads no database."""

    batch_id: str
    home: str
    source: Source
    known: tuple[KnownPage, ...] = ()
    known_hashes: tuple[int, ...] = ()
    """key_hash of every other url_key known of the source."""
    entrances: tuple[KnownEntrance, ...] = ()
    deferred: tuple[DeferredPage, ...] = ()
    """Pages that earlier batches left, in the order in which they are wanted."""
    deferred_hashes: tuple[int, ...] = ()
    """key_hash of those that are too many for this batch."""
    is_forced: bool = False
    """Whether known pages are asked again however short ago they were asked."""
    window: tuple[date, date] | None = None
    """Backfill: first and last day of the articles wanted; undated ones are taken too."""
    documents: tuple[ArchiveDocument, ...] = ()
    """Backfill: what to read in the place of the source's entrances, in this order."""
    documents_read: tuple[int, ...] = ()
    """Backfill: document_key() of what was read already, and is not read again."""
    is_yielding: bool = False
    """Whether it ends early when another process wants the host."""
    site_lines: tuple[SiteLine, ...] = ()
    """Lines that are known to be the site's own: no part of any article."""
    seen_lines: tuple[SiteLine, ...] = ()
    """Other lines that stand on several of its newest articles."""
    seen_texts: int = 0
    """Texts among which seen_lines were counted."""
    is_learning: bool = True
    """Whether the batch may learn lines; not where it does not know what is known of the pages."""
    disk_floor_mb: int = 0
    """Free megabytes below which it ends early; what is left waits for the next batch."""
    tried_on: tuple[KnownPage, ...] = ()
    """Its newest archived pages, newest first: a changed extractor is tried on them."""
    contact: str
    loopback: tuple[str, ...] = ()
    """Exact host:port pairs on loopback that may be reached."""

    @property
    def now(self) -> datetime:
        """The batch's start, by which decisions go, so that a resumed crawl decides alike."""
        return Batch(id=self.batch_id, home=Path(self.home)).started_at

    @property
    def max_minutes(self) -> float:
        """The most that it may take; a backfill's slices are short, so that others get in."""
        minutes = self.source.politeness.max_minutes
        return minutes if self.window is None else min(minutes, SLICE_MINUTES)

    @property
    def max_pages(self) -> int:
        """The most pages that it asks."""
        return self.source.politeness.max_pages if self.window is None else slice_pages(self.source)


JOB_JSON: TypeAdapter[CrawlJob] = TypeAdapter(CrawlJob)
