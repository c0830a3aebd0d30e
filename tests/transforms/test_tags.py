"""Tags and section: printed lines, links, breadcrumbs and feeds, each told from the other."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawlers.catalogue import Hint
from crawlers.page import ListedItem
from khabar.newsroom.outlets.astra import TirwalChronicle
from khabar.newsroom.running import RunningTown, running_town
from tests.transforms.pages import (
    PARAGRAPHS,
    SHARED,
    SOURCE,
    article_html,
    html,
    ld,
    make_page,
    story,
    to_article,
)
from transforms.article import Article

TAGLINE = "Zarin river, floods, council works, bridges"
TAGS = tuple(TAGLINE.split(", "))
HINTED = replace(SOURCE, hints=(Hint(field="tags", selector=".post-tagline"),))
SECTION = '<a href="/section/0" rel="category tag">Infrastructure</a>'


@pytest.fixture(scope="module")
def town() -> Iterator[RunningTown]:
    with running_town(articles=1) as running:
        yield running


def astra(town: RunningTown, title: str, tagline: str, texts: tuple[str, ...]) -> str:
    outlet = town.outlets["tirwal_chronicle"]
    assert isinstance(outlet, TirwalChronicle)
    return outlet.post_page(
        title=title,
        tagline=tagline,
        texts=texts,
        author="Zala Khan",
        published=datetime(2026, 3, 9, 4, tzinfo=UTC),
        section="Infrastructure",
    )


@pytest.mark.parametrize("source", [SOURCE, HINTED], ids=["in general", "with a hint"])
def test_a_line_of_tags_above_the_text_becomes_the_tags(town: RunningTown, source: object) -> None:
    page = make_page(astra(town, "Bridge reopens after flood", TAGLINE, PARAGRAPHS))
    made = to_article(page, HINTED if source is HINTED else SOURCE)
    assert (made.tags, made.tags_from) == (TAGS, "html")
    assert (made.section, made.section_from) == ("Infrastructure", "html")
    assert made.body == "\n".join(PARAGRAPHS)


def test_a_hint_finds_the_two_tags_that_no_rule_would(town: RunningTown) -> None:
    page = make_page(astra(town, "Bridge reopens after flood", "Zarin, Floods", PARAGRAPHS))
    assert to_article(page).tags == ()
    made = to_article(page, HINTED)
    assert made.tags == ("Zarin", "Floods")
    assert made.body == "\n".join(PARAGRAPHS)


def test_the_printed_line_is_believed_before_the_feeds_categories(town: RunningTown) -> None:
    item = ListedItem(title="Bridge reopens", categories=("Infrastructure", "Floods", "Front"))
    page = make_page(astra(town, "Bridge reopens after flood", TAGLINE, PARAGRAPHS), item=item)
    assert to_article(page).tags == TAGS


def test_the_feeds_categories_are_tags_without_the_section() -> None:
    item = ListedItem(title="Bridge reopens", categories=("Infrastructure", "Floods", "Zarin"))
    made = to_article(make_page(article_html(above=SECTION), item=item))
    assert (made.tags, made.tags_from) == (("Floods", "Zarin"), "feed")
    assert made.section == "Infrastructure"


def test_a_line_of_authors_is_no_line_of_tags() -> None:
    head = '<meta name="author" content="Zala Khan, Bahar Gul, Spin Shah">'
    above = "<p>Zala Khan, Bahar Gul, Spin Shah</p>"
    made = to_article(make_page(article_html(head, above)))
    assert made.tags == ()
    assert made.authors == ("Zala Khan", "Bahar Gul", "Spin Shah")


@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/seeds")
@pytest.mark.parametrize("hints", [(), HINTED.hints], ids=["in general", "with a hint"])
@pytest.mark.parametrize("name", ["000_966be7fe9046ac5d", "003_3e973c19286d8fba"])
def test_the_seeds_in_a_page_of_the_theme_come_out_clean(
    town: RunningTown, name: str, hints: tuple[Hint, ...]
) -> None:
    made, title, tagline, paragraphs = seed_article(town, name, hints)
    assert made.title == title
    assert made.tags == tuple(tagline.split(", "))
    assert made.body == "\n".join(paragraphs)


def seed_article(
    town: RunningTown, name: str, hints: tuple[Hint, ...]
) -> tuple[Article, str, str, tuple[str, ...]]:
    text = (SHARED / "seeds" / f"{name}.txt").read_text("utf-8")
    title, tagline, *paragraphs = [line.strip() for line in text.splitlines() if line.strip()]
    if name.startswith("000"):  # it has neither a title nor tags of its own
        title, tagline, paragraphs = "Militant killed", TAGLINE, [title, tagline, *paragraphs]
    if paragraphs[-1] == "Scroll to Top":  # the theme brings its own
        paragraphs.pop()
    texts = tuple(paragraphs)
    page = make_page(astra(town, title, tagline, texts))
    return to_article(page, replace(SOURCE, hints=hints)), title, tagline, texts


@pytest.mark.parametrize(
    "above",
    [
        SECTION,
        '<div class="breadcrumbs"><a href="/">Home</a> › <a href="/i">Infrastructure</a></div>',
        '<p class="kicker">Infrastructure</p>',
    ],
    ids=["category link", "breadcrumbs", "kicker"],
)
def test_the_section_is_read_where_the_page_shows_it(above: str) -> None:
    body = f"<article>{above}<h1>Bridge reopens after flood</h1>{story()}</article>"
    page = html(f'<nav><a href="/i">Infrastructure</a></nav>{body}')
    made = to_article(make_page(page))
    assert (made.section, made.section_from) == ("Infrastructure", "html")
    assert made.tags == ()


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="article:section" content="Infrastructure, City,Top story">',
        '<meta itemprop="articleSection" content="Infrastructure">',
        (
            '<meta property="article:section" content="Valley Herald">'
            '<meta name="section" content="Infrastructure">'
        ),
        ld('{"@type":"NewsArticle","articleSection":["Infrastructure","City"]}'),
        ld('{"@type":"NewsArticle","articleSection":"Infrastructure | City"}'),
    ],
    ids=["joined", "microdata", "the site's name", "a list", "joined in JSON-LD"],
)
def test_of_several_sections_the_first_is_taken_and_never_the_sites_name(head: str) -> None:
    assert to_article(make_page(article_html(head))).section == "Infrastructure"


@pytest.mark.parametrize("name", ["Bridge reopens", "Bridge reopens after the great spring flood"])
def test_the_headline_at_the_end_of_a_trail_is_no_section(name: str) -> None:
    trail = f'<div class="breadcrumb"><a>Home</a> <a>City</a> <a href="/x">{name}</a></div>'
    page = html(f"{trail}<article><h1>{name}</h1>{story()}</article>", title=name)
    assert to_article(make_page(page)).section == "City"


def test_sections_of_other_articles_are_not_this_ones() -> None:
    others = '<a rel="category tag">Sport</a><a rel="category tag">World</a>'
    page = html(f"<article><h1>Bridge reopens</h1>{story()}</article><div>{others}</div>")
    assert to_article(make_page(page)).section is None


def test_a_kicker_that_is_no_entry_of_the_menu_is_no_section() -> None:
    assert to_article(make_page(article_html(above='<p class="kicker">Exclusive</p>'))).section is (
        None
    )


def test_the_pages_own_tag_links_are_believed_before_the_feeds_categories() -> None:
    item = ListedItem(title="Bridge reopens", categories=("City", "Front page"))
    above = '<a rel="tag">Zarin</a> <a rel="tag">Floods</a>'
    assert to_article(make_page(article_html(above=above), item=item)).tags == ("Zarin", "Floods")


def test_the_section_alone_is_no_tag_and_the_next_statement_is_read() -> None:
    section = '<meta property="article:section" content="City">'
    above = '<a rel="tag">City</a>'
    assert to_article(make_page(article_html(section, above))).tags == ()
    item = ListedItem(title="Bridge reopens", categories=("City", "Zarin"))
    made = to_article(make_page(article_html(section, above), item=item))
    assert (made.tags, made.tags_from) == (("Zarin",), "feed")


@pytest.mark.parametrize(
    ("title", "tags"),
    [
        ("Valley’s old bridge: will it reopen?", "Valley’s,old,bridge:,will,it,reopen?"),
        ("Valley’s old bridge – will it reopen", "valleys,old,bridge,–,will,reopen"),
        ("Pak-Afghan bridge to re-open after flood", "Pak-Afghan,bridge,re-open,after,flood"),
        ("Pak-Afghan bridge to re-open after flood", "pak,afghan,bridge,re,open,flood"),
    ],
)
def test_a_headline_cut_into_words_is_no_list_of_tags(title: str, tags: str) -> None:
    page = html(f"<article><h1>{title}</h1>{story()}</article>", title=title)
    listed = page.replace("</head>", f'<meta name="keywords" content="{tags}"></head>')
    assert to_article(make_page(listed)).tags == ()


def test_authors_that_the_feed_names_give_way_to_those_that_the_page_prints() -> None:
    item = ListedItem(title="Bridge reopens after flood", authors=("Zala Khan",))
    above = '<span class="author vcard">Zala Khan and Bahar Gul</span>'
    made = to_article(make_page(article_html(above=above), item=item))
    assert (made.authors, made.authors_from) == (("Zala Khan", "Bahar Gul"), "html")
    other = '<span class="author vcard">Spin Shah</span>'
    made = to_article(make_page(article_html(above=other), item=item))
    assert (made.authors, made.authors_from) == (("Spin Shah",), "html")
