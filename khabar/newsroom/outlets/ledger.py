"""A news sitemap and gzipped older ones, no feed; a sitemap a month for its archive."""

import re
from datetime import date, timedelta
from html import escape

from khabar.newsroom.credits import Credit
from khabar.newsroom.dates import LOCAL, iso, long_date
from khabar.newsroom.frame import paragraphs
from khabar.newsroom.outlets.listings import CHUNK, Item, news_sitemap, sitemap, sitemap_index
from khabar.newsroom.outlets.outlet import Outlet
from khabar.newsroom.outlets.piece import Piece, Wording
from khabar.newsroom.reply import Reply, Request, page
from khabar.newsroom.story import headline, slug

_FIRST_ID = 5_001
_RECENT = 25
"""Articles in the news sitemap; the rest are in the older ones."""


class MountainLedger(Outlet):
    """English; dates stand in a `time` element, tags are links."""

    id = "mountain_ledger"
    name = "Mountain Ledger"
    language = "en"
    number = 3
    article_rule = r"/20\d\d/\d\d/\d\d/[^/]+-\d+\.html$"
    entrances = ({"sitemap": "/sitemap.xml"},)
    archives = ({"sitemap": "/archive/sitemap.xml"},)
    shows_changes = True
    credit = Credit(
        source="Radio Pakistan",
        place="text",
        words="told Radio Pakistan",
        sentence="The district administration told Radio Pakistan that an inquiry had begun.",
    )
    wording = Wording(
        about="About the Ledger",
        related="Also in the Ledger",
        missing="The page you requested was not found on this server.",
        consent_title="Before you continue",
        consent=(
            "The Ledger asks for your consent to the use of cookies before you continue.",
            "Some are needed for the site to work, others tell us and our partners what is read.",
            "You can withdraw your consent in the settings of your browser.",
        ),
        video="Play",
    )

    def path(self, index: int) -> str:
        """Write the address, which carries the day."""
        day = self.calendar.published(index).astimezone(LOCAL)
        name = slug(headline(self.first_brief(index)))
        return f"/{day:%Y/%m/%d}/{name}-{_FIRST_ID + index}.html"

    def find(self, request: Request) -> int | None:
        """Read the number from the address."""
        found = re.fullmatch(r"/20\d\d/\d\d/\d\d/[^/]+-(\d+)\.html", request.path)
        return int(found[1]) - _FIRST_ID if found else None

    def robots(self) -> str:
        """Write robots.txt, which names the sitemap."""
        return super().robots() + f"\nSitemap: {self.origin}/sitemap.xml\n"

    def print_article(self, piece: Piece, request: Request) -> Reply:
        """Print the page."""
        del request
        story = piece.story
        authors = ", ".join(story.authors)
        tags = "".join(
            f'<a rel="tag" href="/search?q={slug(t)}">{escape(t)}</a> ' for t in story.tags
        )
        changed = (
            f' <span class="updated">Updated <time datetime="{iso(piece.modified)}">'
            f"{long_date(piece.modified, 'en')}</time></span>"
            if piece.modified
            else ""
        )
        head = (
            f'<link rel="canonical" href="{piece.url}">'
            f'<meta name="author" content="{escape(authors)}">'
            f'<meta name="description" content="{escape(piece.body[0])}">'
        )
        main = (
            f'<main role="main"><article><p class="kicker">{escape(story.section)}</p>'
            f"<h1>{escape(story.title)}</h1>"
            f'<div class="byline">By <a rel="author" href="/about">{escape(authors)}'
            f'</a> · <time class="published" datetime="{iso(piece.published)}" pubdate>'
            f"{piece.published.astimezone(LOCAL):%d %b %Y, %H:%M}</time>{changed}</div>"
            f'<section class="article-text">{paragraphs(piece.body)}</section>'
            f'<div class="tags">{tags}</div></article></main>'
        )
        html = self.dress(f"{story.title} – {self.name}", main, head=head, related=piece.index)
        return page(html, modified=piece.touched)

    def entrance(self, request: Request) -> Reply | None:
        """Answer for the sitemaps."""
        if request.path == "/sitemap.xml":
            older = range((max(0, self.calendar.count() - _RECENT) + CHUNK - 1) // CHUNK)
            names = ["news-sitemap.xml", *(f"sitemap-archive-{n}.xml.gz" for n in older)]
            return sitemap_index(f"{self.origin}/{name}" for name in names)
        if request.path == "/news-sitemap.xml":
            return news_sitemap(self.name, "en", [self._item(i) for i in self._recent()])
        if found := re.fullmatch(r"/sitemap-archive-(\d+)\.xml\.gz", request.path):
            return self._archive(int(found[1]))
        if request.path == "/archive/sitemap.xml":
            months = [f"{day:%Y-%m}" for day in self._months()]
            return sitemap_index(f"{self.origin}/archive/sitemap-{month}.xml" for month in months)
        found = re.fullmatch(r"/archive/sitemap-(\d{4})-(\d\d)\.xml", request.path)
        if found and (first := date(int(found[1]), int(found[2]), 1)) in self._months():
            return self._month(first)
        return None

    def _months(self) -> list[date]:
        """List the first day of each month since the beginning, newest first."""
        oldest = self.calendar.published(0).astimezone(LOCAL).date()
        day = self.clock.now.astimezone(LOCAL).date().replace(day=1)
        months = [day]
        while day > oldest:
            day = (day - timedelta(days=1)).replace(day=1)
            months.append(day)
        return months

    def _month(self, first: date) -> Reply:
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return sitemap(
            (self.origin + self.path(index), self.calendar.published(index))
            for index in self.published_in(first, last)
        )

    def _recent(self) -> list[int]:
        first = max(0, self.calendar.count() - _RECENT)
        return [index for index in self.newest(_RECENT) if index >= first]

    def _archive(self, number: int) -> Reply:
        last = min((number + 1) * CHUNK, self.calendar.count() - _RECENT)
        rows = [
            (self.origin + self.path(index), self.calendar.published(index))
            for index in range(number * CHUNK, last)
            if self.calendar.removal(index) is None
        ]
        return sitemap(rows, squeezed=True)

    def _item(self, index: int) -> Item:
        piece = self.piece(index)
        return Item(
            link=piece.url,
            guid=piece.url,
            title=piece.story.title,
            summary="",
            published=piece.published,
            touched=piece.touched,
            tags=piece.story.tags,
        )
