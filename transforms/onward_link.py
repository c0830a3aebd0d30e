"""The link by which a page leads on to the rest of its text."""

import re
from typing import cast

from lxml import etree

from transforms.document import Document, flat_text
from transforms.running_text import letters_of

ONWARD = re.compile(
    r"\W*(?:(?:read|see|view|get|continue|continue reading) (?:the |this )?"
    r"(?:full|whole|entire|complete|rest of (?:the|this)) (?:story|article|text|post|news)\b"
    r"|continue reading(?=\W*$)"
    r"|(?:مکمل|پوری) (?:خبر|تحریر|کالم|مضمون)\b|بشپړ (?:خبر|مطلب)\b).{0,40}",
    re.IGNORECASE,
)
"""Not "original": a whole text leads to the one that it was taken from."""
BEFORE = etree.XPath(
    "(preceding::text()[string-length(normalize-space()) > 20]"
    "[not(parent::script or parent::style)])[last()]"
)
MAX_LINKS = 3
LAST_LINES = 2
"""Below the link an agency may be named."""


def has_onward_link(document: Document, text: str) -> bool:
    """Judge whether a link to the full text stands where this text ends."""
    links = {said for said in document.link_texts if ONWARD.fullmatch(said)}
    if not links or not text:
        return False
    last = letters_of("".join(text.splitlines()[-LAST_LINES:]))
    found = (link for link in document.tree.iter("a") if flat_text(link) in links)
    return any(
        letters_of(before)[-40:] in last
        for link, _ in zip(found, range(MAX_LINKS), strict=False)
        for before in cast("list[str]", BEFORE(link))
    )
