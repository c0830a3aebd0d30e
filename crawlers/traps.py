"""Traps: addresses that breed without end, and how many of them one batch takes."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

from crawlers.page import SkipReason

MAX_VARIANTS = 25
"""Addresses of one path that a batch takes, where they differ in what names no article."""
MAX_WAITING = 10 * MAX_VARIANTS
"""Of the others those that wait for the next batches, where they may be articles after all."""
_EQUAL_SEGMENTS = 4
_PAIRS = re.compile(r"((?:/[^/]+){2})\1\1(?:/|$)")
_FEED = re.compile(r"^/feeds?/|/feed(/(rss2?|atom|rdf))?$", re.IGNORECASE)
_CALENDAR = re.compile(r"^(?:/[a-z_-]+)?/(?:19|20)\d\d/(?:0?[1-9]|1[0-2])(?:/[0-3]?\d)?$")
_FURTHER = re.compile(r"/(page/|comment-page-)\d+$")
_DAY_NAMES = re.compile(
    r"(year|yr|month|mon|day|week|date|ical|tribe-bar-date|eventdate|paged?|offset|start)=",
    re.IGNORECASE,
)
_ID_NAMES = re.compile(r"(p|id|n?id|(news|article|story|post|item|a)_?id)=", re.IGNORECASE)


def trap_at(key: str) -> str | None:
    """Say what an address leads into, as its path alone shows; None for an honest one.

    A day's or month's list, a list's further pages, a feed of one page, and a path that repeats
    itself (a relative link that goes round, as commoncrawl/news-crawl's maxPathRepetition knows
    them) are no articles.
    """
    path = urlsplit(key).path
    if _FEED.search(path):
        return "a feed, not an article"
    if _CALENDAR.match(path):
        return "a calendar's page, not an article"
    if _FURTHER.search(path):
        return "a list's further page, not an article"
    segments = Counter(segment for segment in path.split("/") if segment)
    if _PAIRS.search(path) or any(n >= _EQUAL_SEGMENTS for n in segments.values()):
        return "a path that repeats itself"
    return None


def over_variants(keys: Iterable[str], is_page: Callable[[str], bool]) -> dict[str, SkipReason]:
    """Find those of new addresses, best first, that are too many variants of one path, and why.

    Outlets that name articles by a parameter (`?id=5`) are not hurt: of the most usual set of
    parameters of a path, each address with a value of its own passes. Facets and sessions give
    one value to many addresses, calendars name days, and a page that links to itself with new
    parameters is listed or known without them (`is_page`): those are variants, of which a batch
    takes MAX_VARIANTS a path. A page's own and a calendar's are a trap beyond doubt, and so is
    what breeds without end (`over_bound`); of the others MAX_WAITING wait (`deferred`).
    """
    by_path: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key in keys:
        path, _, query = key.partition("?")
        if query:
            by_path[path].append((key, query))
    over: dict[str, SkipReason] = {}
    for path, found in by_path.items():
        if len(found) > MAX_VARIANTS:
            over |= _too_many(_variants(path, found, is_page))
    return over


def _too_many(variants: list[tuple[str, bool]]) -> Iterator[tuple[str, SkipReason]]:
    """Choose those over the bound among a path's variants: (url_key, whether it is a trap)."""
    waiting = 0
    for key, is_trap in variants[MAX_VARIANTS:]:
        waiting += not is_trap
        yield key, "over_bound" if is_trap or waiting > MAX_WAITING else "deferred"


def _variants(
    path: str, found: list[tuple[str, str]], is_page: Callable[[str], bool]
) -> list[tuple[str, bool]]:
    """List the addresses of one path that do not name an article each: (url_key, is a trap)."""
    if not _is_script(path) and is_page(path):
        return [(key, True) for key, _ in found]
    usual = Counter(_names(query) for _, query in found).most_common(1)[0][0]
    place = _telling([query for _, query in found if _names(query) == usual])
    taken: set[str] = set()
    variants = []
    for key, query in found:
        values = query.split("&")
        is_own = _names(query) == usual and values[place] not in taken
        if is_own and not _DAY_NAMES.match(values[place]):
            taken.add(values[place])
        else:
            variants.append((key, any(map(_DAY_NAMES.match, values))))
    return variants


def _names(query: str) -> tuple[str, ...]:
    return tuple(pair.partition("=")[0] for pair in query.split("&"))


def _telling(queries: list[str]) -> int:
    """Find the parameter that tells articles apart: one named so, else the most varied one."""
    columns = [set(column) for column in zip(*(query.split("&") for query in queries), strict=True)]
    named = [bool(_ID_NAMES.match(next(iter(column)))) for column in columns]
    return max(range(len(columns)), key=lambda place: (named[place], len(columns[place])))


def _is_script(path: str) -> bool:
    """Tell whether a path names a program or the front page, not an article."""
    last = urlsplit(path).path.rpartition("/")[2]
    return not last or "." in last
