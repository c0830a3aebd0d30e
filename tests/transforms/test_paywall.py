"""A wall is known by what the page's data says, or by what a short text's page shows."""

import json

import pytest

from tests.transforms.pages import PARAGRAPHS, html, ld, make_page, story, to_article
from transforms.article import Article

WALL = '<div class="paywall"><p>Subscribe to continue reading this article.</p></div>'
WORDS = len(" ".join(PARAGRAPHS).split())


def read(text: str, *said: dict[str, object], beside: str = "") -> Article:
    """Extract a page of this text whose JSON-LD says this."""
    head = "".join(ld(json.dumps({"@context": "https://schema.org", **one})) for one in said)
    body = f"<article><h1>Bridge reopens after flood</h1>{text}</article>{beside}"
    return to_article(make_page(html(body, head)))


def article(**said: object) -> dict[str, object]:
    """Write an article's JSON-LD."""
    return {"@type": "NewsArticle", "headline": "Bridge reopens after flood", **said}


CLOSED_PART = {"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": ".rest"}


@pytest.mark.parametrize(
    "said",
    [
        article(isAccessibleForFree=False),
        article(isAccessibleForFree="http://schema.org/False"),
        article(hasPart=CLOSED_PART),
        article(hasPart=[{"@type": "WebPageElement"}, CLOSED_PART]),
        {"@type": "WebPage", "isAccessibleForFree": False},
    ],
)
def test_a_wall_that_the_pages_data_tells_of_is_kept(said: dict[str, object]) -> None:
    made = read(story() * 2, said)
    assert made.is_paywalled
    assert not made.is_truncated


def test_a_free_page_is_no_walled_one() -> None:
    free = read(story(), article(isAccessibleForFree=True, hasPart={"isAccessibleForFree": True}))
    assert not free.is_paywalled


@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_wall_below_the_opening_of_a_text_is_seen(count: int) -> None:
    text = story(*PARAGRAPHS[:count])
    for made in (read(f"{text}{WALL}"), read(text, beside=WALL)):
        assert (made.is_paywalled, made.is_truncated) == (True, True)
        assert made.body == "\n".join(PARAGRAPHS[:count])


def test_an_opening_of_which_the_page_says_that_it_is_closed_is_cut() -> None:
    made = read(story(*PARAGRAPHS[:2]), article(isAccessibleForFree=False))
    assert (made.is_paywalled, made.is_truncated) == (True, True)


@pytest.mark.parametrize(
    "beside",
    [
        '<div class="paywall-offer"><p>Subscribe to the Herald today. Become a member.</p></div>',
        '<div class="newsletter"><p>Sign up to continue reading the best of the valley.</p></div>',
        f"<template>{WALL}</template>",
        f"<div hidden>{WALL}</div>",
        f'<div style="display: none">{WALL}</div>',
        f"<script>const wall = '{WALL}'</script>",
    ],
    ids=["an offer", "a newsletter", "template", "hidden", "not displayed", "script"],
)
def test_an_offer_beside_a_free_text_is_no_wall(beside: str) -> None:
    made = read(story(), beside=beside)
    assert (made.is_paywalled, made.is_truncated) == (False, False)


@pytest.mark.parametrize(
    "said", [{"wordCount": WORDS}, {"wordCount": str(WORDS)}, {"articleBody": " ".join(PARAGRAPHS)}]
)
def test_a_text_known_to_be_whole_has_no_wall_before_it(said: dict[str, object]) -> None:
    made = read(story(), article(**said), beside=WALL)
    assert (made.is_paywalled, made.is_truncated) == (False, False)
    closed = read(story(*PARAGRAPHS[:2]), article(wordCount=60, isAccessibleForFree=False))
    assert (closed.is_paywalled, closed.is_truncated) == (True, False)


def test_a_long_text_has_no_wall_before_it() -> None:
    long = story(*(f"{line} Plan {number}." for number in range(4) for line in PARAGRAPHS))
    assert not read(long, beside=WALL).is_paywalled
