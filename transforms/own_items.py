"""Which elements of a page are its article's, and not those of a card, a comment or a picture."""

from collections.abc import Iterable
from itertools import islice

from lxml.html import HtmlElement

from transforms import jsonld
from transforms.reading_order import is_aside

MAX_HEADINGS = 200
PART_TYPES = frozenset(("Comment", "UserComments", "Answer", "ImageObject", "VideoObject"))
"""What stands in or below an article, with dates of its own."""


def of_the_article(tree: HtmlElement, elements: Iterable[HtmlElement]) -> list[HtmlElement]:
    """Keep what belongs to the item with the headline, to none, or to the only one of the page."""
    headings = islice(tree.iter("h1"), MAX_HEADINGS)
    holding = {around for heading in headings for around in heading.iterancestors()}
    items: dict[HtmlElement | None, list[HtmlElement]] = {}
    for element in elements:
        scope = next(filter(_is_scope, element.iterancestors()), None)
        item = element if scope is None else scope
        if item in holding or not _is_beside(item, holding):
            items.setdefault(scope, []).append(element)
    own = [found for scope, found in items.items() if scope is None or scope in holding]
    # Several items, and none with the headline: a list of stories. Not believed.
    return [one for found in own or items.values() for one in found if own or len(items) == 1]


def _is_scope(element: HtmlElement) -> bool:
    is_item = "itemscope" in element.attrib or "typeof" in element.attrib
    # What is the page's may be its sidebar's.
    return is_item and element.tag not in {"html", "body"}


def _is_beside(item: HtmlElement, holding: set[HtmlElement]) -> bool:
    kind = item.get("itemtype") or item.get("typeof") or ""
    around = (one for one in (item, *item.iterancestors()) if one not in holding)
    return bool(jsonld.types({"@type": kind.split()}) & PART_TYPES) or any(map(is_aside, around))
