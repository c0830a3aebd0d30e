"""The date a reader sees: near the headline, in any language; never a footer's or a sidebar's."""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice, zip_longest

from htmldate import find_date
from lxml.html import HtmlElement

from transforms.article import Origin
from transforms.document import Document
from transforms.foreign_code import ask_or_none
from transforms.microdata import own_elements
from transforms.read_day import (
    DAY_AND_YEAR,
    EARLIEST,
    UPDATED,
    is_day_alone,
    is_sentence,
    read_dateline,
    read_line,
)
from transforms.reading_order import (
    BLOCKS,
    DROPPED_TAGS,
    HEADINGS,
    MAX_ASIDE_SHARE,
    Seen,
    is_aside,
    see,
)

MARKED = re.compile(
    r"publi|posted|entry-date|post-date|article-date|dateline|stamp|date", re.IGNORECASE
)
LABEL = re.compile(
    r"^\W*(publi|posted|erschienen|veröffentlich|vom |am \d|datum|date\b|stand\b|pubblicato|"
    r"опубликовано|gepubliceerd|mise? en ligne|شائع|تاریخ|خپور|نشر)",
    re.IGNORECASE,
)
DIGIT = re.compile(r"\d")
STAMP = re.compile(r"[^\W\d_]{0,12}\W{0,3}\d")
MAX_LINE, MAX_LABEL, MAX_PIECES, MAX_STAMP, MAX_STAMPS = 90, 25, 200, 40, 25
MAX_READ = 500
"""Lines that may be a date: what htmldate cannot read costs it a millisecond each."""
MAX_TIMES = 200
"""A list of comments may have thousands, and each is read with all the text beside it."""
ABOVE, BELOW = 6, 16
Stated = tuple[str, Origin]
Pair = tuple[str, str]
"""A line, and the one that follows it."""
NOTHING: Pair = ("", "")


def visible_dates(document: Document, in_every_language: bool = True) -> Iterator[Stated]:
    """Yield what stands on the page as its date, the surest first.

    Marked `<time>`s; a short line beside the headline; a short line that says that it is the date;
    a date that opens a paragraph. Reading rare languages takes long.
    """
    read = partial(read_line, latest=latest_day(document), in_every_language=in_every_language)
    seen = see(document.tree, _titles(document))
    yield from _times(own_elements(document.tree, seen.times[:MAX_TIMES]))
    pairs = _pairs(seen)
    near = _near_headline(seen.headline, pairs)
    dated = (
        pair
        for pair in near
        if DIGIT.search(pair[0]) and (not is_sentence(pair[0]) or LABEL.match(pair[0]))
    )
    short = (pair for pair in (*dated, *_labelled(pairs)) if len(pair[0]) <= MAX_LINE)
    for line, following in islice(short, MAX_READ):
        if (found := read(line, following)) is not None:
            yield found, "text"
    long = (line for line, _ in near or pairs if len(line) > MAX_LINE)
    for line in islice(long, MAX_READ):
        if (found := read_dateline(line, latest_day(document))) is not None:
            yield found, "text"
    if seen.headline is None:
        yield from _only_stamp(pairs, read)


def _only_stamp(pairs: list[Pair], read: Callable[[str, str], str | None]) -> Iterator[Stated]:
    """Yield the date that opens a short line, on a page without a headline and without another."""
    short = (pair for pair in pairs if len(pair[0]) <= MAX_STAMP and STAMP.match(pair[0]))
    found = [one for pair in islice(short, MAX_STAMPS) if (one := read(*pair)) is not None]
    if len({one[:10] for one in found}) == 1:
        yield max(found, key=len), "text"


def last_resort(document: Document) -> Iterator[Stated]:
    """Yield what htmldate finds, without its extensive (guessing) search."""
    latest = latest_day(document)
    tree = _without_asides(document.tree)
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


def changed_times(document: Document) -> Iterator[Stated]:
    """Yield the `<time>` that is marked as the last change of the article."""
    for element in islice(document.tree.iter("time"), MAX_TIMES):
        stamp = element.get("datetime")
        if stamp and _tells_of_change(element) and not any(map(is_aside, element.iterancestors())):
            yield stamp, "html"
            return


def latest_day(document: Document) -> datetime:
    """Tell the latest time that a page can speak of as past, without a zone."""
    return (document.page.fetched_at or datetime.now(UTC)).replace(tzinfo=None) + timedelta(days=1)


