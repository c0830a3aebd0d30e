"""A page's bytes, refused or parsed: the tree that every step reads."""

import re
from dataclasses import replace
from itertools import islice

import numpy as np
from lxml import etree
from lxml.html import HtmlElement, document_fromstring

from crawlers.catalogue import Source
from crawlers.page import Page
from transforms import jsonld
from transforms.document import Document
from transforms.encoding import clean_item, decode_page
from transforms.foreign_code import ask_or_reject
from transforms.mail_addresses import ENCODED, decode_addresses
from transforms.rejection import Reason, Rejected

MAX_PAGE_BYTES = 10_000_000
MAX_ELEMENTS = 200_000
"""Ten times what the largest page of an outlet has; the libraries need seconds for that many."""
NOT_PAGES = (
    (b"%PDF", "a PDF"), (b"\x89PNG", "a PNG picture"), (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"), (b"RIFF", "a media file"), (b"PK\x03\x04", "a ZIP file"),
    (b"\x1f\x8b", "a gzip file"), (b"\x00\x00\x00", "a media file"),
)  # fmt: skip
NOT_HTML_TYPES = re.compile(
    r"^\s*(image|audio|video|font)/|application/(pdf|json|zip|octet-stream)|javascript|css",
    re.IGNORECASE,
)
FEED_ROOT = re.compile(
    r"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(rss|feed|urlset|sitemapindex|rdf:RDF)\b",
    re.DOTALL | re.IGNORECASE,
)
PARSER = etree.HTMLParser(
    collect_ids=False, encoding="utf-8", remove_comments=True, remove_pis=True
)
# lxml.html's own parser asks Python for the class of every element that any step touches.
PARSER.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
SWALLOWED = etree.XPath("boolean(//svg//p)")
"""Whether an unclosed `<svg>` holds text that follows it."""
MARKUP = re.compile(rb"<[a-zA-Z!]")
TAG_OPENS = ord("<")


def parse_page(page: Page, source: Source) -> Document:
    """Decode and parse a page once.

    Raises:
        Rejected: empty, too large, not HTML, or broken beyond parsing.
    """
    if not page.body.strip():
        raise Rejected(Reason.EMPTY, "no bytes")
    if len(page.body) > MAX_PAGE_BYTES:
        raise Rejected(Reason.TOO_LARGE, f"{len(page.body) / 1e6:.1f} MB")
    content_type = next(
        (value for name, value in page.headers if name.lower() == "content-type"), ""
    )
    _refuse_other_kinds(page.body, content_type)
    markup = decode_page(page.body, content_type)
    if root := FEED_ROOT.match(markup.text[:20_000]):
        raise Rejected(Reason.NOT_HTML, f"an XML file with the root <{root[1]}>")
    page = replace(page, item=clean_item(page.item))
    return Document(page=page, source=source, tree=_parse(markup.utf8), text=markup.text)


def _refuse_other_kinds(body: bytes, content_type: str) -> None:
    start = body[:64].lstrip()
    for magic, what in NOT_PAGES:
        if start.startswith(magic):
            raise Rejected(Reason.NOT_HTML, what)
    if NOT_HTML_TYPES.search(content_type) and not re.search(
        rb"<html|<!doctype html", body[:2000], re.IGNORECASE
    ):
        raise Rejected(Reason.NOT_HTML, f"sent as {content_type.strip()[:60]}")


def _parse(markup: bytes) -> HtmlElement:
    if not MARKUP.search(markup):
        raise Rejected(Reason.NOT_HTML, "text without any markup")
    tree = ask_or_reject(lambda: document_fromstring(markup, parser=PARSER))
    if next(tree.iter("body", "frameset"), None) is None:
        raise Rejected(Reason.EMPTY, "a page without a body")
    # Markup of half as many tags has no more, with all that the parser adds.
    tags = np.count_nonzero(np.frombuffer(markup, dtype=np.uint8) == TAG_OPENS)
    is_long = tags * 2 > MAX_ELEMENTS
    if is_long and next(islice(tree.iter(), MAX_ELEMENTS, None), None) is not None:
        raise Rejected(Reason.TOO_LARGE, f"more than {MAX_ELEMENTS} elements")
    _empty_programs(tree)
    if ENCODED.encode() in markup:
        decode_addresses(tree)
    return tree


def _empty_programs(tree: HtmlElement) -> None:
    """Spare every step that walks or copies a page what holds no word of its text.

    Scripts that are no JSON-LD are often more than half of a page.
    """
    dropped = {"style"}
    for element in tree.iter("script", "svg"):
        if element.tag == "svg":
            dropped.add("svg")
        elif element.text and not jsonld.is_jsonld(element.get("type"), element.text):
            element.text = None
    if "svg" in dropped and SWALLOWED(tree):
        dropped.remove("svg")
    etree.strip_elements(tree, *dropped, with_tail=False)
