"""Lists of articles are no articles, wherever they live and whatever they call themselves."""

import pytest

from tests.transforms.pages import PARAGRAPHS, html, ld, make_page, story, to_article, to_rejection
from transforms.rejection import Reason

HOST = "https://valley.example"
TEASERS = "".join(
    f'<div class="t"><h3><a href="/{n}-a-school">Village number {n} opens its school</a></h3>'
    f"<p>Teachers and parents of village {n} welcomed the {n + 40} children who came on the first "
    f"day, and thanked the council for the {n + 3} rooms that were built since the flood.</p></div>"
    for n in range(9)
)


def is_listing(markup: str, url: str) -> bool:
    return to_rejection(make_page(markup, url)).reason is Reason.LISTING


@pytest.mark.parametrize(
    "path",
    ["", "/", "/?utm_source=app", "/index.php", "/home", "/home-page", "/ur/", "/en-gb/"],
)  # fmt: skip
def test_a_front_page_is_a_listing_though_it_says_article(path: str) -> None:
    said = ld(
        '{"@type": "NewsArticle", "headline": "Bridge reopens", "datePublished": "2026-03-09"}'
    )
    links = "".join(f'<a href="/{n}">Village {n} opens a school</a>' for n in range(30))
    assert is_listing(html(f"<h1>Valley</h1>{story()}"), HOST + path)
    assert is_listing(html(f"<h1>Valley</h1>{story()}{links}", said), HOST + path)


def test_a_lone_article_whose_address_is_only_its_own_word_passes() -> None:
    said = ld('{"@type": "NewsArticle", "headline": "Bridge reopens after flood"}')
    to_article(make_page(html(f"<article><h1>Bridge</h1>{story()}</article>", said), HOST + "/"))


@pytest.mark.parametrize("path", ["/?p=184", "/?id=bridge", "/index.php?page=9&nid=3", "/bridge/"])
def test_an_article_with_its_number_in_the_query_passes(path: str) -> None:
    to_article(make_page(html(f"<article><h1>Bridge</h1>{story()}</article>"), HOST + path))


@pytest.mark.parametrize(
    "classes",
    ["archive category category-khyber wp-x", "archive tag tag-flood", "archive author author-zala",
     "archive date paged", "archive tax-region term-swat", "search search-results wp-x"],
)  # fmt: skip
def test_what_wordpress_calls_an_archive_is_a_listing(classes: str) -> None:
    time = '<time datetime="2026-03-09T01:30:00+05:00">9 March</time>'
    page = html(f"<article>{time}{story()}</article>").replace(
        "<body>", f'<body class="{classes}">'
    )
    assert is_listing(page, f"{HOST}/khyber/")


def test_a_single_post_of_a_theme_that_says_archive_passes() -> None:
    page = html(f"<article><h1>Bridge</h1>{story()}</article>")
    page = page.replace("<body>", '<body class="single single-post archive category-news">')
    to_article(make_page(page, f"{HOST}/khyber/bridge"))


@pytest.mark.parametrize(
    "path",
    ["/author/zala-khan", "/topics/flood", "/tag/bridge", "/section/4",
     "/search/bridge", "/?s=bridge", "/search?q=bridge", "/news/category/sports/page/3"],
)  # fmt: skip
def test_an_address_of_a_section_author_or_search_is_a_listing(path: str) -> None:
    assert is_listing(html(f"<h1>Bridge</h1>{story()}"), HOST + path)


def test_teasers_below_linked_headlines_are_a_listing_at_any_address() -> None:
    assert is_listing(html(f"<h1>Khyber</h1>{TEASERS}"), f"{HOST}/some/place-of-many-words-x")


def test_a_live_ticker_of_linked_lines_is_a_listing() -> None:
    lines = "".join(
        f'<li>12:{n} <a href="/{n}">Council of village {n} opens its new school</a></li>'
        for n in range(10, 50)
    )
    assert is_listing(html(f"<h1>Live ticker</h1><ul>{lines}</ul>"), f"{HOST}/ticker/all")


def test_an_article_above_teasers_passes() -> None:
    page = html(f"<article><h1>Bridge</h1>{story()}</article><aside>{TEASERS}</aside>")
    assert PARAGRAPHS[3] in (to_article(make_page(page, f"{HOST}/khyber/bridge")).body or "")


def test_an_article_of_many_linked_parts_passes_where_it_calls_itself_one() -> None:
    head = '<meta property="og:type" content="article">'
    to_article(make_page(html(f"<h1>Nine schools</h1>{TEASERS}", head), f"{HOST}/nine"))


def test_a_folders_files_are_a_listing() -> None:
    rows = "".join(f'<a href="{n}.jpg">{n}.jpg</a> 2026-03-09 12:00 4K<br>' for n in range(30))
    title = "Index of /uploads/2026"
    assert is_listing(
        html(f"<h1>{title}</h1><pre>{rows}</pre>", title=title), f"{HOST}/uploads/2026"
    )
