"""Boxes of a page that stand apart from its article."""

import re
from collections.abc import Collection
from itertools import islice

from lxml.html import HtmlElement

HEADINGS = ("h2", "h3", "h4", "h5", "h6")
MAX_HEADINGS = 5_000
APART = frozenset(
    {"a", "aside", "button", "dialog", "figure", "footer", "form", "header", "nav", "template"}
)
APART_NAME = re.compile(
    r"comment|disqus|repl(y|ies)\b|respond|related|recommend|promo|newsletter|sidebar|footer|share"
    r"|social|author|byline|teaser|caption|cookie|consent|subscri|popular|trending|outbrain|taboola"
    r"|\bnav|menu|modal|dialog|popup|banner|advert|sponsor|widget|copyright|most-?read|read-?more|credit"
    r"|\bbio\b",
    re.IGNORECASE,
)
"""What class or id say of a box that is no part of the text, whatever stands in it."""


def teaser_boxes(tree: HtmlElement) -> set[HtmlElement | None]:
    """Find the boxes whose heading leads to another page."""
    boxes = set()
    for heading in islice(tree.iter(*HEADINGS), MAX_HEADINGS):
        box = heading.getparent()
        if box is not None and box.tag == "a":
            boxes.add(box.getparent())
        elif heading.find(".//a[@href]") is not None:
            boxes.add(box)
    return boxes


def stands_apart(
    element: HtmlElement | None,
    around: Collection[HtmlElement],
    teasers: Collection[HtmlElement | None],
) -> bool:
    """Judge whether an element stands in a box of its own, below those `around` the text."""
    while element is not None and element not in around:
        if element.tag in APART or element in teasers or is_named_apart(element):
            return True
        element = element.getparent()
    return False


def is_named_apart(element: HtmlElement) -> bool:
    """Judge by class and id whether a box is no part of the text."""
    name = f"{element.get('class') or ''} {element.get('id') or ''}"
    return APART_NAME.search(name) is not None
