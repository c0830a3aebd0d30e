"""A page's hidden second copy of its text is left out; what is only hidden is read."""

import pytest
from lxml.html import document_fromstring

from tests.transforms.pages import PARAGRAPHS, html, make_page, story, to_article
from transforms.hidden_copies import without_hidden_copies

HEAD = "<h1>Bridge reopens after flood</h1>"
TEXT = "\n".join(PARAGRAPHS)


@pytest.mark.parametrize("hiding", ['style="display: none"', "style='DISPLAY:NONE'", "hidden"])
def test_a_hidden_copy_of_the_text_is_left_out(hiding: str) -> None:
    shown = f"<div class=detail>{HEAD}{story()}</div>"
    copy = f"<div id=area {hiding}>{HEAD}{story()}</div>"
    for body in (shown + copy, copy + shown, f"{copy}<div hidden>{story()}</div>{shown}"):
        assert to_article(make_page(html(body))).body == TEXT


@pytest.mark.parametrize(
    ("shown", "hidden"), [((), PARAGRAPHS), (PARAGRAPHS[:1], PARAGRAPHS), (PARAGRAPHS, ("Menu",))]
)
def test_a_hidden_box_that_says_more_than_the_page_stays(
    shown: tuple[str, ...], hidden: tuple[str, ...]
) -> None:
    parts = "".join(f"<p>{line}</p>" for line in shown)
    page = document_fromstring(html(f"<div>{parts}</div><div hidden>{story(*hidden)}</div>"))
    assert without_hidden_copies(page) is page


def test_a_text_that_is_hidden_as_a_whole_is_read() -> None:
    body = f"<div class=detail style='display:none'>{HEAD}{story()}</div>"
    assert to_article(make_page(html(body))).body == TEXT
