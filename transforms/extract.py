"""extract_source(): a source's archived pages of a batch become articles and rejections."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from itertools import chain

from crawlers.archive import ArchiveError, read_page
from crawlers.batch import Batch, write_json
from crawlers.catalogue import Source
from crawlers.counted import counted
from crawlers.job import CrawlJob, KnownPage
from crawlers.ledger import read_job, stream_fetches
from crawlers.page import Fetch
from transforms.article import Article
from transforms.batch_files import write_articles, write_rejections, write_site_lines
from transforms.extract_page import broken_page, extract_page, not_its_fault
from transforms.extractor_trial import try_extractor
from transforms.guard import Guard, OverLimitError, PageDiedError
from transforms.pipeline import Outcome, settle_pages, transform_listing
from transforms.rejection import Rejection
from transforms.spool import Spool

UNREACHABLE = frozenset(
    {
        "dns", "refused", "timeout", "reset", "tls", "http_4xx", "http_5xx", "http_429", "blocked",
        "too_large", "redirect_loop", "bad_response", "robots",
    }
)  # fmt: skip
"""Why a page could not be had though its item is real: what the feed said of it is kept."""
SERVED = frozenset({"asked", "redirect", "final"})
"""How an address is the page's own by what was served, whatever the page claims."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractReport:
    """What became of a source's pages."""

    source_id: str
    articles: int
    """Of this batch's own pages."""
    rejections: tuple[tuple[str, int], ...]
    """Reasons and their counts, most frequent first."""
    kept_from_feed: int
    """Articles that had no page: what the feed said of them."""
    read_again: int
    """Captures of earlier batches, read beside these since another extractor had read them."""
    seconds: float
    line: str


def extract_source(batch: Batch, source_id: str, guard: Guard | None = None) -> ExtractReport:
    """Extract every fetched page of a source; run again, it writes the same files again.

    What happens to a page is in pipeline.py; here it is read from the archive, and written. An
    extractor that has changed is tried first on pages of the archive, and may hold the source.

    A guard that is lent stays open: an import has hundreds of sources with a page or two each, and
    starting a guard's child takes longer than extracting those.

    Raises:
        ExtractError: where our own code fails on a page, or its process is killed twice. Nothing
            is written then, so that no page is rejected for good by what was not its fault.
    """
    started = time.monotonic()
    job = read_job(batch, source_id)
    with nullcontext(guard) if guard is not None else Guard() as open_guard:
        trial = try_extractor(open_guard, batch, job)
        fetches = stream_fetches(batch, source_id)
        with Spool(_read_pages(open_guard, batch, job, fetches), batch.folder) as pages:
            counts = _write(open_guard, batch, job, pages)
    report = _report(source_id, counts, time.monotonic() - started)
    if trial is not None and (trial.is_held or trial.batch_id == batch.id):
        report = replace(report, line=f"{report.line}; {trial.line}")
    write_json(batch.status("extract", source_id), asdict(report))
    return report


def _write(guard: Guard, batch: Batch, job: CrawlJob, pages: Iterable[Outcome]) -> Counter[str]:
    """Write what the pages are, and count it."""
    earlier: set[str | None] = set()

    def read_before(version: str) -> Iterator[Article]:
        for one in _captures_before(guard, batch, job, pages, version):
            earlier.add(one.record_id)
            yield one

    settled, learnt = settle_pages(pages, job, read_before)
    rejections: list[Rejection] = []
    counts: Counter[str] = Counter()

    def articles() -> Iterator[Article]:
        for one in settled:
            if isinstance(one, Article):
                if one.record_id is not None and one.record_id in earlier:
                    counts.update(read_again=1)
                else:
                    counts.update(articles=1, kept_from_feed=int(one.page_sha256 is None))
                yield one
            else:
                rejections.append(one)

    folder = batch.extract_folder(job.source.id)
    write_articles(folder / "articles.parquet", articles())
    write_rejections(folder / "rejections.parquet", rejections)
    write_site_lines(folder / "site_lines.parquet", job.source.id, learnt)
    counts.update(str(one.reason) for one in rejections)
    return counts


def _read_pages(
    guard: Guard, batch: Batch, job: CrawlJob, fetches: Iterable[Fetch]
) -> Iterator[Outcome]:
    for fetch in fetches:
        if fetch.disposition == "fetched":
            yield _extract(guard, batch, job.source, fetch)
        elif (
            fetch.reason in UNREACHABLE
            and fetch.item is not None
            and (kept := _kept_from_feed(guard, job.source, fetch))
        ):
            yield kept


def _captures_before(
    guard: Guard, batch: Batch, job: CrawlJob, pages: Iterable[Outcome], version: str
) -> Iterator[Article]:
    """Read the captures before these again, where another extractor has read them.

    Hashes of two extractors say nothing of what the outlet changed, so load compares a page with
    the one before only when one extractor has read both, and freed both of the same lines.
    """
    left: defaultdict[str, list[KnownPage]] = defaultdict(list)
    for page in job.known:
        if page.record is not None and page.extractor_version != version:
            left[page.url_key].append(page)
    for now in pages if left else ():
        for page in chain.from_iterable(left.pop(key, ()) for key in _addresses(now)):
            again = _extract(guard, batch, job.source, _capture(page, job.source))
            if isinstance(again, Article):
                yield again


def _addresses(page: Outcome) -> list[str]:
    """List where a page was asked, and where that led; none where there was no page."""
    if isinstance(page, Rejection):
        return [page.url_key]
    led = [key.url_key for key in page.keys if key.how in SERVED]
    return led if page.record_id is not None else []


def _capture(page: KnownPage, source: Source) -> Fetch:
    return Fetch(
        source_id=source.id,
        url=page.url,
        url_key=page.url_key,
        entrance=None,
        listed=False,
        disposition="fetched",
        fetched_at=page.last_fetched_at,
        page_sha256=page.page_sha256,
        record=page.record,
    )


def _extract(guard: Guard, batch: Batch, source: Source, fetch: Fetch) -> Outcome:
    try:
        page = read_page(batch.home, source.id, fetch)
    except ArchiveError as error:
        return broken_page(fetch, source, str(error))
    return extract_page(guard, page, source, fetch)


def _kept_from_feed(guard: Guard, source: Source, fetch: Fetch) -> Article | None:
    try:
        return guard.call(transform_listing, fetch, source)
    except OverLimitError:
        return None  # the ledger already says that the page could not be had
    except PageDiedError as error:
        raise not_its_fault(fetch, source, error) from error


def _report(source_id: str, counts: Counter[str], seconds: float) -> ExtractReport:
    articles, kept = counts.pop("articles", 0), counts.pop("kept_from_feed", 0)
    again = counts.pop("read_again", 0)
    reasons = counts.most_common()
    line = f"{source_id}: {counted(articles, 'article')}"
    if kept:
        line += f" ({kept} from the feed alone)"
    line += f", {counts.total()} rejected"
    if reasons:
        line += " (" + ", ".join(f"{reason} {count}" for reason, count in reasons) + ")"
    if again:
        line += f", {counted(again, 'earlier capture')} read again"
    return ExtractReport(
        source_id=source_id,
        articles=articles,
        rejections=tuple(reasons),
        kept_from_feed=kept,
        read_again=again,
        seconds=round(seconds, 3),
        line=f"{line} in {seconds:.1f} s",
    )
