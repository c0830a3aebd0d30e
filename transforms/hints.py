"""What a source file says of where things stand on its outlet's pages, applied to one page."""

from copy import deepcopy
from datetime import UTC, date
from functools import lru_cache
from zoneinfo import ZoneInfo

from lxml.etree import XPath
from lxml.html import HtmlElement, document_fromstring

from crawlers.catalogue import Hint, HintField
from crawlers.selector import to_xpath
from transforms.document import Document
from transforms.foreign_code import ask_or_none

MAX_TEXTS, MAX_LENGTH = 200, 2_000
VALUES = {"meta": "content", "time": "datetime"}
"""Where an element keeps what machines should read of it."""


def hinted_texts(document: Document, field: HintField) -> list[str]:
    """Read a field where the source file says that it stands; the first hint that matches wins."""
    for hint in hints_in_force(document, field):
        texts = [
            " ".join(_value(part)[:MAX_LENGTH].split())
            for part in _select(hint, document.tree)[:MAX_TEXTS]
        ]
        if any(texts):
            return [text for text in texts if text]
    return []


def hinted_tree(document: Document) -> HtmlElement:
    """Reduce a page to what its body may be read from: the page itself where no hint matches."""
    # Printed tags are no text; the hint that reads them says where they stand.
    cuts = [*hints_in_force(document, "prune"), *hints_in_force(document, "tags")]
    cuts = [hint for hint in cuts if _select(hint, document.tree)]
    scopes = (_select(hint, document.tree) for hint in hints_in_force(document, "body"))
    scope = [part for part in next(filter(None, scopes), []) if isinstance(part, HtmlElement)]
    if not cuts and not scope:
        return document.tree
    # The steps after this one still need the page as it was.
    reduced = deepcopy(document.tree)
    twins = dict(zip(document.tree.iter(), reduced.iter(), strict=True))
    chosen = [twins[part] for part in scope]
    frame = {document.tree, *document.tree.iter("body")}
    for hint in cuts:
        parts = [part for part in _select(hint, document.tree) if isinstance(part, HtmlElement)]
        # Whoever cuts the whole page out of itself meant another template.
        for part in parts if frame.isdisjoint(parts) else ():
            if twins[part].getparent() is not None:
                twins[part].drop_tree()
    return _only(chosen) if chosen else reduced


def hints_in_force(document: Document, field: HintField) -> list[Hint]:
    """List a field's hints that may fit a page of that day, the likeliest first.

    An old template's hint goes before today's while it is in force, the one that ends first
    foremost; where the page's day is unknown, today's goes first and the oldest last.
    """
    hints = [hint for hint in document.source.hints if hint.field == field]
    if not hints:
        return []
    day = _day(document)
    today = [hint for hint in hints if hint.until is None]
    dated = sorted((hint for hint in hints if hint.until is not None), key=_until)
    if day is None:
        return [*today, *reversed(dated)]
    return [*(hint for hint in dated if _until(hint) >= day), *today]


def _until(hint: Hint) -> date:
    return hint.until or date.max


def _day(document: Document) -> date | None:
    """Tell the outlet's day on which the page was fetched."""
    fetched_at, timezone = document.page.fetched_at, document.source.timezone
    if fetched_at is None:
        return None
    return fetched_at.astimezone(ZoneInfo(timezone) if timezone else UTC).date()


@lru_cache(maxsize=1024)
def _compiled(selector: str) -> XPath:
    return XPath(to_xpath(selector))


def _select(hint: Hint, tree: HtmlElement) -> list[HtmlElement | str]:
    found = ask_or_none(lambda: _compiled(hint.selector)(tree))
    parts = found if isinstance(found, list) else []
    return [part for part in parts if isinstance(part, (HtmlElement, str))]


def _value(part: HtmlElement | str) -> str:
    if isinstance(part, str):
        return part
    name = VALUES.get(str(part.tag))
    return (part.get(name) if name else None) or str(part.text_content())


def _only(parts: list[HtmlElement]) -> HtmlElement:
    """Set the outermost of the elements into a page of their own."""
    chosen = set(parts)
    page = document_fromstring("<html><body><article></article></body></html>")
    (article,) = page.iter("article")
    for part in parts:
        if not chosen & set(part.iterancestors()):
            part.tail = None
            article.append(part)
    return page
