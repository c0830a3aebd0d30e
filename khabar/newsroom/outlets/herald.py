"""JSON-LD NewsArticle, AMP twins, and an Atom feed with full texts."""

import json
import re
from datetime import datetime
from html import escape

from khabar.newsroom.credits import Credit
from khabar.newsroom.dates import iso, long_date
from khabar.newsroom.frame import paragraphs
from khabar.newsroom.outlets.listings import LISTED, Item, atom
from khabar.newsroom.outlets.outlet import Outlet
from khabar.newsroom.outlets.piece import Piece, Wording
from khabar.newsroom.reply import Reply, Request, page
from khabar.newsroom.story import headline, slug

_FIRST_ID = 830_001
_ADS = (
    "Advertisement: Winter shawls from the looms of Zarkot, now at half price.",
    "Advertisement: Tirwal Valley Bank lends to farmers at 7 per cent.",
    "Advertisement: Learn English in 90 days at the Barkalai academy.",
)


class ValleyHerald(Outlet):
    """English; every ninth article is listed by its AMP address; its pages count their readers."""

    id = "valley_herald"
    name = "The Valley Herald"
    language = "en"
    number = 1
    article_rule = r"/story/\d+/[^/?]+(/amp/)?$"
    entrances = ({"feed": "/atom.xml"},)
    shows_image = True
    shows_site_name = True
    credit = Credit(source="APP", place="credit_line", words="(With input from APP)")
    wording = Wording(
        about="Who we are",
        related="More from this section",
        missing="Sorry, the story you are looking for cannot be found.",
        consent_title="Your privacy choices",
        consent=(
            "The Valley Herald uses cookies and similar means to measure how its pages are read.",
            "With your consent our partners build a profile of your interests for advertising.",
            "Without it you will see advertisements that do not follow what you read.",
        ),
        video="This video has no transcript.",
    )

    def path(self, index: int) -> str:
        """Write the address."""
        return f"/story/{_FIRST_ID + index}/{slug(headline(self.first_brief(index)))}"

    def other_paths(self, index: int) -> tuple[str, ...]:
        """List the AMP address."""
        return (f"{self.path(index)}/amp/",)

    def is_paywalled(self, index: int) -> bool:
        """Tell whether an article is said to be for subscribers, as some outlets say of all."""
        return index % 10 == 4

    def shown_change(self, piece: Piece) -> datetime:
        """Tell the last change: of an article that never changed, its publication."""
        return piece.touched

    def find(self, request: Request) -> int | None:
        """Read the number from either address."""
        found = re.fullmatch(r"/story/(\d+)/[^/]+(/amp)?/?", request.path)
        return int(found[1]) - _FIRST_ID if found else None

    def print_article(self, piece: Piece, request: Request) -> Reply:
        """Print the page or its AMP twin."""
        story = piece.story
        twin = request.path.rstrip("/").endswith("/amp")
        other = "" if twin else f'<link rel="amphtml" href="{piece.url}/amp/">'
        head = (
            f'<link rel="canonical" href="{piece.url}">{other}'
            f'<meta property="og:site_name" content="{self.name}">'
            f'<script type="application/ld+json">{self._json_ld(piece)}</script>'
        )
        half = (len(piece.body) + 1) // 2
        main = (
            f'<main><article class="story"><h1 class="story__title">{escape(story.title)}</h1>'
            f'<p class="story__byline">By {escape(", ".join(story.authors))} '
            f"<span>{long_date(piece.published, 'en')}</span> "
            f'<span class="views">{self.reads(piece.index):,} views</span></p>'
            f'<div class="story__body">{paragraphs(piece.body[:half])}'
            '<div class="newsletter-signup"><p>Get the Herald in your inbox. Subscribe now.</p>'
            f'</div><div class="ad-slot"><p>{_ad(self.reads(piece.index))}</p></div>'
            f"{paragraphs(piece.body[half:])}</div></article></main>"
        )
        html = self.dress(f"{story.title} | {self.name}", main, head=head, related=piece.index)
        if twin:
            html = html.replace("<html ", "<html amp ", 1)
        return page(html, modified=piece.touched)

    def entrance(self, request: Request) -> Reply | None:
        """Answer for the Atom feed."""
        if request.path != "/atom.xml":
            return None
        items = []
        for index in self.newest(LISTED):
            piece = self.piece(index)
            items.append(
                Item(
                    link=f"{piece.url}/amp/" if index % 9 == 2 else piece.url,
                    guid=f"tag:valley-herald.invalid,2020:{_FIRST_ID + index}",
                    title=piece.story.title,
                    summary=piece.body[0],
                    published=piece.published,
                    touched=piece.touched,
                    tags=piece.story.tags,
                    author=piece.story.authors[0],
                    content=paragraphs(piece.body) if self.kind(index) == "article" else "",
                )
            )
        return atom(self.name, self.origin, items)

    def _json_ld(self, piece: Piece) -> str:
        story = piece.story
        article = {
            "@type": "NewsArticle",
            "@id": f"{piece.url}#article",
            "mainEntityOfPage": {"@id": piece.url},
            "headline": story.title,
            "datePublished": iso(piece.published),
            "dateModified": iso(piece.touched),
            "author": [{"@type": "Person", "name": name} for name in story.authors],
            "keywords": list(story.tags),
            "articleSection": story.section,
            "inLanguage": "en",
            "image": {"@type": "ImageObject", "url": self.image_url(piece.index)},
            "publisher": {"@id": f"{self.origin}/#organization"},
            "isAccessibleForFree": not self.is_paywalled(piece.index),
        }
        graph = [
            {"@type": "NewsMediaOrganization", "@id": f"{self.origin}/#organization",
             "name": self.name, "url": self.origin},
            {"@type": "WebPage", "@id": piece.url, "name": story.title},
            article,
        ]  # fmt: skip
        return json.dumps({"@context": "https://schema.org", "@graph": graph}).replace(
            "<", "\\u003c"
        )


def _ad(reads: int) -> str:
    """Take the ad's turn; another look may find another one."""
    return _ADS[reads % len(_ADS)]
