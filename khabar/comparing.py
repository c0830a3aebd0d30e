"""What today's extractor would change of archived pages: of batches, and of sources."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from crawlers.batch import BATCH_ID, Batch
from crawlers.catalogue import CatalogueError
from crawlers.ledger import LedgerError, read_job, read_manifest
from khabar.progress import Progress
from khabar.settings import Settings
from transforms.change_tally import sum_changes
from transforms.compare import PageChange
from transforms.comparison import Comparison, UnreadPage
from transforms.guard import Guard
from transforms.guard_pool import each_guarded
from transforms.reread import Extractor, extractor_of, reread_page
from transforms.stored import StoredPage, StoredPages, batch_lines, batch_pages
from warehouse.stored import snapshot_pages
from warehouse.todays_sources import TodaysSources

NAMED = 4
"""Sources that a line names, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Pages of one source, and what they are read with today."""

    extractor: Extractor
    stored: StoredPages

    @property
    def source_id(self) -> str:
        return self.extractor.source.id


def compare_names(
    settings: Settings, names: Sequence[str], most: int, progress: Progress
) -> Comparison:
    """Extract archived pages of batches and sources again, and compare; writes nothing.

    A batch's source that cannot be compared is named in `left_out`, and the others go on.

    Raises:
        NoSnapshot: where a source is named and nothing is published.
        LedgerError: where there is no such batch, or nothing of it can be compared.
        CatalogueError: where a name is no batch and no source, or a source's file is unusable.
    """
    today = TodaysSources(settings.home, settings.folders)
    left_out: list[str] = []
    parts = [
        part for name in dict.fromkeys(names) for part in _find_parts(today, name, most, left_out)
    ]
    if not parts and left_out:
        raise LedgerError("; ".join(left_out[:NAMED]))
    archived: dict[str, int] = {}
    for part in parts:
        archived[part.source_id] = archived.get(part.source_id, 0) + part.stored.archived
    progress.expect(list(archived))

    def work(guard: Guard, item: tuple[Extractor, StoredPage]) -> PageChange | UnreadPage:
        return reread_page(guard, settings.home, *item)

    changes = each_guarded(work, _each_page(parts))
    summed = sum_changes(_told(changes, progress), archived)
    return replace(summed, left_out=tuple(left_out))


def _find_parts(today: TodaysSources, name: str, most: int, left_out: list[str]) -> Iterator[_Part]:
    if BATCH_ID.fullmatch(name):
        batch = Batch(id=name, home=today.home)
        for source_id in read_manifest(batch).sources:
            try:
                yield _part_of(today, batch, source_id, most)
            except (LedgerError, CatalogueError) as error:
                left_out.append(str(error))
        return
    source = today.find(name)
    if source is None:
        raise CatalogueError(
            f"{name}: is neither a batch (`khabar status` lists them) nor a source "
            "(`khabar sources`)"
        )
    stored = snapshot_pages(today.home, name, most)
    yield _Part(extractor=extractor_of(source, today.lines(name)), stored=stored)


def _part_of(today: TodaysSources, batch: Batch, source_id: str, most: int) -> _Part:
    used = today.find(source_id) or read_job(batch, source_id).source
    stored = batch_pages(batch, source_id, most)
    lines = {*today.lines(source_id), *batch_lines(batch, source_id)}
    return _Part(extractor=extractor_of(used, lines), stored=stored)


def _each_page(parts: Sequence[_Part]) -> Iterator[tuple[Extractor, StoredPage]]:
    for part in parts:
        for page in part.stored.pages:
            yield part.extractor, page


def _told(
    changes: Iterator[PageChange | UnreadPage], progress: Progress
) -> Iterator[PageChange | UnreadPage]:
    """Show how far it has come; pages come source by source."""
    done, last = 0, None
    for change in changes:
        if last not in (None, change.source_id):
            progress.source(str(last), f"{last}: {done:,} pages compared", is_done=True)
            done = 0
        done, last = done + 1, change.source_id
        progress.source(last, f"{done:,} pages compared")
        yield change
    if last is not None:
        progress.source(last, f"{last}: {done:,} pages compared", is_done=True)
