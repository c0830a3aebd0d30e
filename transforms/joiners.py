"""Joiners (ZWNJ, ZWJ) kept through an extraction that drops what it cannot print."""

import re
from copy import deepcopy

from lxml.html import HtmlElement

JOINERS = "\u200c\u200d"
ENTITY = re.compile("&(?:zwn?j|#0*820[45]|#x0*200[cd]);", re.IGNORECASE)
STANDS_FOR = {0x200C: "\U00010000", 0x200D: "\U00010001"}
"""Letters of Linear B: printed, of no other normal form, and in no news."""
RESTORED = {ord(letter): chr(joiner) for joiner, letter in STANDS_FOR.items()}


def has_joiners(markup: str) -> bool:
    """Say whether a page's markup holds joiners, which Persian and Pashto spell with."""
    # One pattern for letters and entities would have no letter to begin its search with.
    return any(joiner in markup for joiner in JOINERS) or ENTITY.search(markup) is not None


def hide_joiners(tree: HtmlElement) -> HtmlElement:
    """Copy a tree, with letters in its joiners' places."""
    copy = deepcopy(tree)
    for element in copy.iter():
        if element.text:
            element.text = element.text.translate(STANDS_FOR)
        if element.tail:
            element.tail = element.tail.translate(STANDS_FOR)
    return copy


def restore_joiners(text: str) -> str:
    """Put the joiners back into the text that was extracted."""
    return text.translate(RESTORED)
