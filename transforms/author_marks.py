"""The elements by which author lines are found: headings, paragraphs, what is marked as author."""

import re
from itertools import islice

from lxml.etree import XPath
from lxml.html import HtmlElement

from transforms.document import Document
from transforms.people import credit_in_dateline

SIGN = re.compile(
    r"(?<![a-z])(?:authors?|autor(?:e[ns]?|in)?|auteurs?|byl|by-?lines?|columnist|vcard|verfasser)"
    r"(?![a-z])|(?:author|writer|reporter|journalist)-?(?:name|link|info|s\b)"
    r"|(?-i:[a-z](?:Author|By[Ll]ine)(?![a-z]))|(?:posted|written|submitted)-?by|(?:item|post|entry|article|story)-?(?:author|poster)",
    re.IGNORECASE,
)
"""Class names and ids by which templates mark the author."""
NOT_SIGN = re.compile(
    r"comment|avatar|image|img|photo|author\w*-?(?:date|time)|share|social|follow|count|icon|more-|title|other"
    r"|desc|twitter|email|translat|role|job|position|posts|quote",
    re.IGNORECASE,
)
MAY_SIGN = (
    "utor", "uthor", "uteur", "yline", "yLine", "byl", "vcard", "-by", "_by", "ournalist",
    "olumnist", "riter", "eporter", "oster", "erfasser",
)  # fmt: skip
MAY_SIGN_ID = ("uthor", "yline")
IS_LONG = XPath("string-length(normalize-space()) > 160")
TEXTS = ("h1", "p")
MAX_TEXT = 160
MAX_MARKS = 400


def find_marks(document: Document) -> list[HtmlElement]:
    """List headings, long paragraphs and what may be an author element, in page order."""
    names = document.names
    signed = names.lines_with(map(str.lower, MAY_SIGN))
    body = next(document.tree.iter("body"), None)
    if body is None:
        return []
    inside = islice(
        zip(names.elements, names.lines, strict=True), names.elements.index(body) + 1, None
    )
    marks = (
        element
        for element, line in inside
        if (line in signed and _may_sign(element)) or (element.tag in TEXTS and _is_text(element))
    )
    return list(islice(marks, MAX_MARKS))


def is_signed(element: HtmlElement) -> bool:
    """Judge whether the markup calls an element the author."""
    if element.get("rel") == "author" or "author" in (element.get("itemprop") or "").split():
        return True
    names = marked_names(element).split()
    return any(SIGN.search(name) and not NOT_SIGN.search(name) for name in names)


def marked_names(element: HtmlElement) -> str:
    """Return the start of an element's classes and id."""
    return f"{element.get('class') or ''} {element.get('id') or ''}"[:MAX_TEXT]


def _may_sign(element: HtmlElement) -> bool:
    """Judge what is found by all of an element's names by the name that it was found in."""
    return (
        element.get("rel") == "author"
        or "author" in (element.get("itemprop") or "")
        or any(word in (element.get("class") or "") for word in MAY_SIGN)
        or any(word in (element.get("id") or "") for word in MAY_SIGN_ID)
    )


def _is_text(element: HtmlElement) -> bool:
    if element.tag == "h1":
        return True
    # A dateline opens the text, however short its first paragraph is.
    return bool(IS_LONG(element) or credit_in_dateline(element.text or ""))
