"""JSON-LD as it is really written: broken in every way, split, nested, and about other pages."""

import json
import time

import pytest

from tests.transforms.pages import URL, article_html, html, ld, make_page, story, to_article
from transforms.article import Article
from transforms.loose_json import mend_json, read_values

HEADLINE = "The council's bridge is open"
NODE = {"@type": "NewsArticle", "headline": HEADLINE, "keywords": ["Zarin", "Floods"]}
PLAIN = json.dumps(NODE)
OTHER = "https://valley.example/news/other"


def made_of(*scripts: str, kind: str = ' type="application/ld+json"') -> Article:
    head = "".join(f"<script{kind}>{script}</script>" for script in scripts)
    return to_article(make_page(article_html(head)))


def assert_read(made: Article) -> None:
    assert (made.title, made.title_from) == (HEADLINE, "json-ld")
    assert (made.tags, made.tags_from) == (("Zarin", "Floods"), "json-ld")


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(f"[{PLAIN}]", id="array"),
        pytest.param(f'[[{{"@type":"WebSite"}}],[{PLAIN}]]', id="array of arrays"),
        pytest.param(f'{{"@graph":[{{"@type":"WebPage"}},{PLAIN}]}}', id="graph"),
        pytest.param(f'[{{"@graph":[{PLAIN}]}}]', id="graph in an array"),
        pytest.param(f'{{"@type":"WebPage","mainEntity":{PLAIN}}}', id="main entity"),
        pytest.param(f"//<![CDATA[\n{PLAIN}\n//]]>", id="CDATA"),
        pytest.param(f"/*<![CDATA[*/{PLAIN}/*]]>*/", id="CDATA in comments"),
        pytest.param(f"<!--{PLAIN}-->", id="HTML comment"),
        pytest.param(f"<!--//--><![CDATA[//><!--\n{PLAIN}\n//--><!]]>", id="Drupal's wrapper"),
        pytest.param(PLAIN.replace("]", ",]").replace("}", ",}"), id="trailing commas"),
        pytest.param(PLAIN.replace("]", "\n ,\n ]"), id="trailing comma on its own line"),
        pytest.param(PLAIN.replace('"', "&quot;"), id="entities for quotes"),
        pytest.param(PLAIN.replace("'", "&#039;"), id="entities in strings"),
        pytest.param(PLAIN.replace("'", "&amp;#039;"), id="entities escaped twice"),
        pytest.param(PLAIN.replace("'", "\\'"), id="escaped single quote"),
        pytest.param(PLAIN[:-1] + r',"x":"C:\path \& more \u12"}', id="broken escapes"),
        pytest.param(PLAIN.replace("bridge is", "bridge\nis"), id="raw newline"),
        pytest.param(PLAIN.replace("bridge is", "bridge\x0b\tis"), id="control characters"),
        pytest.param(PLAIN + "\n" + '{"@type":"WebSite"}', id="two objects"),
        pytest.param('{"@type":"WebSite"};\n' + PLAIN + ";", id="two objects with semicolons"),
        pytest.param('{"@type":"WebSite",}' + PLAIN, id="two objects, one broken"),
        pytest.param(PLAIN[:-1] + ',"x":"He said "no" today"}', id="quotes in a string"),
        pytest.param(PLAIN[:-1] + ",'x':'It is the \"end\"'}", id="single quotes"),
        pytest.param(PLAIN[:-1] + ',"x":\'the town\'s "end"\'}', id="single quoted text"),
        pytest.param(PLAIN[:-1] + ', // see https://a.b/ "x\n"y": 1}', id="line comment"),
        pytest.param(PLAIN[:-1] + ', /* "not": "this" */ "y": "http://x//z"}', id="comment"),
        pytest.param(PLAIN.replace('"headline"', '"url":"","headline"'), id="empty address"),
    ],
)
def test_it_is_read_however_it_is_written(script: str) -> None:
    assert_read(made_of(script))


def test_all_scripts_are_read_and_a_broken_one_costs_itself_alone() -> None:
    assert_read(made_of('{"@type": "NewsArticle", "headline": "Broken', "", "null", "7", PLAIN))


@pytest.mark.parametrize(
    "kind", [' type="Application/LD+JSON; charset=utf-8"', " type='application/ld+json' async"]
)
def test_the_scripts_type_may_say_more(kind: str) -> None:
    assert_read(made_of(PLAIN, kind=kind))


def test_what_an_article_refers_to_is_found_by_its_id() -> None:
    graph = [
        {**NODE, "author": {"@id": "#zala"}, "image": {"@id": "#lead"}, "publisher": "#house"},
        {"@type": "Person", "@id": "#zala", "name": "Zala Khan"},
        {"@type": "ImageObject", "@id": "#lead", "url": "/bridge.jpg"},
        {"@type": "Organization", "@id": "#house", "name": "The Valley House"},
    ]
    made = made_of(json.dumps({"@graph": graph}))
    assert_read(made)
    assert made.authors == ("Zala Khan",)
    assert made.image_url == "https://valley.example/bridge.jpg"
    assert (made.site_name, made.site_name_from) == ("The Valley House", "json-ld")


def teaser(number: int, **more: object) -> dict[str, object]:
    return {
        "@type": "NewsArticle",
        "headline": f"Another story number {number}",
        "url": f"{OTHER}-{number}",
        "datePublished": "2026-01-01T00:00:00Z",
        "author": {"@type": "Person", "name": "Omar Gul"},
        **more,
    }


