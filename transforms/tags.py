"""Tags: what a page files its article under, apart from the section."""

import re
from collections.abc import Iterable

from lxml.html import HtmlElement

from transforms import jsonld
from transforms.article import Origin
from transforms.document import Document
from transforms.hints import hinted_texts

SPLIT = re.compile(r"\s*[,،;؛|]\s*")
META = (
    "news_keywords", "article:tag", "og:article:tag", "parsely-tags", "sailthru.tags",
    "cxenseparse:taxonomy", "keywords", "shareaholic:keywords", "dcterms.subject", "dc.subject",
    "citation_keywords", "tags",
)  # fmt: skip
CLASSES = ("tags-links", "post-tags", "article-tags", "entry-tags", "tag-list", "article__tags")
_HAS_CLASS = " or ".join(f"contains(@class, {name!r})" for name in CLASSES)
# WordPress marks a section's link as `category tag`.
TAG_LINKS = ".//a[contains(concat(' ', @rel, ' '), ' tag ') and not(contains(@rel, 'category'))]"
LINKS_IN_TAG_BOXES = f".//*[@class='tags' or {_HAS_CLASS}]//a"
MAX_TAGS = 50
MAX_LENGTH = 80


def read_tags(document: Document, section: str | None) -> tuple[tuple[str, ...], Origin | None]:
    """Read the tags: where the source file points, JSON-LD, meta, tag links, the feed.

    A feed lists the section among its categories: it is taken out.
    """
    if tags := split_tags(hinted_texts(document, "tags")):
        return tags, "html"
    if tags := split_tags(jsonld.strings(document.article_node.get("keywords"))):
        return tags, "json-ld"
    for name in META:
        if name in document.meta and (tags := split_tags(document.meta[name])):
            return tags, "meta"
    if tags := split_tags(map(_text, document.tree.xpath(TAG_LINKS))):
        return tags, "html"
    item = document.page.item
    if item is not None and (tags := split_tags(item.categories)):
        return tuple(tag for tag in tags if tag != section), item.told_by
    tags = split_tags(map(_text, document.tree.xpath(LINKS_IN_TAG_BOXES)))
    return (tags, "html") if tags else ((), None)


def split_tags(texts: Iterable[str]) -> tuple[str, ...]:
    """Split tag lines on commas (Arabic ones too), keeping order, dropping doubles."""
    found: dict[str, str] = {}
    for text in texts:
        for part in SPLIT.split(text):
            tag = " ".join(part.split()).strip(" #\"'")
            if tag and len(tag) <= MAX_LENGTH:
                found.setdefault(tag.casefold(), tag)
    return tuple(found.values())[:MAX_TAGS]


def _text(element: HtmlElement) -> str:
    return str(element.text_content())
