"""The section that a page files its article under."""

import re
from collections.abc import Collection, Iterable, Iterator

from lxml.html import HtmlElement

from transforms import jsonld
from transforms.article import Origin
from transforms.document import Document, flat_text
from transforms.hints import hinted_texts

META = (
    "article:section", "og:article:section", "parsely-section", "section", "cxenseparse:category",
    "og:section", "articlesection",
)  # fmt: skip
CRUMBS = ("breadcrumb",)
MENU_LINKS = ".//nav//a | .//header//a | .//*[contains(@class, 'menu')]//a"
KICKER = re.compile(
    r"(^|[\s_-])(kicker|eyebrow|overline|rubric|section|categor(y|ies)|cat|channel|topic)"
    r"([\s_-]|$)",
    re.IGNORECASE,
)
HOME = re.compile(
    r"(home|home ?page|main|start(seite)?|accueil|inicio|news|ہوم|صفحۂ? اول|سرورق|کور( پاڼه)?)?\W*",
    re.IGNORECASE,
)
JOINED = re.compile(r"\s*[,،;|]\s*")
MAX_WORDS, MAX_LENGTH = 5, 60
NEAR = 3


def read_section(
    document: Document, site_names: Collection[str]
) -> tuple[str | None, Origin | None]:
    """Name the section.

    Where the source file points, JSON-LD, meta, a link marked as category, breadcrumbs, the kicker.
    """
    sites = {name.casefold() for name in site_names}
    for names, origin in _statements(document):
        # Some themes write all categories into one: the first is the one they print.
        parts = [part.strip() for name in names for part in JOINED.split(name)]
        told = (part for part in parts if part and part.casefold() not in sites)
        if (section := next(told, None)) is not None:
            return section, origin
    return None, None


def _statements(document: Document) -> Iterator[tuple[Iterable[str], Origin]]:
    yield hinted_texts(document, "section"), "html"
    yield jsonld.strings(document.article_node.get("articleSection")), "json-ld"
    yield from ((document.meta.get(name, ()), "meta") for name in META)
    yield _from_jsonld_crumbs(document), "json-ld"
    yield _from_category_links(document), "html"
    yield _from_crumbs(document), "html"
    yield _from_kicker(document), "html"


def _from_jsonld_crumbs(document: Document) -> list[str]:
    crumbs = [
        name
        for node in document.nodes
        if "BreadcrumbList" in jsonld.types(node)
        for name in _crumbs(node)
    ]
    return crumbs[-2:-1] if len(crumbs) > 2 else []


def _crumbs(node: jsonld.Node) -> Iterator[str]:
    for item in jsonld.resolve(node.get("itemListElement"), {}):
        inner = item.get("item")
        names = jsonld.strings(item.get("name")) or (
            jsonld.strings(inner.get("name")) if isinstance(inner, dict) else []
        )
        yield from names[:1]


def _from_category_links(document: Document) -> Iterator[str]:
    """Yield the article's category: the links around the headline, else the page's only one."""
    links = [
        link for link in document.tree.iter("a") if " category " in f" {link.get('rel') or ''} "
    ]
    if not links:
        return
    near = set(_around_headline(document))
    own = [link for link in links if any(parent in near for parent in link.iterancestors())]
    names = [name for link in own if (name := _name(link))]
    if not names and len({_name(link) for link in links}) == 1:
        names = [name for link in links if (name := _name(link))]
    yield from names[:1]


def _from_crumbs(document: Document) -> Iterator[str]:
    headlines = {text.casefold() for text in document.headings}
    for trail in document.named_like(CRUMBS):
        names = [flat_text(link) for link in trail.iter("a")]
        # Some trails end in the page itself.
        if names and names[-1].casefold() in headlines:
            names.pop()
        names = [name for name in names if name and not HOME.fullmatch(name)]
        short = [name for name in names if _is_short(name)]
        if names and names[-1:] == short[-1:]:
            yield names[-1]
            return


def _from_kicker(document: Document) -> Iterator[str]:
    """Yield the short line beside the headline that is also an entry of the site's menu."""
    names = [
        name
        for scope in _around_headline(document)
        for element in scope.iter("p", "span", "div", "a", "strong", "h2", "h3", "h4", "li")
        if KICKER.search(element.get("class") or "") and (name := _name(element))
    ]
    if not names:
        return
    menu = {flat_text(link).casefold() for link in document.tree.xpath(MENU_LINKS)}
    for name in names:
        if name.casefold() in menu and not HOME.fullmatch(name):
            yield name
            return


def _around_headline(document: Document) -> list[HtmlElement]:
    """List the boxes around the page's one heading, the closest first; never the whole page."""
    headings = list(document.tree.iter("h1"))
    if len(headings) != 1:
        return []
    boxes: list[HtmlElement] = []
    for parent in headings[0].iterancestors():
        if parent.tag in {"body", "html"} or len(boxes) == NEAR:
            break
        boxes.append(parent)
        if parent.tag in {"article", "main"}:
            break
    return boxes


def _name(element: HtmlElement) -> str | None:
    name = flat_text(element).strip(" /|›»·•-")
    return name if name and _is_short(name) else None


def _is_short(name: str) -> bool:
    return len(name) <= MAX_LENGTH and len(name.split()) <= MAX_WORDS