@pytest.mark.parametrize(
    "own",
    [
        {**NODE, "url": URL},
        {**NODE, "@id": URL + "#article"},
        {**NODE, "mainEntityOfPage": {"@type": "WebPage", "@id": URL.replace("//", "//www.")}},
        {**NODE, "mainEntityOfPage": URL + "/"},
        NODE,
    ],
    ids=["url", "id", "main entity of a page", "main entity of an address", "no address"],
)
def test_among_other_pages_articles_the_pages_own_is_chosen(own: dict[str, object]) -> None:
    made = made_of(json.dumps([teaser(1), teaser(2), own, teaser(3)]))
    assert_read(made)
    assert made.authors == ()
    assert made.published is None or made.published.origin != "json-ld"


def test_a_list_of_other_pages_articles_says_nothing_of_this_one() -> None:
    made = made_of(json.dumps([teaser(number) for number in range(9)]))
    assert (made.title, made.title_from) == ("Bridge reopens after flood", "html")
    assert made.authors == ()


def test_under_a_foreign_address_the_headline_tells_which_is_the_pages_own() -> None:
    own = teaser(4, headline="Bridge reopens after flood", url="https://cdn.example/?id=4")
    made = made_of(json.dumps([teaser(1), own, teaser(2)]))
    assert (made.title, made.title_from) == ("Bridge reopens after flood", "json-ld")


def test_a_lone_article_of_another_address_and_headline_is_another_article() -> None:
    made = made_of(json.dumps(teaser(1, author={"name": "Omar Gul"}, datePublished="2020-01-01")))
    assert (made.title, made.title_from) == ("Bridge reopens after flood", "html")
    assert made.authors == ()
    assert made.published is None or made.published.origin != "json-ld"


def test_of_articles_without_an_address_the_one_of_the_headline_wins() -> None:
    other = {
        "@type": "NewsArticle", "headline": "Minister resigns over the scandal",
        "datePublished": "2020-01-01", "author": {"name": "Omar Gul"},
    }  # fmt: skip
    own = {"@type": "NewsArticle", "headline": "Bridge reopens – after flood"}
    made = made_of(json.dumps([other, own]))
    assert (made.title, made.authors) == ("Bridge reopens – after flood", ())


def test_two_statements_on_the_page_complete_each_other() -> None:
    one = {**NODE, "url": URL, "datePublished": "2026-03-09", "publisher": {"name": "Valley"}}
    other = {"@type": "Article", "@id": URL, "author": {"name": "Zala Khan"}, "headline": "Short"}
    made = made_of(json.dumps(one), json.dumps(other))
    assert_read(made)
    assert made.authors == ("Zala Khan",)


@pytest.mark.parametrize(
    ("image", "address"),
    [
        ('"https://valley.example/a.jpg"', "https://valley.example/a.jpg"),
        ('["/a.jpg", "/b.jpg"]', "https://valley.example/a.jpg"),
        ('{"@type":"ImageObject","url":"a.jpg"}', "https://valley.example/news/2026/a.jpg"),
        ('[{"@type":"ImageObject","contentUrl":"//i.example/a.jpg"}]', "https://i.example/a.jpg"),
        ('"data:image/png;base64,iVBORw0KGgo="', None),
        ('{"@type":"ImageObject"}', None),
        ('"/logo.png"', None),
    ],
)
def test_the_picture_is_read_in_any_form(image: str, address: str | None) -> None:
    logo = '{"logo":{"@type":"ImageObject","url":"https://valley.example/logo.png"}}'
    made = made_of(f'{{"@type":"NewsArticle","image":{image},"publisher":{logo}}}')
    assert made.image_url == address
    assert made.image_from == ("json-ld" if address else None)


def test_a_picture_that_is_none_gives_way_to_the_next() -> None:
    head = (
        '<meta property="og:image" content="data:image/gif;base64,R0lGOD">'
        '<meta property="og:image" content="https://valley.example/logo.png">'
        '<meta name="twitter:image" content="/bridge.jpg"><base href="https://cdn.example/x/">'
    )
    node = ld('{"@type":"NewsArticle","publisher":{"logo":"https://valley.example/logo.png"}}')
    made = to_article(make_page(article_html(head + node)))
    assert (made.image_url, made.image_from) == ("https://cdn.example/bridge.jpg", "meta")


def test_meta_that_is_escaped_twice_is_read_plain() -> None:
    head = (
        '<meta property="og:title" content="Bridge &amp;amp; road reopen">'
        '<meta name="keywords" content="Zarin, Sher&amp;#039;s bridge">'
    )
    body = f"<article><h1>Bridge &amp; road reopen</h1>{story()}</article>"
    made = to_article(make_page(html(body, head)))
    assert (made.title, made.tags) == ("Bridge & road reopen", ("Zarin", "Sher's bridge"))


@pytest.mark.parametrize(
    "text",
    [
        '"a' * 300_000, "'a, " * 300_000, "[" * 100_000, '{"a":' * 100_000, "/* " * 300_000,
        '"' + " " * 500_000, '"x" ' * 300_000 + "}", "//" * 300_000, "\\" * 600_000, "{}" * 300_000,
    ],
    ids=lambda text: text[:4],
)  # fmt: skip
def test_mending_costs_no_more_than_the_text_is_long(text: str) -> None:
    started = time.process_time()
    read_values(text)
    assert time.process_time() - started < 4


def test_whole_json_is_left_as_it_is() -> None:
    whole = json.dumps([NODE, {"a": 'x", y: "z"', "b": "\\ // /* 'q' ,]", "c": [1.5, None, {}]}])
    assert json.loads(mend_json(json.dumps(NODE))) == NODE
    assert read_values(whole) == [json.loads(whole)]
