"""Titles, authors, tags and JSON-LD as outlets really write them."""

import pytest

from tests.transforms.pages import (
    PARAGRAPHS,
    SOURCE,
    article_html,
    html,
    ld,
    make_page,
    story,
    to_article,
)
from transforms.parsing import parse_page
from transforms.people import split_people
from transforms.tags import split_tags
from transforms.title import read_title, strip_site

SITES = ("Valley Herald", "valley.example")


@pytest.mark.parametrize(
    ("line", "people"),
    [
        ("By Zala Khan", ("Zala Khan",)),
        ("By Zala Khan and Omar Gul, Valley Herald", ("Zala Khan", "Omar Gul")),
        ("Zala Khan | Omar Gul", ("Zala Khan", "Omar Gul")),
        ("Web Desk", ()),
        ("Valley Herald", ()),
        ("Valley Herald Staff Reporter", ()),
        ("Our Correspondent", ()),
        ("زالا خان، عمر گل", ("زالا خان", "عمر گل")),
        ("ویب ڈیسک", ()),
        ("valley.example, Zarin, Pakistan", ()),
        ("Zala Khan (photos by Omar Gul)", ("Zala Khan",)),
        ("zala@valley.example", ()),
        ("https://valley.example/author/zala", ()),
        ("Zala Khan, Zala Khan", ("Zala Khan",)),
        ("Nicolas Gutierrez C.", ("Nicolas Gutierrez C.",)),
    ],
)
def test_authors_are_people(line: str, people: tuple[str, ...]) -> None:
    assert split_people([line], SITES)[0] == people


def test_a_desk_is_kept_as_byline() -> None:
    made = to_article(make_page(article_html('<meta name="author" content="Web Desk">')))
    assert (made.authors, made.authors_from, made.byline) == ((), None, "Web Desk")


@pytest.mark.parametrize(
    ("title", "clean"),
    [
        ("Bridge reopens | Valley Herald", "Bridge reopens"),
        ("Bridge reopens - valley.example", "Bridge reopens"),
        ("Valley Herald: Bridge reopens", "Valley Herald: Bridge reopens"),
        ("Valley Herald | Bridge reopens", "Bridge reopens"),
        ("Bridge reopens - and closes again", "Bridge reopens - and closes again"),
        ("Pak-Afghan talks – a new start", "Pak-Afghan talks – a new start"),
    ],
)
def test_the_sites_name_is_cut_off_a_title(title: str, clean: str) -> None:
    assert strip_site(title, SITES) == clean


def test_what_follows_the_heading_in_a_title_is_cut_off() -> None:
    body = f"<article><h1>Bridge reopens after flood</h1>{story()}</article>"
    head = '<meta property="og:title" content="Bridge reopens after flood | City | 09.03.2026">'
    assert to_article(make_page(html(body, head))).title == "Bridge reopens after flood"


@pytest.mark.parametrize(
    ("meta", "window", "body", "title"),
    [
        # Meta is written for shares and searches; the heading is what readers see.
        ("Zarin bridge: all news", "Bridge", "<h1>Bridge opens today</h1>", "Bridge opens today"),
        ("Bridge opens today", "x", "<h1>Traffic Bridge opens today</h1>", "Bridge opens today"),
        ("Bridge opens today", "x", "<h1>Bridge opens today 3 May</h1>", "Bridge opens today"),
        ("Zarin bridge: all news", "x", "<h1>Traffic</h1>", "Zarin bridge: all news"),
        ("", "Old bridge opens « My Notes", "<h1>My Notes</h1><h2>Old bridge opens</h2>",
         "Old bridge opens"),
        ("", "Old bridge opens", "<h1>Old bridge opens</h1><h2>By the river</h2>",
         "Old bridge opens"),
    ],
)  # fmt: skip
def test_heading_is_the_title_where_no_data_names_it(
    meta: str, window: str, body: str, title: str
) -> None:
    head = f'<meta property="og:title" content="{meta}">' if meta else ""
    made = to_article(make_page(html(f"<article>{body}{story()}</article>", head, window)))
    assert made.title == title


def test_a_headline_beside_the_article_is_not_its_title() -> None:
    aside = '<aside><h3 itemprop="headline">Cricket team wins the cup</h3></aside>'
    body = f"{aside}<article><div>Bridge reopens after flood</div>{story()}</article>"
    made = to_article(make_page(html(body, title="Bridge reopens after flood - Valley Herald")))
    assert (made.title, made.title_from) == ("Bridge reopens after flood", "html")


