"""Which share of pages that are no articles is caught, and which share of articles is refused."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawlers.catalogue import load_catalogue
from khabar.commands.parse import parse_manifest
from khabar.newsroom.running import RunningTown, running_town
from tests.newsroom.fetch import fetch_page
from transforms.article import Article
from transforms.pipeline import transform_page

LISTING_FILE = re.compile(
    r"/category/|/page/\d+/|^DailyTimes/[^/\d]+/index|^[^/]+/index\w*\.html|not_found|^TheNews/amp/(?!category/|\d{6})"
)
"""Pages that the manifest calls `article` or `amp`, and are sections, shells and home pages."""
NO_ARTICLES = frozenset(
    f"htmldate_mc/{number}"
    for number in (1_685_765_130, 1_566_929_327, 1_630_687_900, 1_588_233_953)
)
"""Two bot checks, a home page, and a video without a word, which the corpus calls news."""
ARTICLES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTypes:
    """How the gate judged pages whose kind is known."""

    non_articles: int
    missed: tuple[str, ...]
    """Non-articles that passed."""
    articles: int
    refused: tuple[str, ...]
    """Articles that did not."""

    @property
    def caught_share(self) -> float:
        """Which share of the non-articles is caught; the goal is .95 or more."""
        return 1 - len(self.missed) / self.non_articles

    @property
    def refused_share(self) -> float:
        """Which share of the articles is refused; the goal is .005 or less."""
        return len(self.refused) / self.articles


def measure_page_types(shared: Path, parsed: Iterable[dict[str, Any]]) -> PageTypes:
    """Judge the pages of ../shared and of the newsroom.

    `parsed` is what `khabar parse` printed of ../shared/corpus/manifest.jsonl; the pages of
    ../shared/pages and of the newsroom are parsed here (some ten seconds).
    """
    judged = [*_of_corpus(shared, parsed), *_of_pakistan(shared), *_of_newsroom()]
    articles = [(name, passed) for name, is_article, passed in judged if is_article]
    others = [(name, passed) for name, is_article, passed in judged if not is_article]
    return PageTypes(
        non_articles=len(others),
        missed=tuple(name for name, passed in others if passed),
        articles=len(articles),
        refused=tuple(name for name, passed in articles if not passed),
    )


Judged = tuple[str, bool, bool]
"""A page's name, whether it is an article, and whether it passed as one."""


def _of_corpus(shared: Path, parsed: Iterable[dict[str, Any]]) -> Iterator[Judged]:
    lines = (shared / "corpus" / "manifest.jsonl").read_text("utf-8").splitlines()
    news = {row["id"] for row in map(json.loads, lines) if row.get("news")}
    for row in parsed:
        if row["id"] in news:
            yield row["id"], row["id"] not in NO_ARTICLES, row["outcome"] == "article"


def _of_pakistan(shared: Path) -> Iterator[Judged]:
    manifest = shared / "pages" / "pakistan" / "manifest.jsonl"
    lines = map(json.loads, manifest.read_text("utf-8").splitlines())
    for line, row in zip(lines, parse_manifest(manifest, []), strict=True):
        is_page = line["kind"] in {"article", "amp"} and not LISTING_FILE.search(line["file"])
        yield line["file"], is_page, row["outcome"] == "article"


def _of_newsroom() -> Iterator[Judged]:
    with running_town(articles=ARTICLES) as town:
        sources = {one.id: one for one in load_catalogue([town.sources_folder])[0]}
        for address, outlet, is_article in _addresses(town):
            made = transform_page(fetch_page(address, outlet), sources[outlet])
            yield address, is_article, isinstance(made, Article)


def _addresses(town: RunningTown) -> Iterator[tuple[str, str, bool]]:
    for truth in town.truth():
        if truth.gone not in {"404", "410"}:
            yield truth.url, truth.outlet, truth.kind == "article" and truth.gone is None
    for name, outlet in town.outlets.items():
        for path in ("/", "/section/0", "/section/1", "/section/2"):
            yield outlet.origin + path, name, False
