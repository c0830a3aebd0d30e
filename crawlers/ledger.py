"""The crawl's ledger, read: lines of all attempts, folded to one a url_key."""

from dataclasses import replace
from pathlib import Path

from crawlers.batch import MANIFEST_JSON, Batch, BatchManifest
from crawlers.job import JOB_JSON, CrawlJob
from crawlers.page import FETCH_JSON, POLL_JSON, Disposition, Fetch, Poll

_RANK: dict[Disposition, int] = {"skipped": 0, "failed": 1, "not_modified": 2, "fetched": 3}


class LedgerError(Exception):
    """A file of a batch that is missing or broken; the message names it and the mend."""


def read_fetches(batch: Batch, source_id: str) -> list[Fetch]:
    """Read every line of a source, one a url_key.

    The best disposition wins, then the later attempt; a key that any attempt saw listed is listed.
    """
    folded: dict[str, Fetch] = {}
    listed: set[str] = set()
    for path in _attempts(batch, source_id, "fetches"):
        for text in path.read_bytes().splitlines():
            line = FETCH_JSON.validate_json(text)
            if line.listed:
                listed.add(line.url_key)
            best = folded.get(line.url_key)
            if best is None or _RANK[line.disposition] >= _RANK[best.disposition]:
                folded[line.url_key] = line
    return [_as_listed(line) if key in listed else line for key, line in folded.items()]


def read_polls(batch: Batch, source_id: str) -> list[Poll]:
    """Read every look at an entrance, of all attempts, in order."""
    return [
        POLL_JSON.validate_json(text)
        for path in _attempts(batch, source_id, "polls")
        for text in path.read_bytes().splitlines()
    ]


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


def _attempts(batch: Batch, source_id: str, kind: str) -> list[Path]:
    paths = batch.crawl_folder(source_id).glob(f"*.{kind}.jsonl")
    numbered = [path for path in paths if path.name.partition(".")[0].isdigit()]
    return sorted(numbered, key=lambda path: int(path.name.partition(".")[0]))


def _as_listed(line: Fetch) -> Fetch:
    return line if line.listed else replace(line, listed=True)
