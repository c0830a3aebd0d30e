"""Whom a page names as author, in its data and in its print."""

from dataclasses import replace

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
from transforms.people import split_people

SITES = ("Valley Herald", "MDR", "valleyherald.example", "Furche", "furche.example")


def authors(above: str = "", head: str = "", below: str = "") -> tuple[str, ...]:
    page = html(f"<article><h1>Bridge reopens</h1>{above}{story()}{below}</article>", head)
    return to_article(make_page(page)).authors


@pytest.mark.parametrize(
    ("above", "people"),
    [
        ('<p class="byline">By <a href="/author/z">Zala Khan</a> and Omar Gul</p>', "Zala Khan"),
        ('<a rel="author" href="/x">Zala Khan</a> <a rel="author">Omar Gul</a>', ("Zala", "Omar")),
        ('<div class="post-author">uriebe</div>', "uriebe"),
        ('<div class="article-author"><b>Zala Khan</b><br>Staff Reporter<br>3 March</div>', "Zala"),
        ('<span class="author vcard"><a class="url fn n">Herr_Rein</a></span>', "Herr_Rein"),
        ("<div><small>Von Zala Khan</small><small>3. März 2026</small></div>", "Zala Khan"),
        ("<ul><li>3 March 2026</li><li>By <a>Zala KHAN</a></li></ul>", "Zala KHAN"),
        ("<p>Posted by Zala on 3 March 2026</p>", "Zala"),
        ("<p>تحریر: زالا خان</p>", "زالا خان"),
        ("<p>لیکوال: عمر ګل</p>", "عمر ګل"),
        ("<p><strong>Zala Khan</strong></p>", "Zala Khan"),
        ("<p>Autorin/Autor<br>Zala Khan</p>", "Zala Khan"),
        ("<p>Text: Zala Khan Fotos: Omar Gul</p>", "Zala Khan"),
    ],
)
def test_printed_authors_are_read(above: str, people: str | tuple[str, ...]) -> None:
    wanted = (people,) if isinstance(people, str) else people
    assert [name.startswith(one) for name, one in zip(authors(above), wanted, strict=True)] == [
        True
    ] * len(wanted)


@pytest.mark.parametrize(
    "below",
    [
        '<div class="related"><span class="author">Omar Gul</span></div>',
        '<div id="comments"><cite class="comment-author">Omar Gul</cite></div>',
        '<aside><a rel="author">Omar Gul</a></aside>',
        '<figure><figcaption class="photo-author">Omar Gul</figcaption></figure>',
        '<p>By the river, <em class="author-time">3 March</em></p>',
        "<p><strong>Weitere Informationen</strong></p>",
    ],
)
def test_authors_of_something_else_are_left(below: str) -> None:
    assert authors(below=below) == ()
    assert authors('<p class="byline">By Zala Khan</p>', below=below) == ("Zala Khan",)


def test_readers_byline_wins_over_the_name_of_who_typed_the_text_in() -> None:
    head = ld('{"@type":"NewsArticle","author":{"@type":"Person","name":"Omar Gul"}}')
    assert authors('<div class="author">Zala Khan</div>', head) == ("Zala Khan",)
    assert authors('<div class="author">Omar Gul For Valley.Example</div>', head) == ("Omar Gul",)
    assert authors('<div class="author">News</div>', head) == ("Omar Gul",)


def test_site_wide_meta_author_yields_to_the_byline() -> None:
    head = '<meta name="author" content="Valley Media Society">'
    assert authors("<p>Von Zala Khan</p>", head) == ("Zala Khan",)


def test_first_name_is_completed_from_the_page() -> None:
    head = '<meta name="author" content="Zala">'
    assert authors(head=head, below='<p class="author">Von Zala Khan</p>') == ("Zala Khan",)


@pytest.mark.parametrize(
    ("line", "people"),
    [
        ("Die FURCHE", ()),
        ("MDR SACHSEN-ANHALT", ()),
        ("VH", ()),
        ("Vina Hadi", ("Vina Hadi",)),
        ("Valley Herald Ltd (www.valleyherald.example)", ()),
        ("Zala Khan im Gespräch mit Omar Gul", ("Zala Khan", "Omar Gul")),
        ("Zala Khan/Omar Gul", ("Zala Khan", "Omar Gul")),
        ("نمائندہ خصوصی", ()),
        ("责任编辑：焦鹏", ("焦鹏",)),
    ],
)
def test_the_outlet_in_any_form_is_no_person(line: str, people: tuple[str, ...]) -> None:
    assert split_people([line], SITES)[0] == people


