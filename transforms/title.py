"""The headline, without the site's name."""

import re
from collections.abc import Iterator

from trafilatura.metadata import extract_title

from transforms import jsonld
from transforms.article import Origin
from transforms.document import Document
from transforms.foreign_code import ask_or_none
from transforms.hints import hinted_texts

SEPARATOR = re.compile(r"\s+[|–—\-·•»«:⁄/~]+\s+|\s*\|\s*")
MAX_LENGTH = 400


def read_title(document: Document, site_names: tuple[str, ...]) -> tuple[str | None, Origin | None]:
    """Take the headline from the first that says it: JSON-LD, meta, microdata, heading, feed."""
    said = [
        (strip_site(text, site_names), origin)
        for text, origin in _candidates(document)
        if 1 < len(text) <= MAX_LENGTH
    ]
    headings = {_key(" ".join(one.text_content().split())) for one in document.tree.iter("h1")}
    sites = {_key(name) for name in site_names}
    said = [(as_headed(text, headings), origin) for text, origin in said]
    said = [(text, origin) for text, origin in said if text and _key(text) not in sites]
    if said:
        return said[0]
    fallback = ask_or_none(lambda: extract_title(document.tree))
    if not fallback or len(fallback) > MAX_LENGTH:
        return None, None
    return strip_site(fallback, site_names), "html"


def _candidates(document: Document) -> Iterator[tuple[str, Origin]]:
    yield from ((text, "html") for text in hinted_texts(document, "title")[:1])
    node = document.article_node
    for key in ("headline", "name"):
        yield from ((text, "json-ld") for text in jsonld.strings(node.get(key))[:1])
    for name in ("og:title", "twitter:title", "parsely-title", "sailthru.title", "dc.title"):
        yield from ((text, "meta") for text in document.meta.get(name, ())[:1])
    for element in document.tree.iterfind(".//*[@itemprop='headline']"):
        yield " ".join(element.text_content().split()), "microdata"
        break
    headings = [" ".join(element.text_content().split()) for element in document.tree.iter("h1")]
    if len(headings) == 1:
        yield headings[0], "html"
    if document.page.item is not None and document.page.item.title:
        yield document.page.item.title, document.page.item.told_by


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
