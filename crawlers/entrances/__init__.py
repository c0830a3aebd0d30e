"""Three ways into an outlet: bytes of a feed, a sitemap or a listing page → what they list."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime

from crawlers.page import FailReason, ListedItem

_BEFORE_MARKUP = re.compile(rb"\A(?:\xef\xbb\xbf|\s|<!--.*?-->)*", re.DOTALL)
_END = re.compile(
    rb"</(?:[a-z_][\w.-]{0,50}:)?(?:rss|rdf|feed|channel|urlset|sitemapindex)\s*>", re.IGNORECASE
)
_SURROGATES = re.compile("[\ud800-\udfff]")


class UnreadableEntranceError(Exception):
    """Bytes that are not what the entrance promised; `reason` goes into the poll."""

    def __init__(self, reason: FailReason, detail: str) -> None:
        super().__init__(detail)
        self.reason: FailReason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One item of an entrance that has a link."""

    url: str
    """Absolute."""
    item: ListedItem
    changed_at: datetime | None = None
    """When the entrance says the page changed last (`lastmod`, `updated`); aware."""
    changed_on: date | None = None
    """The day of it, where a day or an instant was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A sitemap that an index names."""

    url: str
    changed_at: datetime | None = None
    """The last moment at which it may have changed, by its `lastmod`; aware."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one document of an entrance lists."""

    items: tuple[Listed, ...]
    without_link: int = 0
    """Items that name no address."""
    over_bound: int = 0
    """Items past the most that is taken from one document."""
    parts: tuple[Part, ...] = ()
    """Parts of a sitemap index, the one changed last first."""
    more: str | None = None
    """The next page of a listing."""
    is_cut_short: bool = False
    """Whether the document's end is missing."""


def looks_like_html(body: bytes) -> bool:
    """Tell whether bytes begin as a web page does."""
    start = _BEFORE_MARKUP.sub(b"", body[:65536], count=1)[:2048].lower()
    return start.startswith((b"<!doctype html", b"<html")) or (
        b"<html" in start and b"<rss" not in start and b"<feed" not in start
    )


def is_cut_short(xml: bytes) -> bool:
    """Tell whether the end of a feed or a sitemap is missing: it may have listed more."""
    return _END.search(xml) is None


def drop_surrogates(text: str) -> str:
    """Drop lone surrogates, which `&#xD800;` makes and no UTF-8 file can hold."""
    return _SURROGATES.sub("", text)


def make_writable(listed: Listed) -> Listed:
    """Drop from all texts of an item what no file can hold."""
    item = listed.item
    texts = (listed.url, item.title, item.summary, item.full_text, *item.authors, *item.categories)
    if not any(_SURROGATES.search(text) for text in texts if text):
        return listed
    title, summary, full_text = (
        None if text is None else drop_surrogates(text)
        for text in (item.title, item.summary, item.full_text)
    )
    return replace(
        listed,
        url=drop_surrogates(listed.url),
        item=replace(
            item,
            title=title,
            summary=summary,
            full_text=full_text,
            authors=tuple(map(drop_surrogates, item.authors)),
            categories=tuple(map(drop_surrogates, item.categories)),
        ),
    )
