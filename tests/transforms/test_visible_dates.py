"""The date that a page prints is read where it is the article's."""

from datetime import date

import pytest

from tests.transforms.pages import (
    PARAGRAPHS,
    PLAIN_URL,
    article_html,
    html,
    make_page,
    story,
    to_article,
)


@pytest.mark.parametrize(
    "above",
    [
        '<aside><time datetime="2026-03-01T10:00:00Z">1 March 2026</time></aside>',
        '<div class="sidebar"><span class="date">March 1, 2026</span></div>',
        '<p class="meta">Last updated: March 8, 2026</p>',
        '<meta property="article:modified_time" content="2026-03-08T10:00:00Z">',
    ],
)
def test_sidebars_footers_and_changes_are_no_publication_date(above: str) -> None:
    page = make_page(
        html(f"{above}<article><h1>Bridge reopens after flood</h1>{story()}</article>"), PLAIN_URL
    )
    assert to_article(page).published is None


@pytest.mark.parametrize(
    ("line", "on"),
    [
        ("Published: 9 March 2026", date(2026, 3, 9)),
        ("پیر 9 مارچ 2026", date(2026, 3, 9)),
        ("۰۹ مارچ ۲۰۲۶", date(2026, 3, 9)),
        ("د ۲۰۲۶ د مارچ ۹", None),
        ("9 فبروري 2026", date(2026, 2, 9)),
        ("09.03.2026", date(2026, 3, 9)),
        ("lunes 9 de marzo de 2026", date(2026, 3, 9)),
        ("2026年03月09日", date(2026, 3, 9)),
        ("9. 3. 2026.", date(2026, 3, 9)),
        ("اتوار، ۸ مارچ ۲۰۲۶ء", date(2026, 3, 8)),
        ("۱۸ رمضان ۱۴۴۷ھ، ۸ مارچ ۲۰۲۶", date(2026, 3, 8)),
        ("18 رمضان المبارک 1447", None),
        ("18/09/1447", None),
        ("۱۴۰۴ کال د کب ۱۸", date(2026, 3, 9)),
        ("۱۸ حوت ۱۴۰۴", date(2026, 3, 9)),
        ("1404/12/18", None),
        ("March 2026", None),
        ("03/2026, page 12", None),
    ],
)
def test_the_date_beside_the_headline_is_read_in_many_languages(line: str, on: date | None) -> None:
    published = to_article(make_page(article_html(above=f"<div>{line}</div>"), PLAIN_URL)).published
    assert (published.on if published else None) == on
    if published is not None:
        assert (published.origin, published.precision) == ("text", "day")


def test_a_labelled_date_far_from_the_headline_is_read() -> None:
    far = "<p>word</p>" * 20
    body = f"<article><h1>Bridge reopens</h1>{story()}{far}<p>Veröffentlichung: 9. März 2026</p>"
    made = to_article(make_page(html(f"{body}{far}</article>"), PLAIN_URL)).published
    assert made is not None
    assert (made.on, made.origin) == (date(2026, 3, 9), "text")


@pytest.mark.parametrize(
    "opening", ["9. März 2026 – ", "(9 March 2026) ", "Swat, (09.03.2026). ", "09.03.2026 „"]
)
def test_the_date_line_that_opens_a_paragraph_is_read(opening: str) -> None:
    body = f"<article><h1>Bridge reopens</h1><p>{opening}{PARAGRAPHS[0]}</p>{story()}</article>"
    published = to_article(make_page(html(body), PLAIN_URL)).published
    assert published is not None
    assert (published.on, published.origin) == (date(2026, 3, 9), "text")


def test_a_day_that_a_paragraph_tells_of_is_no_date_line() -> None:
    told = f"<p>On 9 March 2026 the bridge was closed. {PARAGRAPHS[0]}</p>"
    body = f"<article><h1>Bridge reopens</h1>{told}{story()}</article>"
    assert to_article(make_page(html(body), PLAIN_URL)).published is None


def test_the_date_below_updated_is_no_publication_date() -> None:
    shown = "<div><span>Updated</span><span>9 March 2026</span></div>"
    assert to_article(make_page(article_html(above=shown), PLAIN_URL)).published is None


@pytest.mark.parametrize(
    "masthead",
    [
        "<header><div>Tuesday, 10 March 2026</div></header>",
        '<div class="top-bar">Tuesday, 10 March 2026</div>',
        "<header><time datetime='2026-03-10T09:00:00+05:00'>Tuesday, 10 March 2026</time></header>",
    ],
)
def test_todays_date_in_the_masthead_is_no_publication_date(masthead: str) -> None:
    body = f"{masthead}<article><h1>Bridge reopens after flood</h1>{story()}</article>"
    assert to_article(make_page(html(body), PLAIN_URL)).published is None


def test_an_articles_own_header_holds_its_date() -> None:
    header = "<header><h1>Bridge reopens after flood</h1><p>9 March 2026</p></header>"
    for page in (
        f"{header}{story()}",
        f"<article><header>9 March 2026</header>{story()}</article>",
    ):
        published = to_article(make_page(html(page), PLAIN_URL)).published
        assert published is not None
        assert published.on == date(2026, 3, 9)


def test_a_menu_with_a_word_of_the_headline_is_not_taken_for_it() -> None:
    menu = "<ul><li>Bridge</li>" + "<li>Other</li>" * 30 + "</ul>"
    page = html(f"{menu}<h1>Bridge reopens after flood</h1><p>9 March 2026</p>{story()}")
    published = to_article(make_page(page, PLAIN_URL)).published
    assert published is not None
    assert published.on == date(2026, 3, 9)
