"""Imports: foreign WARC files and saved pages into a batch that goes the usual way."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

from crawlers.batch import MANIFEST_JSON, Batch, BatchManifest, write_json, write_whole
from crawlers.captures import Capture, Found, PassedOver, Unusable
from crawlers.catalogue import Source
from crawlers.code_version import code_version
from crawlers.entrance_pages import Place, entrance_places, place_of
from crawlers.implicit import NO_SUCH_HOST, implicit_source
from crawlers.import_account import Account, ImportReport
from crawlers.import_inputs import Tell, open_paths, read_inputs
from crawlers.import_shelf import Shelf
from crawlers.job import JOB_JSON, CrawlJob, KnownPage, SiteLine
from crawlers.later import Later
from crawlers.ledger import stream_fetches
from crawlers.sites import index_hosts, source_of_url, sources_of_host
from crawlers.urls import key_hash, url_key

ENTRANCE = "an entrance's page"
Lines = Mapping[str, tuple[SiteLine, ...]]
NO_LINES: Lines = {}
Recall = Callable[[str, Iterable[str]], tuple[KnownPage, ...]]
"""Tells of a source's captures at these addresses, by their url_keys."""


def recall_none(source_id: str, keys: Iterable[str]) -> tuple[KnownPage, ...]:  # noqa: ARG001
    """Know no captures: nothing was loaded yet."""
    return ()


def import_paths(
    batch: Batch,
    paths: Sequence[Path],
    *,
    sources: Sequence[Source],
    run_id: str,
    is_all: bool = False,
    later: Later | None = None,
    known: Collection[int] = frozenset(),
    lines: Lines = NO_LINES,
    recall: Recall = recall_none,
    tell: Tell = lambda _: None,
) -> ImportReport:
    """Take WARC files and manifests of saved pages into a batch, and write all that a crawl would.

    Of WARC files only the pages of the sources' hosts are taken, unless `is_all`; those of a
    manifest were chosen, and are taken whatever their host. Pages of hosts that are no source get
    an implicit source, `web:<registered domain>`. Where an address was captured more than once,
    this batch takes the first capture, and the others are put into `later`, for `import_later`.
    `known` holds the key_hash of each record id that the archive has: a WARC keeps its ids, and
    the same capture is neither taken in twice nor counted. `lines` holds the own lines of every
    source that has articles: of those captures `recall` tells which are to be read again with the
    new ones at their addresses, and no further lines may be learnt. `tell` hears how far reading
    has come.

    Raises:
        ImportRefusedError: where a path is neither a WARC file nor a manifest.
    """
    inputs = open_paths(paths)
    taker = _Taker(batch, sources, known, lines, recall, later)
    for found in read_inputs(
        inputs,
        is_wanted=lambda host: is_all or taker.has_source(host),
        salt=batch.id,
        tell=tell,
    ):
        taker.take(found)
    return taker.finish(run_id)


def import_later(
    batch: Batch,
    waiting: Later,
    *,
    sources: Sequence[Source],
    run_id: str,
    later: Later,
    lines: Lines = NO_LINES,
    recall: Recall = recall_none,
) -> ImportReport:
    """Take what an import before put off into the next batch, and put off again what must be."""
    taker = _Taker(batch, sources, frozenset(), lines, recall, later)
    for capture in waiting.read():
        taker.take(capture)
    return taker.finish(run_id)


