"""The date a reader sees: near the headline, in any language; never a footer's or a sidebar's."""

import re
import unicodedata
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import zip_longest

from htmldate import find_date
from htmldate.extractors import try_date_expr
from lxml import etree
from lxml.html import HtmlElement

from transforms.article import Origin
from transforms.document import Document
from transforms.foreign_code import ask_or_none

MONTHS = {
    "جنوری": 1, "جنوري": 1, "فروری": 2, "فبروری": 2, "فبروري": 2, "فروري": 2, "مارچ": 3, "اپریل": 4,
    "اپرېل": 4, "اپريل": 4, "مئی": 5, "می": 5, "مۍ": 5, "مي": 5, "جون": 6, "جولائی": 7, "جولای": 7,
    "جولاى": 7, "جولاي": 7, "اگست": 8, "اګست": 8, "ستمبر": 9, "سپتمبر": 9, "سېپتمبر": 9,
    "سپټمبر": 9, "اکتوبر": 10, "نومبر": 11, "نوامبر": 11, "دسمبر": 12, "ډسمبر": 12, "دسامبر": 12,
}  # fmt: skip
"""Urdu and Pashto names of the Gregorian months, as outlets spell them."""
MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
DAY_MONTH_YEAR = re.compile(rf"(?<!\d)(\d{{1,2}})\s*[-،,]?\s*({MONTH})\s*[-،,]?\s*(\d{{4}})")
MONTH_DAY_YEAR = re.compile(rf"({MONTH})\s*(\d{{1,2}})\s*[-،,]\s*(\d{{4}})")
DAY_AND_YEAR = re.compile(
    r"(?<!\d)\d{1,2}(?!\d).*?(?<!\d)(?:19|20)\d{2}(?!\d)"
    r"|(?<!\d)(?:19|20)\d{2}\D.*?(?<!\d)\d{1,2}(?!\d)|\d{1,2}[./]\d{1,2}[./]\d{2}(?!\d)"
)
ASIDE = re.compile(
    r"(^|[\s_-])(sidebar|related|recommend\w*|widget_\w+|comments?|footer|latest|"
    r"most-?(read|popular)|trending|also-?read|ticker|promo|recirc|more-(news|from|stories)|"
    r"newsletter|copyright)",
    re.IGNORECASE,
)
UPDATED = re.compile(
    r"(?:last\W*)?updat|modif|revis|edited|geändert|änderung|aktualisiert|mis à jour|اپ ڈیٹ|©",
    re.IGNORECASE,
)
MARKED = re.compile(
    r"publi|posted|entry-date|post-date|article-date|dateline|stamp|date", re.IGNORECASE
)
LABEL = re.compile(
    r"^\W*(publi|posted|erschienen|veröffentlich|vom |am \d|datum|date\b|stand\b|pubblicato|"
    r"опубликовано|gepubliceerd|شائع|تاریخ|خپور|نشر)",
    re.IGNORECASE,
)
DROPPED_TAGS = ("aside", "nav", "footer", "script", "style", "noscript", "iframe", "meta", "link")
BLOCKS = ("div", "section", "ul", "ol", "p", "article", "header")
UNSEEN = {"script", "style", "noscript"}
MAX_ASIDE_SHARE = 0.5
MAX_LINE, MAX_LABEL = 90, 25
ABOVE, BELOW = 6, 16
EARLIEST = datetime(1995, 1, 1)  # noqa: DTZ001 (htmldate compares naive times)


def visible_dates(document: Document) -> Iterator[tuple[str, Origin]]:
    """Yield what stands on the page as its date, the surest first.

    Marked `<time>`s; a short line beside the headline; a short line that says that it is the date;
    at last what htmldate finds, without its extensive (guessing) search.
    """
    latest = latest_day(document)
    tree = _without_asides(document.tree)
    yield from _times(tree)
    lines = _lines(tree)
    for line in (*_near_headline(document, lines), *_labelled(lines)):
        if len(line) <= MAX_LINE and (day := read_day(line, latest)) is not None:
            yield day, "text"
    found = ask_or_none(
        lambda: find_date(
            tree,
            original_date=True,
            extensive_search=False,
            url="",
            max_date=latest,
            min_date=EARLIEST,
        )
    )
    if found is not None:
        yield found, "text"


def latest_day(document: Document) -> datetime:
    """Tell the latest time that a page can speak of as past, without a zone."""
    return (document.page.fetched_at or datetime.now(UTC)).replace(tzinfo=None) + timedelta(days=1)


def marked_times(document: Document) -> Iterator[tuple[str, Origin]]:
    """Yield the `<time>` that is marked as the article's own, if there is one."""
    if document.tree.find(".//time") is not None:
        yield from _times(_without_asides(document.tree))


def changed_times(document: Document) -> Iterator[tuple[str, Origin]]:
    """Yield the `<time>` that is marked as the last change of the article."""
    for element in document.tree.iter("time"):
        stamp = element.get("datetime")
        if stamp and _tells_of_change(element) and not any(map(_is_aside, element.iterancestors())):
            yield stamp, "html"
            return


