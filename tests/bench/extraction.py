"""Extraction: every step of ours against trafilatura alone, on pages of the newsroom."""

import hashlib
import urllib.request
from datetime import UTC, datetime

import trafilatura

from crawlers.catalogue import Source, load_catalogue
from crawlers.page import ArchiveRecord, Page
from crawlers.urls import url_key
from khabar.newsroom.running import running_town
from tests.bench.figure import CPU, Figure, take_turns
from transforms.pipeline import transform_page

ARTICLES = 10
"""Of each of the seven outlets."""


def measure_extraction() -> Figure:
    """Time a page's whole way in transforms."""
    with running_town(articles=ARTICLES) as town:
        sources = {one.id: one for one in load_catalogue([town.sources_folder])[0]}
        pages = [(_fetch(truth.outlet, truth.url), sources[truth.outlet]) for truth in town.truth()]
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


def _fetch(source_id: str, url: str) -> Page:
    with urllib.request.urlopen(url, timeout=10) as answer:  # loopback only
        body = answer.read()
        headers = tuple(answer.headers.items())
    return Page(
        source_id=source_id,
        url=url,
        url_key=url_key(url),
        final_url=url,
        redirects=(),
        status=200,
        headers=headers,
        body=body,
        fetched_at=datetime.now(UTC),
        page_sha256=hashlib.sha256(body).hexdigest(),
        record=ArchiveRecord(record_id="x", file="x", offset=0, length=1, kind="response"),
        item=None,
    )
