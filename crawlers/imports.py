"""Imports: foreign WARC files and saved pages into a batch that goes the usual way."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from crawlers.batch import MANIFEST_JSON, Batch, BatchManifest, write_json, write_whole
from crawlers.captures import Capture, Found, ImportRefusedError, PassedOver, Unusable, first_bytes
from crawlers.catalogue import Source, index_hosts, source_of_host
from crawlers.foreign_warcs import read_warc_pages
from crawlers.implicit import NO_SUCH_HOST, implicit_source
from crawlers.import_shelf import Shelf, work_folder
from crawlers.job import JOB_JSON, CrawlJob
from crawlers.saved_pages import read_manifest_pages
from crawlers.urls import host_of, key_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import took in; every page of it is one line of the batch's `import.jsonl`."""

    sources: tuple[str, ...]
    pages: int
    """Pages archived, each with its line in the ledger."""
    twins: int
    """Pages equal to the one before at the same address: one line in the ledger for both."""
    known: int
    """Records that are in the archive already."""
    later: int
    """Pages that wait for a further batch: a ledger has one line an address."""
    bad: int
    """Lines and records that could not be read."""
    unaddressed: int
    """Pages, among those archived, whose address nobody knows."""
    passed_over: tuple[tuple[str, int], ...]
    """Records that hold no page, counted by what they are."""
    line: str


def import_paths(
    batch: Batch,
    paths: Sequence[Path],
    *,
    sources: Sequence[Source],
    run_id: str,
    capture: int = 1,
    known: Collection[int] = frozenset(),
    tell: Callable[[int], None] = lambda _: None,
) -> ImportReport:
    """Take WARC files and manifests of saved pages into a batch, and write all that a crawl would.

    Pages of hosts that are no source get an implicit source, `web:<registered domain>`. Where an
    address was captured more than once, this batch takes the `capture`-th one; call again with the
    next batch and number, and the same `known`, while `later` is not 0. `known` holds the key_hash
    of each record id that the archive has: a WARC keeps its ids, and the same capture is neither
    taken in twice nor counted. `tell` hears the pages read so far.

    Raises:
        ImportRefusedError: where a path is neither a WARC file nor a manifest.
    """
    readers = [reader for path in paths for reader in _open_path(path, batch)]
    taker = _Taker(batch, sources, capture, known)
    for number, found in enumerate((one for reader in readers for one in reader()), start=1):
        taker.take(found)
        tell(number)
    return taker.finish(run_id)


def _open_path(path: Path, batch: Batch) -> list[Callable[[], Iterator[Found]]]:
    """Tell what a path holds before anything is written."""
    if path.is_dir():
        inside = sorted(path.glob("manifest.jsonl")) or sorted(path.glob("*.warc*"))
        if not inside:
            raise ImportRefusedError(f"{path}: holds no manifest.jsonl and no .warc or .warc.gz")
        return [reader for one in inside for reader in _open_path(one, batch)]
    start = first_bytes(path, 64)
    if start.startswith(b"WARC/"):
        return [lambda: read_warc_pages(path, work_folder(batch))]
    if start.lstrip().startswith(b"{"):
        return [lambda: read_manifest_pages(path, batch.id)]
    raise ImportRefusedError(
        f"{path}: is neither a WARC file nor a manifest (JSON lines with id, file, url)"
    )