def read_day(line: str, latest: datetime) -> str | None:
    """Read the one day that a short line names, in any language that htmldate or we know."""
    line = digits_in_ascii(UPDATED.split(line, maxsplit=1)[0])
    for pattern, (day, month, year) in ((DAY_MONTH_YEAR, (1, 2, 3)), (MONTH_DAY_YEAR, (2, 1, 3))):
        if match := pattern.search(line):
            return f"{match[year]}-{MONTHS[match[month]]:02}-{int(match[day]):02}"
    if not DAY_AND_YEAR.search(line):
        return None
    spaced = re.sub(r"\s*\|\s*(?=\d)", ".", line)
    found = ask_or_none(lambda: try_date_expr(spaced, "%Y-%m-%d", True, EARLIEST, latest))
    return str(found) if found else None


def digits_in_ascii(text: str) -> str:
    """Write Arabic and Persian digits as 0-9."""
    return re.sub(r"[\u0660-\u0669\u06f0-\u06f9]", lambda one: str(unicodedata.digit(one[0])), text)


def _near_headline(document: Document, lines: list[str]) -> list[str]:
    """Return the lines from just above the headline to a little below it."""
    heading = _headline(document)
    if heading is None:
        return []
    starts = [n for n, line in enumerate(lines) if len(line) > 3 and heading.startswith(line)]
    if not starts:
        return []
    start = starts[0]
    return [*lines[start : start + BELOW], *reversed(lines[max(0, start - ABOVE) : start])]


def _headline(document: Document) -> str | None:
    """Choose, of several headings, the one that the page's title repeats."""
    titles = [document.first_meta("og:title"), document.tree.findtext(".//title")]
    said = " ".join(" ".join((title or "").split()) for title in titles)
    headings = [_text(one) for one in document.tree.iter("h1", "h2")]
    repeated = [text for text in headings if len(text) > 8 and text in said]
    alone = [_text(one) for one in document.tree.iter("h1")]
    return max(repeated, key=len) if repeated else alone[0] if len(alone) == 1 else None


def _labelled(lines: list[str]) -> Iterator[str]:
    """Yield the lines that call themselves the date, or that follow a label that does."""
    for line, following in zip_longest(lines, lines[1:], fillvalue=""):
        if LABEL.match(line):
            yield line
            if len(line) < MAX_LABEL:
                yield following


def _lines(tree: HtmlElement) -> list[str]:
    """List the texts of a tree in reading order, each with its white space folded."""
    lines: list[str] = []
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        text = element.tail if event == "end" else element.text
        if event == "start" and element.tag in UNSEEN:
            continue
        if text and (line := " ".join(text.split())):
            lines.append(line)
    return lines


def _text(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def _times(tree: HtmlElement) -> Iterator[tuple[str, Origin]]:
    times = [element for element in tree.iter("time") if not _tells_of_change(element)]
    stamps = {(element.get("datetime") or "").strip() for element in times} - {""}
    marked = [
        one for one in times if one.get("pubdate") is not None or MARKED.search(_context(one))
    ]
    # Several different <time>s and none marked: a list of stories, or of comments. Not believed.
    chosen = marked[:1] or (times[:1] if len(stamps) == 1 else [])
    for element in chosen:
        yield element.get("datetime") or element.text_content(), "html"


def _tells_of_change(element: HtmlElement) -> bool:
    # WordPress marks the time of a post that was never changed as `published updated`.
    marks = {element.get("itemprop"), *(element.get("class") or "").lower().split()}
    is_published = element.get("pubdate") is not None or marks & {"published", "datePublished"}
    return not is_published and UPDATED.search(_context(element)) is not None


def _is_aside(element: HtmlElement) -> bool:
    return element.tag in DROPPED_TAGS or ASIDE.search(_name(element)) is not None


def _context(element: HtmlElement) -> str:
    parent = element.getparent()
    near = [element.get("class"), element.get("itemprop"), element.text]
    if parent is not None:
        near += [parent.get("class"), parent.text]
    return " ".join(text for text in near if text)[:400]


def _without_asides(tree: HtmlElement) -> HtmlElement:
    body = tree.find(".//body")
    copy: HtmlElement = deepcopy(body if body is not None else tree)
    for element in list(copy.iter(*DROPPED_TAGS)):
        element.drop_tree()
    whole = sum(map(len, copy.itertext())) or 1
    for element in list(copy.iter(*BLOCKS)):
        if element.getparent() is None or not ASIDE.search(_name(element)):
            continue
        is_small = sum(map(len, element.itertext())) < MAX_ASIDE_SHARE * whole
        if is_small and element.find(".//h1") is None:
            element.drop_tree()
    for element in list(copy.iter("p", "span", "div", "li", "small", "em")):
        if element.getparent() is not None and _speaks_of_change_alone(element):
            element.drop_tree()
    return copy


def _speaks_of_change_alone(element: HtmlElement) -> bool:
    if len(element) > MAX_LABEL:
        return False
    text = " ".join(element.itertext())[: MAX_LINE + 1]
    before, *after = UPDATED.split(text, maxsplit=1)
    if len(text) > MAX_LINE or not after:
        return False
    return not LABEL.search(text) and not DAY_AND_YEAR.search(before)


def _name(element: HtmlElement) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}"
