"""extract_again(): the stored rows of a source read once more from the archive, and compared."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from crawlers.batch import Batch, write_json
from crawlers.ledger import LedgerError, read_job, read_manifest
from transforms.article import Article
from transforms.batch_files import write_articles, write_rejections
from transforms.change_tally import ChangeTally, report_changes
from transforms.compare import Outcome
from transforms.comparison import MOST_CHANGED, Comparison, UnreadPage
from transforms.guard import Guard
from transforms.guard_pool import each_guarded
from transforms.rejection import Rejection
from transforms.reread import compare_again, extractor_of, read_again
from transforms.stored import StoredPage
from warehouse.reprocess import ReprocessRefused, stored_rows

Reread = tuple[StoredPage, Outcome | UnreadPage]


@dataclass(frozen=True, slots=True, kw_only=True)
class RereadReport:
    """What became of a source's rows: rows = read + rejected + still_rejected + unread."""

    source_id: str
    rows: int
    """Stored rows, and pages that were rejected, which have none."""
    were_rejected: int = 0
    """Of these, the pages."""
    read: int
    """Articles: these rows are replaced, or come."""
    changed: int
    """Of these, those of which anything but the extractor's version is another."""
    became: int = 0
    """Of these, pages that were rejected, and are articles by today's extractor."""
    rejected: int
    """No articles by today's extractor: their rows stay as they are."""
    still_rejected: int = 0
    """Pages that were rejected, and are by today's extractor."""
    unread: int
    """The archive does not give their pages: their rows stay as they are."""
    comparison: Comparison
    seconds: float
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """How much a reprocess would change, over all its sources."""

    rows: int
    were_rejected: int
    read: int
    changed: int
    became: int
    rejected: int
    still_rejected: int
    unread: int
    share: float
    """Of the stored rows, those that change: 0-1. A rejected page is no row."""
    share_became: float
    """Of the pages that were rejected, those that become articles: 0-1."""
    is_over: bool
    """Whether either is more than may be without anybody's word."""
    sources: tuple[RereadReport, ...]
    line: str


_REPORT: TypeAdapter[RereadReport] = TypeAdapter(RereadReport)
_COUNTED = (
    "rows", "were_rejected", "read", "changed", "became", "rejected", "still_rejected", "unread",
)  # fmt: skip


def extract_again(
    batch: Batch, source_id: str, watch: Callable[[int], None] = lambda _: None
) -> RereadReport:
    """Extract a source's rows of a reprocess again, compare, and write what was read.

    Run again, it writes the same files again; once they are loaded it leaves them, for a rebuild
    reads them, and the rows to choose from have changed. `watch` hears how many rows are done.

    Raises:
        ReprocessRefused: the batch is no reprocess, or puts back what another replaced.
    """
    began = time.monotonic()
    asked, job = read_manifest(batch).reprocess, read_job(batch, source_id)
    if asked is None or asked.reverts is not None:
        raise ReprocessRefused(f"batch {batch.id} extracts nothing again")
    if batch.status("load").is_file():
        return _REPORT.validate_json(batch.status("extract", source_id).read_bytes())
    stored = stored_rows(batch.home, job, asked)
    extractor = extractor_of(job.source, job.site_lines)

    def work(guard: Guard, one: StoredPage) -> Reread:
        return one, read_again(guard, batch.home, extractor, one)

    tally, counts = ChangeTally(), Counter[str]()
    rejections: list[Rejection] = []
    articles = _sort_out(each_guarded(work, stored.pages), tally, rejections, counts, watch)
    folder = batch.extract_folder(source_id)
    write_articles(folder / "articles.parquet", articles)
    write_rejections(folder / "rejections.parquet", rejections)
    comparison = report_changes(tally, {source_id: stored.archived})
    report = _report(source_id, counts, comparison, time.monotonic() - began)
    write_json(batch.status("extract", source_id), _REPORT.dump_python(report, mode="json"))
    return report


