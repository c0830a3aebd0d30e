"""From bytes to text that every file can hold."""

import re
from dataclasses import replace

import numpy as np

from crawlers.charset import decode_text
from crawlers.page import ListedItem

NOT_IN_PAGES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
REFERENCE = re.compile(
    r"&#(?:0*(?:[1-8]|1[124-9]|2\d|3[01]|6553[45])(?!\d)"
    r"|[xX]0*(?:[1-8bBcCeEfF]|1[\da-fA-F]|[fF]{3}[eEfF])(?![\da-fA-F]));?",
    re.ASCII,
)
"""The same characters by their numbers; what the parser makes of the others may stay."""
WINDOWS = re.compile("[\x80-\x9f]")
"""Controls that outlets never mean: letters of Windows, taken over by their numbers (king\x92s)."""
WINDOWS_UTF8 = re.compile(rb"\xc2[\x80-\x9f]")
FIRST_PRINTED = 0x20
WHITE_SPACE = b"\t\n\r"


def decode_page(body: bytes, content_type: str | None = None) -> str:
    """Decode a page; characters that no page may hold (NUL, lone surrogates) are dropped."""
    text = decode_text(body, content_type)
    text = text if _is_clean(text) else clean_characters(text)
    text, count = REFERENCE.subn("", text)
    # A blank in the second round: what was dropped may have parted another reference.
    return REFERENCE.sub(" ", text) if count else text


def clean_characters(text: str) -> str:
    """Drop what neither HTML nor Parquet may hold, and read U+0080-9F as HTML reads `&#146;`."""
    return WINDOWS.sub(_of_windows, NOT_IN_PAGES.sub("", text))


def _of_windows(control: re.Match[str]) -> str:
    # Windows leaves five of them unused.
    return control[0].encode("latin-1").decode("cp1252", "ignore")


def _is_clean(text: str) -> bool:
    """Judge as clean_characters does, in a tenth of its time: nearly every page is clean."""
    try:
        raw = text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    low = np.frombuffer(raw, dtype=np.uint8)
    controls = low[low < FIRST_PRINTED].tobytes().strip(WHITE_SPACE)
    if controls or WINDOWS_UTF8.search(raw):
        return False
    return "\ufffe" not in text and "\uffff" not in text


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
