"""Feeds and sitemaps, as outlets write them."""

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape

from khabar.newsroom.dates import iso, rfc822
from khabar.newsroom.reply import XML, Reply

LISTED = 50
"""Items in a feed."""
CHUNK = 10_000
"""Addresses in one sitemap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of a feed."""

    link: str
    guid: str
    title: str
    summary: str
    published: datetime
    touched: datetime
    tags: tuple[str, ...] = ()
    author: str = ""
    content: str = ""


def rss(name: str, home: str, language: str, items: list[Item]) -> Reply:
    """Write an RSS 2.0 feed."""
    entries = "".join(_rss_item(item) for item in items)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>\n'
        f"<title>{escape(name)}</title><link>{home}</link>"
        f"<description>{escape(name)}</description><language>{language}</language>\n"
        f"{entries}</channel></rss>\n"
    )
    return _xml(text, items, "application/rss+xml; charset=UTF-8")


def atom(name: str, home: str, items: list[Item]) -> Reply:
    """Write an Atom feed with full texts."""
    updated = iso(
        max((item.touched for item in items), default=datetime.fromtimestamp(0).astimezone())
    )
    entries = "".join(
        f'<entry><id>{escape(item.guid)}</id><link rel="alternate" href="{escape(item.link)}"/>'
        f"<title>{escape(item.title)}</title><published>{iso(item.published)}</published>"
        f"<updated>{iso(item.touched)}</updated><author><name>{escape(item.author)}</name></author>"
        + "".join(f'<category term="{escape(tag)}"/>' for tag in item.tags)
        + f"<summary>{escape(item.summary)}</summary>"
        f'<content type="html">{escape(item.content)}</content></entry>\n'
        for item in items
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f'<id>{home}/</id><title>{escape(name)}</title><link href="{home}/"/>'
        f"<updated>{updated}</updated>\n{entries}</feed>\n"
    )
    return _xml(text, items, "application/atom+xml; charset=UTF-8")


def sitemap(pages: Iterable[tuple[str, datetime]], *, squeezed: bool = False) -> Reply:
    """Write a sitemap of addresses with the time of their last change."""
    rows = "".join(
        f"<url><loc>{escape(url)}</loc><lastmod>{iso(at)}</lastmod></url>\n" for url, at in pages
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</urlset>\n'
    )
    if squeezed:
        return Reply(body=gzip.compress(text.encode(), mtime=0), content_type="application/x-gzip")
    return Reply(body=text.encode(), content_type=XML)


def news_sitemap(name: str, language: str, items: list[Item]) -> Reply:
    """Write a news sitemap."""
    rows = "".join(
        f"<url><loc>{escape(item.link)}</loc><lastmod>{iso(item.touched)}</lastmod><news:news>"
        f"<news:publication><news:name>{escape(name)}</news:name>"
        f"<news:language>{language}</news:language></news:publication>"
        f"<news:publication_date>{iso(item.published)}</news:publication_date>"
        f"<news:title>{escape(item.title)}</news:title>"
        f"<news:keywords>{escape(', '.join(item.tags))}</news:keywords></news:news></url>\n"
        for item in items
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{rows}</urlset>\n'
    )
    return _xml(text, items, XML)


def sitemap_index(urls: Iterable[str]) -> Reply:
    """Write a sitemap of sitemaps."""
    rows = "".join(f"<sitemap><loc>{escape(url)}</loc></sitemap>\n" for url in urls)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</sitemapindex>\n'
    )
    return Reply(body=text.encode(), content_type=XML)


def _rss_item(item: Item) -> str:
    permanent = "true" if item.guid == item.link else "false"
    author = f"<dc:creator>{escape(item.author)}</dc:creator>" if item.author else ""
    tags = "".join(f"<category>{escape(tag)}</category>" for tag in item.tags)
    return (
        f"<item><title>{escape(item.title)}</title><link>{escape(item.link)}</link>"
        f'<guid isPermaLink="{permanent}">{escape(item.guid)}</guid>'
        f"<pubDate>{rfc822(item.published)}</pubDate>{author}{tags}"
        f"<description>{escape(item.summary)}</description></item>\n"
    )


def _xml(text: str, items: list[Item], content_type: str) -> Reply:
    modified = max((item.touched for item in items), default=None)
    return Reply(body=text.encode(), content_type=content_type, modified=modified)
