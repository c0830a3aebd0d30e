"""An archived page extracted again, and what that changes of what is stored of it."""

from pathlib import Path

from crawlers.archive import ArchiveError, read_page
from crawlers.catalogue import Source
from transforms.compare import PageChange, compare_outcomes
from transforms.comparison import UnreadPage
from transforms.extract import ExtractError, extract_page
from transforms.guard import Guard
from transforms.stored import StoredPage


def reread_page(
    guard: Guard, home: Path, source: Source, stored: StoredPage
) -> PageChange | UnreadPage:
    """Extract an archived page with today's extractor and compare; writes nothing."""
    fetch = stored.fetch
    try:
        page = read_page(home, fetch.source_id, fetch)
        outcome = extract_page(guard, page, source, fetch)
    except (ArchiveError, ExtractError) as error:
        return UnreadPage(url=fetch.url, source_id=fetch.source_id, why=str(error))
    return compare_outcomes(stored.outcome, outcome, unknown=stored.unknown)
