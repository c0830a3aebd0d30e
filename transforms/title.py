"""The headline, without the site's name."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement
from trafilatura.metadata import extract_title

from transforms import jsonld
from transforms.article import Origin
from transforms.document import Document
from transforms.foreign_code import ask_or_none
from transforms.hints import hinted_texts
from transforms.microdata import own_microdata

SEPARATOR = re.compile(r"\s+[|–—\-·•»«:⁄/~]+\s+|\s*\|\s*")
META = ("og:title", "twitter:title", "parsely-title", "sailthru.title", "dc.title")
MAX_LENGTH = 400
MIN_WORDS = 3
"""A heading of fewer words is a section's or a site's."""


def read_title(document: Document, site_names: tuple[str, ...]) -> tuple[str | None, Origin | None]:
    """Take the headline from the first that says it: JSON-LD, heading, meta, microdata, feed."""
    said = [
        (strip_site(text, site_names), origin)
        for text, origin in _candidates(document, site_names)
        if 1 < len(text) <= MAX_LENGTH
    ]
    headings = {_key(text) for text in document.headings}
    sites = {_key(name) for name in site_names}
    said = [(as_headed(text, headings), origin) for text, origin in said]
    said = [(text, origin) for text, origin in said if text and _key(text) not in sites]
    if said:
        return said[0]
    found = ask_or_none(lambda: extract_title(document.tree)) or ""
    guess = strip_site(found if len(found) <= MAX_LENGTH else "", site_names)
    window = strip_site(_window(document), site_names)
    # What the window does not repeat is the heading of some box, such as "Contact us".
    is_repeated = bool(guess) and _key(guess) in _key(window)
    is_site = _key(window) in {"", *sites}
    fallback = guess if is_repeated or is_site else window
    return (fallback, "html") if 0 < len(fallback) <= MAX_LENGTH else (None, None)


def _window(document: Document) -> str:
    return " ".join((document.tree.findtext(".//title") or "").split())[:MAX_LENGTH]


def _candidates(document: Document, site_names: tuple[str, ...]) -> Iterator[tuple[str, Origin]]:
    yield from ((text, "html") for text in hinted_texts(document, "title")[:1])
    node = document.article_node
    for key in ("headline", "name"):
        yield from ((text, "json-ld") for text in jsonld.strings(node.get(key))[:1])
    heading = _heading(document)
    said: list[tuple[str, Origin]] = [
        (as_headed(strip_site(document.meta[name][0], site_names), {_key(heading)}), "meta")
        for name in META
        if name in document.meta and len(document.meta[name][0]) <= MAX_LENGTH
    ]
    marked = own_microdata(document, "headline")[:1]
    said += [(_text(element), "microdata") for element in marked]
    is_told = any(_is_end(text, heading) for text, _ in said)
    if len(heading.split()) >= MIN_WORDS and not is_told:
        yield heading, "html"
    yield from said
    if heading:
        yield heading, "html"
    if document.page.item is not None and document.page.item.title:
        yield document.page.item.title, document.page.item.told_by


def _heading(document: Document) -> str:
    """Return the page's one main heading, or the lower one that the window's title leads with."""
    headings = list(filter(None, map(_text, document.tree.iter("h1"))))
    window = _window(document)
    leading = {_key(window[: match.start()]) for match in SEPARATOR.finditer(window)} - {""}
    if len(headings) == 1 and _key(headings[0]) not in {_key(part) for part in _ends(window)}:
        return headings[0]
    lower = (text for one in document.tree.iter("h1", "h2", "h3") if (text := _text(one)))
    led = next((text for text in lower if _key(text) in leading), None)
    return led or (headings[0] if len(headings) == 1 else "")


def _ends(window: str) -> list[str]:
    return [window[match.end() :] for match in SEPARATOR.finditer(window)]


def _is_end(said: str, heading: str) -> bool:
    """Judge whether a heading is what meta says, with a section before or a date behind it."""
    key, whole = _key(said), _key(heading)
    return len(said.split()) >= MIN_WORDS and (whole.startswith(key) or whole.endswith(key))


def _text(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def strip_site(title: str, site_names: tuple[str, ...]) -> str:
    """Cut the site's name off a headline's end or start."""
    keys = {_key(name) for name in site_names} - {""}
    parts = [(match.start(), match.end()) for match in SEPARATOR.finditer(title)]
    for start, end in parts:
        if _key(title[end:]) in keys:
            return title[:start].strip()
    if parts and _key(title[: parts[0][0]]) in keys:
        return title[parts[0][1] :].strip()
    return title.strip()


def as_headed(title: str, headings: set[str]) -> str:
    """Cut off what follows the very words of the page's heading: sections, dates, outlets."""
    for match in SEPARATOR.finditer(title):
        if _key(title[: match.start()]) in headings - {""}:
            return title[: match.start()].strip()
    return title


def _key(text: str) -> str:
    return re.sub(r"\W|^the\b|\.(com|org|net|pk|tv|de|fr|uk|co)\b", "", text.lower())
