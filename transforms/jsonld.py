"""JSON-LD: what a page says of itself in schema.org's words."""

import re
from collections.abc import Iterator, Sequence
from html import unescape
from typing import TypeAlias

from lxml.html import HtmlElement

from transforms.encoding import clean_characters
from transforms.loose_json import read_values

Node: TypeAlias = dict[str, object]

ARTICLE_TYPES = frozenset(
    [
        "Article",
        "NewsArticle",
        "AnalysisNewsArticle",
        "AskPublicNewsArticle",
        "BackgroundNewsArticle",
        "OpinionNewsArticle",
        "ReportageNewsArticle",
        "ReviewNewsArticle",
        "BlogPosting",
        "LiveBlogPosting",
        "SocialMediaPosting",
        "Report",
        "ScholarlyArticle",
        "TechArticle",
        "AdvertiserContentArticle",
        "SatiricalArticle",
        "Review",
        "CriticReview",
    ]
)
UNTYPED = re.compile(r'\s*[\[{]\s*\{?\s*"@context"\s*:\s*"https?://(www\.)?schema\.org')
INLINE_TAG = re.compile(r"</?(?:a|b|em|i|small|span|strong|sup|u)(?:\s[^<>]*)?>", re.IGNORECASE)
MAX_NODES = 2_000
MAX_DEPTH = 20
MIN_HEADLINE = 10


def read_nodes(tree: HtmlElement) -> tuple[Node, ...]:
    """Read every JSON-LD object of the page: all scripts, arrays, `@graph`, main entities."""
    nodes: list[Node] = []
    for script in tree.iter("script"):
        if script.text and is_jsonld(script.get("type"), script.text):
            nodes.extend(_flatten(read_values(script.text)))
    return tuple(nodes[:MAX_NODES])


def is_jsonld(kind: str | None, text: str) -> bool:
    """Know JSON-LD by its type, or, where the script has none, by its first words."""
    if kind is None:
        return UNTYPED.match(text) is not None
    return "ld+json" in kind.lower()


def types(node: Node) -> frozenset[str]:
    """Name the schema.org types of a node, without their namespace."""
    return frozenset(
        name.rstrip("/").rsplit("/", 1)[-1].removeprefix("schema:")
        for name in strings(node.get("@type"))
    )


def find_article(nodes: Sequence[Node], urls: frozenset[str], titles: str) -> Node | None:
    """Choose the node that is the page's own article; what it leaves out its doubles may say.

    By its address; else one whose headline stands in the page's titles; else one without any
    address. What gives another page's address and another headline is another article.
    """
    articles = [node for node in nodes if types(node) & ARTICLE_TYPES]
    own = [node for node in articles if _addresses(node) & urls]
    shown = _letters(titles)
    named = [node for node in articles if any(text in shown for text in _headline(node))]
    bare_ones = [node for node in articles if not _addresses(node)]
    found = own or named or bare_ones
    if not found:
        return None
    best = max(found, key=_fullness)
    # The best goes last, over what the others said.
    said = (item for node in (*own, best) for item in node.items())
    return {key: value for key, value in said if value not in (None, "", [], {})}


def _headline(node: Node) -> list[str]:
    headlines = map(_letters, strings(node.get("headline")))
    return [text for text in headlines if len(text) >= MIN_HEADLINE]


def _letters(text: str) -> str:
    """Fold a headline: quotes, dashes and blanks differ between a page's head and its text."""
    return "".join(filter(str.isalnum, text.casefold()))


def by_id(nodes: Sequence[Node]) -> dict[str, Node]:
    """Index the nodes that others may point to."""
    index: dict[str, Node] = {}
    for node in nodes:
        name = node.get("@id")
        if isinstance(name, str) and len(node) > len(index.get(name, {})):
            index[name] = node
    return index


def resolve(value: object, index: dict[str, Node]) -> Iterator[Node]:
    """Yield the objects of a value, following `@id` references one step."""
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, dict):
            name = part.get("@id")
            yield index.get(name, part) if isinstance(name, str) and len(part) <= 2 else part
        elif isinstance(part, str) and part in index:
            yield index[part]


def strings(value: object, depth: int = 0) -> list[str]:
    """Flatten a value into its strings, entities and inline tags undone; objects give nothing."""
    if isinstance(value, str):
        # JSON's escapes can write what a page's own characters cannot: half a pair, a NUL.
        text = clean_characters(unescape(unescape(value)))
        text = " ".join(INLINE_TAG.sub("", text).split())
        return [text] if text else []
    if depth > MAX_DEPTH:
        return []
    if isinstance(value, dict) and "@value" in value:
        return strings(value["@value"], depth + 1)
    if isinstance(value, list):
        return [text for part in value for text in strings(part, depth + 1)]
    return []


def _flatten(value: object, depth: int = 0) -> Iterator[Node]:
    if depth > 4:
        return
    if isinstance(value, list):
        for part in value:
            yield from _flatten(part, depth + 1)
    elif isinstance(value, dict):
        if "@type" in value or "@id" in value:
            yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _flatten(value.get(key), depth + 1)


def _addresses(node: Node) -> frozenset[str]:
    main = node.get("mainEntityOfPage")
    values = [
        node.get("url"),
        node.get("@id"),
        main,
        *(main.values() if isinstance(main, dict) else ()),
    ]
    return frozenset(bare(text) for value in values for text in strings(value))


def bare(url: str) -> str:
    """Reduce an address to what tells two pages of an outlet apart, for comparing only."""
    return re.sub(r"^https?://(www\.|m\.|amp\.)?", "", url.partition("#")[0].lower()).rstrip("/")


def _fullness(node: Node) -> tuple[int, int]:
    keys = ("headline", "datePublished", "author", "articleBody", "mainEntityOfPage", "publisher")
    return sum(bool(node.get(key)) for key in keys), len(
        types(node) & {"NewsArticle", "ReportageNewsArticle"}
    )
