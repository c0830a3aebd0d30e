"""The standfirst belongs to the text, once, where the page prints it."""

import pytest

from tests.transforms.pages import PARAGRAPHS, html, make_page, story, to_article

STANDFIRST = "Upper villages had been cut off from the market town for three weeks of spring."
TEXT = list(PARAGRAPHS)
HEAD = f'<meta property="og:description" content="{STANDFIRST}">'


def lines(body: str, head: str = HEAD) -> list[str]:
    """Extract the lines of a page of this body."""
    return (to_article(make_page(html(body, head))).body or "").splitlines()


@pytest.mark.parametrize(
    "printed",
    [
        f'<h2 class="dek">{STANDFIRST}</h2>',
        f'<div class="teaser"><p>{STANDFIRST}</p></div>',
        f"<header><div><span>{STANDFIRST}</span></div></header>",
    ],
)
def test_a_standfirst_above_the_text_is_its_first_line(printed: str) -> None:
    assert lines(f"<h1>Bridge reopens</h1>{printed}<article>{story()}</article>") == [
        STANDFIRST,
        *TEXT,
    ]


def test_a_description_that_was_cut_finds_the_whole_standfirst() -> None:
    head = f'<meta name="description" content="{STANDFIRST[:70]}…">'
    page = f"<h1>Bridge reopens</h1><h2>{STANDFIRST}</h2><article>{story()}</article>"
    assert lines(page, head) == [STANDFIRST, *TEXT]


@pytest.mark.parametrize(
    "body",
    [
        f"<article><h1>Bridge reopens</h1>{story()}</article>",
        f"<article>{story()}<figure><figcaption>{STANDFIRST}</figcaption></figure></article>",
        f"<article><h1>Bridge</h1>{story()}</article><div><a href=/x>{STANDFIRST}</a></div>",
    ],
    ids=["not printed", "a caption", "a teaser of itself"],
)
def test_what_is_not_printed_above_the_text_is_not_added(body: str) -> None:
    assert lines(body) == TEXT


def test_a_standfirst_that_opens_the_text_is_not_repeated() -> None:
    opening = f"<article><h1>Bridge</h1><h2>{STANDFIRST}</h2>{story(STANDFIRST, *TEXT)}</article>"
    assert lines(opening) == [STANDFIRST, *TEXT]
    first = f'<meta property="og:description" content="{PARAGRAPHS[0][:90]}...">'
    assert lines(f"<article><h1>Bridge</h1>{story()}</article>", first) == TEXT


@pytest.mark.parametrize(
    "said", ["Bridge reopens after flood in Zarin valley", "Monday, 9 March 2026 at 10:15 am PKT"]
)
def test_a_description_that_is_headline_or_date_is_no_standfirst(said: str) -> None:
    head = f'<meta property="og:description" content="{said}">'
    page = f"<h1>Bridge reopens after flood in Zarin valley</h1><h2>{said}</h2>"
    assert lines(f"{page}<article>{story()}</article>", head) == TEXT
