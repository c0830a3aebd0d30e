"""Tags that a page prints, and lists of words that only look like tags."""

import pytest

from crawlers.page import ListedItem
from tests.transforms.pages import PARAGRAPHS, html, ld, make_page, story, to_article
from transforms.article import Article

KEYWORDS = '<meta name="keywords" content="pier, council, lorries">'
URL = "https://valley.example/2026/bridge-reopens-after-spring-flood-in-upper-zarin"


def made_of(below: str, head: str = "", above: str = "") -> Article:
    body = f"{above}<article><h1>Bridge reopens after flood</h1>{story()}{below}</article>"
    return to_article(make_page(html(body, head), URL))


@pytest.mark.parametrize(
    "box",
    [
        '<div class="articleTags"><a href="/x">Floods</a> <a href="/y">Zarin</a></div>',
        '<ul class="tags tags--small"><li><a href="/x">Floods</a></li><li><a>Zarin</a></li></ul>',
        '<div id="post-keywords"><span><a>Floods</a></span>, <span><a>Zarin</a></span></div>',
        '<div class="TAGS"><a href="/x">Floods</a> <a href="/y">Zarin</a></div>',
        '<p>Tags: <a href="/a" rel="tag">Floods</a>, <a href="/b" rel="nofollow tag">Zarin</a></p>',
    ],
)
def test_printed_tags_go_before_keywords(box: str) -> None:
    made = made_of(box, KEYWORDS)
    assert (made.tags, made.tags_from) == (("Floods", "Zarin"), "html")


@pytest.mark.parametrize("path", ["/topic/", "/en/tags/", "https://valley.example/thema/"])
def test_links_to_pages_of_tags_are_tags_where_no_keywords_are(path: str) -> None:
    box = f'<div><a href="{path}floods">Floods</a><a href="{path}zarin">Zarin</a></div>'
    assert made_of(box).tags == ("Floods", "Zarin")
    assert made_of(box, KEYWORDS).tags == ("pier", "council", "lorries")


def test_an_article_may_have_one_tag() -> None:
    assert made_of('<div class="tags"><span><a href="/x">Floods</a></span></div>').tags == (
        "Floods",
    )


@pytest.mark.parametrize(
    "box",
    [
        f'<p>{PARAGRAPHS[0]} <a href="/topic/floods">Floods</a></p>',
        '<nav class="tags"><a href="/tag/a">Floods</a><a href="/tag/b">Zarin</a></nav>',
        '<a href="/tag">Floods</a>',
        (
            '<div class="tags"><a href="/tag/a">A headline that is much too long for a tag of any '
            "article in the valley</a></div>"
        ),
    ],
    ids=["in a sentence", "a menu", "no tag's page", "a headline"],
)
def test_other_links_are_no_tags(box: str) -> None:
    assert made_of(box).tags == ()


def test_a_cloud_of_tags_beside_the_article_is_the_sites() -> None:
    cloud = '<div class="widget tag-cloud"><a href="/tag/a">A</a><a href="/tag/b">B</a></div>'
    page = html(f"<article><h1>Bridge reopens after flood</h1>{story()}</article>{cloud}")
    assert to_article(make_page(page)).tags == ()


def test_what_the_site_talks_about_stands_above_the_headline() -> None:
    bar = '<div class="topics"><a href="/topic/cup">World Cup</a><a>Elections</a></div>'
    own = '<div class="topics"><a href="/topic/floods">Floods</a><a>Zarin</a></div>'
    assert made_of(own, above=bar).tags == ("Floods", "Zarin")


@pytest.mark.parametrize(
    "keywords",
    [
        "bridge,reopens,flood",
        "Bridge, reopens, after, flood",
        "spring,flood,upper,zarin",
        "Valley Herald, news, Zarin, floods",
        "breaking news, latest news, valley news",
        "Valley News, ePaper, Valley Newspaper",
    ],
)
@pytest.mark.parametrize("said", ["meta", "json-ld"])
def test_a_cut_up_headline_and_the_sites_praise_are_no_tags(keywords: str, said: str) -> None:
    meta = f'<meta name="news_keywords" content="{keywords}">'
    node = ld(f'{{"@type":"NewsArticle","keywords":"{keywords}"}}')
    assert made_of("", meta if said == "meta" else node).tags == ()


@pytest.mark.parametrize(
    ("keywords", "tags"),
    [
        ("Zarin, flood, bridge", ("Zarin", "flood", "bridge")),
        ("Floods in the news, Zarin", ("Floods in the news", "Zarin")),
        ("Valley Herald, Zarin, floods", ("Valley Herald", "Zarin", "floods")),
        ("COVID-19: vaccines, 2026 World Cup", ("COVID-19: vaccines", "2026 World Cup")),
        (
            (
                "8f507083-bac4-423a-9015-2eb31e1bce50, Category: World, Zarin, 100312, valley.com,"
                "/article, NLP Entity Tokens: Zarin, _commerce"
            ),
            ("Zarin",),
        ),
    ],
)
def test_what_was_written_for_readers_stays(keywords: str, tags: tuple[str, ...]) -> None:
    assert made_of("", f'<meta name="keywords" content="{keywords}">').tags == tags


def test_a_feeds_categories_go_before_keywords() -> None:
    item = ListedItem(title="Bridge reopens", categories=("Floods", "Zarin"))
    page = html(f"<article><h1>Bridge reopens after flood</h1>{story()}</article>", KEYWORDS)
    assert to_article(make_page(page, item=item)).tags == ("Floods", "Zarin")


@pytest.mark.parametrize(
    "others",
    [
        '<div class="related-posts"><a href="/y">Cricket</a> <a rel="tag">PSL</a></div>',
        '<div class="recommended"><article><h2>Cricket</h2><a rel="tag">PSL</a></article></div>',
    ],
)
def test_tags_of_other_articles_are_not_this_ones(others: str) -> None:
    own = '<p class="related-tags tags">Tags: <a rel="tag" href="/tag/bridge">Bridge</a></p>'
    body = f"<article><h1>Bridge reopens after flood</h1>{story()}{own}</article>"
    for page in (f"<main>{body}{others}</main>", f"<div>{others}</div>{body}"):
        assert to_article(make_page(html(page))).tags == ("Bridge",)
