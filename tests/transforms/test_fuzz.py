"""Whatever bytes an outlet sends, a page becomes an article or a rejection, and both are stored."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers.page import ListedItem, Page
from khabar.newsroom.running import running_town
from tests.newsroom.fetch import fetch_page
from tests.transforms.pages import SHARED, SOURCE, article_html, html, ld, make_page, story
from tests.transforms.test_hostile import FAILED
from transforms.article import Article
from transforms.batch_files import (
    read_articles,
    read_rejections,
    write_articles,
    write_rejections,
)
from transforms.pipeline import transform_listing, transform_page

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(parent=QUICK, max_examples=5_000)
"""Four of them: 20,000 pages."""
SOURCES = (SOURCE, replace(SOURCE, timezone=None))
DATES = (
    "0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-03-09T24:00",
    "2026-03-09T10:00:00+99:99", "March 9, 2026 10:00 +99:99", "9 Mar 2026 10:00 UTC+30", "0/0/0",
    "Mon, 31 Feb 2026 01:30:00 +0500", "2026-02-30", "9" * 400, "1" * 10, "٣١ فروری ٢٠٢٦", "²", "-",
    "99 مارچ 0000", "March 9, 2026 1e999", "2026-W99-9", "2026-03-09T10:00[Mars/Olympus]",
)  # fmt: skip
CHARSETS = (
    "utf-8", "utf-16", "utf-32", "utf-7", "idna", "punycode", "undefined", "unicode_escape", "hex",
    "raw_unicode_escape", "rot13", "iso-8859-1", "gbk", "big5hkscs", "mbcs", "aliases", "x", "_",
)  # fmt: skip
ODD_TEXTS = st.sampled_from(
    (*DATES, "\ud83d", "\x00", "http://[bad", "//", "", " ", "\u202e", "&#xD800;")
)
TEXTS = ODD_TEXTS | st.text(st.characters(exclude_categories=()), max_size=20)
VALUES = st.recursive(
    TEXTS | st.none() | st.booleans() | st.integers() | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("@id", "@type", "@value", "name", "url")), inner)
    ),
    max_leaves=6,
)
KEYS = (
    "headline", "name", "author", "creator", "publisher", "datePublished", "dateModified", "image",
    "articleSection", "keywords", "articleBody", "isAccessibleForFree", "url", "@id", "@graph",
    "mainEntityOfPage", "mainEntity", "itemListElement", "dateCreated", "uploadDate",
)  # fmt: skip
TYPES = st.sampled_from(("NewsArticle", "WebPage", "BreadcrumbList", "VideoObject")) | VALUES
NODES = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8)
METAS = (
    "date", "article:published_time", "article:modified_time", "og:url", "og:image", "author",
    "keywords", "og:title", "og:type", "article:section", "lastmod",
)  # fmt: skip
SCRAPS = st.sampled_from(
    (
        b"\x00", b"\xff\xfe", b"\xed\xa0\xbd", b"<", b">", b"<![CDATA[", b"<!--", b"</body>",
        b"<div>" * 3_000, b"<b><i>" * 300, b"<table><tr><td>" * 300, b"<svg>", b"<template>",
        b"&#xd800;", b'<html lang="\xff">', b"<time datetime='0001-01-01'>", b"<frameset>",
        b"<p " + b"a=b " * 900, b"<meta charset=idna>", b"<base href='http://[bad'>",
        b"<link rel=canonical href='//['>", b"<title>", b"<script>", b"<h1>", b"<noscript>",
    )
) | st.binary(max_size=30)  # fmt: skip
CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 400), SCRAPS), max_size=6)


@st.composite
def marked_up(draw: st.DrawFn) -> str:
    """Draw an article whose JSON-LD, meta tags and visible dates are whatever they like."""
    node = {**draw(NODES), "@type": draw(TYPES)}
    deep = draw(st.sampled_from((0, 0, 0, 0, 30, 400, 900, 5_000)))
    said = (
        json.dumps(node) if not deep else f'{{"@type":"Article","name":{"[" * deep}{"]" * deep}}}'
    )
    metas = draw(st.dictionaries(st.sampled_from(METAS), TEXTS, max_size=4))
    head = "".join(f"<meta property='{name}' content='{text}'>" for name, text in metas.items())
    seen = f"<time datetime='{draw(TEXTS)}'>{draw(TEXTS)}</time><p>{draw(ODD_TEXTS)}</p>"
    return article_html(ld(said) + head, seen) if draw(st.booleans()) else html(seen, ld(said))


ITEMS = st.builds(
    ListedItem,
    title=st.none() | TEXTS,
    published_at=st.none()
    | st.datetimes(timezones=st.just(UTC))
    | st.sampled_from((datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))),
    published_on=st.none() | st.dates() | st.sampled_from((date.min, date.max)),
    summary=st.none() | TEXTS,
    full_text=st.none() | TEXTS | st.just(story()) | st.just("<p>" * 2_000),
    authors=st.lists(TEXTS, max_size=2).map(tuple),
    categories=st.lists(TEXTS, max_size=2).map(tuple),
)


@lru_cache(maxsize=1)
def real_pages() -> tuple[bytes, ...]:
    """One page or two of every outlet of the newsroom, and some that were saved."""
    pages: list[bytes] = []
    with running_town(articles=3) as town:
        pages += [
            fetch_page(truth.url, SOURCE.id).body for truth in town.truth() if truth.gone is None
        ]
    saved = sorted((SHARED / "pages" / "pakistan").rglob("*.html.gz"))[::40]
    return (*pages, *(gzip.decompress(path.read_bytes()) for path in saved))


def check(page: Page) -> None:
    """Transform a page, under a source with a zone or without; store what came of it."""
    made = transform_page(page, SOURCES[len(page.body) % len(SOURCES)])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "made.parquet"
        if isinstance(made, Article):
            write_articles(path, [made])
            assert list(read_articles(path)) == [made]
        else:
            write_rejections(path, [made])
            assert list(read_rejections(path)) == [made]


def _slow(test: Callable[[], None]) -> Callable[[], None]:
    return pytest.mark.slow(pytest.mark.timeout(3_600)(test))


def any_bytes(body: bytes, charset: str) -> None:
    check(make_page(b"<html><body><p>" + body, content_type=f"text/html; charset={charset}"))


def mutated(number: int, changes: list[tuple[float, int, bytes]], charset: str) -> None:
    body = real_pages()[number % len(real_pages())]
    for place, cut, scrap in changes:
        start = int(place * len(body))
        body = body[:start] + scrap + body[start + cut :]
    check(make_page(body, content_type=f"text/html; charset={charset}"))


def odd_values(markup: str, item: ListedItem | None) -> None:
    check(make_page(markup.encode("utf-8", "surrogatepass"), item=item))


def odd_items(item: ListedItem) -> None:
    for source in SOURCES:
        made = transform_listing(replace(FAILED, item=item), source)
        with TemporaryDirectory() as folder:
            write_articles(Path(folder) / "made.parquet", [made] if made is not None else [])


ANY_BYTES = given(st.binary(max_size=3_000), st.sampled_from(CHARSETS))
MUTATED = given(st.integers(0, 10_000), CHANGES, st.sampled_from(CHARSETS))
ODD_VALUES = given(marked_up(), st.none() | ITEMS)
ODD_ITEMS = given(ITEMS)

test_any_bytes_are_accounted_for = QUICK(ANY_BYTES(any_bytes))
test_a_mutated_real_page_is_accounted_for = QUICK(MUTATED(mutated))
test_a_page_that_says_odd_things_is_accounted_for = QUICK(ODD_VALUES(odd_values))
test_an_odd_item_is_accounted_for = QUICK(ODD_ITEMS(odd_items))

test_very_many_bytes = _slow(LONG(ANY_BYTES(any_bytes)))
test_very_many_mutations = _slow(LONG(MUTATED(mutated)))
test_very_many_odd_pages = _slow(LONG(ODD_VALUES(odd_values)))
test_very_many_odd_items = _slow(LONG(ODD_ITEMS(odd_items)))
