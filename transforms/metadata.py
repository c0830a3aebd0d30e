"""Title, authors, section, tags, image: each with where it came from."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from transforms import jsonld
from transforms.article import Origin
from transforms.authors import Credit, read_authors
from transforms.document import Document
from transforms.title import read_title

TAG_SPLIT = re.compile(r"\s*[,،;؛|]\s*")
TAG_META = (
    "news_keywords", "article:tag", "og:article:tag", "parsely-tags", "sailthru.tags",
    "cxenseparse:taxonomy", "keywords", "shareaholic:keywords", "dcterms.subject", "dc.subject",
    "citation_keywords", "tags",
)  # fmt: skip
SECTION_META = (
    "article:section", "og:article:section", "parsely-section", "section", "cxenseparse:category",
    "og:section",
)  # fmt: skip
IMAGE_META = (
    "og:image", "og:image:secure_url", "og:image:url", "twitter:image", "twitter:image:src",
    "image",
)  # fmt: skip
TAG_CLASSES = ("tags-links", "post-tags", "article-tags", "entry-tags", "tag-list", "article__tags")
_HAS_TAG_CLASS = " or ".join(f"contains(@class, {name!r})" for name in TAG_CLASSES)
TAG_LINKS = (
    ".//a[contains(concat(' ', @rel, ' '), ' tag ')]",
    f".//*[@class='tags' or {_HAS_TAG_CLASS}]//a",
)
MAX_TAGS = 50
MAX_TAG_LENGTH = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a page says of its article, apart from text and dates."""

    title: str | None
    title_from: Origin | None
    credit: Credit
    section: str | None
    section_from: Origin | None
    tags: tuple[str, ...]
    tags_from: Origin | None
    image_url: str | None
    site_name: str | None

    def with_tagline(self, tagline: tuple[str, ...]) -> "Metadata":
        """Take the tags printed above the text, where the page gives no others."""
        return self if self.tags or not tagline else replace(self, tags=tagline, tags_from="html")


def read_metadata(document: Document) -> Metadata:
    """Read every descriptive field; nothing here looks at the body."""
    site_name = read_site_name(document)
    names = tuple(_site_names(document, site_name))
    title, title_from = read_title(document, names)
    section, section_from = read_section(document)
    tags, tags_from = read_tags(document)
    return Metadata(
        title=title,
        title_from=title_from,
        credit=read_authors(document, names),
        section=section,
        section_from=section_from,
        tags=tags,
        tags_from=tags_from,
        image_url=read_image(document),
        site_name=site_name,
    )


def read_site_name(document: Document) -> str | None:
    """Name the outlet as the page does."""
    if name := document.first_meta("og:site_name"):
        return name
    publishers = jsonld.resolve(document.article_node.get("publisher"), document.node_index)
    named = (jsonld.strings(node.get("name")) for node in publishers)
    sites = (
        jsonld.strings(node.get("name"))
        for node in document.nodes
        if "WebSite" in jsonld.types(node)
    )
    return next(
        (names[0] for names in (*named, *sites) if names), document.first_meta("application-name")
    )


def _site_names(document: Document, site_name: str | None) -> Iterator[str]:
    yield document.source.name
    if site_name:
        yield site_name
    for node in document.nodes:
        if jsonld.types(node) & {"WebSite", "Organization", "NewsMediaOrganization"}:
            yield from jsonld.strings(node.get("name"))[:1]
    for node in jsonld.resolve(document.article_node.get("publisher"), document.node_index):
        yield from jsonld.strings(node.get("name"))[:1]
    host = (urlsplit(document.page.final_url).hostname or "").removeprefix("www.")
    yield host
    yield host.partition(".")[0]
    labels = host.split(".")
    if len(labels) > 2:
        yield ".".join(labels[1:])
        yield labels[1]


def read_section(document: Document) -> tuple[str | None, Origin | None]:
    """Name the section: JSON-LD, meta, else the last breadcrumb before the article."""
    if names := jsonld.strings(document.article_node.get("articleSection")):
        return names[0], "json-ld"
    if name := document.first_meta(*SECTION_META):
        return name, "meta"
    crumbs = [
        name
        for node in document.nodes
        if "BreadcrumbList" in jsonld.types(node)
        for name in _crumbs(node)
    ]
    if len(crumbs) > 2:
        return crumbs[-2], "json-ld"
    return None, None


def _crumbs(node: jsonld.Node) -> Iterator[str]:
    for item in jsonld.resolve(node.get("itemListElement"), {}):
        inner = item.get("item")
        names = jsonld.strings(item.get("name")) or (
            jsonld.strings(inner.get("name")) if isinstance(inner, dict) else []
        )
        yield from names[:1]


def read_tags(document: Document) -> tuple[tuple[str, ...], Origin | None]:
    """Read the tags: JSON-LD keywords, meta, the feed's categories, links marked as tags."""
    if tags := split_tags(jsonld.strings(document.article_node.get("keywords"))):
        return tags, "json-ld"
    for name in TAG_META:
        if name in document.meta and (tags := split_tags(document.meta[name])):
            return tags, "meta"
    item = document.page.item
    if item is not None and (tags := split_tags(item.categories)):
        return tags, "feed"
    for path in TAG_LINKS:
        if tags := split_tags(element.text_content() for element in document.tree.xpath(path)):
            return tags, "html"
    return (), None


def split_tags(texts: Iterable[str]) -> tuple[str, ...]:
    """Split tag lines on commas (Arabic ones too), keeping order, dropping doubles."""
    found: dict[str, str] = {}
    for text in texts:
        for part in TAG_SPLIT.split(text):
            tag = " ".join(part.split()).strip(" #\"'")
            if tag and len(tag) <= MAX_TAG_LENGTH:
                found.setdefault(tag.casefold(), tag)
    return tuple(found.values())[:MAX_TAGS]


def read_image(document: Document) -> str | None:
    """Give the lead picture's absolute address."""
    if url := document.absolute(document.first_meta(*IMAGE_META)):
        return url
    value = document.article_node.get("image")
    for node in jsonld.resolve(value, document.node_index):
        for key in ("url", "contentUrl"):
            if texts := jsonld.strings(node.get(key)):
                return document.absolute(texts[0])
    return next((document.absolute(text) for text in jsonld.strings(value)), None)
