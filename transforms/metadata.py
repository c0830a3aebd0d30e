"""Title, authors, section, tags, image: each with where it came from."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from crawlers.catalogue import Source
from crawlers.page import ListedItem
from transforms import jsonld
from transforms.article import Origin
from transforms.authors import Credit, credit_of, read_authors
from transforms.document import Document
from transforms.section import read_section
from transforms.tags import read_tags, readers_tags
from transforms.title import read_title, strip_site

IMAGE_META = (
    "og:image", "og:image:secure_url", "og:image:url", "twitter:image", "twitter:image:src",
    "image",
)  # fmt: skip
NO_PICTURE = re.compile(
    r"(?<![a-z])(no[-_]?(img|image)|default[-_]([a-z]+[-_])?(img|image)|placeholder|logo|blank$)"
    r"(?![a-z])",
    re.IGNORECASE,
)
"""What the names of files say that stand in where an article has no picture."""


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
    image_from: Origin | None
    site_name: str | None
    site_name_from: Origin | None

    def with_tagline(self, tagline: tuple[str, ...]) -> "Metadata":
        """Take the tags printed above the text, unless the page itself gives others."""
        writers = {name.casefold() for name in self.credit.authors}
        is_known = self.tags and self.tags_from not in {"feed", "sitemap"}
        if not tagline or is_known or {tag.casefold() for tag in tagline} <= writers:
            return self
        return replace(self, tags=tagline, tags_from="html")


def read_metadata(document: Document) -> Metadata:
    """Read every descriptive field; nothing here looks at the body."""
    site_name, site_name_from = read_site_name(document)
    image_url, image_from = read_image(document)
    names = tuple(_site_names(document, site_name))
    title, title_from = read_title(document, names)
    section, section_from = read_section(document, names)
    tags, tags_from = read_tags(document, section, names)
    return Metadata(
        title=title,
        title_from=title_from,
        credit=read_authors(document, names),
        section=section,
        section_from=section_from,
        tags=tags,
        tags_from=tags_from,
        image_url=image_url,
        image_from=image_from,
        site_name=site_name,
        site_name_from=site_name_from,
    )


def item_metadata(item: ListedItem, source: Source, url: str) -> Metadata:
    """Read what an entrance said of an item, by the rules for a page that says no more."""
    names = (source.name, *_host_names(url))
    title, tags = strip_site(item.title or "", names) or None, readers_tags(item.categories)
    return Metadata(
        title=title,
        title_from=item.told_by if title else None,
        credit=credit_of(item.authors, item.told_by, (*names, *source.regions)),
        section=None,
        section_from=None,
        tags=tags,
        tags_from=item.told_by if tags else None,
        image_url=None,
        image_from=None,
        site_name=None,
        site_name_from=None,
    )


def read_site_name(document: Document) -> tuple[str | None, Origin | None]:
    """Name the outlet as the page does."""
    if name := document.first_meta("og:site_name"):
        return name, "meta"
    publishers = jsonld.resolve(document.article_node.get("publisher"), document.node_index)
    named = (jsonld.strings(node.get("name")) for node in publishers)
    sites = (
        jsonld.strings(node.get("name"))
        for node in document.nodes
        if "WebSite" in jsonld.types(node)
    )
    if said := next((names[0] for names in (*named, *sites) if names), None):
        return said, "json-ld"
    name = document.first_meta("application-name")
    return name, "meta" if name else None


def _site_names(document: Document, site_name: str | None) -> Iterator[str]:
    yield document.source.name
    if site_name:
        yield site_name
    for node in document.nodes:
        if jsonld.types(node) & {"WebSite", "Organization", "NewsMediaOrganization"}:
            yield from jsonld.strings(node.get("name"))[:1]
    for node in jsonld.resolve(document.article_node.get("publisher"), document.node_index):
        yield from jsonld.strings(node.get("name"))[:1]
    yield from _host_names(document.page.final_url)


def _host_names(url: str) -> Iterator[str]:
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    yield host
    yield host.partition(".")[0]
    labels = host.split(".")
    if len(labels) > 2:
        yield ".".join(labels[1:])
        yield labels[1]


def read_image(document: Document) -> tuple[str | None, Origin | None]:
    """Give the lead picture's absolute address; the outlet's sign or a placeholder is none."""
    signs = {document.absolute(url) for url in _logos(document)}
    for said, origin in _images(document):
        url = document.absolute(said)
        if url is not None and url not in signs and not NO_PICTURE.search(_file_name(url)):
            return url, origin
    return None, None


def _file_name(url: str) -> str:
    return urlsplit(url).path.rsplit("/", 1)[-1].rpartition(".")[0]


def _images(document: Document) -> Iterator[tuple[str, Origin]]:
    for name in IMAGE_META:
        yield from ((text, "meta") for text in document.meta.get(name, ()))
    for key in ("image", "thumbnailUrl"):
        value = document.article_node.get(key)
        yield from ((text, "json-ld") for text in _picture_addresses(document, value))
    yield from ((url, "meta") for url in [document.link("image_src")] if url)


def _logos(document: Document) -> Iterator[str]:
    for node in jsonld.resolve(document.article_node.get("publisher"), document.node_index):
        yield from _picture_addresses(document, node.get("logo"))


def _picture_addresses(document: Document, value: object) -> Iterator[str]:
    """Yield the addresses of schema.org pictures: objects, references to them, or plain ones."""
    for node in jsonld.resolve(value, document.node_index):
        for key in ("url", "contentUrl"):
            yield from jsonld.strings(node.get(key))
    yield from jsonld.strings(value)
