"""Urdu with OpenGraph only, an RSS feed, and an archive page for each day."""

import re
from datetime import date
from html import escape

from khabar.newsroom.credits import Credit
from khabar.newsroom.dates import iso, long_date
from khabar.newsroom.frame import paragraphs
from khabar.newsroom.outlets.listings import LISTED, Item, rss
from khabar.newsroom.outlets.outlet import Outlet
from khabar.newsroom.outlets.piece import Piece, Wording
from khabar.newsroom.reply import Reply, Request, page

_FIRST_ID = 40_101


class RoznamaTirwal(Outlet):
    """Urdu; the OpenGraph title carries the site's name; its pages count their readers."""

    id = "roznama_tirwal"
    name = "روزنامہ تیروال"
    language = "ur"
    number = 2
    article_rule = r"/urdu/\d+$"
    entrances = ({"feed": "/rss.xml"},)
    archives = ({"listing": "/archive/{yyyy}/{mm}/{dd}", "links": ".day a.headline"},)
    shows_tags = False
    shows_image = True
    shows_site_name = True
    shows_changes = True
    credit = Credit(source="APP", place="dateline", words="{town} (اے پی پی)")
    wording = Wording(
        about="ہمارے بارے میں",
        related="یہ بھی پڑھیں",
        missing="معذرت، مطلوبہ صفحہ موجود نہیں۔",
        consent_title="آپ کی رازداری ہمارے لیے اہم ہے",
        consent=(
            "یہ ویب سائٹ اور اس کے شراکت دار آپ کے آلے پر کوکیز محفوظ کرتے ہیں۔",
            "ہم آپ کی اجازت سے اشتہارات کے لیے آپ کی معلومات استعمال کرتے ہیں۔",
            "جاری رکھنے کے لیے کوکیز کی اجازت دیں یا اپنی ترجیحات تبدیل کریں۔",
        ),
        video="ویڈیو دیکھیے",
        direction="rtl",
    )

    def path(self, index: int) -> str:
        """Write the address."""
        return f"/urdu/{_FIRST_ID + index}"

    def find(self, request: Request) -> int | None:
        """Read the number from the address."""
        found = re.fullmatch(r"/urdu/(\d+)/?", request.path)
        return int(found[1]) - _FIRST_ID if found else None

    def print_article(self, piece: Piece, request: Request) -> Reply:
        """Print the page."""
        del request
        story = piece.story
        title = escape(f"{story.title} - {self.name}")
        head = (
            '<meta property="og:type" content="article">'
            f'<meta property="og:title" content="{title}">'
            f'<meta property="og:site_name" content="{self.name}">'
            f'<meta property="og:url" content="{piece.url}"><meta property="og:locale" '
            f'content="ur_PK">'
            f'<meta property="og:image" content="{self.image_url(piece.index)}">'
            f'<meta property="og:description" content="{escape(piece.body[0])}">'
            f'<meta property="article:published_time" content="{iso(piece.published)}">'
            f'<meta property="article:section" content="{escape(story.section)}">'
        )
        if piece.modified:
            head += f'<meta property="article:modified_time" content="{iso(piece.modified)}">'
        main = (
            f'<div class="detail"><h1 class="headline">{escape(story.title)}</h1>'
            f'<div class="info"><span class="author">{escape("، ".join(story.authors))}</span> | '
            f"<span>{long_date(piece.published, 'ur')}</span> | "
            f'<span class="post-views">{self.reads(piece.index)} بار پڑھا گیا</span></div>'
            f'<div class="detail-text">{paragraphs(piece.body, dir="rtl")}</div></div>'
        )
        html = self.dress(f"{story.title} - {self.name}", main, head=head, related=piece.index)
        return page(html, modified=piece.touched)

    def entrance(self, request: Request) -> Reply | None:
        """Answer for the feed and the archive's days."""
        if found := re.fullmatch(r"/archive/(\d{4})/(\d\d)/(\d\d)", request.path):
            return self._day(date(*map(int, found.groups())))
        if request.path != "/rss.xml":
            return None
        pieces = [self.piece(index) for index in self.newest(LISTED)]
        items = [
            Item(
                link=piece.url,
                guid=piece.url,
                title=piece.story.title,
                summary=piece.body[0],
                published=piece.published,
                touched=piece.touched,
            )
            for piece in pieces
        ]
        return rss(self.name, self.origin, "ur", items)

    def _day(self, day: date) -> Reply | None:
        """Print a day of the archive; no page for a day without news."""
        listed = self.published_in(day, day)
        rows = "".join(
            f'<li><a class="headline" href="{self.path(index)}">'
            f"{escape(self.title(index))}</a></li>"
            for index in listed
        )
        main = f'<h1>{day:%Y/%m/%d}</h1><ul class="day">{rows}</ul>'
        return page(self.dress(self.name, main, related=listed[0])) if listed else None