@pytest.mark.parametrize(
    "name", ["APP", "dpa", "The Associated Press", "Valley Herald", "Web Desk", "ویب ڈیسک"]
)
def test_house_desk_or_agency_is_kept_as_byline(name: str) -> None:
    node = f'{{"@type":"NewsArticle","author":{{"@type":"Organization","name":"{name}"}}}}'
    assert to_article(make_page(article_html(ld(node)))).byline == name


def test_prose_that_begins_with_by_is_no_byline() -> None:
    assert authors(f"<p>By Monday the {PARAGRAPHS[0]}</p>") == ()
    assert authors("<p>By Monday, the old bridge will be open to lorries again.</p>") == ()


@pytest.mark.parametrize("line", ["Agencies", "Staff Report", "Our Correspondent", "Valley Herald"])
def test_a_house_that_is_only_printed_is_kept_as_byline(line: str) -> None:
    above = f'<p class="author-links"><a class="author-name" href="/writer/1">{line}</a></p>'
    made = to_article(make_page(article_html(above=above)))
    assert (made.authors, made.byline) == ((), line)


@pytest.mark.parametrize(
    ("opening", "credit"),
    [
        ("PESHAWAR (APP): The old bridge", "APP"),
        ("ISLAMABAD, Nov 22 (APP): The old bridge", "APP"),
        ("Lahore (Web Desk) The old bridge", "Web Desk"),
        ("پشاور (نمائندہ خصوصی) پرانا پل", "نمائندہ خصوصی"),
        ("لاہور(اے پی پی): پرانا پل", "اے پی پی"),
        ("World Health Organization (WHO) experts said", None),
        ("The bridge (built 1931) is old", None),
    ],
)
def test_desk_or_agency_in_the_dateline_is_kept_as_byline(opening: str, credit: str | None) -> None:
    page = html(
        f"<article><h1>Bridge</h1>{story(f'{opening} {PARAGRAPHS[0]}', *PARAGRAPHS)}</article>"
    )
    made = to_article(make_page(page))
    assert (made.authors, made.byline) == ((), credit)


@pytest.mark.parametrize("name", ["Di Wu", "Da Chen", "De Niro Khan", "Von Miller", "Robert Guest"])
def test_a_name_in_data_is_kept_whole(name: str) -> None:
    made = to_article(make_page(article_html(f'<meta name="author" content="{name}">')))
    assert (made.authors, made.byline) == ((name,), None)


@pytest.mark.parametrize(
    ("line", "people"),
    [
        ("Ismail Khan (Valley Herald)", ("Ismail Khan",)),
        ("Valley Herald, Ismail Khan", ("Ismail Khan",)),
        ("Valley Herald, Zarin", ()),
        ("Ali Khan, Peshawar", ("Ali Khan",)),
        ("Ali Khan, Reuters", ("Ali Khan", "Reuters")),
        ("Zala, Omar", ("Zala", "Omar")),
        ("Jean-Apollinaire Tossou", ("Jean-Apollinaire Tossou",)),
        ("Von: Zala Khan", ("Zala Khan",)),
        ("von Zala Khan, Omar Gul", ("Zala Khan", "Omar Gul")),
        ("Guest Author", ()),
    ],
)
def test_of_an_author_line_people_alone_are_taken(line: str, people: tuple[str, ...]) -> None:
    assert split_people([line], SITES)[0] == people


def test_the_place_beside_a_name_stays_in_the_byline() -> None:
    made = to_article(make_page(article_html('<meta name="author" content="Ali Khan, Peshawar">')))
    assert (made.authors, made.byline) == (("Ali Khan",), "Ali Khan, Peshawar")


PERSON = '<span itemprop="author">Omar Gul</span>'
STORY = 'itemscope itemtype="https://schema.org/NewsArticle"'


