"""What trafilatura alone says of the corpus's pages, laid out as `khabar parse` prints rows."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from trafilatura import bare_extraction

from crawlers.catalogue import load_catalogue
from crawlers.sites import index_hosts
from khabar.commands.parse import SavedPage, describe_page, read_saved_pages
from khabar.settings import read_settings
from tests.quality.score import Row
from transforms.guard import Guard
from transforms.guard_pool import each_guarded
from transforms.pipeline import transform_page

WARM = 30
"""Pages on which both sides load their models before either is timed."""


def saved_pages(manifest: Path) -> list[SavedPage]:
    """Read a manifest's pages into memory."""
    index = index_hosts(load_catalogue(read_settings().folders)[0])
    return list(read_saved_pages(manifest, index, []))


def bare_rows(pages: Iterable[SavedPage]) -> Iterator[Row]:
    """Let trafilatura alone read each page."""
    for page in pages:
        yield {"id": page.id, "language": None, "byline": None, **_row(_ask(page))}


def speed_on_one_core(pages: list[SavedPage]) -> tuple[float, float]:
    """Time trafilatura alone and a page's whole way in transforms; return both docs/s of CPU."""
    seconds = [0.0, 0.0]
    for number, page in enumerate(pages):
        began = time.process_time()
        _ask(page)
        between = time.process_time()
        transform_page(page.page, page.source)
        if number >= WARM:
            seconds[0] += between - began
            seconds[1] += time.process_time() - between
    timed = len(pages) - WARM
    return timed / seconds[0], timed / seconds[1]


def speed_on_two_cores(pages: list[SavedPage]) -> tuple[float, float]:
    """Time `khabar parse`'s own work with one guarded worker and with two; return both docs/s."""
    began = time.perf_counter()
    with Guard() as guard:
        for page in pages:
            _guarded(guard, page)
    between = time.perf_counter()
    for _ in each_guarded(_guarded, pages):
        pass
    return len(pages) / (between - began), len(pages) / (time.perf_counter() - between)


def _guarded(guard: Guard, page: SavedPage) -> Row:
    return guard.call(describe_page, page.page, page.source)


def _ask(page: SavedPage) -> Any:
    return bare_extraction(
        page.page.body, url=page.page.url, include_comments=False, with_metadata=True
    )


def _row(found: Any) -> Row:
    if found is None:
        return {"title": None, "authors": [], "published_at": None, "tags": [], "body": None}
    return {
        "title": found.title,
        "authors": [name for name in (found.author or "").split("; ") if name],
        "published_at": found.date,
        "tags": found.tags or [],
        "body": found.text,
    }
