"""What one source brought to a batch, and the first thing that went wrong with it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass as parsed

from crawlers.batch import Batch
from crawlers.ledger import read_job
from warehouse.load_report import LoadedSource

T = TypeVar("T")
UNREAD = "no entrance could be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSummary:
    """What one source brought."""

    source_id: str
    name: str
    articles: int
    """New, or with a new version."""
    stories: int
    """Stories in the snapshot that these articles belong to; 0 where it is not published."""
    rejections: int
    failures: int
    """Addresses that could not be had, but for pages that the outlet removed."""
    state: str
    """As say_state() says it."""
    failure: str | None = None
    """Why it failed, held or not; None where it did not."""
    is_verified: bool = True
    """Whether its entrances were ever confirmed: the others are crawled, not alarmed on."""

    @property
    def is_fine(self) -> bool:
        """Whether nothing went wrong, but perhaps with one of several entrances."""
        return self.state.startswith("fine")


@parsed(frozen=True, kw_only=True)
class CrawlStatus:
    """What is read of the report of a crawl."""

    failed: bool
    reason: str | None = None
    failed_pages: int = 0
    gone_pages: int = 0
    """Of the failed: pages that the outlet removed; a crawl of an older Khabar did not say."""
    trouble: str | None = None
    stopped: str | None = None


@parsed(frozen=True, kw_only=True)
class _Extract:
    articles: int
    rejections: tuple[tuple[str, int], ...] = ()


CRAWL_JSON: TypeAdapter[CrawlStatus] = TypeAdapter(CrawlStatus)
_EXTRACT: TypeAdapter[_Extract] = TypeAdapter(_Extract)


def summarise_source(
    batch: Batch,
    source_id: str,
    crawl: CrawlStatus | None,
    loaded: LoadedSource | None,
    stories: int,
) -> SourceSummary:
    """Say what a source brought, from the report of the furthest stage that it reached."""
    extract = read_status(_EXTRACT, batch.status("extract", source_id))
    if loaded:
        articles, rejections = loaded.new + loaded.updated, loaded.rejected
    elif extract:
        articles, rejections = extract.articles, sum(count for _, count in extract.rejections)
    else:
        articles = rejections = 0
    planned = read_job(batch, source_id).source if batch.job(source_id).is_file() else None
    if loaded:
        failures = loaded.failed - loaded.gone
    else:
        failures = crawl.failed_pages - crawl.gone_pages if crawl else 0
    return SourceSummary(
        source_id=source_id,
        name=planned.name if planned else source_id,
        articles=articles,
        stories=stories,
        rejections=rejections,
        failures=failures,
        state=say_state(crawl, loaded, is_extracted=extract is not None),
        failure=find_failure(crawl, loaded, is_extracted=extract is not None),
        is_verified=planned is None or planned.verified,
    )


def say_state(crawl: CrawlStatus | None, loaded: LoadedSource | None, *, is_extracted: bool) -> str:
    """Say what keeps a source's articles out: that it is held, then what failed; else fine.

    Both where both are so; fine names what is wrong with an entrance all the same.
    """
    failure = find_failure(crawl, loaded, is_extracted=is_extracted)
    said = [f"held: {loaded.reason}"] if loaded and loaded.status == "held" else []
    said += [f"failed: {failure}"] if failure else []
    fine = f"fine ({crawl.trouble})" if crawl and crawl.trouble else "fine"
    return "; ".join(said) or fine


def find_failure(
    crawl: CrawlStatus | None, loaded: LoadedSource | None, *, is_extracted: bool
) -> str | None:
    """Tell why a source failed, held or not; None where it did not."""
    if loaded and loaded.status == "failed":
        return loaded.reason or UNREAD
    if crawl is None:
        return None if loaded else "crawl_died"
    if crawl.failed:
        return crawl.reason or UNREAD
    return None if loaded or is_extracted else "extract_died"


def read_status(kind: TypeAdapter[T], path: Path) -> T | None:
    """Read a stage's report; None where it left none."""
    return kind.validate_json(path.read_bytes()) if path.is_file() else None