@pytest.mark.parametrize(
    "below",
    [
        f'<div id="x" itemscope itemtype="http://schema.org/Comment">{PERSON} First!</div>',
        f"<aside><div {STORY}>{PERSON}</div></aside>",
        f'<div class="sidebar">{PERSON}</div>',
        f"<div {STORY}><h2>Cricket team wins</h2>{PERSON}</div>",
    ],
    ids=["comment", "aside", "sidebar", "another story"],
)
def test_microdata_of_something_else_is_left(below: str) -> None:
    inner = f'<h1>Bridge reopens</h1><p><i itemprop="author">Zala Khan</i></p>{story()}'
    for page in (f"<article {STORY}>{inner}</article>", f"<article>{inner}</article>"):
        made = to_article(make_page(html(f"{page}{below}")))
        assert (made.authors, made.authors_from) == (("Zala Khan",), "microdata")


def test_an_articles_own_footer_names_its_author() -> None:
    page = f'<div {STORY}><h1>Bridge</h1>{story()}<div class="post-footer">{PERSON}</div></div>'
    assert to_article(make_page(html(page))).authors == ("Omar Gul",)


def test_a_dateline_is_read_however_short_the_first_paragraph_is() -> None:
    lines = ("PESHAWAR (APP): The bridge is open.", *PARAGRAPHS)
    page = html(f"<article><h1>Bridge reopens</h1><p>3 March</p>{story(*lines)}</article>")
    assert to_article(make_page(page)).byline == "APP"


@pytest.mark.parametrize(
    ("said", "opening"),
    [
        ("Ali Khan in Wana", "WANA: "),
        ("Ali Khan, Dera Ismail Khan", "DERA ISMAIL KHAN (APP) – "),
        ("Ali Khan – Wana", "Wana — "),
        ("Ali Khan - Tirwal", ""),
        ("Ali Khan in Tirwal", ""),
    ],
)
def test_the_texts_or_the_outlets_place_is_cut_off_a_name(said: str, opening: str) -> None:
    text = story(opening + PARAGRAPHS[0], *PARAGRAPHS[1:])
    source = replace(SOURCE, regions=("Tirwal",))
    for head, above in (
        ("<meta name='author' content='{}'>", ""),
        ("", "<p class='byline'>{}</p>"),
    ):
        body = f"<article><h1>Bridge reopens</h1>{above.format(said)}{text}</article>"
        made = to_article(make_page(html(body, head.format(said))), source)
        assert made.authors == ("Ali Khan",)


def test_a_place_alone_is_no_author() -> None:
    text = story("PESHAWAR: " + PARAGRAPHS[0], *PARAGRAPHS[1:])
    head = '<meta name="author" content="Peshawar">'
    page = make_page(html(f"<article><h1>Bridge reopens</h1>{text}</article>", head))
    assert to_article(page).authors == ()


def test_a_lone_correspondent_is_kept_as_byline() -> None:
    head = '<meta name="author" content="Correspondent">'
    assert to_article(make_page(article_html(head))).byline == "Correspondent"
    assert to_article(make_page(article_html(above='<p class="byline">By</p>'))).byline is None


def test_a_link_around_a_name_in_json_ld_is_undone() -> None:
    data = r'{"@type":"Article","author":"<a href=\"/author/z\" rel=\"author\">Zala Khan<\/a>"}'
    assert authors(head=ld(data)) == ("Zala Khan",)


@pytest.mark.parametrize(
    "login", ["aij-admin", "jdadmin", "valleyinfos_zlfca4v6", "ValleyHerald.pk"]
)
def test_an_account_is_no_author_and_no_byline_beside_a_printed_line(login: str) -> None:
    head = ld(f'{{"@type": "Article", "author": {{"name": "{login}"}}}}')
    made = to_article(make_page(article_html(head)))
    assert (made.authors, made.byline) == ((), login)
    made = to_article(make_page(article_html(head, '<p class="byline">By Zala Khan</p>')))
    assert (made.authors, made.byline) == (("Zala Khan",), None)
    made = to_article(make_page(article_html(head, '<p class="byline">Our Correspondent</p>')))
    assert (made.authors, made.byline) == ((), "Our Correspondent")
