"""Pashto in UTF-8 whose pages say they are Urdu, and an RSS feed."""

import re
from html import escape
from urllib.parse import quote, unquote

from khabar.newsroom.credits import Credit
from khabar.newsroom.dates import iso, long_date
from khabar.newsroom.frame import paragraphs
from khabar.newsroom.outlets.listings import LISTED, Item, rss
from khabar.newsroom.outlets.outlet import Outlet
from khabar.newsroom.outlets.piece import Piece, Wording
from khabar.newsroom.reply import Reply, Request, page
from khabar.newsroom.story import headline, slug

_FIRST_ID = 3_301
_OFFER = "د وادۍ خبرونه اوس هره ورځ ستاسو په ټيليفون کې هم شته"
"""Ends every text, as if it were a part of it: nothing but its repetition tells that it is not."""


class TirwalGhag(Outlet):
    """Pashto; addresses carry the headline, percent-encoded, and each text ends in one line."""

    id = "tirwal_ghag"
    name = "تیروال غږ"
    language = "ps"
    number = 5
    article_rule = r"/pa/\d+/[^/]+$"
    entrances = ({"feed": "/api/rss"},)
    shows_tags = False
    shows_section = False
    html_lang = "ur"
    credit = Credit(source="Pajhwok", place="dateline", words="{town} (پژواک)")
    wording = Wording(
        about="زموږ په اړه",
        related="نور خبرونه",
        missing="دا پاڼه ونه موندل شوه.",
        consent_title="ستاسو محرمیت",
        consent=(
            "دا وېبپاڼه او ملګري شرکتونه یې ستاسو په وسیله کې کوکیز ساتي.",
            "ستاسو په اجازه ستاسو معلومات د اعلانونو لپاره کارول کېږي.",
            "د دوام لپاره د کوکیز اجازه ورکړئ یا خپل انتخاب بدل کړئ.",
        ),
        video="ویډیو وګورئ",
        direction="rtl",
    )

    def path(self, index: int) -> str:
        """Write the address."""
        return f"/pa/{_FIRST_ID + index}/{quote(slug(headline(self.first_brief(index))))}"

    def find(self, request: Request) -> int | None:
        """Read the number from the address."""
        found = re.fullmatch(r"/pa/(\d+)/[^/]+", unquote(request.path))
        return int(found[1]) - _FIRST_ID if found else None

    def print_article(self, piece: Piece, request: Request) -> Reply:
        """Print the page."""
        del request
        story = piece.story
        head = (
            f'<link rel="canonical" href="{piece.url}">'
            f'<meta property="og:title" content="{escape(story.title)}">'
            f'<meta property="article:published_time" content="{iso(piece.published)}">'
            f'<meta name="author" content="{escape("، ".join(story.authors))}">'
        )
        main = (
            f'<article class="news"><h1>{escape(story.title)}</h1><div class="byline">'
            f'<span class="author">{escape("، ".join(story.authors))}</span> '
            f'<time datetime="{iso(piece.published)}">{long_date(piece.published, "ps")}</time>'
            f'</div><div class="wsw" dir="rtl">{paragraphs((*piece.body, _OFFER))}</div></article>'
        )
        html = self.dress(f"{story.title} | {self.name}", main, head=head, related=piece.index)
        return page(html, modified=piece.touched)

    def entrance(self, request: Request) -> Reply | None:
        """Answer for the feed."""
        if request.path != "/api/rss":
            return None
        pieces = [self.piece(index) for index in self.newest(LISTED)]
        items = [
            Item(
                link=piece.url,
                guid=f"{self.origin}/pa/{_FIRST_ID + piece.index}",
                title=piece.story.title,
                summary=piece.body[0],
                published=piece.published,
                touched=piece.touched,
            )
            for piece in pieces
        ]
        return rss(self.name, self.origin, "ps", items)
