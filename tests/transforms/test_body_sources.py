"""Where a body comes from: the page, a feed's full text, or JSON-LD where the page has nothing."""

import json

import pytest

from crawlers.page import ListedItem
from tests.transforms.pages import PARAGRAPHS, html, ld, make_page, story, to_article

TEXT = "\n".join(PARAGRAPHS)
FULL = ListedItem(title="Bridge reopens after flood", full_text=story())
ARTICLE = {"@type": "NewsArticle", "headline": "Bridge reopens after flood"}


def page(body: str, **said: object) -> str:
    """Write a page of this body whose JSON-LD says this of its article."""
    return html(f"<article><h1>Bridge reopens after flood</h1>{body}</article>", data(**said))


def data(**said: object) -> str:
    """Write JSON-LD on the article."""
    return ld(json.dumps({"@context": "https://schema.org", **ARTICLE, **said}))


@pytest.mark.parametrize(
    "cut",
    [
        page(f"<p>{PARAGRAPHS[0]}</p><p>Subscribe to read on.</p>", isAccessibleForFree=False),
        page(f"<p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1][:90]}…</p>"),
        page("<p>The old bridge over the Zarin river reopened on Monday.</p>"),
    ],
    ids=["walled", "cut", "a teaser"],
)
def test_the_feeds_full_text_is_the_body_of_a_page_without_it(cut: str) -> None:
    made = to_article(make_page(cut, item=FULL))
    assert (made.body, made.body_from) == (TEXT, "feed")
    assert made.is_paywalled is ("isAccessibleForFree" in cut)
    assert not made.is_truncated


def test_a_walled_page_without_a_fuller_feed_keeps_its_own_text() -> None:
    walled = page(story(*PARAGRAPHS[:2]), isAccessibleForFree=False)
    teaser = ListedItem(title="Bridge reopens after flood", full_text=story(PARAGRAPHS[0]))
    made = to_article(make_page(walled, item=teaser))
    assert (made.body, made.body_from) == ("\n".join(PARAGRAPHS[:2]), "page")
    assert made.is_paywalled


def test_a_whole_page_is_not_replaced_by_its_feed() -> None:
    longer = ListedItem(title="Bridge reopens after flood", full_text=story() + story("x " * 300))
    made = to_article(make_page(page(story()), item=longer))
    assert (made.body, made.body_from) == (TEXT, "page")


def test_article_body_is_no_source_beside_a_text() -> None:
    longer = " ".join([*PARAGRAPHS, *PARAGRAPHS[:1]])
    made = to_article(make_page(page(story(), articleBody=longer)))
    assert made.body == TEXT
    assert not made.is_truncated


def test_article_body_much_longer_than_the_text_flags_it() -> None:
    made = to_article(make_page(page(story(*PARAGRAPHS[:2]), articleBody=TEXT + TEXT)))
    assert made.body == "\n".join(PARAGRAPHS[:2])
    assert made.is_truncated


def test_article_body_that_is_the_text_over_and_over_flags_nothing() -> None:
    made = to_article(make_page(page(story(), articleBody="\n\n".join([TEXT] * 3))))
    assert not made.is_truncated


def test_article_body_stands_in_for_an_empty_page() -> None:
    made = to_article(make_page(page('<div id="app"></div>', articleBody=TEXT)))
    assert ((made.body or "").split(), made.body_from) == (TEXT.split(), "json-ld")
    assert not made.is_truncated


@pytest.mark.parametrize(
    "end",
    [
        '<p class="more"><a href="/about">Read the full story</a></p>',
        '<p><a href="/full">Continue reading →</a></p><p><em>Valley News Agency</em></p>',
        "<p><a href='/full'>مکمل خبر پڑھیں</a></p>",
        "<p>The council will decide in May. Read the full story in our e-paper</p>",
    ],
)
def test_a_page_that_leads_on_to_the_rest_of_its_text_is_flagged(end: str) -> None:
    assert to_article(make_page(page(story() + end))).is_truncated


@pytest.mark.parametrize(
    "end",
    [
        '<p>First printed by the Hill Times. <a href="/o">Read the original article</a></p>',
        '<p><a href="/report">Read the full report of the council</a></p>',
        '<p><a href="#story">Continue reading the main story</a></p>',
        "<div><p>A theatre comes to the district.</p><a href=/t>Read the full story</a></div>",
    ],
)
def test_a_link_to_another_text_flags_nothing(end: str) -> None:
    whole = html(f"<article><h1>Bridge reopens after flood</h1>{story() * 2}</article>{end}")
    assert not to_article(make_page(whole)).is_truncated
