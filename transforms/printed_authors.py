"""Whom the page prints as author: elements that the markup calls so, lines that say "By"."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice

from lxml.etree import XPath
from lxml.html import HtmlElement

from transforms.author_marks import find_marks, is_signed, marked_names
from transforms.document import Document
from transforms.element_line import find_all, is_short, line_of
from transforms.people import BEFORE_NAME

ELSEWHERE = re.compile(
    r"comment|repl(?:y|ies)|respond|sidebar|widget|related|recommend|teaser|popular|trending"
    r"|latest|recent|(?<!post-)(?<!entry-)(?<!article-)footer(?!-*(?:post|entry|article))|(?<![a-z])nav|menu|caption|copyright"
    r"|newsletter|modal|popup|cookie|slider|carousel|promo|most-?read|credit|upsell"
    r"|more-?(?:stories|news|posts|articles|on|from)",
    re.IGNORECASE,
)
"""Parts of a page that print the authors of something else."""
OTHER_TAGS = {"figure", "figcaption", "nav", "blockquote", "aside", "form"}
NAMES = XPath(
    ".//*[@itemprop='name' or @rel='author' or contains(@class,'name') or contains(@class,'Name')"
    " or contains(concat(' ',@class,' '),' fn ')]"
)
LINKS = XPath(
    ".//a[contains(@href,'/auth') or contains(@href,'/aut') or contains(@href,'/profil')"
    " or contains(@href,'/staff') or contains(@href,'/people') or contains(@href,'/journalist')"
    " or contains(@href,'/user') or contains(@href,'/by/') or contains(@href,'/writer')"
    " or contains(@href,'/reporter') or contains(@href,'/columnist')"
    " or contains(@href,'/contributor')]"
)
CREDITS = frozenset(("Auto", "Auth", "Aute", "Text", "تحری", "لیکو", "رپور"))
"""The first letters of what stands before an author's name anywhere on a page."""
CREDIT_TAGS = ("p", "li", "div", "span", "strong", "b", "dt", "em")
LABEL = re.compile(rf"(?:{BEFORE_NAME})(?:\s*[:：،|]\s*|\s+)", re.IGNORECASE)
AFTER_NAME = re.compile(
    r"\s+(?:am|on|at|le|el|il|um|@|in|vom|for"
    r"|(?i:publi|updat|veröffent|aktualis|erschien|illustr|foto|photo)\w*)"
    r"(?:[\s:].*|$)|\s*[|·•–—@(].*|,?\s+\d.*",
    re.DOTALL,
)
EMPHASIS = ("strong", "b", "em", "i")
MAX_TEXT = 160
MAX_NAME = 80
MAX_CHILDREN = 12
MAX_BESIDE = 3
MIN_PARAGRAPHS = 2
NEAR = 120
"""How many elements behind the headline are searched for a line that begins with "By"."""


@dataclass(frozen=True, kw_only=True)
class PrintedAuthors:
    """The author lines of a page, by where they stand; each is read when it is asked for."""

    document: Document

    @cached_property
    def near(self) -> tuple[tuple[str, ...], ...]:
        """Author elements between headline and text: each with its names, or its lines."""
        return tuple(_texts(mark) for mark in _outermost(self._signed[0]))

    @cached_property
    def labelled(self) -> tuple[tuple[str, ...], ...]:
        """Lines between headline and text that begin with "By"."""
        head, text = self._zone
        if head < 0:
            return ()
        end = self._marks[text] if text < len(self._marks) else None
        return tuple((line,) for line in _labelled(self._marks[head], end))

    @cached_property
    def far(self) -> tuple[tuple[str, ...], ...]:
        """Author elements of the rest of the page, and lines anywhere that begin with "Author:"."""
        marked = tuple(_texts(mark) for mark in _outermost(self._signed[1]))
        return marked + tuple((line,) for line in _credits(self.document.tree))

    @cached_property
    def signatures(self) -> tuple[str, ...]:
        """Lines in bold or italics of their own, right above the text or right below it."""
        paragraphs = self._paragraphs(self._marks)
        if not paragraphs:
            return ()
        parent, count = Counter(one.getparent() for one in paragraphs).most_common(1)[0]
        if count < MIN_PARAGRAPHS:
            return ()
        lines = list(parent)
        first, last = (
            lines.index(next(one for one in ordered if one.getparent() is parent))
            for ordered in (paragraphs, paragraphs[::-1])
        )
        beside = lines[max(first - MAX_BESIDE, 0) : first] + lines[last + 1 : last + 1 + MAX_BESIDE]
        return tuple(text for line in beside if (text := _emphasised(line)))

    @cached_property
    def opening(self) -> str:
        """The first long paragraph behind the headline, or of the page."""
        paragraphs = self._paragraphs(self._marks[self._zone[0] + 1 :])
        return line_of(paragraphs[0]) if paragraphs else ""

    @cached_property
    def _marks(self) -> list[HtmlElement]:
        return find_marks(self.document)

    @cached_property
    def _authors(self) -> frozenset[HtmlElement]:
        """Those that the markup calls the author."""
        return frozenset(filter(is_signed, self._marks))

    def _paragraphs(self, marks: Sequence[HtmlElement]) -> list[HtmlElement]:
        return [mark for mark in marks if mark.tag == "p" and mark not in self._authors]

    @cached_property
    def _zone(self) -> tuple[int, int]:
        """Find the headline, and the second long paragraph behind it: one may be a standfirst."""
        head, paragraphs = -1, 0
        for number, mark in enumerate(self._marks):
            if mark.tag == "h1" and not paragraphs:
                head = number
            elif mark.tag == "p" and head >= 0 and mark not in self._authors:
                paragraphs += 1
                if paragraphs == MIN_PARAGRAPHS:
                    return head, number
        return head, len(self._marks)

    @cached_property
    def _signed(self) -> tuple[list[HtmlElement], list[HtmlElement]]:
        """Author elements of this article: between its headline and text, and all others."""
        marks, (head, text) = self._marks, self._zone
        around = frozenset(marks[head].iterancestors()) if head >= 0 else frozenset()
        # Marks share most of what they stand in.
        is_named_so = cache(lambda names: ELSEWHERE.search(names) is not None)
        near: list[HtmlElement] = []
        far: list[HtmlElement] = []
        for number, mark in enumerate(marks):
            if mark in self._authors and not _is_elsewhere(mark, around, is_named_so):
                (near if 0 <= head < number < text else far).append(mark)
        return near, far


