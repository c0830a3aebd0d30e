"""The elements by which author lines are found: headings, paragraphs, what is marked as author."""

import re
from itertools import dropwhile, islice

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
MAY_SIGN = re.compile(
    r"utor|uthor|uteur|yline|yLine|byl|vcard|[-_]by|ournalist|olumnist|riter|eporter|oster|erfasser"
)
MAY_SIGN_ID = re.compile("uthor|yline")
IS_LONG = XPath("string-length(normalize-space()) > 160")
MAX_TEXT = 160
MAX_MARKS = 400


def find_marks(document: Document) -> list[HtmlElement]:
    """List headings, long paragraphs and what may be an author element, in page order."""
    signed = frozenset(filter(_may_sign, document.named_like(MAY_SIGN)))
    elements = (element for element, _ in document.named)
    inside = islice(dropwhile(lambda one: one.tag != "body", elements), 1, None)
    return list(islice((one for one in inside if one in signed or _is_text(one)), MAX_MARKS))


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
        or MAY_SIGN.search(element.get("class") or "") is not None
        or MAY_SIGN_ID.search(element.get("id") or "") is not None
    )


def _is_text(element: HtmlElement) -> bool:
    if element.tag != "p":
        return bool(element.tag == "h1")
    # A dateline opens the text, however short its first paragraph is.
    return bool(IS_LONG(element) or credit_in_dateline(element.text or ""))
