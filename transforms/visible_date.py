"""The date a reader sees: near the headline, in any language; never a footer's or a sidebar's."""

import re
import unicodedata
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime, timedelta

from htmldate import find_date
from lxml.html import HtmlElement

from transforms.article import Origin
from transforms.document import Document

MONTHS = {
    "جنوری": 1, "جنوري": 1, "فروری": 2, "فبروری": 2, "فبروري": 2, "فروري": 2, "مارچ": 3, "مارچ‌": 3,
    "اپریل": 4, "اپرېل": 4, "اپريل": 4, "مئی": 5, "می": 5, "مۍ": 5, "مي": 5, "جون": 6, "جولائی": 7,
    "جولای": 7, "جولاى": 7, "جولاي": 7, "اگست": 8, "اګست": 8, "ستمبر": 9, "سپتمبر": 9, "سېپتمبر": 9,
    "سپټمبر": 9, "اکتوبر": 10, "اکتوبر‌": 10, "نومبر": 11, "نوامبر": 11, "نومبر‌": 11, "دسمبر": 12,
    "ډسمبر": 12, "دسامبر": 12,
}  # fmt: skip
"""Urdu and Pashto names of the Gregorian months, as outlets spell them."""
DAY_MONTH_YEAR = re.compile(
    r"(?<!\d)(\d{1,2})\s*[-،,]?\s*("
    + "|".join(sorted(MONTHS, key=len, reverse=True))
    + r")\s*[-،,]?\s*(\d{4})"
)
MONTH_DAY_YEAR = re.compile(
    "(" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\s*(\d{1,2})\s*[-،,]\s*(\d{4})"
)
ASIDE = re.compile(
    r"sidebar|related|recommend|widget|comment|footer|latest|most-?(read|popular)|trending|teaser|"
    r"also-?read|breaking|ticker|promo|recirc|more-(news|from|stories)|newsletter|copyright",
    re.IGNORECASE,
)
UPDATED = re.compile(
    r"updat|modif|revis|edited|geändert|aktualisiert|mis à jour|مزید|اپ ڈیٹ", re.IGNORECASE
)
PUBLISHED = re.compile(
    r"publi|posted|entry-date|post-date|article-date|dateline|timestamp|datetime|date",
    re.IGNORECASE,
)
DROPPED_TAGS = (
    "aside",
    "nav",
    "footer",
    "script",
    "style",
    "noscript",
    "iframe",
    "form",
    "meta",
    "link",
)
MAX_ASIDE_SHARE = 0.5
TOP_CHARACTERS = 3_000


def visible_dates(document: Document) -> Iterator[tuple[str, Origin]]:
    """Yield what stands on the page as its date: `<time>`s, Urdu and Pashto dates, htmldate's."""
    tree = _without_asides(document.tree)
    yield from _times(tree)
    text = digits_in_ascii(" ".join(tree.itertext())[:TOP_CHARACTERS])
    yield from ((iso, "text") for iso in _months_of_the_region(text))
    latest = document.page.fetched_at
    found = find_date(
        tree,
        original_date=True,
        extensive_search=False,
        url="",
        max_date=None if latest is None else latest.replace(tzinfo=None) + timedelta(days=1),
        min_date=datetime(1995, 1, 1),  # noqa: DTZ001 (htmldate compares naive times)
    )
    if found is not None:
        yield found, "text"


def digits_in_ascii(text: str) -> str:
    """Write Arabic and Persian digits as 0-9."""
    return re.sub(
        r"[\u0660-\u0669\u06f0-\u06f9]", lambda match: str(unicodedata.digit(match[0])), text
    )


def _months_of_the_region(text: str) -> Iterator[str]:
    for pattern, (day, month, year) in ((DAY_MONTH_YEAR, (1, 2, 3)), (MONTH_DAY_YEAR, (2, 1, 3))):
        if match := pattern.search(text):
            yield f"{match[year]}-{MONTHS[match[month]]:02}-{int(match[day]):02}"


def _times(tree: HtmlElement) -> Iterator[tuple[str, Origin]]:
    times = [element for element in tree.iter("time") if not UPDATED.search(_context(element))]
    stamps = {(element.get("datetime") or "").strip() for element in times} - {""}
    marked = [
        element
        for element in times
        if element.get("pubdate") is not None or PUBLISHED.search(_context(element))
    ]
    # Several different <time>s and none marked: a list of stories, or of comments. Not believed.
    chosen = marked[:1] or (times[:1] if len(stamps) == 1 else [])
    for element in chosen:
        yield element.get("datetime") or element.text_content(), "html"


def _context(element: HtmlElement) -> str:
    parent = element.getparent()
    around = (parent.text or "") + str(parent.get("class") or "") if parent is not None else ""
    return f"{element.get('class') or ''} {element.get('itemprop') or ''} {around} {element.text or ''}"[
        :400
    ]


def _without_asides(tree: HtmlElement) -> HtmlElement:
    body = tree.find(".//body")
    copy: HtmlElement = deepcopy(body if body is not None else tree)
    whole = len(" ".join(copy.itertext())) or 1
    for element in list(copy.iter(*DROPPED_TAGS)):
        element.drop_tree()
    for element in list(copy.iter("div", "section", "ul", "ol", "p", "article", "header")):
        name = f"{element.get('class') or ''} {element.get('id') or ''}"
        if element.getparent() is None or not ASIDE.search(name):
            continue
        if sum(map(len, element.itertext())) < MAX_ASIDE_SHARE * whole and not element.xpath(
            ".//h1"
        ):
            element.drop_tree()
    return copy
