"""Elements as a reader sees them: one line, with a bar where another block begins."""

import re
from typing import cast

from lxml.etree import XPath, iterwalk
from lxml.html import HtmlElement

BLOCKS = frozenset(
    (
        "address", "br", "dd", "div", "dl", "dt", "figcaption", "h1", "h2", "h3", "h4", "h5", "h6",
        "header", "footer", "p", "section", "table", "td", "time", "tr",
    )
)  # fmt: skip
MAX_LAYOUT = 3_000
"""Characters of a short line with the blanks of its markup."""


def line_of(element: HtmlElement) -> str:
    """Write out an element as one line, with a bar where another block, or a thing, begins."""
    lines = (" ".join(line.split()) for line in _text(element).split("\n"))
    return " | ".join(filter(None, lines)).strip("; ").replace(", | ", ", ")


def is_short(element: HtmlElement) -> bool:
    """Judge whether an element is a line, and no part of the page's layout."""
    return len(element.text_content().strip()) <= MAX_LAYOUT


def find_all(path: XPath, element: HtmlElement) -> list[HtmlElement]:
    """Find elements by a compiled path that selects nothing else."""
    return cast(list[HtmlElement], path(element))


def _text(element: HtmlElement) -> str:
    """Write out an element's text: a line each block, a bar where two elements touch."""
    pieces: list[str] = []
    for event, one in iterwalk(element, events=("start", "end")):
        text = (one.text if event == "start" else one.tail if one is not element else "") or ""
        if one.tag in {"script", "style"} and event == "start":
            text = ""
        if one.tag == "li" and event == "start":
            pieces.append("; ")
        elif one.tag in BLOCKS:
            pieces.append("\n")
        elif _touch(pieces[-1] if pieces else "", text):
            pieces.append(" | ")
        if text:
            pieces.append(re.sub(r"\s+", " ", text))
    return "".join(pieces)


def _touch(before: str, after: str) -> bool:
    return before[-1:].isalnum() and after[:1].isalnum() and not after[0].islower()