class _Taker:
    """Sorts what is found into sources, and keeps the account."""

    def __init__(
        self,
        batch: Batch,
        sources: Sequence[Source],
        known: Collection[int],
        lines: Lines,
        recall: Recall,
        later: Later | None,
    ) -> None:
        self._batch = batch
        self._by_host = index_hosts(sources)
        self._known = known
        self._lines = lines
        self._recall = recall
        self._later = later
        self._seen: dict[int, int] = {}
        """Of each address, the hash of the page that came last; its lowest bit: one is taken."""
        self._records: set[int] = set()
        self._shelf = Shelf(batch)
        self._account = Account(self._shelf.note)
        self._places: dict[str, frozenset[Place]] = {}
        """Of each source, the places of its entrances."""
        self._source_of_host = lru_cache(maxsize=10_000)(self._find_source)

    def has_source(self, host: str) -> bool:
        """Tell whether a source file names this host."""
        return bool(sources_of_host(host, self._by_host))

    def take(self, found: Found) -> None:
        if isinstance(found, PassedOver):
            self._account.pass_over(found.why)
        elif isinstance(found, Unusable):
            self._refuse(found)
        else:
            self._accept(found)

    def _accept(self, found: Capture) -> None:
        source = self._source_of(found.url_key)
        if source is None:
            self._refuse(Unusable(origin=found.origin, url=found.url, detail=NO_SUCH_HOST))
            return
        if self._is_entrance(found, source):
            self._account.pass_over(ENTRANCE)
            self._account.tell("passed_over", found, source, ENTRANCE)
            return
        key, record = key_hash(found.url_key), key_hash(found.record_id)
        page = key_hash(found.page_sha256) & ~1
        last = self._seen.get(key)
        if last is not None and last & ~1 == page:
            self._account.tell("twin", found, source, "equal to the one before")
            return
        if record in self._records:
            detail = f"repeats the WARC-Record-ID of another record: {found.record_id}"
            self._refuse(Unusable(origin=found.origin, url=found.url, detail=detail))
            return
        self._records.add(record)
        is_taken = last is not None and bool(last & 1)
        is_known = record in self._known
        self._seen[key] = page | (is_taken or not is_known)
        if is_known:
            self._account.tell("known", found, source, "in the archive already")
        elif is_taken:
            self._put_off(found, source)
        else:
            self._shelf.put(source, found)
            self._account.take(found, source)

    def _is_entrance(self, found: Capture, source: Source) -> bool:
        if source.id not in self._places:
            self._places[source.id] = entrance_places(source)
        places = self._places[source.id]
        return bool(places) and place_of(found.url_key) in places

    def _put_off(self, found: Capture, source: Source) -> None:
        if self._later is not None:
            self._later.put(found)
        self._account.tell("later", found, source, "a further capture")

    def _refuse(self, found: Unusable) -> None:
        source = self._source_of(url_key(found.url)) if found.url else None
        if source:
            self._shelf.put_failure(source, found)
        self._account.refuse(found, source)

    def _source_of(self, key: str) -> Source | None:
        """Find the source of a page; None where no host could have the name it gives."""
        host = key.split("/", 3)[2]
        is_shared = len(sources_of_host(host, self._by_host)) > 1
        return self._source_of_host(host, key if is_shared else "")

    def _find_source(self, host: str, key: str) -> Source | None:
        return source_of_url(key, host, self._by_host) or implicit_source(host)

    def finish(self, run_id: str) -> ImportReport:
        """Write what a plan and its crawls would have written.

        The manifest comes last: with it the batch is open, and every later stage trusts that each
        of its sources is there, whole.
        """
        shelf, batch = self._shelf, self._batch
        report = self._account.report(tuple(sorted(shelf.sources)))
        for source_id in report.sources:
            shelf.finish(source_id)
            job = CrawlJob(
                batch_id=batch.id,
                home=str(batch.home),
                source=shelf.sources[source_id],
                known=self._known_captures(source_id),
                site_lines=self._lines.get(source_id, ()),
                is_learning=source_id not in self._lines,
                contact="",
            )
            write_whole(batch.job(source_id), JOB_JSON.dump_json(job, indent=1))
        shelf.close()
        write_json(batch.status("import"), asdict(report))
        manifest = BatchManifest(
            batch_id=batch.id,
            dag="import",
            run_id=run_id,
            found_by="import",
            sources=report.sources,
            code_version=code_version(),
        )
        write_whole(batch.manifest, MANIFEST_JSON.dump_json(manifest, indent=1))
        return report

    def _known_captures(self, source_id: str) -> tuple[KnownPage, ...]:
        if source_id not in self._lines:
            return ()
        taken = stream_fetches(self._batch, source_id)
        return self._recall(source_id, (fetch.url_key for fetch in taken))
