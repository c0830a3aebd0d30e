"""One parse of a page, which serves every step."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from itertools import islice
from typing import cast
from urllib.parse import urljoin, urlsplit

from lxml import etree
from lxml.html import HtmlElement

from crawlers.catalogue import Source
from crawlers.page import Page
from transforms import jsonld
from transforms.article import KeyHow
from transforms.element_names import ElementNames, read_names
from transforms.jsonld import Node, bare, by_id, find_article, read_nodes

SHOWN = etree.XPath(
    "descendant-or-self::body/descendant::text()[not(parent::script or parent::style)]",
    smart_strings=False,
)
"""Text that is shown; several times as fast as `//body//text()`."""
VISIBLE_PARTS = 400
MAX_FLAT = 20_000
"""Letters of a heading or a link; around each of 100 nested ones may stand all of a page."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """A parsed page and what its head says; steps read it and leave it as it is."""

    page: Page
    source: Source
    tree: HtmlElement
    """Without styles, drawings and what its programs say."""
    text: str
    """The page's markup, decoded."""

    @cached_property
    def meta(self) -> dict[str, tuple[str, ...]]:
        """Contents of meta tags by lower-case property, name or itemprop, in page order."""
        found: dict[str, dict[str, None]] = {}
        for element in self.tree.iter("meta"):
            # Many templates escape what was escaped before.
            content = " ".join(unescape(element.get("content") or "").split())
            parent = element.getparent()
            is_in_head = parent is not None and parent.tag == "head"
            for attribute in ("property", "name", "itemprop"):
                name = (element.get(attribute) or "").strip().lower()
                # In the body a date is that of its own item, be it a sidebar's.
                is_items = attribute == "itemprop" and name.startswith("date") and not is_in_head
                if name and content and not is_items:
                    found.setdefault(name, {})[content] = None
        return {name: tuple(contents) for name, contents in found.items()}

    def first_meta(self, *names: str) -> str | None:
        """Return the content of the first of these names that the page has."""
        return next((self.meta[name][0] for name in names if name in self.meta), None)

    @cached_property
    def names(self) -> ElementNames:
        """Its elements, with their names."""
        return read_names(self.tree)

    def named_like(self, words: Iterable[str]) -> list[HtmlElement]:
        """List the elements in whose line of names one of the words stands, be it in capitals."""
        names, lines = self.names, self.names.lines_with(words)
        pairs = zip(names.elements, names.lines, strict=True) if lines else ()
        return [element for element, line in pairs if line in lines]

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every JSON-LD object of the page."""
        return read_nodes(self.tree)

    @cached_property
    def node_index(self) -> dict[str, Node]:
        """JSON-LD objects by `@id`."""
        return by_id(self.nodes)

    @cached_property
    def article_node(self) -> Node:
        """The JSON-LD of the page's own article; empty where there is none."""
        urls = {self.page.url, self.page.final_url, self.canonical_url or ""}
        titles = [flat_text(element) for element in self.tree.iter("title", "h1")]
        shown = " ".join(" ".join((*titles, *self.meta.get("og:title", ()))).split())
        return find_article(self.nodes, frozenset(bare(url) for url in urls if url), shown) or {}

    @cached_property
    def page_node(self) -> Node:
        """The JSON-LD of the page as such (`WebPage`), where it is one article's and no list."""
        pages = [node for node in self.nodes if jsonld.types(node) & {"WebPage", "ItemPage"}]
        is_one = len(pages) == 1 and "CollectionPage" not in jsonld.types(pages[0])
        return pages[0] if is_one else {}

    @cached_property
    def is_article_said(self) -> bool:
        """Whether the page calls itself an article."""
        return bool(self.article_node) or (self.first_meta("og:type") or "").lower() == "article"

    @cached_property
    def body_classes(self) -> frozenset[str]:
        """The classes of the body element, in which content managers name a page's kind."""
        body = self.tree.find(".//body")
        return frozenset((body.get("class") or "").lower().split() if body is not None else ())

    @cached_property
    def visible_text(self) -> str:
        """The start of what a reader may see, be it text, menu, form or `noscript`."""
        texts = cast("list[str]", SHOWN(self.tree))
        return " ".join(" ".join(islice(texts, VISIBLE_PARTS)).split())

    @cached_property
    def headings(self) -> tuple[str, ...]:
        """The texts of its `<h1>`s, in page order."""
        return tuple(flat_text(element) for element in self.tree.iter("h1"))

    @cached_property
    def link_texts(self) -> tuple[str, ...]:
        """The texts of its links, in page order."""
        return tuple(flat_text(link) for link in self.tree.iter("a") if link.get("href"))

    @cached_property
    def canonical_url(self) -> str | None:
        """What the page calls its own address, absolute; not yet believed."""
        return self.link("canonical") or self.absolute(self.first_meta("og:url"))

    @cached_property
    def own_addresses(self) -> tuple[tuple[str, KeyHow], ...]:
        """Every address that the page gives itself, and as what."""
        said: list[tuple[str | None, KeyHow]] = [
            (self.link("canonical"), "canonical"),
            (self.absolute(self.first_meta("og:url")), "og"),
            (self.link("amphtml"), "amp"),
            (self.link("shortlink"), "shortlink"),
        ]
        return tuple((url, how) for url, how in said if url)

    @cached_property
    def base_url(self) -> str:
        """What the page's relative addresses are relative to."""
        for element in self.tree.iter("base"):
            try:
                return urljoin(self.page.final_url, str(element.get("href") or "").strip())
            except ValueError:
                break
        return self.page.final_url

    def link(self, relation: str) -> str | None:
        """Return the absolute address of the first `<link>` of that relation."""
        for element in self.tree.iter("link"):
            if relation in (element.get("rel") or "").lower().split():
                return self.absolute(element.get("href"))
        return None

    def absolute(self, url: str | None) -> str | None:
        """Make an address absolute; None for what is no http(s) address."""
        try:
            joined = urljoin(self.base_url, (url or "").strip())
            parts = urlsplit(joined)
        except ValueError:
            return None
        return joined if url and parts.scheme in {"http", "https"} and parts.hostname else None


def flat_text(element: HtmlElement) -> str:
    """Give an element's text with its white space folded, as far as anything so short goes."""
    # The XPath behind text_content() costs ten times what most links and headings need.
    text = element.text_content() if len(element) else element.text or ""
    return " ".join(text[:MAX_FLAT].split())
