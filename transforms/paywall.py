"""Paywalls: what a page says, or shows, of being closed to who has not paid."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from transforms import jsonld
from transforms.document import Document

PAYWALL_TEXT = re.compile(
    r"subscribe (now )?to (continue|read|unlock)|subscribers? only|to continue reading"
    r"|this (article|content|story) is (for|available to|reserved for) (our )?(subscribers|members)"
    r"|already a subscriber|unlock (this|the full) (article|story)|become a (member|subscriber)"
    r"|nur für abonnenten|réservé aux abonnés|premium content|solo para suscriptores",
    re.IGNORECASE,
)
PAYWALL_WORDS = (
    "paywall", "subscriber-only", "piano-", "tp-modal", "premium-content", "regwall", "metered",
)  # fmt: skip
PAYWALL_MARK = re.compile("|".join(PAYWALL_WORDS), re.IGNORECASE)
CLOSED = re.compile(
    r"to (continue|keep) reading|(subscribe|register|sign (up|in)|log in)( now)? to continue"
    r"|(read|unlock|access) (this|the (rest of (this|the)|full|whole|entire)) (article|story)"
    r"|(article|content|story|text) is (only |reserved |available )*(for|to) (our )?(paying )?"
    r"(subscribers|members)|nur für abonnenten|réservé aux abonnés|solo para suscriptores",
    re.IGNORECASE,
)
"""Said of the text at hand; that one may subscribe is said below every free article."""
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
UNSEEN = frozenset({"script", "style", "template", "noscript", "dialog"})
MAX_NOTICE = 1_000
PAID_TIERS = {"locked", "paid", "premium"}
STUB_WORDS, OPENING_WORDS = 120, 400
"""What an outlet shows before a wall is no longer."""
WHOLE_SHARE = 0.8


def find_wall(document: Document, word_count: int) -> tuple[bool, bool]:
    """Judge whether an article is to be paid for, and whether a text of so many words ends there.

    Nothing that stands beside a text is a wall where the page's data shows that it is whole.
    """
    is_whole = _is_known_whole(document, word_count)
    is_shown = not is_whole and _is_shown_closed(document, word_count)
    is_closed = is_shown or _is_said_closed(document)
    return is_closed, is_shown or (is_closed and not is_whole and word_count < STUB_WORDS)


def jsonld_flag(value: object) -> bool | None:
    """Read a schema.org Boolean in any of the ways outlets write it; None where not said."""
    if isinstance(value, bool):
        return value
    said = {text.lower().rsplit("/", 1)[-1] for text in jsonld.strings(value)}
    return False if "false" in said or "no" in said else True if said & {"true", "yes"} else None


def _is_said_closed(document: Document) -> bool:
    """Judge whether the page's data says that the article, or a part of it, is to be paid for."""
    node = document.article_node
    parts = node.get("hasPart")
    said = [node, document.page_node, *(parts if isinstance(parts, list) else [parts])]
    free = [jsonld_flag(one.get("isAccessibleForFree")) for one in said if isinstance(one, dict)]
    tier = (document.first_meta("article:content_tier") or "").lower()
    return False in free or tier in PAID_TIERS


def _is_shown_closed(document: Document, word_count: int) -> bool:
    """Judge whether a box marked as a paywall tells the reader of a short text to pay for more."""
    if word_count >= OPENING_WORDS:
        return False
    return any(CLOSED.search(box.text_content()[:MAX_NOTICE]) for box in _marked(document))


def _is_known_whole(document: Document, word_count: int) -> bool:
    """Judge whether a text has about the words that the page's data counts or carries."""
    node = document.article_node
    value = str(node.get("wordCount")).strip()
    counted = int(value) if re.fullmatch("[0-9]{1,6}", value) else 0
    carried = sum(len(one.split()) for one in jsonld.strings(node.get("articleBody")))
    said = max(counted, carried)
    return said > 0 and word_count >= WHOLE_SHARE * said


def _marked(document: Document) -> Iterator[HtmlElement]:
    for box in document.named_like(PAYWALL_WORDS):
        name = f"{box.get('class') or ''} {box.get('id') or ''}"
        is_whole_page = box.tag in {"html", "body"}
        if is_whole_page or not PAYWALL_MARK.search(name):
            continue
        if not any(map(_is_hidden, (box, *box.iterancestors()))):
            yield box


def _is_hidden(element: HtmlElement) -> bool:
    style = element.get("style") or ""
    return element.tag in UNSEEN or element.get("hidden") is not None or bool(HIDDEN.search(style))
