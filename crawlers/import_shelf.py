"""Where an import puts its pages: one WARC and one ledger a source, whole when it ends."""

import os
from dataclasses import asdict
from pathlib import Path

from crawlers.batch import Batch, file_stem, write_json, write_whole
from crawlers.captures import Capture, Unusable
from crawlers.catalogue import Source
from crawlers.counted import counted
from crawlers.crawl_report import CrawlReport
from crawlers.page import FETCH_JSON, ArchiveRecord, Fetch
from crawlers.urls import key_hash, url_key

ATTEMPT = 1
MAX_HELD_BYTES = 1 << 18
"""Of ledger lines, before they are written; each file is opened less often so."""


def work_folder(batch: Batch) -> Path:
    """Name the folder of what is not whole yet; it goes when the import ends."""
    return batch.folder / "import"


class Shelf:
    """Appends pages under working names; files are opened for each, as hosts may be thousands."""

    def __init__(self, batch: Batch) -> None:
        self.sources: dict[str, Source] = {}
        self._batch = batch
        self._files: dict[str, str] = {}
        self._ends: dict[str, int] = {}
        """Bytes of each source's WARC so far."""
        self._lines: dict[str, list[bytes]] = {}
        self._held = 0
        self._work = work_folder(batch)
        self._work.mkdir(parents=True, exist_ok=True)
        for stale in self._work.iterdir():
            stale.unlink()
        self._notes = (self._work / "account.part").open("w", encoding="utf-8")

    def put(self, source: Source, capture: Capture) -> None:
        """Archive a page, its record as it stands, and give it its line in the ledger."""
        member = capture.member()
        offset = self._ends.get(source.id, 0)
        self._ends[source.id] = offset + len(member)
        _append(self._part(source.id, "warc"), member)
        record = ArchiveRecord(
            record_id=capture.record_id,
            file=self._archived(source.id),
            offset=offset,
            length=len(member),
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
        self._put_lines()
        folder = self._batch.archive_folder(source_id)
        warc = Path(self._part(source_id, "warc"))
        if warc.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _flush(warc).replace(folder / f"{self._batch.id}-{ATTEMPT}.warc.gz")
        ledger = self._batch.crawl_folder(source_id)
        write_whole(ledger / f"{ATTEMPT}.polls.jsonl", b"")
        lines = _flush(Path(self._part(source_id, "fetches")))
        report = _report(source_id, lines)
        lines.replace(ledger / f"{ATTEMPT}.fetches.jsonl")
        write_json(self._batch.status("crawl", source_id), asdict(report))

    def close(self) -> None:
        """Give the account its final name."""
        self._notes.close()
        _flush(self._work / "account.part").replace(self._batch.folder / "import.jsonl")
        self._work.rmdir()

    def _archived(self, source_id: str) -> str:
        """Name a source's WARC, as ledger lines do."""
        if source_id not in self._files:
            place = self._batch.archive_folder(source_id) / f"{self._batch.id}-{ATTEMPT}.warc.gz"
            name = place.relative_to(self._batch.home / "archive").as_posix()
            self._files[source_id] = name
        return self._files[source_id]

    def _part(self, source_id: str, kind: str) -> str:
        return f"{self._work}/{file_stem(source_id)}.{kind}.part"

    def _add_line(self, source: Source, fetch: Fetch) -> None:
        self.sources.setdefault(source.id, source)
        line = FETCH_JSON.dump_json(fetch) + b"\n"
        self._lines.setdefault(source.id, []).append(line)
        self._held += len(line)
        if self._held > MAX_HELD_BYTES:
            self._put_lines()

    def _put_lines(self) -> None:
        for source_id, lines in self._lines.items():
            _append(self._part(source_id, "fetches"), b"".join(lines))
        self._lines.clear()
        self._held = 0


def _append(path: str, data: bytes) -> None:
    """Append to a file, without a file object: making one takes longer than the write."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
    try:
        written = 0
        while written < len(data):
            written += os.write(number, data[written:] if written else data)
    finally:
        os.close(number)


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


def _report(source_id: str, ledger: Path) -> CrawlReport:
    """Report what a crawl would have, counted in the ledger as it now lies there.

    As `read_fetches` folds it, a line an address; only hashes are held, as pages may be millions.
    """
    had: set[int] = set()
    lacked: set[int] = set()
    with ledger.open("rb") as file:
        for text in file:
            line = FETCH_JSON.validate_json(text)
            (had if line.disposition == "fetched" else lacked).add(key_hash(line.url_key))
    pages, failed = len(had), len(lacked - had)
    return CrawlReport(
        source_id=source_id,
        attempt=ATTEMPT,
        listed=0,
        known_not_due=0,
        fetched=pages,
        not_modified=0,
        failed_pages=failed,
        skipped=0,
        pages_archived=pages,
        requests=0,
        seconds=0.0,
        failed=False,
        reason=None,
        line=f"{source_id}: {counted(pages, 'page')} imported, {failed} unreadable",
    )