@pytest.mark.parametrize(
    ("texts", "tags"),
    [
        (["Flood, Zarin , flood"], ("Flood", "Zarin")),
        (["سیلاب، پل، زرین"], ("سیلاب", "پل", "زرین")),
        (["Flood", "Zarin"], ("Flood", "Zarin")),
        (["#Flood;Zarin"], ("Flood", "Zarin")),
        ([" , ,"], ()),
    ],
)
def test_tags_are_split(texts: list[str], tags: tuple[str, ...]) -> None:
    assert split_tags(texts) == tags


@pytest.mark.parametrize(
    "script",
    [
        '[{"@type":"WebSite"},{"@type":"NewsArticle","headline":"From JSON-LD"}]',
        '{"@graph":[{"@type":["Article","NewsArticle"],"headline":"From JSON-LD"}]}',
        '//<![CDATA[\n{"@type":"NewsArticle","headline":"From JSON-LD"}\n//]]>',
        '<!-- {"@type":"NewsArticle","headline":"From JSON-LD"} -->',
        '{"@type":"NewsArticle","headline":"From JSON-LD","keywords":["a","b",],}',
        '{"@type":"NewsArticle","headline":"From\tJSON-LD"};',
        '{"@type":"https://schema.org/NewsArticle","headline":["From JSON-LD"]}',
        '{"@type":"WebPage","mainEntity":{"@type":"NewsArticle","headline":"From JSON-LD"}}',
        r'{"@type":"NewsArticle","headline":"From JSON-LD","x":"bad \escape"}',
    ],
)
def test_json_ld_is_read_however_it_is_written(script: str) -> None:
    broken = '<script type="application/ld+json">{"@type": "NewsArticle", </script>'
    made = to_article(make_page(article_html(broken + ld(script))))
    assert (made.title, made.title_from) == ("From JSON-LD", "json-ld")


def test_the_pages_own_article_wins_over_related_ones() -> None:
    nodes = (
        '[{"@type":"NewsArticle","headline":"Another story","datePublished":"2026-01-01",'
        '"author":{"name":"Omar Gul"},"url":"https://valley.example/news/other"},'
        '{"@type":"NewsArticle","headline":"The bridge","url":'
        '"https://www.valley.example/news/2026/bridge-reopens-after-flood/"}]'
    )
    made = to_article(
        make_page(article_html(f'<script type="application/ld+json">{nodes}</script>'))
    )
    assert made.title == "The bridge"
    assert made.authors == ()


def test_hostile_json_ld_costs_nothing_but_itself() -> None:
    deep = "[" * 100_000
    wide = (
        '{"@id":"a","author":{"@id":"a"},"@type":"NewsArticle","headline":7,"datePublished":[[]]}'
    )
    head = "".join(f'<script type="application/ld+json">{text}</script>' for text in (deep, wide))
    assert to_article(make_page(article_html(head))).title == "Bridge reopens after flood"


def test_relative_and_unsafe_addresses() -> None:
    picture = '<meta property="og:image" content="javascript:alert(1)">'
    link = '<link rel="canonical" href="javascript:x">'
    made = to_article(make_page(article_html(picture + link)))
    assert (made.image_url, made.canonical_url) == (None, None)


@pytest.mark.parametrize(
    ("name", "is_picture"),
    [
        ("no-img-fb.jpg", False),
        ("default-img.png", False),
        ("all-in-one/default-user-image.png", False),
        ("social_placeholder.png", False),
        ("blank.jpg", False),
        ("logo-1565932077.png", False),
        ("Logo_en.gif", False),
        ("logos/bridge.jpg", True),
        ("2280168_default_1tGuSk.jpg", True),
        ("point-blank-range.jpg", True),
        ("sociologo.jpg", True),
    ],
)
def test_what_stands_in_for_a_picture_is_none(name: str, is_picture: bool) -> None:
    head = f'<meta property="og:image" content="https://cdn.example/assets/{name}">'
    made = to_article(make_page(article_html(head)))
    assert (made.image_url is not None) == is_picture
    other = '<meta name="twitter:image" content="/bridge.jpg">'
    made = to_article(make_page(article_html(head + other)))
    assert (made.image_url or "").endswith(name if is_picture else "/bridge.jpg")


def test_a_page_without_headings_is_named_by_its_window_and_not_by_a_box() -> None:
    box = "<div><h2>Contact us</h2><h2>Follow us</h2></div>"
    page = make_page(html(f"{box}{story()}", title="Sports News, Latest News Updates"))
    assert read_title(parse_page(page, SOURCE), ())[0] == "Sports News, Latest News Updates"


def test_the_paywall_flag_follows_the_publisher_but_does_not_reject_a_whole_text() -> None:
    script = '{"@type":"NewsArticle","isAccessibleForFree":"False"}'
    made = to_article(
        make_page(article_html(f'<script type="application/ld+json">{script}</script>'))
    )
    assert made.is_paywalled
    assert made.body == "\n".join(PARAGRAPHS)
