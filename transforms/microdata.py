"""Which elements of a page speak of its own article: microdata, RDFa, times."""

from collections.abc import Iterable
from itertools import islice

from lxml.html import HtmlElement

from transforms import jsonld
from transforms.document import Document
from transforms.reading_order import is_aside

PART_TYPES = frozenset(("Comment", "UserComments", "Answer", "ImageObject", "VideoObject"))
"""What stands in or below an article, with authors and dates of its own."""
MAX_MARKED = 200


def own_microdata(document: Document, prop: str) -> list[HtmlElement]:
    """List what states a property of the article: not of its comments or of stories beside it."""
    names = {prop, f"schema:{prop}"}
    found = [
        element
        for element in document.names.marked
        if element.get("itemprop") == prop or element.get("property") in names
    ][:MAX_MARKED]
    return own_elements(document.tree, found)


def own_elements(tree: HtmlElement, elements: Iterable[HtmlElement]) -> list[HtmlElement]:
    """Keep what belongs to the item with the headline, to none, or to the only one of the page."""
    if not (elements := list(elements)):
        return []
    headings = islice(tree.iter("h1"), MAX_MARKED)
    holding = {around for heading in headings for around in heading.iterancestors()}
    items: dict[HtmlElement | None, list[HtmlElement]] = {}
    for element in elements:
        scope = next(filter(_is_scope, element.iterancestors()), None)
        if not _types(scope) & PART_TYPES and not _is_beside(element, scope, holding):
            items.setdefault(scope, []).append(element)
    own = [found for scope, found in items.items() if scope is None or scope in holding]
    # Several items, and none with the headline: a list of stories. Not believed.
    return [one for found in own or items.values() for one in found if own or len(items) == 1]


def _is_scope(element: HtmlElement) -> bool:
    is_item = "itemscope" in element.attrib or "typeof" in element.attrib
    # What is the page's may be its sidebar's.
    return is_item and element.tag not in {"html", "body"}


def _types(scope: HtmlElement | None) -> frozenset[str]:
    kind = "" if scope is None else scope.get("itemtype") or scope.get("typeof") or ""
    return jsonld.types({"@type": kind.split()})


def _is_beside(element: HtmlElement, scope: HtmlElement | None, holding: set[HtmlElement]) -> bool:
    around = list(element.iterancestors())
    if scope is not None and _types(scope) & jsonld.ARTICLE_TYPES:
        # An article's own aside or footer names who wrote it, and when.
        around = around[around.index(scope) :]
    return any(one not in holding and is_aside(one) for one in around)
