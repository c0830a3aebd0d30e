"""Pages of an entrance itself, however they are paged: what lists articles is none."""

import re
from urllib.parse import parse_qsl, urlsplit

from crawlers.catalogue import Source
from crawlers.sites import bare_host
from crawlers.urls import url_key

_PAGING = frozenset(("page", "paged", "pg", "pagenum", "page_no", "offset", "start"))
_PAGE_PATH = re.compile(r"/page/\d+$")
Place = tuple[str, str, tuple[tuple[str, str], ...]]


def entrance_places(source: Source) -> frozenset[Place]:
    """Name the places of a source's entrances, as place_of() names that of a page."""
    return frozenset(place_of(entrance.url) for entrance in source.entrances)


def place_of(url: str) -> Place:
    """Name where a page stands, whichever of its pages it is: host, path, the rest of the query.

    `?page=2` and `/page/2` are one place with the first page; `?p=2` is an article of its own.
    """
    parts = urlsplit(url_key(url))
    path = _PAGE_PATH.sub("", parts.path.rstrip("/"))
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    rest = (one for one in pairs if not (one[0].lower() in _PAGING and one[1].isdigit()))
    return bare_host(parts.netloc), path, tuple(sorted(rest))
