"""What a page states, for machines, of when it was published and changed."""

import re
from collections.abc import Iterator
from itertools import chain, islice

from transforms import jsonld
from transforms.article import Origin
from transforms.document import Document
from transforms.hints import hinted_texts
from transforms.microdata import own_elements
from transforms.read_day import read_line
from transforms.visible_date import MAX_LINE, MAX_TIMES, changed_times, latest_day

Statement = tuple[str, Origin]
"""A date as written, and where."""
PUBLISHED_META = (
    "article:published_time", "og:article:published_time", "og:published_time", "article:published",
    "og:article:published", "article:published_date", "article:published:time", "datepublished",
    "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "cxenseparse:publishtime",
    "bt:pubdate", "rbpubdate", "dcterms.issued", "dc.date.issued", "article.published",
    "mediator_published_time", "publish_date", "publishdate", "publish-date", "published_date",
    "published-date", "published_time", "publication_date", "article:publicationdate",
    "originalpublicationdate", "pubdate", "og:pubdate", "pdate", "ptime",
    "citation_publication_date", "article:post_date", "shareaholic:article_published_time",
    "vr:published_time", "analyticsattributes.articledate", "article_date_original", "displaydate",
    "date_published", "dateposted", "citation_date", "og:regdate", "twt-published-at",
)  # fmt: skip
UNNAMED_META = (
    "dcterms.date", "dc.date", "dc:date", "date", "dcterms.created", "dc.date.created",
    "dc.created", "datecreated", "article.created", "date_created", "dc:created", "created",
    "weibo: article:create_at", "weibo:article:create_at",
)  # fmt: skip
"""Dates that do not say of what: often of the last change, or of the template."""
MODIFIED_META = (
    "article:modified_time", "og:article:modified_time", "og:modified_time", "og:updated_time",
    "article:modified", "datemodified", "dcterms.modified", "dc.modified", "dc.date.modified",
    "article:modified_date", "bt:moddate", "last-modified", "lastmod", "modified", "updated_time",
    "article:updated_time", "article.updated", "article:modified:time",
)  # fmt: skip
MAX_STAMP = 80
FOLDERS_DAY = re.compile(r"/((?:19|20)\d{2})[/_-](0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])(?![^/])")
"""Folders of a day, which only a machine makes: 2026/03/09, 2026-03/09."""
SEGMENT_DAY = re.compile(
    r"/((?:19|20)\d{2})([_-]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?![^/._-])"
)
"""A part of the path that is a day, or opens with one."""
SEGMENT_DAY_FIRST = re.compile(r"/(1[3-9]|2\d|3[01])-(0?[1-9]|1[0-2])-((?:19|20)\d{2})(?![^/.])")
MONTH_FIRST = re.compile(r"(?:0?\d|1[0-2])/(?:1[3-9]|2\d|3[01])/\d{4}")


def published_statements(document: Document) -> Iterator[Statement]:
    """Yield what the page calls its publication, the most trusted first."""
    yield from _from_hints(document)
    yield from _from_jsonld(document.article_node, "datePublished")
    yield from _from_meta(document, PUBLISHED_META)
    yield from _from_microdata(document, "datePublished")
    yield from _from_jsonld(document.page_node, "datePublished")


def unnamed_statements(document: Document) -> Iterator[Statement]:
    """Yield dates of the page that do not say that they are its publication."""
    for key in ("dateCreated", "uploadDate"):
        yield from _from_jsonld(document.article_node, key)
    yield from _from_meta(document, UNNAMED_META)
    yield from _from_microdata(document, "dateCreated")


def modified_statements(document: Document) -> Iterator[Statement]:
    """Yield what the page calls its last change."""
    yield from _from_jsonld(document.article_node, "dateModified")
    yield from _from_meta(document, MODIFIED_META)
    yield from _from_microdata(document, "dateModified")
    yield from changed_times(document)


def writes_month_first(document: Document) -> bool:
    """Judge by a date that can be read in one way only how the page's machine writes the others."""
    names = (*PUBLISHED_META, *UNNAMED_META, *MODIFIED_META)
    return any(MONTH_FIRST.match(document.meta[name][0]) for name in names if name in document.meta)


def _from_hints(document: Document) -> Iterator[Statement]:
    """Yield what stands where the source file points: for machines, or a line for readers."""
    for text in hinted_texts(document, "published"):
        yield text, "html"
        if (found := read_line(text[:MAX_LINE], "", latest_day(document))) is not None:
            yield found, "html"


def _from_jsonld(node: jsonld.Node, key: str) -> Iterator[Statement]:
    for text in jsonld.strings(node.get(key))[:1]:
        yield text, "json-ld"


def _from_meta(document: Document, names: tuple[str, ...]) -> Iterator[Statement]:
    for name in names:
        if name in document.meta:
            yield document.meta[name][0], "meta"


def _from_microdata(document: Document, prop: str) -> Iterator[Statement]:
    """Read the article's microdata, or RDFa, which may put a prefix before a property's name."""
    names = {prop, f"schema:{prop}"}
    marked = (
        element
        for element in document.names.marked
        if element.get("itemprop") == prop or element.get("property") in names
    )
    own = own_elements(document.tree, islice(marked, MAX_TIMES))
    stamps = (element.get("datetime") or element.get("content") for element in own)
    for text in chain(stamps, (element.text_content() for element in own)):
        if text and len(text) < MAX_STAMP:
            yield text, "microdata"


def folder_statements(document: Document) -> Iterator[Statement]:
    """Yield the day in whose folders the page lies."""
    for path in _paths(document):
        if match := FOLDERS_DAY.search(path):
            yield f"{match[1]}-{match[2]}-{match[3]}", "url"
            return


def segment_statements(document: Document) -> Iterator[Statement]:
    """Yield the day that a part of the address is; but a number may look like one."""
    for path in _paths(document):
        if match := SEGMENT_DAY.search(path):
            yield f"{match[1]}-{match[3]}-{match[4]}", "url"
            return
        if match := SEGMENT_DAY_FIRST.search(path):
            yield f"{match[3]}-{match[2]}-{match[1]}", "url"
            return


def _paths(document: Document) -> Iterator[str]:
    for url in dict.fromkeys((document.page.url, document.canonical_url or "")):
        yield "/" + url.partition("//")[2].partition("/")[2].partition("?")[0]
