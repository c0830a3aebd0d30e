"""A page's whole way: every field of a few pages, and the seeds."""

import dataclasses
import json
from datetime import UTC, date, datetime

import pytest

from crawlers.catalogue import Hint
from crawlers.page import Fetch, ListedItem
from tests.transforms.pages import (
    FETCHED_AT,
    PARAGRAPHS,
    SHARED,
    SOURCE,
    URL,
    article_html,
    html,
    ld,
    make_page,
    story,
    to_article,
    to_rejection,
)
from transforms.article import Moment, PageKey
from transforms.fingerprint import PERMUTATIONS, ROW
from transforms.pipeline import transform_listing

LD = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "Person", "@id": "https://valley.example/#zala", "name": "Zala Khan"},
        {"@type": "Organization", "@id": "https://valley.example/#org", "name": "Valley Herald"},
        {
            "@type": "NewsArticle",
            "headline": "Bridge reopens after flood &amp; storm",
            "author": [{"@id": "https://valley.example/#zala"}, {"name": "Web Desk"}],
            "publisher": {"@id": "https://valley.example/#org"},
            "datePublished": "2026-03-09T01:30:00+05:00",
            "dateModified": "2026-03-09T08:00:00+05:00",
            "articleSection": "City",
            "keywords": ["Flood", "Zarin river"],
            "image": {"@type": "ImageObject", "url": "/pictures/bridge.jpg"},
        },
    ],
}
HEAD = (
    f"{ld(json.dumps(LD))}"
    '<link rel="canonical" href="/news/2026/bridge-reopens-after-flood">'
    '<link rel="amphtml" href="/amp/bridge"><link rel="shortlink" href="/?p=77">'
)


def test_every_field_of_a_page_with_json_ld() -> None:
    made = to_article(make_page(article_html(HEAD)))
    assert (made.title, made.title_from) == ("Bridge reopens after flood & storm", "json-ld")
    assert (made.authors, made.authors_from) == (("Zala Khan",), "json-ld")
    assert made.byline == "Zala Khan, Web Desk"
    assert made.published == Moment(
        at=datetime(2026, 3, 8, 20, 30, tzinfo=UTC),
        on=date(2026, 3, 9),
        precision="second",
        origin="json-ld",
    )
    assert made.modified is not None
    assert made.modified.at == datetime(2026, 3, 9, 3, tzinfo=UTC)
    assert (made.section, made.section_from) == ("City", "json-ld")
    assert (made.tags, made.tags_from) == (("Flood", "Zarin river"), "json-ld")
    assert made.image_url == "https://valley.example/pictures/bridge.jpg"
    assert made.site_name == "Valley Herald"
    assert (made.language, made.body_from) == ("en", "page")
    assert made.body == "\n".join(PARAGRAPHS)
    assert made.word_count == sum(len(text.split()) for text in PARAGRAPHS)
    assert not made.is_paywalled
    assert not made.is_truncated
    assert made.shingle_count > 100
    assert len(made.minhash) == ROW.itemsize * PERMUTATIONS
    assert made.fetched_at == FETCHED_AT


def test_every_address_of_a_page_becomes_a_key_with_the_asked_one_first() -> None:
    asked = "https://valley.example/r/9"
    made = to_article(make_page(article_html(HEAD), asked, final_url=URL))
    assert made.keys == (
        PageKey(url_key=asked, how="asked"),
        PageKey(url_key=URL, how="final"),
        PageKey(url_key="https://valley.example/amp/bridge", how="amp"),
        PageKey(url_key="https://valley.example/?p=77", how="shortlink"),
    )
    assert made.canonical_url == URL


