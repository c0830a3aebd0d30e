"""Extraction: every step of ours against trafilatura alone, on pages of the newsroom."""

import trafilatura

from crawlers.catalogue import Source, load_catalogue
from crawlers.page import Page
from khabar.newsroom.running import running_town
from tests.bench.figure import CPU, Figure, take_turns
from tests.newsroom.fetch import fetch_page
from transforms.pipeline import transform_page

ARTICLES = 10
"""Of each of the seven outlets."""


def measure_extraction() -> Figure:
    """Time a page's whole way in transforms."""
    with running_town(articles=ARTICLES) as town:
        sources = {one.id: one for one in load_catalogue([town.sources_folder])[0]}
        pages = [
            (fetch_page(truth.url, truth.outlet), sources[truth.outlet]) for truth in town.truth()
        ]
    ours, bare = take_turns(lambda: _ours(pages), lambda: _bare(pages), CPU)
    return Figure(
        what="extract a page (bare: trafilatura with metadata)",
        ours=ours / len(pages),
        bare=bare / len(pages),
        unit="CPU s",
    )


def _ours(pages: list[tuple[Page, Source]]) -> None:
    for page, source in pages:
        transform_page(page, source)


def _bare(pages: list[tuple[Page, Source]]) -> None:
    for page, _ in pages:
        trafilatura.bare_extraction(
            page.body, url=page.url, include_comments=False, with_metadata=True
        )
