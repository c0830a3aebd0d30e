"""Hostile pages and items cost their own fields, or themselves; never their source."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from lxml.etree import LxmlError

from crawlers.page import Fetch, ListedItem
from tests.transforms.pages import (
    FETCHED_AT,
    SOURCE,
    URL,
    article_html,
    ld,
    make_page,
    to_article,
)
from transforms.article import Article
from transforms.batch_files import read_articles, write_articles
from transforms.foreign_code import ask_or_none, ask_or_reject
from transforms.pipeline import transform_listing
from transforms.rejection import Reason, Rejected

HALF = "\ud83d"
ITEM = ListedItem(
    title=f"Flood {HALF}\x00",
    summary=HALF,
    full_text=f"<p>Water {HALF}rose.</p>",
    authors=(f"Zala {HALF}Khan",),
    categories=(f"Flood{HALF}",),
)
FAILED = Fetch(
    source_id="valley",
    url=URL,
    url_key=URL,
    entrance=None,
    listed=True,
    disposition="failed",
    reason="timeout",
    fetched_at=FETCHED_AT,
)


def written(article: Article, folder: Path) -> Article:
    """Write an article and read it back."""
    write_articles(folder / "a.parquet", [article])
    return next(read_articles(folder / "a.parquet"))


@pytest.mark.parametrize("key", ["headline", "author", "keywords", "articleSection", "image"])
def test_half_a_pair_in_json_ld_is_dropped(key: str, tmp_path: Path) -> None:
    said = ld(json.dumps({"@type": "NewsArticle", key: f"Zala Khan {HALF}\x00"}))
    assert "\\ud83d" in said
    made = to_article(make_page(article_html(said)))
    assert written(made, tmp_path) == made
    assert HALF not in repr(made)


def test_half_a_pair_in_what_a_feed_said_is_dropped(tmp_path: Path) -> None:
    made = transform_listing(replace(FAILED, item=ITEM), SOURCE)
    assert made is not None
    assert (made.title, made.body) == ("Flood", "Water rose.")
    assert (made.authors, made.tags) == (("Zala Khan",), ("Flood",))
    assert written(made, tmp_path) == made
    page = to_article(make_page(article_html(), item=ITEM))
    assert written(page, tmp_path) == page


@pytest.mark.parametrize("seen_at", [FETCHED_AT, None])
def test_a_feed_alone_cannot_date_an_item_after_it_was_seen(seen_at: datetime | None) -> None:
    fetch = replace(FAILED, fetched_at=seen_at)
    for day, is_kept in ((date(2099, 1, 1), False), (date(2026, 3, 9), True)):
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        for item in (
            ListedItem(title="Flood", published_at=noon, published_on=day),
            ListedItem(title="Flood", published_on=day),
        ):
            made = transform_listing(replace(fetch, item=item), SOURCE)
            assert made is not None
            assert (made.published is not None) == is_kept


@pytest.mark.parametrize("raised", [KeyError, OverflowError, RecursionError, LxmlError])
def test_a_library_that_raises_costs_a_field_or_the_page(raised: type[Exception]) -> None:
    def ask() -> str:
        raise raised("\ud83d")

    assert ask_or_none(ask) is None
    with pytest.raises(Rejected, match=raised.__name__) as caught:
        ask_or_reject(ask)
    assert caught.value.reason == Reason.BROKEN
    assert caught.value.detail.encode()


@pytest.mark.parametrize("raised", [MemoryError, OSError])
def test_what_is_the_machines_own_is_no_fault_of_a_page(raised: type[Exception]) -> None:
    def ask() -> str:
        raise raised

    with pytest.raises(raised):
        ask_or_none(ask)
    with pytest.raises(raised):
        ask_or_reject(ask)


def test_json_ld_nested_without_end_says_nothing() -> None:
    deep = "[" * 700 + '"deep"' + "]" * 700
    made = to_article(make_page(article_html(ld(f'{{"@type":"Article","headline":{deep}}}'))))
    assert made.title == "Bridge reopens after flood"
