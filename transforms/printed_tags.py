"""Tags as a page prints them: links that say so, stand in a box of tags, or lead to one."""

import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from itertools import islice, takewhile
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from transforms.document import Document

WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
BOX_NAMES = frozenset(
    {
        "tags",
        "taglist",
        "tagbox",
        "hashtags",
        "keywords",
        "topics",
        "themen",
        "schlagworte",
        "keyword",
    }
)
"""Words of a class or an id that name a box of tags."""
ADDRESSES = frozenset(
    {
        "tag", "tags", "topic", "topics", "hashtag", "keyword", "keywords", "thema", "themen",
        "schlagwort", "schlagworte", "tema", "temas", "etiqueta", "etiquetas", "theme", "sujet",
        "mot-cle",
    }
)  # fmt: skip
"""Parts of a path, before its last, under which outlets list the articles of a tag."""
ASIDE = re.compile(
    r"cloud|widget|menu|trend|popular|related|sidebar|teaser|card|recommend|breadcrumb|most|"
    r"newsletter|comment",
    re.IGNORECASE,
)
OTHERS = re.compile(r"related|recommend|popular|trending|teaser", re.IGNORECASE)
"""Boxes of other articles, which may print their tags."""
MAX_LENGTH, MAX_LINKS = 60, 300
MAX_TEXT, MAX_NAME = 40_000, 400
BOX_DEPTH = 4
LISTS = frozenset({"div", "ul", "p", "section"})
OWN_SHARE = 0.5
"""Of a box's text that must be tags."""


def marked_tags(document: Document) -> list[str]:
    """Read the links that say `rel=tag`, but for those of other articles."""
    links = (link for link in document.tree.iter("a") if _is_marked(link.get("rel") or ""))
    around = {one for heading in document.tree.iter("h1") for one in heading.iterancestors()}
    return [_text(link) for link in islice(links, MAX_LINKS) if not _is_of_others(link, around)]


def boxed_tags(document: Document) -> list[str]:
    """Read the box of links whose class says that it holds tags, the first below the headline."""
    boxes = [element for element in document.named_like(BOX_NAMES) if _is_named(element)]
    if not boxes:
        return []
    return _first_group(document, partial(_is_boxed, frozenset(boxes))) or _only_tag(boxes)


def addressed_tags(document: Document) -> list[str]:
    """Read the group of links to pages of tags, the first below the headline."""
    return _first_group(document, _leads_to_a_tag)


def _first_group(document: Document, is_tag: Callable[[HtmlElement], bool]) -> list[str]:
    groups: dict[HtmlElement, list[str]] = {}
    below: list[HtmlElement] = []
    headings = candidates = 0
    for element in document.tree.iter("a", "h1"):
        if element.tag == "h1":
            headings += 1
        elif candidates < MAX_LINKS and is_tag(element) and not _stands_aside(element):
            candidates += 1
            if not 0 < len(text := _text(element)) <= MAX_LENGTH:
                continue
            box = _box(element, text)
            groups.setdefault(box, []).append(text)
            if headings:
                below.append(box)
    # Above the headline stands what the whole site talks about.
    boxes = dict.fromkeys((*below, *groups))
    return next((groups[box] for box in boxes if _is_filled(box, groups[box])), [])


def _only_tag(boxes: Sequence[HtmlElement]) -> list[str]:
    """Read the link that has a box of tags for itself: some articles have one tag."""
    lists = (box for box in boxes if box.tag in LISTS)
    for box in islice(lists, MAX_LINKS):
        links = [_text(link) for link in islice(box.iter("a"), 2)]
        if len(links) == 1 and 0 < len(links[0]) <= MAX_LENGTH and links[0] == _text(box):
            return links
    return []


def _is_filled(box: HtmlElement, texts: list[str]) -> bool:
    """Judge whether a box holds tags and little else: links in a sentence are none."""
    return sum(map(len, texts)) >= OWN_SHARE * len(_text(box))


def _box(link: HtmlElement, text: str) -> HtmlElement:
    """Find the element that holds a link beside others: lists wrap each one several times."""
    return next((one for one in link.iterancestors() if _text(one) != text), link)


def _is_marked(relation: str) -> bool:
    # WordPress marks a section's link as `category tag`.
    return " tag " in f" {relation} " and "category" not in relation


def _is_of_others(link: HtmlElement, around: AbstractSet[HtmlElement]) -> bool:
    """Judge whether a link stands in a box of other articles, which does not hold the headline."""
    boxes = takewhile(lambda one: one not in around, link.iterancestors())
    return any(OTHERS.search(_name(one)) is not None and not _is_named(one) for one in boxes)


def _is_boxed(boxes: AbstractSet[HtmlElement], link: HtmlElement) -> bool:
    return not boxes.isdisjoint((link, *islice(link.iterancestors(), BOX_DEPTH)))


def _is_named(element: HtmlElement) -> bool:
    return not BOX_NAMES.isdisjoint(word.lower() for word in WORD.findall(_name(element)))


def _leads_to_a_tag(link: HtmlElement) -> bool:
    address = link.get("href") or ""
    # Taking an address to pieces costs more than all else, and most lead to no tag.
    if ADDRESSES.isdisjoint(address.lower().split("/")):
        return False
    try:
        path = urlsplit(address).path
    except ValueError:
        return False
    parts = [part.lower() for part in path.split("/") if part]
    return not ADDRESSES.isdisjoint(parts[:-1])


def _stands_aside(link: HtmlElement) -> bool:
    """Judge whether a link belongs to the site: its menu, its footer, a box beside the article."""
    is_aside = False
    for parent in link.iterancestors():
        if parent.tag == "nav":
            return True
        if parent.tag in {"article", "main"}:
            return False
        is_aside = (
            is_aside or parent.tag in {"aside", "footer"} or bool(ASIDE.search(_name(parent)))
        )
    return is_aside


def _name(element: HtmlElement) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}"[:MAX_NAME]


def _text(element: HtmlElement) -> str:
    """Give an element's text, as far as the longest box of tags goes."""
    pieces: list[str] = []
    size = 0
    for piece in element.itertext():
        pieces.append(piece[:MAX_TEXT])
        size += len(piece)
        if size > MAX_TEXT:
            break
    return " ".join("".join(pieces).split())
