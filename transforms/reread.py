"""An archived page extracted again, and what that changes of what is stored of it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from crawlers.archive import ArchiveError, read_page
from crawlers.catalogue import Source
from crawlers.job import SiteLine
from transforms.article import Article
from transforms.compare import Outcome, PageChange, compare_outcomes
from transforms.comparison import UnreadPage
from transforms.extract_page import ExtractError, extract_page
from transforms.guard import Guard
from transforms.pipeline import settler
from transforms.rejection import Rejection
from transforms.shared_texts import is_shared_text
from transforms.stored import StoredPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Extractor:
    """What a source's pages are extracted with: its file, and the site's own lines."""

    source: Source
    settle: Callable[[Outcome], Outcome]


def extractor_of(source: Source, lines: Collection[SiteLine]) -> Extractor:
    """Prepare the extraction of a source's pages."""
    return Extractor(source=source, settle=settler(source, tuple(lines)))


def reread_page(
    guard: Guard, home: Path, extractor: Extractor, stored: StoredPage
) -> PageChange | UnreadPage:
    """Extract an archived page by itself and compare; writes nothing."""
    after = read_again(guard, home, extractor, stored)
    return after if isinstance(after, UnreadPage) else compare_again(stored, after)


def read_again(
    guard: Guard, home: Path, extractor: Extractor, stored: StoredPage
) -> Outcome | UnreadPage:
    """Extract an archived page by itself, as the capture that the stored row names."""
    fetch = stored.fetch
    try:
        page = read_page(home, fetch.source_id, fetch)
        read = extract_page(guard, page, extractor.source, fetch)
    except (ArchiveError, ExtractError) as error:
        return UnreadPage(url=fetch.url, source_id=fetch.source_id, why=str(error))
    after = _judge_again(stored.outcome, extractor.settle(read))
    return after if stored.record_id is None else replace(after, record_id=stored.record_id)


def compare_again(stored: StoredPage, after: Outcome) -> PageChange:
    """Compare what is stored of a page with what was read of it again."""
    return compare_outcomes(stored.outcome, after, unknown=stored.unknown)


def _judge_again(before: Outcome, after: Outcome) -> Outcome:
    """Let a rejection stand that only the pages of a batch together had told."""
    if isinstance(before, Rejection) and isinstance(after, Article) and is_shared_text(before):
        return replace(before, extractor_version=after.extractor_version)
    return after
