"""Where an import puts its pages: one WARC and one ledger a source, whole when it ends."""

import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from crawlers.batch import Batch, file_stem, write_json, write_whole
from crawlers.captures import Capture, Unusable
from crawlers.catalogue import Source
from crawlers.crawl import CrawlReport
from crawlers.ledger import read_fetches
from crawlers.page import FETCH_JSON, ArchiveRecord, Fetch
from crawlers.urls import url_key

ATTEMPT = 1


def work_folder(batch: Batch) -> Path:
    """Name the folder of what is not whole yet; it goes when the import ends."""
    return batch.folder / "import"


class Shelf:
    """Appends pages under working names; files are opened for each, as hosts may be thousands."""

    def __init__(self, batch: Batch) -> None:
        self.sources: dict[str, Source] = {}
        self._batch = batch
        self._work = work_folder(batch)
        self._work.mkdir(parents=True, exist_ok=True)
        for stale in self._work.iterdir():
            stale.unlink()
        self._notes = (self._work / "account.part").open("w", encoding="utf-8")

    def put(self, source: Source, capture: Capture) -> None:
        """Archive a page, its record as it stands, and give it its line in the ledger."""
        name = f"{self._batch.id}-{ATTEMPT}.warc.gz"
        place = self._batch.archive_folder(source.id) / name
        offset, length = _append(self._part(source.id, "warc"), capture.chunks())
        record = ArchiveRecord(
            record_id=capture.record_id,
            file=place.relative_to(self._batch.home / "archive").as_posix(),
            offset=offset,
            length=length,
            kind=capture.kind,
        )
        self._add_line(source, _fetched(source.id, capture, record))

    def put_failure(self, source: Source, found: Unusable) -> None:
        """Give a page that could not be read its line in the ledger."""
        url = found.url or ""
        line = Fetch(
            source_id=source.id,
            url=url,
            url_key=url_key(url),
            entrance=None,
            listed=False,
            disposition="failed",
            reason=found.reason,
            detail=found.detail,
        )
        self._add_line(source, line)

    def note(self, line: str) -> None:
        """Write one line of the account."""
        self._notes.write(line + "\n")

    def finish(self, source_id: str) -> None:
        """Give a source's files their final names, and write the report of its `crawl`."""
        folder = self._batch.archive_folder(source_id)
        warc = self._part(source_id, "warc")
        if warc.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _flush(warc).replace(folder / f"{self._batch.id}-{ATTEMPT}.warc.gz")
        ledger = self._batch.crawl_folder(source_id)
        write_whole(ledger / f"{ATTEMPT}.polls.jsonl", b"")
        _flush(self._part(source_id, "fetches")).replace(ledger / f"{ATTEMPT}.fetches.jsonl")
        write_json(self._batch.status("crawl", source_id), asdict(_report(self._batch, source_id)))

    def close(self) -> None:
        """Give the account its final name."""
        self._notes.close()
        _flush(self._work / "account.part").replace(self._batch.folder / "import.jsonl")
        self._work.rmdir()

    def _part(self, source_id: str, kind: str) -> Path:
        return self._work / f"{file_stem(source_id)}.{kind}.part"

    def _add_line(self, source: Source, fetch: Fetch) -> None:
        self.sources.setdefault(source.id, source)
        _append(self._part(source.id, "fetches"), (FETCH_JSON.dump_json(fetch), b"\n"))


def _append(path: Path, chunks: Iterable[bytes]) -> tuple[int, int]:
    """Append to a file; return where, and how many bytes."""
    with path.open("ab") as file:
        offset = file.tell()
        for chunk in chunks:
            file.write(chunk)
        return offset, file.tell() - offset


def _flush(path: Path) -> Path:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return path


def _fetched(source_id: str, capture: Capture, record: ArchiveRecord) -> Fetch:
    return Fetch(
        source_id=source_id,
        url=capture.url,
        url_key=capture.url_key,
        entrance=None,
        listed=False,
        disposition="fetched",
        status=capture.status,
        final_url=capture.url,
        fetched_at=capture.fetched_at,
        page_sha256=capture.page_sha256,
        body_bytes=capture.body_bytes,
        etag=capture.etag,
        last_modified=capture.last_modified,
        record=record,
    )


def _report(batch: Batch, source_id: str) -> CrawlReport:
    """Report what a crawl would have, counted in the ledger as it now lies there."""
    lines = read_fetches(batch, source_id)
    pages = sum(line.disposition == "fetched" for line in lines)
    return CrawlReport(
        source_id=source_id,
        attempt=ATTEMPT,
        listed=0,
        known_not_due=0,
        fetched=pages,
        not_modified=0,
        failed_pages=len(lines) - pages,
        skipped=0,
        pages_archived=pages,
        requests=0,
        seconds=0.0,
        failed=False,
        reason=None,
        line=f"{source_id}: {pages} pages imported, {len(lines) - pages} unreadable",
    )
