"""A batch: one pass of the pipeline, its id, and where its files lie under KHABAR_HOME."""

import hashlib
import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from crawlers.catalogue import Source
from crawlers.unfinished import clear_dead, part_of

BATCH_ID = re.compile(r"\d{8}T\d{6}Z-[a-z_]{1,20}-[0-9a-f]{8}")
Found = Literal["live", "backfill", "import", "reprocess"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One pass of the pipeline; every path of it is derived from `home` and `id`."""

    id: str
    home: Path

    def __post_init__(self) -> None:
        if not BATCH_ID.fullmatch(self.id):
            raise ValueError(f"not a batch id: {self.id!r}; see `khabar status` for the real ones")

    @property
    def started_at(self) -> datetime:
        """The UTC second that the id begins with."""
        return datetime.strptime(self.id[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

    @property
    def folder(self) -> Path:
        """The batch's own folder."""
        return self.home / "batches" / self.id

    @property
    def manifest(self) -> Path:
        """What was planned: written once, by the stage that opens the batch."""
        return self.folder / "batch.json"

    def job(self, source_id: str) -> Path:
        """The source's slice of the plan: all that a crawl needs to know."""
        return self.folder / "plan" / f"{file_stem(source_id)}.json"

    def crawl_folder(self, source_id: str) -> Path:
        """Ledger lines of the source's attempts: `<attempt>.fetches.jsonl`, `.polls.jsonl`."""
        return self.folder / "crawl" / file_stem(source_id)

    def extract_folder(self, source_id: str) -> Path:
        """The source's `articles.parquet` and `rejections.parquet`."""
        return self.folder / "extract" / file_stem(source_id)

    @property
    def replaced(self) -> Path:
        """The rows that a load has replaced by others, read of the same pages."""
        return self.folder / "load" / "replaced"

    @property
    def put_back(self) -> Path:
        """The rows that a batch puts in place again, which another batch had replaced."""
        return self.folder / "put_back"

    @property
    def decisions(self) -> Path:
        """What `dedup` decided, and on which state of the warehouse."""
        return self.folder / "dedup"

    def status(self, stage: str, source_id: str | None = None) -> Path:
        """The stage's report, written when it ended."""
        name = stage if source_id is None else f"{stage}.{file_stem(source_id)}"
        return self.folder / "status" / f"{name}.json"

    def archive_folder(self, source_id: str) -> Path:
        """Where the source's WARC files of this batch go."""
        return self.home / "archive" / file_stem(source_id) / f"{self.started_at:%Y/%m}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reprocess:
    """Which archived pages a batch extracts again, and why; nothing is fetched for it."""

    reason: str
    first_on: date | None = None
    """First day (dated_on) of the articles; None: from the beginning."""
    last_on: date | None = None
    made_by: str | None = None
    """How the extractor_version begins of the rows wanted; None: all but those of today's."""
    only_rejected: bool = False
    """Only pages that were rejected, and no rows of articles."""
    reverts: str | None = None
    """The batch that is taken back: its replaced rows are put in place again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchManifest:
    """What a batch is: written once, read by every stage."""

    batch_id: str
    dag: str
    run_id: str
    found_by: Found
    sources: tuple[str, ...]
    """Source ids that were planned; each must end in a report, or it died."""
    code_version: str
    retired: tuple[Source, ...] = ()
    """Sources of the catalogue that are not crawled any more, each with its reason."""
    reprocess: Reprocess | None = None
    """None for a batch that fetches."""


MANIFEST_JSON: TypeAdapter[BatchManifest] = TypeAdapter(BatchManifest)


def new_batch_id(now: datetime, dag: str, run_id: str) -> str:
    """Name a batch: `<UTC timestamp>-<dag>-<hash of the run id>`; no two runs share one."""
    digest = hashlib.sha256(run_id.encode()).hexdigest()[:8]
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{dag}-{digest}"


def file_stem(source_id: str) -> str:
    """Turn a source id into a file name: `web:dawn.com` → `web_dawn.com`.

    Ids of the catalogue never begin with `web_`, so no two ids meet.
    """
    if not re.fullmatch(r"(web:)?[a-z0-9][a-z0-9_.-]{0,252}", source_id) or ".." in source_id:
        raise ValueError(f"not a source id: {source_id!r}")
    return source_id.replace(":", "_")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under another name, flush it to disk, and rename it when whole.

    What killed processes left in its folder goes first.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    clear_dead(path.parent)
    try:
        with part_of(path) as (part, held):
            part.write_bytes(content)
            os.fsync(held)
            part.replace(path)
    except OSError as error:
        error.filename = str(path)  # a write does not say where the disk was full
        raise


def flush_folder(folder: Path) -> None:
    """Make the names in a folder outlast a loss of power."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def write_json(path: Path, value: object) -> None:
    """Write a value (already plain) as readable JSON, whole or not at all."""
    write_whole(path, json.dumps(value, ensure_ascii=False, indent=1).encode())
