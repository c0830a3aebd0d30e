"""From bytes to text, whatever the outlet says its charset is."""

import codecs
import re
from collections.abc import Iterator

_META_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{2,40})""", re.IGNORECASE
)
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{2,40})""", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([a-zA-Z0-9_:.-]{2,40})""")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
"""How markup in UTF-16 begins that says nothing of itself."""
_WEB_NAMES = {
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
_PROLOG = re.compile(r"\A\s*<\?xml\b[^>]*>")
_TAG = re.compile(rb"<[^>]{0,2000}>")
_RAISED = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What a library may raise over hostile bytes."""


def decode_text(body: bytes, content_type: str | None) -> str:
    """Decode markup: byte order mark, then UTF-8 if it is, then header, declaration, best guess.

    Bytes that are valid UTF-8 are UTF-8, since no text in another charset is by chance: this
    undoes most lies.
    """
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(name, "replace")
    for sign, name in _WIDE:
        if body.startswith(sign):
            return body.decode(name, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    for name in (*_declared(body, content_type), _guessed(body)):
        try:
            return body.decode(name)
        except (UnicodeError, LookupError):
            continue
    return _lenient(body, content_type)


def as_utf8(body: bytes, content_type: str | None) -> bytes:
    """Write XML in UTF-8, without the declaration that may name another charset."""
    text = _PROLOG.sub("", decode_text(body, content_type), count=1)
    return text.encode("utf-8", "replace")


def _declared(body: bytes, content_type: str | None) -> Iterator[str]:
    head = body[:4096]
    found = [
        match[1].decode("ascii")
        for match in (_XML_CHARSET.search(head), _META_CHARSET.search(head))
        if match
    ]
    if match := _HEADER_CHARSET.search(content_type or ""):
        found.insert(0, match[1])
    for name in found:
        web_name = _WEB_NAMES.get(name.lower(), name)
        if web_name.lower().replace("_", "-") not in {"utf-8", "utf8"}:
            yield web_name


def _guessed(body: bytes) -> str:
    from charset_normalizer import from_bytes

    # Markup is ASCII, and a headline of three words would not weigh against it.
    text = _TAG.sub(b" ", body[:100_000])[:20_000]
    try:
        best = from_bytes(text).best()
    except _RAISED:
        return "utf-8"
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
