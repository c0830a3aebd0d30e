"""What was made of archived pages: the stored outcome of each, read back from a batch's files."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from crawlers.batch import Batch
from crawlers.job import SiteLine
from crawlers.ledger import LedgerError, read_job, stream_fetches
from crawlers.page import Fetch
from transforms.batch_files import (
    is_whole,
    missing_columns,
    read_articles,
    read_rejections,
    read_site_lines,
)
from transforms.compare import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPage:
    """An archived page, and what was made of it when it was extracted."""

    fetch: Fetch
    """Where its bytes lie, and what the entrance said of it."""
    outcome: Outcome
    unknown: frozenset[str] = frozenset()
    """Columns that nobody stored then: nothing is said of them."""
    record_id: str | None = None
    """The capture that the row names, where its bytes may lie in another one's record (304)."""
    is_superseded: bool = False
    """Whether it is an older version of its article, of which few fields are stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPages:
    """Archived pages of one source."""

    archived: int
    """How many there are."""
    pages: Iterator[StoredPage]
    """Some of them, spread evenly; they are read as they are asked for."""


def batch_pages(batch: Batch, source_id: str, most: int) -> StoredPages:
    """Read what a batch's extraction made of a source's pages, of so many of them at most.

    Raises:
        LedgerError: where the source is not extracted.
    """
    folder = batch.extract_folder(source_id)
    if not all(is_whole(folder / name) for name in ("articles.parquet", "rejections.parquet")):
        raise LedgerError(
            f"{source_id} is not extracted whole in batch {batch.id}; "
            f"run `khabar extract {batch.id} {source_id}`"
        )
    keys = [one.url_key for one in stream_fetches(batch, source_id) if one.disposition == "fetched"]
    chosen = {keys[place] for place in spread(len(keys), most)}
    fetches = (one for one in stream_fetches(batch, source_id) if one.url_key in chosen)
    return StoredPages(archived=len(keys), pages=_read_batch(batch, source_id, fetches))


def captured_pages(
    batch: Batch, source_id: str, record_ids: Collection[str]
) -> Iterator[StoredPage]:
    """Read what a batch's extraction made of some captures; nothing where it is not extracted."""
    folder = batch.extract_folder(source_id)
    if all(is_whole(folder / name) for name in ("articles.parquet", "rejections.parquet")):
        fetches = stream_fetches(batch, source_id)
        chosen = (one for one in fetches if one.record and one.record.record_id in record_ids)
        yield from _read_batch(batch, source_id, chosen)


def batch_lines(batch: Batch, source_id: str) -> tuple[SiteLine, ...]:
    """Read the site's own lines that a batch's extraction knew, and those that it learnt."""
    learnt = batch.extract_folder(source_id) / "site_lines.parquet"
    known = read_job(batch, source_id).site_lines
    return (*known, *read_site_lines(learnt)) if learnt.is_file() else known


def spread(count: int, most: int) -> list[int]:
    """Choose places evenly from so many, the first and the last among them."""
    if count <= most:
        return list(range(count))
    return [place * (count - 1) // max(most - 1, 1) for place in range(most)]


def _read_batch(batch: Batch, source_id: str, chosen: Iterable[Fetch]) -> Iterator[StoredPage]:
    folder = batch.extract_folder(source_id)
    fetches = {one.record.record_id: one for one in chosen if one.record is not None}
    path = folder / "articles.parquet"
    unknown = missing_columns(path)
    for article in read_articles(path):
        # A capture of an earlier batch, read again beside a new one, is not this batch's page.
        if article.record_id in fetches:
            yield StoredPage(fetch=fetches[article.record_id], outcome=article, unknown=unknown)
    for rejection in read_rejections(folder / "rejections.parquet"):
        if rejection.record_id in fetches:
            yield StoredPage(fetch=fetches[rejection.record_id], outcome=rejection)
