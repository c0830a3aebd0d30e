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
    """Addresses that could not be had; where loaded, without pages that the outlet removed."""
    state: str
    """fine, with what is wrong with an entrance all the same; or failed or held, and why."""
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
    return SourceSummary(
        source_id=source_id,
        name=planned.name if planned else source_id,
        articles=articles,
        stories=stories,
        rejections=rejections,
        failures=loaded.failed - loaded.gone if loaded else crawl.failed_pages if crawl else 0,
        state=_state(crawl, extract, loaded),
        is_verified=planned is None or planned.verified,
    )


def _state(crawl: CrawlStatus | None, extract: _Extract | None, loaded: LoadedSource | None) -> str:
    """Name the first thing that went wrong; "fine" where nothing did."""
    if crawl is None:
        return "failed: crawl_died"
    if crawl.failed:
        return f"failed: {crawl.reason or 'no entrance could be read'}"
    if loaded and loaded.status != "loaded":
        return f"{loaded.status}: {loaded.reason}"
    if loaded is None and extract is None:
        return "failed: extract_died"
    return f"fine ({crawl.trouble})" if crawl.trouble else "fine"


def read_status(kind: TypeAdapter[T], path: Path) -> T | None:
    """Read a stage's report; None where it left none."""
    return kind.validate_json(path.read_bytes()) if path.is_file() else None