def test_a_page_with_opengraph_only() -> None:
    head = (
        '<meta property="og:title" content="Bridge reopens after flood | Valley Herald">'
        '<meta property="og:site_name" content="Valley Herald">'
        '<meta property="og:type" content="article">'
        '<meta property="article:published_time" content="2026-03-09 09:15">'
        '<meta property="article:section" content="City">'
        '<meta name="author" content="By Zala Khan">'
        '<meta property="article:tag" content="Flood"><meta property="article:tag" content="Zarin">'
    )
    made = to_article(make_page(article_html(head)))
    assert (made.title, made.title_from) == ("Bridge reopens after flood", "meta")
    assert (made.authors, made.authors_from) == (("Zala Khan",), "meta")
    assert (made.tags, made.tags_from) == (("Flood", "Zarin"), "meta")
    assert made.published == Moment(
        at=datetime(2026, 3, 9, 4, 15, tzinfo=UTC),  # the outlet's zone: Asia/Karachi
        on=date(2026, 3, 9),
        precision="minute",
        origin="meta",
    )


@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/seeds")
@pytest.mark.parametrize("markup", ["links", "plain line"])
def test_the_seed_in_an_astra_like_page_comes_out_clean(markup: str) -> None:
    lines = [
        line.strip()
        for line in (SHARED / "seeds/003_3e973c19286d8fba.txt").read_text("utf-8").splitlines()
        if line.strip()
    ]
    title, tagline, *paragraphs = lines
    tags = tuple(tagline.split(", "))
    assert paragraphs.pop() == "Scroll to Top"
    links = ", ".join(f'<a href="/tag/{n}/" rel="tag">{tag}</a>' for n, tag in enumerate(tags))
    shown = links if markup == "links" else tagline
    body = (
        '<div id="primary"><main><article class="ast-article-single"><header class="entry-header">'
        f'<h1 class="entry-title">{title}</h1></header><div class="entry-content"><p>{shown}</p>'
        f"{story(*paragraphs)}</div></article></main></div>"
        '<div id="ast-scroll-top"><span class="screen-reader-text">Scroll to Top</span></div>'
    )
    made = to_article(make_page(html(body, title=f"{title} - Valley Herald")))
    assert made.title == title
    assert made.tags == tags
    assert made.tags_from == "html"
    assert made.body == "\n".join(paragraphs)


def test_the_feeds_full_text_stands_in_for_a_walled_page() -> None:
    item = ListedItem(title="Bridge reopens after flood", full_text=story())
    wall = html("<h1>Bridge reopens after flood</h1><p>Subscribe to continue reading.</p>")
    made = to_article(make_page(wall, item=item))
    assert made.body_from == "feed"
    assert made.body == "\n".join(PARAGRAPHS)


def test_an_item_whose_page_could_not_be_had_keeps_what_the_feed_said() -> None:
    item = ListedItem(
        title="Bridge reopens after flood",
        published_at=datetime(2026, 3, 8, 20, 30, tzinfo=UTC),
        authors=("Zala Khan",),
        categories=("Flood",),
        summary="A teaser is no body.",
    )
    fetch = Fetch(
        source_id="valley",
        url=URL,
        url_key=URL,
        entrance=None,
        listed=True,
        disposition="failed",
        reason="blocked",
        item=item,
    )
    made = transform_listing(fetch, SOURCE)
    assert made is not None
    assert (made.body, made.body_from, made.page_sha256) == (None, "listed", None)
    assert (made.authors, made.tags, made.title_from) == (("Zala Khan",), ("Flood",), "feed")
    assert made.published is not None
    assert made.published.on == date(2026, 3, 9)
    full = dataclasses.replace(fetch, item=dataclasses.replace(item, full_text=story()))
    whole = transform_listing(full, SOURCE)
    assert whole is not None
    assert (whole.body_from, whole.body) == ("feed", "\n".join(PARAGRAPHS))
    assert transform_listing(dataclasses.replace(fetch, item=None), SOURCE) is None


