"""What an outlet's home page and robots.txt tell of its ways in: bytes → candidates, in order."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from parsel import Selector
from w3lib.encoding import html_to_unicode
from w3lib.url import safe_url_string

from crawlers.catalogue import Entrance
from crawlers.urls import registered_domain, url_key

MAX_FEEDS, MAX_SITEMAPS = 8, 4
WELL_KNOWN_FEEDS = ("/feed/", "/rss.xml", "/rss", "/atom.xml", "/feeds", "/feed.xml", "/api/rss")
WELL_KNOWN_SITEMAPS = ("/news-sitemap.xml", "/sitemap_news.xml", "/sitemap.xml")
NEXT_CSS = 'a[rel~="next"], link[rel~="next"]'
LISTING_PAGES = 3
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml")
_FEED_LINK = re.compile(r"/(rss|feeds?|atom)(/|\.xml|$)|\.rss$", re.IGNORECASE)
_COMMENTS = re.compile(r"/comments/|comments?[-_]?feed", re.IGNORECASE)
_NEWS = re.compile(r"news|latest", re.IGNORECASE)
_CHALLENGE = re.compile(
    rb"challenge-platform|cf-chl-|_Incapsula_Resource|Just a moment\.\.\.|captcha-delivery"
)
_PLATFORMS = (
    ("WordPress", re.compile(r"/wp-(content|includes|json)/")),
    ("Drupal", re.compile(r"/sites/default/files/|data-drupal-")),
    ("Joomla", re.compile(r"/media/jui/|/components/com_")),
    ("Blogger", re.compile(r"blogger\.com/|blogspot\.com/feeds/")),
    ("Next.js", re.compile(r"__NEXT_DATA__|/_next/static/")),
)


class NoEntranceError(Exception):
    """An address that no source file can be made of; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """What a page says of its site."""

    name: str | None
    platform: str | None
    """Of its generator tag, or as its paths give it away."""
    declared_language: str | None
    feeds: tuple[str, ...]
    """Declared feeds first, then links that look like one."""
    next_css: str | None
    """CSS of its link to the page with older items, where it marks one."""
    is_challenge: bool


def read_home_page(body: bytes, url: str, content_type: str | None) -> HomePage:
    """Read what a page says of its site; nothing is guessed where it says nothing."""
    text = html_to_unicode(content_type, body)[1]
    page = Selector(text=text if "<" in text else "<html></html>", type="html")
    lang = re.match(r"[A-Za-z]{2}\b", page.xpath("//html/@lang").get() or "")
    return HomePage(
        name=_site_name(page),
        platform=_platform(page, text),
        declared_language=lang[0].lower() if lang else None,
        feeds=tuple(dict.fromkeys(_feeds(page, url))),
        next_css=NEXT_CSS if page.css(NEXT_CSS) else None,
        is_challenge=bool(_CHALLENGE.search(body)),
    )


def find_entrances(url: str, page: HomePage, sitemaps: Iterable[str]) -> tuple[Entrance, ...]:
    """List what is worth asking, the likeliest first: declared ways, then well-known ones.

    `sitemaps` are those that robots.txt names. The page itself comes last, as a listing.
    """
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}"
    below = [url.rstrip("/") + "/feed/"] if parts.path.strip("/") and not parts.query else []
    known = [root + path for path in WELL_KNOWN_FEEDS]
    feeds = _askable([*page.feeds, *below, *known], root)[:MAX_FEEDS]
    named = sorted(_askable(sitemaps, root), key=lambda one: not _NEWS.search(urlsplit(one).path))
    maps = (named or [root + path for path in WELL_KNOWN_SITEMAPS])[:MAX_SITEMAPS]
    return (
        *(Entrance(kind="feed", url=feed) for feed in feeds),
        *(Entrance(kind="sitemap", url=one) for one in maps),
        Entrance(
            kind="listing",
            url=url,
            pages=LISTING_PAGES if page.next_css else 1,
            next_css=page.next_css,
        ),
    )


def _askable(urls: Iterable[str], root: str) -> list[str]:
    """Keep http(s) addresses of the outlet's own domain, each once.

    A feed elsewhere is somebody else's: an outlet's page links its friends' feeds too.
    """
    kept: dict[str, str] = {}
    domain = registered_domain(urlsplit(root).netloc)
    for url in urls:
        try:
            key = url_key(url)
        except ValueError:
            continue
        host = key.split("/", 3)[2]
        if registered_domain(host) == domain or url.startswith(f"{root}/"):
            kept.setdefault(key, written(url))
    return list(kept.values())


def written(url: str) -> str:
    """Write an address as it is asked, and as a source file takes it: no spaces, ASCII only."""
    return str(safe_url_string(url)).partition("#")[0]


def _feeds(page: Selector, base: str) -> Iterator[str]:
    for link in page.xpath("//link[@href and contains(@rel, 'alternate')]"):
        if link.attrib.get("type", "").partition(";")[0].strip().lower() in _FEED_TYPES:
            yield from _absolute(base, link.attrib["href"])
    for href in page.xpath("//a/@href").getall():
        if _FEED_LINK.search(href):
            yield from _absolute(base, href)


def _absolute(base: str, href: str) -> Iterator[str]:
    try:
        target = urljoin(base, href.strip())
    except ValueError:
        return
    if not _COMMENTS.search(target):
        yield target


def _site_name(page: Selector) -> str | None:
    said = page.xpath("//meta[@property='og:site_name']/@content").get()
    title = page.xpath("//title/text()").get() or ""
    # "Dawn - Latest news": the part before the first bar or spaced dash is the name.
    name = said or re.split(r"\s+[|–—-]\s+|\s*[|»]\s*", title.strip())[0]
    return " ".join(name.split())[:80] or None


def _platform(page: Selector, text: str) -> str | None:
    generator = " ".join((page.xpath("//meta[@name='generator']/@content").get() or "").split())
    told = next((name for name, sign in _PLATFORMS if sign.search(text)), None)
    return told if told and told not in generator else generator[:60] or told
