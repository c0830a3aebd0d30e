"""Microdata, or RDFa, as far as it speaks of the page's own article."""

from itertools import islice

from lxml.html import HtmlElement

from transforms import jsonld
from transforms.document import Document
from transforms.reading_order import is_aside

PART_TYPES = frozenset(("Comment", "UserComments", "Answer", "ImageObject", "VideoObject"))
"""What stands in or below an article, with authors and dates of its own."""
MAX_MARKED = 200


def own_microdata(document: Document, prop: str) -> list[HtmlElement]:
    """List what states a property of the article: not of its comments or of stories beside it.

    Of several stories on a page it is the one that holds the headline, or none.
    """
    names = {prop, f"schema:{prop}"}
    found = [
        element
        for element in document.marked
        if element.get("itemprop") == prop or element.get("property") in names
    ][:MAX_MARKED]
    headings = islice(document.tree.iter("h1"), MAX_MARKED if found else 0)
    holding = {around for heading in headings for around in heading.iterancestors()}
    stories: dict[HtmlElement | None, list[HtmlElement]] = {}
    for element in found:
        scope = next(filter(_is_scope, element.iterancestors()), None)
        if not _types(scope) & PART_TYPES and not _is_beside(element, scope, holding):
            stories.setdefault(scope, []).append(element)
    own = [one for scope in stories if scope is None or scope in holding for one in stories[scope]]
    return own or (next(iter(stories.values())) if len(stories) == 1 else [])


def _is_scope(element: HtmlElement) -> bool:
    return "itemscope" in element.attrib or "typeof" in element.attrib


def _types(scope: HtmlElement | None) -> frozenset[str]:
    kind = "" if scope is None else scope.get("itemtype") or scope.get("typeof") or ""
    return jsonld.types({"@type": kind.split()})


def _is_beside(element: HtmlElement, scope: HtmlElement | None, holding: set[HtmlElement]) -> bool:
    around = list(element.iterancestors())
    inner: list[HtmlElement] = []
    if scope is not None and _types(scope) & jsonld.ARTICLE_TYPES:
        # An article's own footer names who wrote it.
        end = around.index(scope)
        inner, around = around[:end], around[end:]
    return any(one.tag in {"aside", "nav"} for one in inner) or any(
        one not in holding and is_aside(one) for one in around
    )
