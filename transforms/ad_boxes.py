"""Advertisements that stand in a page as text, in boxes named for what they are."""

import re
from copy import deepcopy
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

NAMED = etree.XPath(
    "descendant::body/descendant::*[contains(@class, 'advert') or contains(@id, 'advert')"
    " or contains(@class, 'ad-') or contains(@class, 'ads') or contains(@class, 'ad_')"
    " or contains(@id, '-ad-') or contains(@class, 'gpt-ad')]"
)
AD = re.compile(
    r"advert(isement|ising|s)?([-_](box|slot|unit|container|wrapper|block|banner|inner|text))?"
    r"|ads?[-_](box|slot|unit|container|wrapper|wrap|block|banner|label|placement|holder)"
    r"|ads|adsbygoogle|(div-)?(google-)?gpt-ad\b[\w-]*",
    re.IGNORECASE,
)
MOST_WORDS = 60
"""A box of more is not an advertisement, whatever it is called."""
WRITTEN = etree.XPath("boolean(descendant-or-self::article or descendant::h1 or descendant::main)")
TEXTS = etree.XPath("descendant::text()[not(parent::script or parent::style)]", smart_strings=False)


def without_ads(tree: HtmlElement) -> HtmlElement:
    """Copy a page without its advertisements; the page itself where none has any text."""
    if not _ads(tree):
        return tree
    # The steps after this one still need the page as it was.
    reduced = deepcopy(tree)
    for box in _ads(reduced):
        if box.getparent() is not None:
            box.drop_tree()
    return reduced


def _ads(tree: HtmlElement) -> list[HtmlElement]:
    return [box for box in cast("list[HtmlElement]", NAMED(tree)) if _is_ad(box)]


def _is_ad(box: HtmlElement) -> bool:
    names = f"{box.get('class') or ''} {box.get('id') or ''}".split()
    if not any(map(AD.fullmatch, names)) or WRITTEN(box):
        return False
    words = sum(len(text.split()) for text in cast("list[str]", TEXTS(box)))
    return 0 < words <= MOST_WORDS
