"""What one parse of a page gives to every step."""

from tests.transforms.pages import SOURCE, html, make_page, story, to_article
from transforms.document import Document
from transforms.parsing import parse_page


def parsed(markup: str) -> Document:
    return parse_page(make_page(markup), SOURCE)


def test_headings_and_links_are_told_with_their_white_space_folded() -> None:
    document = parsed(
        html(
            "<h1> Old <b>bridge</b>\n reopens </h1><h1></h1><a name=x>no link</a><a href=/>On\n</a>"
        )
    )
    assert document.headings == ("Old bridge reopens", "")
    assert document.link_texts == ("Home", "City", "On")


def test_drawings_and_styles_are_no_text_of_a_page_but_what_follows_them_is() -> None:
    document = parsed(
        html(
            "<p>Water <svg><title>Logo</title><g/></svg>rose<style>p{}</style>.</p>", title="Flood"
        )
    )
    assert document.tree.findtext(".//title") == "Flood"
    assert "Water rose." in document.tree.text_content()
    assert not [one.tag for one in document.tree.iter("svg", "style", "g")]


def test_what_a_program_says_is_no_text_but_json_ld_is_kept() -> None:
    document = parsed(
        html(
            "<p>Water <script>show('Fire')</script>rose.</p>"
            '<script type="application/ld+json">{"@type": "NewsArticle"}</script>'
        )
    )
    assert "Water rose." in document.tree.text_content()
    assert [node["@type"] for node in document.nodes] == ["NewsArticle"]


def test_a_drawing_that_is_never_closed_takes_no_text_along() -> None:
    made = to_article(make_page(html(f"<article><svg><path d=1>{story()}</article>")))
    assert made.word_count > 100


def test_elements_are_found_by_any_of_their_names_in_page_order() -> None:
    document = parsed(
        "<html><head><link rel=author href=/a></head><body><p id=by-author>A<p>B"
        "<p class='x AUTHOR'>C<p itemprop=author>D<p title=author>E"
        "<p class='post-author x'>F</body>"
    )
    found = document.named_like(("author", "editor"))
    assert [one.text for one in found] == [None, "A", "C", "D", "F"]


def test_a_head_that_names_an_author_is_no_printed_line() -> None:
    head = '<link rel="author" href="/zarin-gul" content="Zarin Gul">'
    made = to_article(make_page(html(f"<h1>Bridge reopens</h1>{story()}", head)))
    assert made.authors == ()


def test_an_author_is_found_behind_more_elements_than_are_weighed() -> None:
    page = html(f"<h1>Bridge</h1>{'<i class=x></i>' * 1_000}<p class=author>Sana Khan</p>{story()}")
    assert to_article(make_page(page)).authors == ("Sana Khan",)
