"""From bytes to text that every file can hold."""

import re
from dataclasses import replace

from crawlers.charset import decode_text
from crawlers.page import ListedItem

NOT_IN_PAGES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def decode_page(body: bytes, content_type: str | None = None) -> str:
    """Decode a page; characters that no page may hold (NUL, lone surrogates) are dropped."""
    return clean_characters(decode_text(body, content_type))


def clean_characters(text: str) -> str:
    """Drop what neither HTML nor Parquet may hold."""
    return NOT_IN_PAGES.sub("", text)


def clean_item(item: ListedItem | None) -> ListedItem | None:
    """Drop the same from every text that an entrance said of an item."""
    if item is None:
        return None
    title, summary, full_text = (
        None if text is None else clean_characters(text)
        for text in (item.title, item.summary, item.full_text)
    )
    return replace(
        item,
        title=title,
        summary=summary,
        full_text=full_text,
        authors=tuple(map(clean_characters, item.authors)),
        categories=tuple(map(clean_characters, item.categories)),
    )
