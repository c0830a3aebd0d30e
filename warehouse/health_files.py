"""What status files say of the last batches: it asks no warehouse, so it outlasts its loss."""

import time
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as parsed

from crawlers.batch import BATCH_ID, MANIFEST_JSON, Batch, BatchManifest
from warehouse.load_report import REPORT_JSON as LOAD_JSON
from warehouse.load_report import LoadedSource
from warehouse.source_summary import CrawlStatus, say_state

T = TypeVar("T")
MAX_BATCHES = 48
"""How far back a source's last batch is looked for: two days of hourly live ones."""
SETTLED_NS = 2_000_000_000
"""A folder changed since then may change again within the same tick of its clock."""
_NOT_LIVE = frozenset({"backfill", "import", "reprocess"})
Stage = Literal["broken", "planned", "decided", "loaded", "published"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """From listed to loaded; None = the stage that counts it has left no report.

    listed + asked_again = all the others but fetched, of which some come of.
    """

    listed: int | None = None
    asked_again: int | None = None
    """Known articles that nothing listed; negative where an uncounted line was accepted."""
    known_not_due: int | None = None
    fetched: int | None = None
    failed: int | None = None
    """Without those that answered gone."""
    gone: int | None = None
    """Answered 404 or 410: the outlet removed them, and nothing failed."""
    skipped: int | None = None
    rejected: int | None = None
    extracted: int | None = None
    """Articles that extraction made of fetched pages; of a loaded batch see the three below."""
    new: int | None = None
    updated: int | None = None
    unchanged: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInBatch:
    """What became of one source in one batch."""

    source_id: str
    state: str
    """In words: fine, failed: why, held: why, or what is awaited."""
    is_over: bool
    funnel: Funnel
    """Of a held one, what its crawl and extraction say: nothing of it is loaded."""

    @property
    def is_fine(self) -> bool:
        """Whether nothing went wrong so far."""
        return not self.is_over or self.state.startswith("fine")

    @property
    def is_held(self) -> bool:
        """Whether what it brought waits for somebody's word."""
        return self.state.startswith("held: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchHealth:
    """How far a batch came, and what it brought."""

    batch_id: str
    dag: str
    run_id: str
    found_by: str
    started_at: datetime
    stage: Stage
    is_over: bool
    """Whether its summary was written: nothing of it goes on."""
    line: str
    """What its summary says; empty before it."""
    why_red: str | None
    sources: tuple[SourceInBatch, ...]

    @property
    def is_red(self) -> bool:
        """Whether the pipeline broke: what was asked alone, in vain, is its own row's matter."""
        return self.why_red is not None and (len(self.sources) > 1 or self.stage != "published")


@parsed(frozen=True, kw_only=True)
class _Crawl(CrawlStatus):
    listed: int | None = None
    known_not_due: int = 0
    fetched: int = 0
    not_modified: int = 0
    skipped: int = 0


@parsed(frozen=True, kw_only=True)
class _Extract:
    articles: int
    rejections: tuple[tuple[str, int], ...] = ()
    kept_from_feed: int = 0


@parsed(frozen=True, kw_only=True)
class _SourceSaid:
    source_id: str
    state: str


@parsed(frozen=True, kw_only=True)
class _Summary:
    line: str
    why: str | None
    sources: tuple[_SourceSaid, ...]


_CRAWL: TypeAdapter[_Crawl] = TypeAdapter(_Crawl)
_EXTRACT: TypeAdapter[_Extract] = TypeAdapter(_Extract)
_SUMMARY: TypeAdapter[_Summary] = TypeAdapter(_Summary)


def list_batch_ids(home: Path) -> tuple[str, ...]:
    """Name all batches, newest first; the folder is listed again only where it has changed."""
    folder = home / "batches"
    try:
        changed_at_ns = folder.stat().st_mtime_ns
    except OSError:  # nothing has run yet
        return ()
    if time.time_ns() - changed_at_ns < SETTLED_NS:
        return _list_ids(folder)
    return _list_once(folder, changed_at_ns)


@lru_cache(maxsize=2)
def _list_once(folder: Path, _changed_at_ns: int) -> tuple[str, ...]:
    return _list_ids(folder)


def _list_ids(folder: Path) -> tuple[str, ...]:
    named = (path.name for path in folder.iterdir())
    return tuple(sorted(filter(BATCH_ID.fullmatch, named), reverse=True))


def list_live_ids(home: Path) -> list[str]:
    """Name the newest batches that may be live, newest first: a backfill makes a dozen an hour."""
    live = (one for one in list_batch_ids(home) if one.split("-")[1] not in _NOT_LIVE)
    return list(islice(live, MAX_BATCHES))


def read_batch(home: Path, batch_id: str) -> BatchHealth:
    """Read how far a batch came; one that is over is read again only where a file has changed."""
    batch = Batch(id=batch_id, home=home)
    summary = batch.status("summary")
    try:
        summary.stat()
        changed_at_ns = summary.parent.stat().st_mtime_ns
    except OSError:  # it is under way, or has been pruned just now
        return _read(batch)
    return _read_once(batch, changed_at_ns)


@lru_cache(maxsize=4 * MAX_BATCHES)
def _read_once(batch: Batch, _changed_at_ns: int) -> BatchHealth:
    return _read(batch)


def _read(batch: Batch) -> BatchHealth:
    manifest = read_report(MANIFEST_JSON, batch.manifest)
    summary = read_report(_SUMMARY, batch.status("summary"))
    return BatchHealth(
        batch_id=batch.id,
        dag=manifest.dag if manifest else batch.id.split("-")[1],
        run_id=manifest.run_id if manifest else "",
        found_by=manifest.found_by if manifest else "",
        started_at=batch.started_at,
        stage=_stage(batch) if manifest else "broken",
        is_over=summary is not None,
        line=summary.line if summary else "",
        why_red=summary.why if summary else None,
        sources=_sources(batch, manifest, summary) if manifest else (),
    )


def _stage(batch: Batch) -> Stage:
    if batch.status("publish").is_file():
        return "published"
    if batch.status("load").is_file():
        return "loaded"
    return "decided" if batch.status("dedup").is_file() else "planned"


def _sources(
    batch: Batch, manifest: BatchManifest, summary: _Summary | None
) -> tuple[SourceInBatch, ...]:
    load = read_report(LOAD_JSON, batch.status("load"))
    loaded = {one.source_id: one for one in load.sources} if load else {}
    said = {one.source_id: one.state for one in summary.sources} if summary else {}
    return tuple(_source(batch, one, loaded.get(one), said.get(one)) for one in manifest.sources)


def _source(
    batch: Batch, source_id: str, loaded: LoadedSource | None, said: str | None
) -> SourceInBatch:
    crawl = read_report(_CRAWL, batch.status("crawl", source_id))
    extract = read_report(_EXTRACT, batch.status("extract", source_id))
    if loaded is not None:
        # Said anew: an operator may have let it in since its summary was written.
        state = say_state(crawl, loaded, is_extracted=extract is not None)
        is_held = loaded.status == "held"
        funnel = _of_reports(crawl, extract) if is_held else _of_loaded(loaded)
        return SourceInBatch(source_id=source_id, state=state, is_over=True, funnel=funnel)
    return SourceInBatch(
        source_id=source_id,
        state=said or _awaited(crawl, extract),
        is_over=said is not None or bool(crawl and crawl.failed),
        funnel=_of_reports(crawl, extract),
    )


def _awaited(crawl: _Crawl | None, extract: _Extract | None) -> str:
    if crawl is None:
        return "waits for its crawl, or is being crawled"
    if crawl.failed:
        return say_state(crawl, None, is_extracted=extract is not None)
    return "crawled, waits for its extraction" if extract is None else "extracted, waits for load"


def _of_loaded(one: LoadedSource) -> Funnel:
    lines = one.new + one.updated + one.unchanged + one.rejected + one.failed + one.skipped
    return Funnel(
        listed=one.listed, asked_again=one.known_not_due + lines - one.listed,
        known_not_due=one.known_not_due, fetched=one.fetched, failed=one.failed - one.gone,
        gone=one.gone, skipped=one.skipped, rejected=one.rejected, new=one.new,
        updated=one.updated, unchanged=one.unchanged,
    )  # fmt: skip


def _of_reports(crawl: _Crawl | None, extract: _Extract | None) -> Funnel:
    counted = _of_crawl(crawl) if crawl and crawl.listed is not None else Funnel()
    if extract is None:
        return counted
    return replace(
        counted,
        rejected=sum(count for _, count in extract.rejections),
        extracted=extract.articles - extract.kept_from_feed,
    )


def _of_crawl(crawl: _Crawl) -> Funnel:
    lines = crawl.fetched + crawl.not_modified + crawl.failed_pages + crawl.skipped
    listed = crawl.listed or 0
    return Funnel(
        listed=listed, asked_again=crawl.known_not_due + lines - listed,
        known_not_due=crawl.known_not_due, fetched=crawl.fetched,
        failed=crawl.failed_pages - crawl.gone_pages, gone=crawl.gone_pages,
        skipped=crawl.skipped, unchanged=crawl.not_modified,
    )  # fmt: skip


def read_report(kind: TypeAdapter[T], path: Path) -> T | None:
    """Read a report; None where there is none, or none that can be read: the page must not fall."""
    try:
        return kind.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