NOT_THE_PAGE = {
    "challenge": "<title>Just a moment...</title><h1>Checking your browser</h1><p>Enable cookies.",
    "missing": "<title>Not found</title><h1>Page could not be found</h1><p>Sorry.",
    "consent": "<title>Before you continue</title><h1>We value your privacy</h1><p>Our partners.",
    "empty": " ",
}


@pytest.mark.parametrize("kind", NOT_THE_PAGE)
def test_a_page_that_is_not_the_articles_own_says_nothing_beside_the_feeds_text(kind: str) -> None:
    item = ListedItem(
        title="Bridge reopens after flood",
        full_text=story(),
        authors=("Zala Khan",),
        published_at=datetime(2026, 3, 8, 20, 30, tzinfo=UTC),
    )
    page = make_page(NOT_THE_PAGE[kind], item=item, final_url="https://valley.example/wall")
    made = to_article(page)
    assert (made.title, made.title_from) == ("Bridge reopens after flood", "feed")
    assert (made.body_from, made.body) == ("feed", "\n".join(PARAGRAPHS))
    assert (made.authors, made.published is not None) == (("Zala Khan",), True)
    assert [key.url_key for key in made.keys] == [URL]
    assert (made.final_url, made.record_id) == (URL, page.record.record_id)
    to_rejection(make_page(NOT_THE_PAGE[kind], item=dataclasses.replace(item, full_text=None)))


def test_an_articles_own_page_keeps_its_word_beside_the_feeds_text() -> None:
    head = ld(
        '{"@type":"NewsArticle","headline":"Bridge reopens","articleSection":"City",'
        '"isAccessibleForFree":false}'
    )
    page = html("<article><h1>Bridge reopens</h1></article>", head, "Bridge reopens")
    assert to_rejection(make_page(page)).reason == "paywall"
    made = to_article(make_page(page, item=ListedItem(title="In short", full_text=story())))
    assert (made.title, made.section, made.body_from) == ("Bridge reopens", "City", "feed")
    assert made.is_paywalled


def test_what_a_feed_said_reads_the_same_before_the_page_is_had() -> None:
    item = ListedItem(
        title="Bridge reopens | Valley Herald",
        authors=("By Web Desk", "Ali Khan, Omar Gul"),
        categories=("City", "Bridge, Flood", "category: City"),
        full_text=story(),
    )
    fetch = Fetch(
        source_id="valley", url=URL, url_key=URL, entrance=None, listed=True, disposition="failed",
        reason="blocked", item=item,
    )  # fmt: skip
    before = transform_listing(fetch, SOURCE)
    after = to_article(make_page(html(f"<article>{story()}</article>", title=""), item=item))
    assert before is not None
    assert (before.title, before.tags) == ("Bridge reopens", ("City", "Bridge", "Flood"))
    assert before.authors == ("Ali Khan", "Omar Gul")
    assert before.byline == "By Web Desk, Ali Khan, Omar Gul"
    for field in ("title", "authors", "authors_from", "byline", "tags", "tags_from", "text_hash"):
        assert getattr(before, field) == getattr(after, field)


def test_a_source_file_can_prune_what_is_not_the_article() -> None:
    box = f'<div class="explainer"><p>{PARAGRAPHS[3].upper()}</p></div>'
    page = make_page(html(f"<article><h1>Bridge reopens</h1>{story()}{box}</article>"))
    hinted = dataclasses.replace(SOURCE, hints=(Hint(field="prune", selector=".explainer"),))
    assert PARAGRAPHS[3].upper() in (to_article(page).body or "")
    pruned = to_article(page, hinted)
    assert PARAGRAPHS[3].upper() not in (pruned.body or "")
    assert pruned.extractor_version != to_article(page).extractor_version


def test_a_text_of_a_million_letters_is_no_article() -> None:
    lines = "".join(f"{number} the river rose and fell\n" for number in range(40_000))
    made = to_rejection(make_page(article_html(above=f"<pre>{lines}</pre>")))
    assert made.reason == "too_large"
    assert made.detail.endswith("million letters of text")
