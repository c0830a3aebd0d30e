"""Boxes that no reader sees and that say again what the page shows: left out of a text."""

import re
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

UNSEEN = etree.XPath(
    "descendant::body/descendant::*[@hidden or @style[contains(., 'none') or contains(., 'NONE')]]"
)
TEXTS = etree.XPath("descendant::text()", smart_strings=False)
NO_DISPLAY = re.compile(r"display\s*:\s*none", re.IGNORECASE)
OPENING = 40
"""Letters by which a piece of text is known again; a shorter piece says nothing."""
MOST = 0.5


def without_hidden_copies(tree: HtmlElement) -> HtmlElement:
    """Copy a page without its hidden copies of shown text; the page itself where it has none."""
    if not _copies(tree):
        return tree
    # The steps after this one still need the page as it was.
    reduced = deepcopy(tree)
    for box in _copies(reduced):
        box.drop_tree()
    return reduced


def _copies(tree: HtmlElement) -> list[HtmlElement]:
    """List the hidden boxes of whose text most is shown outside of every hidden box."""
    boxes = {box: said for box in _hidden(tree) if (said := list(_openings(box)))}
    if not boxes:
        return []
    hidden = Counter(opening for said in boxes.values() for opening in said)
    everywhere = Counter(_openings(tree))
    return [
        box
        for box, said in boxes.items()
        if sum(everywhere[one] > hidden[one] for one in said) > MOST * len(said)
    ]


def _hidden(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Go through the outermost hidden boxes."""
    found: set[HtmlElement] = set()
    for box in cast("list[HtmlElement]", UNSEEN(tree)):
        is_hidden = "hidden" in box.attrib or NO_DISPLAY.search(box.get("style") or "")
        if is_hidden and found.isdisjoint(box.iterancestors()):
            found.add(box)
            yield box


def _openings(element: HtmlElement) -> Iterator[str]:
    for text in cast("list[str]", TEXTS(element)):
        if len(text) < OPENING:
            continue
        letters = "".join(text.split())
        if len(letters) >= OPENING:
            yield letters[:OPENING]