def _is_elsewhere(
    element: HtmlElement, around: frozenset[HtmlElement], is_named_so: Callable[[str], bool]
) -> bool:
    for one in (element, *element.iterancestors()):
        if one in around or one.tag in {"body", "main"}:
            return False
        if one.tag in OTHER_TAGS or (one.tag == "article" and around):
            return True
        if is_named_so(marked_names(one)):
            return True
    return False


def _outermost(marks: Sequence[HtmlElement]) -> Iterator[HtmlElement]:
    chosen: set[HtmlElement] = set()
    for mark in marks:
        if not any(one in chosen for one in mark.iterancestors()):
            chosen.add(mark)
            yield mark


def _texts(element: HtmlElement) -> tuple[str, ...]:
    """Read the names in an author element: their own elements or links, else its lines."""
    if content := element.get("content"):
        return (content,)
    parts = [line_of(part) for part in find_all(NAMES, element) or find_all(LINKS, element)]
    if names := [part for part in parts if 1 < len(part) <= MAX_NAME]:
        return tuple(dict.fromkeys(names))
    line = line_of(element)
    return (line if len(line) <= MAX_TEXT else line.split(" | ")[0],)


def _labelled(head: HtmlElement, end: HtmlElement | None) -> Iterator[str]:
    """Yield lines behind the headline that begin with "By"; of nested elements the innermost."""
    outer: HtmlElement | None = None
    line = ""
    for element in head.xpath(f"following::*[position() <= {NEAR}]"):
        if element is end:
            break
        if element.tag in {"script", "style", "option"} or not _begins_with_label(element):
            continue
        text = line_of(element)
        if len(text) > MAX_TEXT or not (match := LABEL.match(text)):
            continue
        if outer is not None and outer not in element.iterancestors():
            yield line
        outer, line = element, _name_in(text[match.end() :])
    if outer is not None:
        yield line


def _begins_with_label(element: HtmlElement) -> bool:
    """Judge by its first words, which cost little, whether an element is worth reading."""
    words = " ".join(text.strip() for text in islice(element.itertext(), MAX_CHILDREN))
    return LABEL.match(f"{words[:MAX_TEXT].strip()} ") is not None and is_short(element)


def _name_in(text: str) -> str:
    return AFTER_NAME.sub("", text.lstrip(" ;|"))


def _credits(tree: HtmlElement) -> Iterator[str]:
    found = islice(filter(_begins_with_credit, tree.iter(*CREDIT_TAGS)), MAX_CHILDREN)
    for element in filter(is_short, found):
        text = line_of(element)
        if text and not LABEL.sub("", f"{text} ", count=1):
            parent = element.getparent()
            text = line_of(parent) if is_short(parent) else ""
        if len(text) <= MAX_TEXT and (match := LABEL.match(text)):
            yield _name_in(text[match.end() :])


def _begins_with_credit(element: HtmlElement) -> bool:
    text = element.text or next((child.tail for child in element if child.tail), "")
    return text.lstrip(" \t\r\n")[:4] in CREDITS


def _emphasised(line: HtmlElement) -> str | None:
    text = line.text_content().strip() if line.tag == "p" else ""
    if not text or len(text) > MAX_NAME:
        return None
    is_whole = any(one.text_content().strip() == text for one in line.iter(*EMPHASIS))
    return line_of(line) if is_whole else None
