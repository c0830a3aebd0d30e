"""RSS, RDF and Atom feeds: bytes → items, read as far as they go."""

import re
import sys
from io import BytesIO
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

import feedparser
import lxml.html
from lxml.etree import ParserError

from crawlers.charset import as_utf8
from crawlers.entrances import (
    Listed,
    Listing,
    UnreadableEntranceError,
    drop_surrogates,
    is_cut_short,
    looks_like_html,
)
from crawlers.entrances.dates import read_date
from crawlers.page import ListedItem

_CHARACTER = re.compile(rb"&#(?:x([0-9a-f]+)|([0-9]+));?", re.IGNORECASE)
_WEB = re.compile(r"https?://", re.IGNORECASE)
_ROOT = re.compile(rb"<(?:rss|rdf:rdf|feed|channel)[\s>]", re.IGNORECASE)
_ITEM = re.compile(rb"<(?:[a-z][\w.-]{0,20}:)?(?:item|entry)[\s>/]", re.IGNORECASE)
MAX_ITEMS = 5000
"""A feed of more is read so far: its newest items come first, and feedparser is slow."""
_UTF_8 = "application/xml; charset=utf-8"


def read_feed(body: bytes, url: str, content_type: str | None, zone: ZoneInfo | None) -> Listing:
    """Read a feed; `zone` is the outlet's, for times without one.

    feedparser's `bozo` never discards a feed: an ill-formed one is read as far as it goes.

    Raises:
        UnreadableEntranceError: `not_a_feed` for a web page, `broken_feed` for other bytes.
    """
    headers = {"content-location": url, "content-type": _UTF_8}
    # A stream, because feedparser would open or fetch whatever a short body names.
    plain = _CHARACTER.sub(_keep_real, _plain_xml(body, content_type))
    within, over_bound = _cut(plain)
    try:
        parsed = feedparser.parse(BytesIO(within), response_headers=headers)
    except (ValueError, OverflowError) as error:
        raise UnreadableEntranceError("broken_feed", _one_line(error)) from None
    version = str(parsed.get("version", ""))
    if not parsed.entries and not version:
        if looks_like_html(body):
            raise UnreadableEntranceError("not_a_feed", "a web page in the feed's place")
        raise UnreadableEntranceError("broken_feed", f"{len(body)} bytes that are no feed")
    if not parsed.entries and re.search(rb"<(item|entry)\b", body):
        raise UnreadableEntranceError("broken_feed", _one_line(parsed.get("bozo_exception")))
    is_atom = version.startswith("atom")
    items = [_read_entry(entry, url, zone, is_atom=is_atom) for entry in parsed.entries]
    listed = tuple(item for item in items if item is not None)
    return Listing(
        items=listed,
        without_link=len(items) - len(listed),
        over_bound=over_bound,
        is_cut_short=is_cut_short(plain),
    )


def _plain_xml(body: bytes, content_type: str | None) -> bytes:
    """Write a feed in UTF-8, without what it declares of its charset and of entities.

    Declared charsets lie, and expat expands a bomb of entities for seconds before it gives up.
    """
    plain = as_utf8(body, content_type)
    doctype = plain[:100_000].upper().find(b"<!DOCTYPE")
    root = _ROOT.search(plain, max(doctype, 0))
    if doctype < 0 or root is None:
        return plain
    return plain[:doctype] + plain[root.start() :]


def _cut(plain: bytes) -> tuple[bytes, int]:
    """Cut out the items past the bound, and count them; what encloses items stays whole."""
    count, cut = 0, len(plain)
    for count, start in enumerate(_ITEM.finditer(plain), 1):
        if count == MAX_ITEMS + 1:
            cut = start.start()
    end = max(plain.rfind(tag) + len(tag) for tag in (b"</item>", b"</entry>"))
    rest = plain[end:] if end > cut else b""
    return plain[:cut] + rest, max(count - MAX_ITEMS, 0)


def _keep_real(reference: re.Match[bytes]) -> bytes:
    """Drop a reference to no character (a surrogate, or past Unicode's end).

    feedparser 6 raises UnicodeEncodeError on one, and the whole feed would be lost.
    """
    digits = (reference[1] or reference[2]).lstrip(b"0")[:8]
    code = int(digits or b"0", 16 if reference[1] else 10)
    is_real = code <= sys.maxunicode and not 0xD800 <= code <= 0xDFFF
    return reference[0] if is_real else b""


def _read_entry(entry: Any, base: str, zone: ZoneInfo | None, *, is_atom: bool) -> Listed | None:
    link = _link(entry, base)
    if link is None:
        return None
    # RDF's dc:date is when an item was published, but feedparser files it under `updated`.
    updated = dict.get(entry, "updated")
    published = read_date(entry.get("published") or (None if is_atom else updated), zone)
    changed = read_date(updated, zone)
    content = next((part.get("value") for part in entry.get("content", ())), None)
    summary = entry.get("summary")
    return Listed(
        url=link,
        changed_at=changed.at if changed else None,
        changed_on=changed.on if changed else None,
        item=ListedItem(
            title=_text(entry.get("title")),
            published_at=published.at if published else None,
            published_on=published.on if published else None,
            summary=_text(summary) if summary != content else None,
            full_text=content or None,
            authors=_authors(entry),
            categories=_categories(entry),
        ),
    )


def _link(entry: Any, base: str) -> str | None:
    guid = entry.get("id") or ""
    link = (entry.get("link") or (guid if _WEB.match(guid) else "")).strip()
    try:
        return urljoin(base, link) if link else None
    except ValueError:
        return link


def _authors(entry: Any) -> tuple[str, ...]:
    names = [author.get("name") for author in entry.get("authors", ())] or [entry.get("author")]
    texts = (_text(name) for name in names)
    # NewsKit sites sign feeds with `none@none.com (none)`: an address is no author.
    return tuple(dict.fromkeys(t for t in texts if t and "@" not in t and t.lower() != "none"))


def _categories(entry: Any) -> tuple[str, ...]:
    texts = (_text(tag.get("term") or tag.get("label")) for tag in entry.get("tags", ()))
    return tuple(dict.fromkeys(text for text in texts if text))


def _text(markup: str | None) -> str | None:
    """Reduce a field that may hold markup to its text."""
    if not markup or not markup.strip():
        return None
    if "<" in markup:
        try:
            markup = " ".join(str(part) for part in lxml.html.fromstring(markup).itertext())
        except (ParserError, ValueError):
            markup = re.sub(r"<[^>]*>", " ", markup)
    return " ".join(markup.split()) or None


def _one_line(error: object) -> str:
    text = str(error or "no item could be read")
    return " ".join(drop_surrogates(text).split())[:200]
