"""JSON as outlets write it: mended where templates break it, all values of a text."""

import json
import re
from collections.abc import Iterator
from html import unescape

WRAPPERS = (
    "<!--//--><![CDATA[//><!--", "//--><!]]>",  # Drupal's
    "<![CDATA[", "<!--", "-->", "]]>", "//", "/*", "*/", ";",
)  # fmt: skip
TOKEN = re.compile(r"\\(?:[\"'\\/bfnrt]|u[\da-fA-F]{4})?|[\"',]|//|/\*")
BETWEEN = re.compile(r"[\s,;]*")
SPACE = re.compile(r"\s*")
CLOSED_BY = (",", "}", "]", ":", "")
"""What follows a string's last quote; any other quote is part of the text."""
MAX_VALUES = 100
MAX_WRAPPERS = 3
DECODER = json.JSONDecoder(strict=False)


def read_values(text: str) -> list[object]:
    """Read every JSON value of a script, one after another; what no mend helps is left out."""
    best: list[object] = []
    for mended in _ways(_unwrap(text)):
        values, is_whole = _decode(mended)
        if is_whole:
            return values
        best = max(best, values, key=len)
    return best


def _ways(text: str) -> Iterator[str]:
    yield text
    yield mend_json(text)
    if "&" in text:
        yield unescape(text)
        yield mend_json(unescape(text))


def _decode(text: str) -> tuple[list[object], bool]:
    """Read the values up to the first fault; also say whether there is none."""
    values: list[object] = []
    place = BETWEEN.match(text, 0)
    while place is not None and place.end() < len(text) and len(values) < MAX_VALUES:
        try:
            value, end = DECODER.raw_decode(text, place.end())
        except (ValueError, RecursionError):
            return values, False
        values.append(value)
        place = BETWEEN.match(text, end)
    return values, bool(values)


def _unwrap(text: str) -> str:
    """Take off the comment and CDATA marks that old templates put around scripts."""
    text = text.strip()
    for _ in range(MAX_WRAPPERS):
        for mark in WRAPPERS:
            text = text.removeprefix(mark).removesuffix(mark).strip()
    return text


def mend_json(text: str) -> str:
    """Mend quotes inside strings, single quotes, bad escapes, comments and trailing commas.

    One pass, so that its cost grows with the text alone.
    """
    parts: list[str] = []
    place, quote = 0, ""
    while (token := TOKEN.search(text, place)) is not None:
        parts.append(text[place : token.start()])
        place = token.end()
        mark = token[0]
        if not quote and mark in ("//", "/*"):
            place = _comment_end(text, mark, place)
        elif not quote:
            is_last = mark == "," and _next(text, place) in ("}", "]")
            parts.append('"' if mark == "'" else "" if is_last else mark)
            quote = mark if mark in ("'", '"') else ""
        elif mark == quote and _next(text, place) in CLOSED_BY:
            parts.append('"')
            quote = ""
        else:
            parts.append(_inside(mark))
    return "".join((*parts, text[place:]))


def _inside(mark: str) -> str:
    """Write what stands inside a string as JSON has it."""
    if mark == '"':
        return '\\"'
    return {"\\": "\\\\", "\\'": "'"}.get(mark, mark)


def _comment_end(text: str, mark: str, start: int) -> int:
    end = text.find("\n" if mark == "//" else "*/", start)
    return len(text) if end < 0 else end + (0 if mark == "//" else 2)


def _next(text: str, place: int) -> str:
    """Return the next character that is no white space; nothing at the end."""
    space = SPACE.match(text, place, place + 50)
    end = space.end() if space is not None else place
    return text[end : end + 1]