class _Taker:
    """Sorts what is found into sources, and keeps the account."""

    def __init__(
        self, batch: Batch, sources: Sequence[Source], capture: int, known: Collection[int]
    ) -> None:
        self._batch = batch
        self._by_host = index_hosts(sources)
        self._capture = capture
        self._known = known
        self._seen: dict[int, tuple[int, str]] = {}
        self._records: set[int] = set()
        self._counts: Counter[str] = Counter()
        self._passed: Counter[str] = Counter()
        self._shelf = Shelf(batch)

    def take(self, found: Found) -> None:
        if isinstance(found, PassedOver):
            self._passed[found.why] += 1
        elif isinstance(found, Unusable):
            self._refuse(found)
        else:
            self._accept(found)

    def _accept(self, found: Capture) -> None:
        source = self._source_of(found.url)
        if source is None:
            self._refuse(Unusable(origin=found.origin, url=found.url, detail=NO_SUCH_HOST))
            return
        key, record = key_hash(found.url_key), key_hash(found.record_id)
        times, last = self._seen.get(key, (0, ""))
        if last == found.page_sha256:
            if self._capture == 1:
                self._account("twin", found.origin, found.url, source, "equal to the one before")
            return
        if record in self._records:
            detail = f"repeats the WARC-Record-ID of another record: {found.record_id}"
            self._refuse(Unusable(origin=found.origin, url=found.url, detail=detail))
            return
        self._records.add(record)
        is_known = record in self._known
        self._seen[key] = (times + (not is_known), found.page_sha256)
        if is_known:
            if self._capture == 1:
                self._account("known", found.origin, found.url, source, "in the archive already")
        elif times + 1 > self._capture:
            self._account("later", found.origin, found.url, source, f"capture {times + 1}")
        elif times + 1 == self._capture:
            self._take(source, found)

    def _take(self, source: Source, found: Capture) -> None:
        self._shelf.put(source, found)
        self._counts["unaddressed"] += found.is_unaddressed
        self._account("imported", found.origin, found.url, source)

    def _refuse(self, found: Unusable) -> None:
        if self._capture != 1:
            return
        source = self._source_of(found.url) if found.url else None
        if source:
            self._shelf.put_failure(source, found)
        self._account("bad", found.origin, found.url, source, found.detail)

    def _source_of(self, url: str) -> Source | None:
        """Find the source of a page; None where no host could have the name it gives."""
        host = host_of(url)
        return source_of_host(host, self._by_host) or implicit_source(host)

    def _account(
        self, outcome: str, origin: str, url: str | None, source: Source | None, detail: str = ""
    ) -> None:
        self._counts[outcome] += 1
        entry = {
            "origin": origin,
            "outcome": outcome,
            "url": url,
            "source": source.id if source else None,
            "detail": detail,
        }
        self._shelf.note(json.dumps(entry, ensure_ascii=False))

    def finish(self, run_id: str) -> ImportReport:
        """Write what a plan and its crawls would have written.

        The manifest comes last: with it the batch is open, and every later stage trusts that each
        of its sources is there, whole.
        """
        shelf, batch = self._shelf, self._batch
        report = self._report(tuple(sorted(shelf.sources)))
        for source_id in report.sources:
            job = CrawlJob(
                batch_id=batch.id,
                home=str(batch.home),
                source=shelf.sources[source_id],
                contact="",
            )
            write_whole(batch.job(source_id), JOB_JSON.dump_json(job, indent=1))
            shelf.finish(source_id)
        shelf.close()
        write_json(batch.status("import"), asdict(report))
        manifest = BatchManifest(
            batch_id=batch.id,
            dag="import",
            run_id=run_id,
            found_by="import",
            sources=report.sources,
            code_version=version("khabar"),
        )
        write_whole(batch.manifest, MANIFEST_JSON.dump_json(manifest, indent=1))
        return report

    def _report(self, sources: tuple[str, ...]) -> ImportReport:
        counts = self._counts
        passed = tuple(sorted(self._passed.items()))
        parts = [f"imported {counts['imported']:,} pages of {len(sources):,} sources"]
        parts += [
            f"{counts[outcome]:,} {words}"
            for outcome, words in (
                ("unaddressed", "of them without a known address"),
                ("twin", "twins of the page before at their address"),
                ("known", "in the archive already"),
                ("later", "later captures left for the next batch"),
                ("bad", "unreadable"),
            )
            if counts[outcome]
        ]
        parts += [f"passed over {count:,} ({why})" for why, count in passed]
        return ImportReport(
            sources=sources,
            pages=counts["imported"],
            twins=counts["twin"],
            known=counts["known"],
            later=counts["later"],
            bad=counts["bad"],
            unaddressed=counts["unaddressed"],
            passed_over=passed,
            line="; ".join(parts),
        )