def _titles(document: Document) -> str:
    titles = (document.first_meta("og:title"), document.tree.findtext(".//title"))
    return " ".join(" ".join((title or "").split()) for title in titles)


def _times(found: list[HtmlElement]) -> Iterator[Stated]:
    times = [element for element in found if not _tells_of_change(element)]
    stamps = {(element.get("datetime") or "").strip() for element in times} - {""}
    marked = [
        one for one in times if one.get("pubdate") is not None or MARKED.search(_context(one))
    ]
    # Several different <time>s and none marked: a list of stories, or of comments. Not believed.
    for element in marked[:1] or (times[:1] if len(stamps) == 1 else []):
        yield element.get("datetime") or element.text_content(), "html"


def _tells_of_change(element: HtmlElement) -> bool:
    # WordPress marks the time of a post that was never changed as `published updated`.
    marks = {element.get("itemprop"), *(element.get("class") or "").lower().split()}
    is_published = element.get("pubdate") is not None or marks & {"published", "datePublished"}
    return not is_published and UPDATED.search(_context(element)) is not None


def _context(element: HtmlElement) -> str:
    parent = element.getparent()
    near = [element.get("class"), element.get("itemprop"), element.text]
    if parent is not None:
        near += [parent.get("class"), parent.text]
    return " ".join(text for text in near if text)[:400]


def _near_headline(headline: int | None, pairs: list[Pair]) -> list[Pair]:
    """Return the lines from the headline to a little below it, then those just above it."""
    if headline is None:
        return []
    above = pairs[max(0, headline - ABOVE) : headline]
    return [*pairs[headline : headline + BELOW], *reversed(above)]


def _labelled(pairs: list[Pair]) -> Iterator[Pair]:
    """Yield the lines that call themselves the date, or that follow a label that does."""
    for pair, after in zip_longest(pairs, pairs[1:], fillvalue=NOTHING):
        if LABEL.match(pair[0]):
            yield pair
            if len(pair[0]) < MAX_LABEL:
                yield after


def _pairs(seen: Seen) -> list[Pair]:
    """Pair each line with the next one; nothing is left of a heading, or of what was updated."""
    lines = seen.lines
    pairs = list(zip_longest(lines, lines[1:], fillvalue=""))
    for number in seen.titling:
        # Blogs print the day above their posts as a heading of its own.
        if number == seen.headline or not is_day_alone(lines[number]):
            pairs[number] = NOTHING
    for number, line in enumerate(lines[:-1], start=1):
        if len(line) <= MAX_LINE and _announces_a_change(line):
            pairs[number] = NOTHING
    return pairs


def _announces_a_change(line: str) -> bool:
    is_change = UPDATED.search(line) is not None
    return is_change and not LABEL.search(line) and not DAY_AND_YEAR.search(line)


def _without_asides(tree: HtmlElement) -> HtmlElement:
    """Copy a page without its asides, and without what tells of another day."""
    body = tree.find(".//body")
    copy: HtmlElement = deepcopy(body if body is not None else tree)
    for element in list(copy.iter(*DROPPED_TAGS)):
        element.drop_tree()
    whole = sum(map(len, copy.itertext())) or 1
    for element in list(copy.iter(*BLOCKS)):
        if element.getparent() is None or not is_aside(element):
            continue
        is_small = sum(map(len, element.itertext())) < MAX_ASIDE_SHARE * whole
        if is_small and element.find(".//h1") is None:
            element.drop_tree()
    for element in list(copy.iter("p", "span", "div", "li", "small", "em", "time", "h1", "h2")):
        if element.getparent() is not None and _is_of_another_day(element):
            element.drop_tree()
    return copy


def _is_of_another_day(element: HtmlElement) -> bool:
    """Judge whether a date in an element is the last change's, or what the headline tells of."""
    if element.tag == "time":
        return _tells_of_change(element)
    if element.tag in HEADINGS:
        return element.tag == "h1" or not is_day_alone(
            " ".join(islice(element.itertext(), MAX_PIECES))
        )
    return _speaks_of_change_alone(element)


def _speaks_of_change_alone(element: HtmlElement) -> bool:
    if len(element) > MAX_LABEL:
        return False
    text = " ".join(islice(element.itertext(), MAX_PIECES))[: MAX_LINE + 1]
    before, *after = UPDATED.split(text, maxsplit=1)
    if len(text) > MAX_LINE or not after:
        return False
    return not LABEL.search(text) and not DAY_AND_YEAR.search(before)
