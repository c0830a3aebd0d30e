"""From bytes to text, whatever the outlet says its charset is."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import replace

from crawlers.page import ListedItem
from transforms.foreign_code import ask_or_none

META_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{2,40})""", re.IGNORECASE
)
HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{2,40})""", re.IGNORECASE)
XML_CHARSET = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([a-zA-Z0-9_:.-]{2,40})""")
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
WEB_NAMES = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
}
"""What browsers read under these names (https://encoding.spec.whatwg.org/#names-and-labels)."""
NOT_IN_PAGES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def decode_page(body: bytes, content_type: str | None = None) -> str:
    """Decode a page: byte order mark, then UTF-8 if it is, then header, meta tag, best guess.

    Bytes that are valid UTF-8 are UTF-8, since no text in another charset is by chance: this
    undoes most lies. Characters that no page may hold (NUL, lone surrogates) are dropped.
    """
    for bom, name in BOMS:
        if body.startswith(bom):
            return clean_characters(body[len(bom) :].decode(name, "replace"))
    try:
        return clean_characters(body.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    for name in (*_declared(body, content_type), _guessed(body)):
        try:
            return clean_characters(body.decode(name))
        except (UnicodeError, LookupError):
            continue
    return clean_characters(_lenient(body, content_type))


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


def _declared(body: bytes, content_type: str | None) -> Iterator[str]:
    head = body[:4096]
    found = [
        match[1].decode("ascii")
        for match in (XML_CHARSET.search(head), META_CHARSET.search(head))
        if match
    ]
    if match := HEADER_CHARSET.search(content_type or ""):
        found.insert(0, match[1])
    for name in found:
        web_name = WEB_NAMES.get(name.lower(), name)
        if web_name.lower().replace("_", "-") not in {"utf-8", "utf8"}:
            yield web_name


def _guessed(body: bytes) -> str:
    from charset_normalizer import from_bytes

    best = ask_or_none(lambda: from_bytes(body[:20_000]).best())
    return best.encoding if best is not None else "utf-8"


def _lenient(body: bytes, content_type: str | None) -> str:
    """A few bad bytes must not turn a page into another charset."""
    text = body.decode("utf-8", "replace")
    if text.count("\ufffd") * 50 < len(text):
        return text
    for name in _declared(body, content_type):
        try:
            return body.decode(name, "replace")
        except (UnicodeError, LookupError):
            continue
    return text
