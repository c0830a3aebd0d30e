"""The crawl's ledger, read: lines of all attempts, folded to one a url_key."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from crawlers.batch import MANIFEST_JSON, Batch, BatchManifest
from crawlers.job import JOB_JSON, CrawlJob
from crawlers.page import (
    FETCH_JSON,
    POLL_JSON,
    ArchiveRecord,
    Disposition,
    FailReason,
    Fetch,
    Poll,
    SkipReason,
)

_RANK: dict[Disposition, int] = {"skipped": 0, "failed": 1, "not_modified": 2, "fetched": 3}


class LedgerError(Exception):
    """A file of a batch that is missing or broken; the message names it and the mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one url_key, in short."""

    disposition: Disposition
    reason: FailReason | SkipReason | None
    is_archived: bool
    """Whether the line leads to a WARC record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """What folding needs to know of a line."""

    url_key: str
    listed: bool
    disposition: Disposition
    reason: FailReason | SkipReason | None = None
    record: ArchiveRecord | None = None


_MARK_JSON: TypeAdapter[_Mark] = TypeAdapter(_Mark)


def read_fetches(batch: Batch, source_id: str) -> list[Fetch]:
    """Read every line of a source, one a url_key, as stream_fetches() gives them."""
    return list(stream_fetches(batch, source_id))


def stream_fetches(batch: Batch, source_id: str) -> Iterator[Fetch]:
    """Yield every line of a source, one a url_key, and hold no more than one.

    The best disposition wins, then the later attempt; a key that any attempt saw listed is listed.
    """
    best, listed = _fold(batch, source_id)
    chosen = {number for number, _ in best.values()}
    del best
    for number, text in enumerate(_texts(batch, source_id, "fetches")):
        if number in chosen:
            line = FETCH_JSON.validate_json(text)
            yield replace(line, listed=True) if line.url_key in listed else line


def read_outcomes(batch: Batch, source_id: str) -> dict[str, Outcome]:
    """Read what became of each url_key of a source."""
    return {key: outcome for key, (_, outcome) in _fold(batch, source_id)[0].items()}


def _fold(batch: Batch, source_id: str) -> tuple[dict[str, tuple[int, Outcome]], set[str]]:
    """Find each url_key's best line (its number, its outcome), and the keys that are listed."""
    best: dict[str, tuple[int, Outcome]] = {}
    listed: set[str] = set()
    same: dict[Outcome, Outcome] = {}
    for number, text in enumerate(_texts(batch, source_id, "fetches")):
        mark = _MARK_JSON.validate_json(text)
        if mark.listed:
            listed.add(mark.url_key)
        before = best.get(mark.url_key)
        if before is None or _RANK[mark.disposition] >= _RANK[before[1].disposition]:
            outcome = Outcome(
                disposition=mark.disposition, reason=mark.reason, is_archived=bool(mark.record)
            )
            best[mark.url_key] = (number, same.setdefault(outcome, outcome))
    return best, listed


def read_polls(batch: Batch, source_id: str) -> list[Poll]:
    """Read every look at an entrance, of all attempts, in order."""
    return [POLL_JSON.validate_json(text) for text in _texts(batch, source_id, "polls")]


def read_job(batch: Batch, source_id: str) -> CrawlJob:
    """Read a source's slice of the plan.

    Raises:
        LedgerError: where the batch did not plan the source.
    """
    path = batch.job(source_id)
    try:
        return JOB_JSON.validate_json(path.read_bytes())
    except OSError:
        raise LedgerError(
            f"{source_id} is not planned in batch {batch.id}: {path} is missing; run `khabar plan`"
        ) from None


def read_manifest(batch: Batch) -> BatchManifest:
    """Read what a batch is.

    Raises:
        LedgerError: where there is no such batch.
    """
    try:
        return MANIFEST_JSON.validate_json(batch.manifest.read_bytes())
    except OSError:
        raise LedgerError(
            f"no batch {batch.id} under {batch.home}; `khabar status` lists those there are"
        ) from None


def _texts(batch: Batch, source_id: str, kind: str) -> Iterator[bytes]:
    """Yield the lines of one kind, of all attempts in order."""
    paths = batch.crawl_folder(source_id).glob(f"*.{kind}.jsonl")
    numbered = [path for path in paths if path.name.partition(".")[0].isdigit()]
    for path in sorted(numbered, key=lambda path: int(path.name.partition(".")[0])):
        with path.open("rb") as file:
            yield from file
