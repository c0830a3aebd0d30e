"""The article rule that a set of addresses suggests: what their paths have in common."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawlers.sites import bare_host
from crawlers.urls import host_of

ANYTHING = ".*"
MAX_SHAPES = 3
ENOUGH = 0.9
"""Share of the articles that the shapes of a rule are to match, rare ones left out."""
TITLE_LETTERS = 24
"""A link's text that is longer is a headline; the words of menus are shorter."""
_NO_ARTICLE = r"(?!(?:category|tag|author|page|section|feed|wp-[a-z]+)/)"
_NO_PAGE = re.compile(
    r"/(?:category|tags?|author|page|section|feed|wp-[a-z]+)(?:/|$)|\.(?:xml|pdf|jpe?g|png)$"
)

MANY_WORDS = 3
"""Different words in one place of a path, from which on they are taken for sections' names."""
_WORD = "<word>"

_NUMBER_IN_QUERY = re.compile(r"(?:^|&)(p|n?id|\w{1,12}_?id)=\d+(?=&|$)", re.IGNORECASE)
_SCRIPT = re.compile(r"\.(?:php|aspx?|jsp|cfm)$", re.IGNORECASE)

Shape = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A proposed article rule, and how well it fits what it was made from."""

    pattern: str
    matched: int
    of: int


def guess_rule(urls: Sequence[str], hosts: Iterable[str]) -> Rule:
    """Generalise the addresses of articles to one pattern, searched in a URL."""
    shapes = _merge(Counter(shape for url in urls if (shape := _shape(url))))
    chosen: list[Shape] = []
    covered = 0
    telling = [one for one in shapes.most_common() if any(part[0] in "<?" for part in one[0])]
    for shape, count in telling[:MAX_SHAPES]:
        if covered >= ENOUGH * len(urls) and chosen:
            break
        chosen.append(shape)
        covered += count
    pattern = _pattern(chosen, hosts) if covered * 2 > len(urls) else ANYTHING
    return rule_for(pattern, urls)


def rule_for(pattern: str, urls: Sequence[str]) -> Rule:
    """Count how many addresses a pattern matches."""
    rule = re.compile(pattern)
    return Rule(pattern=pattern, matched=sum(bool(rule.search(url)) for url in urls), of=len(urls))


def pick_articles(links: Iterable[tuple[str, str | None]]) -> list[str]:
    """Pick the links of a page that lead to articles, by their texts and the shape of their paths.

    Headlines are long and the paths under them alike; what a menu links is short, and unlike.
    """
    by_shape: dict[Shape, list[tuple[str, str]]] = defaultdict(list)
    for url, title in links:
        shape = _shape(url)
        if shape and not _NO_PAGE.search(urlsplit(url).path):
            by_shape[shape].append((url, title or ""))
    weights = {
        shape: sum(len(title) >= TITLE_LETTERS for _, title in found)
        for shape, found in by_shape.items()
    }
    most = max(weights.values(), default=0)
    kept = [shape for shape, weight in weights.items() if weight >= max(2, most / 4)]
    return [url for shape in kept for url, _ in by_shape[shape]]


def _shape(url: str) -> Shape | None:
    """Name the form of a path: each segment as a class, or as itself; None for a home page."""
    try:
        host_of(url)
        parts = urlsplit(url)
    except ValueError:
        return None
    segments = [part for part in parts.path.split("/") if part][:6]
    number = _NUMBER_IN_QUERY.search(parts.query)
    if number and (not segments or _SCRIPT.search(segments[-1])):
        return (*segments, f"?{number[1]}")
    return tuple(map(_class, segments)) or None


def _merge(shapes: Counter[Shape]) -> Counter[Shape]:
    """Join shapes that differ in their first word only, where it takes many values."""
    joined: dict[Shape, list[Shape]] = defaultdict(list)
    for shape in shapes:
        joined[(_WORD, *shape[1:])].append(shape)
    merged: Counter[Shape] = Counter()
    for general, own in joined.items():
        words = [shape for shape in own if shape[0][0] not in "<?" and shape[-1][0] != "?"]
        is_general = len(words) >= MANY_WORDS and len(general) > 1
        for shape in own:
            merged[general if is_general and shape in words else shape] += shapes[shape]
    return merged


def _class(segment: str) -> str:
    for name, form in (
        ("year", r"(?:19|20)\d\d"),
        ("date", r"\d{4}-\d\d-\d\d|\d\d-(?:\d\d|[A-Z][a-z]{2})-\d{4}"),
        ("number", r"\d+"),
        ("number.html", r"\d+\.\w{3,5}"),
        ("number-slug", r"\d{3,}-.+"),
        ("slug-number", r".+-\d{4,}(?:\.\w{3,5})?"),
    ):
        if re.fullmatch(form, segment):
            return f"<{name}>"
    is_slug = len(segment) >= 16 or segment.count("-") >= 2 or "%" in segment
    return "<slug>" if is_slug or not segment.isascii() else segment


_PATTERNS = {
    "<year>": r"\d{4}",
    "<date>": r"[\dA-Za-z]+-[\dA-Za-z]+-\d{2,4}",
    "<number>": r"\d+",
    "<number.html>": r"\d+\.\w+",
    "<number-slug>": r"\d+-",
    "<slug-number>": r"[^/?#]*-\d{4,}",
    "<slug>": r"[^/?#]+",
    _WORD: r"[^/?#]+",
}
_TELLING = ("<date>", "<number>", "<number.html>", "<number-slug>", "<slug-number>")


def _pattern(shapes: Sequence[Shape], hosts: Iterable[str]) -> str:
    names = sorted({re.escape(bare_host(host)) for host in hosts})
    host = names[0] if len(names) == 1 else f"(?:{'|'.join(names)})"
    paths = list(dict.fromkeys(map(_path, shapes)))
    return host + (paths[0] if len(paths) == 1 else f"(?:{'|'.join(paths)})")


def _path(shape: Shape) -> str:
    """Write a shape's pattern, up to the first segment that tells an article from other pages."""
    if shape[-1].startswith("?"):
        script = "".join(f"/{re.escape(segment)}" for segment in shape[:-1]) or "/"
        return rf"{script}\?(?:[^#]*&)?{re.escape(shape[-1][1:])}=\d+"
    if shape == ("<slug>",):
        return rf"/{_NO_ARTICLE}[^/?#]{{8,}}/?$"
    written = ""
    for place, segment in enumerate(shape):
        written += "/" + _PATTERNS.get(segment, re.escape(segment))
        if segment in _TELLING:
            return written + ("/" if place + 1 < len(shape) else "")
    return f"/{_NO_ARTICLE}{written[1:]}/?$"
