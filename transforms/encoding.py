"""From bytes to text that every file can hold."""

import re
from codecs import BOM_UTF8
from dataclasses import dataclass, replace

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
WINDOWS_LEAD, WINDOWS_END = 0xC2, 0xA0
"""The byte that those controls begin with in UTF-8, and the bound of the bytes that follow it."""
REFERENCE_UTF8 = re.compile(REFERENCE.pattern.encode())
FIRST_PRINTED = 0x20
WHITE_SPACE = b"\t\n\r"


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """A page as text, and the same in UTF-8, as the parser wants it."""

    text: str
    utf8: bytes


def decode_page(body: bytes, content_type: str | None = None) -> Markup:
    """Decode a page; characters that no page may hold (NUL, lone surrogates) are dropped."""
    if (text := _clean_text(body)) is not None:
        return Markup(text=text, utf8=body)
    text = decode_text(body, content_type)
    utf8 = text.encode("utf-8", "surrogatepass")
    if _clean_text(utf8) is not None:
        return Markup(text=text, utf8=utf8)
    text, count = REFERENCE.subn("", clean_characters(text))
    # A blank in the second round: what was dropped may have parted another reference.
    text = REFERENCE.sub(" ", text) if count else text
    return Markup(text=text, utf8=text.encode("utf-8"))


def clean_characters(text: str) -> str:
    """Drop what neither HTML nor Parquet may hold, and read U+0080-9F as HTML reads `&#146;`."""
    return WINDOWS.sub(_of_windows, NOT_IN_PAGES.sub("", text))


def _of_windows(control: re.Match[str]) -> str:
    # Windows leaves five of them unused.
    return control[0].encode("latin-1").decode("cp1252", "ignore")


def _clean_text(raw: bytes) -> str | None:
    """Decode UTF-8 of which nothing is to be dropped; None for all else.

    Judges as clean_characters and REFERENCE do, in a tenth of their time: nearly every page is so.
    """
    letters = np.frombuffer(raw, dtype=np.uint8)
    if letters[letters < FIRST_PRINTED].tobytes().strip(WHITE_SPACE) or raw.startswith(BOM_UTF8):
        return None
    following = letters[1:][letters[:-1] == WINDOWS_LEAD]
    if (following < WINDOWS_END).any() or REFERENCE_UTF8.search(raw):
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\ufffe" in text or "\uffff" in text else text


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