def _sort_out(
    read: Iterable[Reread],
    tally: ChangeTally,
    rejections: list[Rejection],
    counts: Counter[str],
    watch: Callable[[int], None],
) -> Iterator[Article]:
    """Give the articles, having counted and compared each row."""
    for stored, after in read:
        was = isinstance(stored.outcome, Rejection)
        counts.update(rows=1, were_rejected=int(was))
        if isinstance(after, UnreadPage):
            counts["unread"] += 1
            tally.add(after)
        else:
            change = compare_again(stored, after)
            # Of old versions few fields are stored: not worth a word each time.
            tally.add(replace(change, not_compared=frozenset()) if stored.is_superseded else change)
            if isinstance(after, Article):
                counts.update(read=1, changed=int(not change.is_alike), became=int(was))
                yield after
            else:
                counts["still_rejected" if was else "rejected"] += 1
                rejections.append(after)
        watch(counts["rows"])


def judge_reprocess(batch: Batch, most_changed: float = MOST_CHANGED) -> Judgement:
    """Sum up what a reprocess would change, and whether that is more than may be unasked.

    Raises:
        LedgerError: a source of it is not extracted yet.
    """
    reports = tuple(_read(batch, source_id) for source_id in read_manifest(batch).sources)
    counts = {name: sum(getattr(one, name) for one in reports) for name in _COUNTED}
    share, share_became = _share(*_rows_of(counts)), _share(*_pages_of(counts))
    parts = []
    if counts["rows"] > counts["were_rejected"]:
        changed, rows = _rows_of(counts)
        said = f"{changed:,} of {rows:,} rows would change ({share:.1%})"
        parts.append(said + _say_over(share, most_changed))
    if counts["were_rejected"]:
        became, pages = _pages_of(counts)
        said = f"{became:,} of {pages:,} rejected pages would become articles ({share_became:.1%})"
        parts.append(said + _say_over(share_became, most_changed))
    return Judgement(
        **counts, share=round(share, 4), share_became=round(share_became, 4),
        is_over=max(share, share_became) > most_changed, sources=reports,
        line="; ".join([*parts, *_rest(counts)]) or "no rows",
    )  # fmt: skip


def _rows_of(counts: Mapping[str, int]) -> tuple[int, int]:
    """Count the stored rows that change, and all of them."""
    return counts["changed"] - counts["became"], counts["rows"] - counts["were_rejected"]


def _pages_of(counts: Mapping[str, int]) -> tuple[int, int]:
    """Count the rejected pages that become articles, and all."""
    return counts["became"], counts["were_rejected"]


def _share(some: int, of: int) -> float:
    return some / of if of else 0.0


def _say_over(share: float, most: float) -> str:
    return f", more than the {most:.0%} that may without anybody's word" if share > most else ""


def account(judged: Judgement) -> Iterator[str]:
    """Tell what would change, a line a source; of what outlets wrote not a word."""
    for one in judged.sources:
        yield one.line
        yield f"{one.source_id}: {one.comparison.line}"


def _read(batch: Batch, source_id: str) -> RereadReport:
    try:
        return _REPORT.validate_json(batch.status("extract", source_id).read_bytes())
    except OSError:
        raise LedgerError(
            f"{source_id} is not extracted in batch {batch.id}; run "
            f"`khabar extract {batch.id} {source_id}`"
        ) from None


def _report(
    source_id: str, counts: Counter[str], comparison: Comparison, seconds: float
) -> RereadReport:
    changed, rows = _rows_of(counts)
    became, pages = _pages_of(counts)
    said = [f"{changed:,} of {rows:,} rows change"] if rows or not pages else []
    said += [f"{became:,} of {pages:,} rejected pages become articles"] if pages else []
    return RereadReport(
        source_id=source_id,
        **{name: counts[name] for name in _COUNTED},
        comparison=comparison,
        seconds=round(seconds, 3),
        line=f"{source_id}: {'; '.join([*said, *_rest(counts)])}; read again in {seconds:.1f} s",
    )


def _rest(counts: Mapping[str, int]) -> list[str]:
    return [
        f"{counts[name]:,} {what}"
        for name, what in (
            ("rejected", "would be no articles and stay as they are"),
            ("unread", "whose pages the archive does not give stay, too"),
        )
        if counts[name]
    ]
