"""Tags: what a page files its article under, apart from the section."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from transforms import jsonld
from transforms.article import Origin
from transforms.document import Document
from transforms.hints import hinted_texts
from transforms.printed_tags import addressed_tags, boxed_tags, marked_tags

SPLIT = re.compile(r"\s*[,،;؛|]\s*")
META = (
    "news_keywords", "article:tag", "og:article:tag", "parsely-tags", "sailthru.tags",
    "cxenseparse:taxonomy",
)  # fmt: skip
LOOSE_META = (
    "keywords", "shareaholic:keywords", "dcterms.subject", "dc.subject", "citation_keywords",
    "tags",
)  # fmt: skip
"""Written for search engines as often as for readers: what is printed goes before them."""
NOT_FOR_READERS = re.compile(
    r"[\da-f]{8}-[\da-f-]{27}|\d{5,}|https?://\S*|[/_].*|[\w.-]+\.(com|org|net)"
    r"|(\w+ ){0,2}(category|section|tokens|type)\s*:.*",
    re.IGNORECASE,
)
"""What publishing systems file under tags for themselves: ids, paths, hosts, `Category: Travel`."""
OF_THE_SITE = re.compile(r"\b(news|newspaper|e-?paper|headlines)\b", re.IGNORECASE)
LINE_WORDS = 3
MAX_TAGS = 50
MAX_LENGTH = 80


def read_tags(
    document: Document, section: str | None, site_names: Sequence[str]
) -> tuple[tuple[str, ...], Origin | None]:
    """Read the tags: where the source file points, JSON-LD, meta, tag links, the feed, keywords.

    A feed lists the section among its categories: it is taken out. Alone it is no tag anywhere.
    """
    sites = {_key(name) for name in site_names} - {""}
    for texts, origin in _statements(document):
        tags = readers_tags(texts)
        if origin in {"feed", "sitemap"}:
            tags = tuple(tag for tag in tags if tag != section)
        if section is not None and [tag.casefold() for tag in tags] == [section.casefold()]:
            tags = ()
        is_told = origin in {"json-ld", "meta"}
        if tags and not (is_told and (_is_the_sites(tags, sites) or _is_a_line(tags, document))):
            return tags, origin
    return (), None


def readers_tags(texts: Iterable[str]) -> tuple[str, ...]:
    """Split tag lines, and leave out what is there for the publishing system alone."""
    return tuple(tag for tag in split_tags(texts) if not NOT_FOR_READERS.fullmatch(tag))


def split_tags(texts: Iterable[str]) -> tuple[str, ...]:
    """Split tag lines on commas (Arabic ones too), keeping order, dropping doubles."""
    found: dict[str, str] = {}
    for text in texts:
        for part in SPLIT.split(text):
            tag = " ".join(part.split()).strip(" #\"'")
            if tag and len(tag) <= MAX_LENGTH:
                found.setdefault(tag.casefold(), tag)
    return tuple(found.values())[:MAX_TAGS]


def _statements(document: Document) -> Iterator[tuple[Iterable[str], Origin]]:
    yield hinted_texts(document, "tags"), "html"
    yield jsonld.strings(document.article_node.get("keywords")), "json-ld"
    yield from ((document.meta.get(name, ()), "meta") for name in META)
    yield marked_tags(document), "html"
    yield boxed_tags(document), "html"
    if document.page.item is not None:
        yield document.page.item.categories, document.page.item.told_by
    yield from ((document.meta.get(name, ()), "meta") for name in LOOSE_META)
    yield addressed_tags(document), "html"


def _is_the_sites(tags: Sequence[str], sites: Collection[str]) -> bool:
    """Judge whether a list is the same on every page: it begins with the site's praise."""
    first = tags[:2]
    return len(first) == 2 and all(_key(t) in sites or OF_THE_SITE.search(t) for t in first)


def _is_a_line(tags: Sequence[str], document: Document) -> bool:
    """Judge whether a list is only the headline, or the address, cut into words (The News)."""
    if len(tags) < LINE_WORDS:
        return False
    title = f"{document.first_meta('og:title') or ''} {document.tree.findtext('.//title') or ''}"
    for line in (title, urlsplit(document.page.final_url).path):
        # Some cut hyphened words apart, and some leave the apostrophe out.
        words = (part for word in line.split() for part in (word, *re.findall(r"\w+", word)))
        keys = map(_key, words)
        if all(_key(tag) in keys for tag in tags if _key(tag)):
            return True
    return False


def _key(name: str) -> str:
    return re.sub(r"\W", "", name.casefold())
