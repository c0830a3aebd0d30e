"""Urdu in windows-1256, neither feed nor sitemap: listing pages that lead from one to the next."""

import re
from html import escape

from khabar.newsroom.credits import Credit
from khabar.newsroom.dates import long_date
from khabar.newsroom.frame import paragraphs
from khabar.newsroom.outlets.outlet import Outlet
from khabar.newsroom.outlets.piece import Piece, Wording
from khabar.newsroom.reply import Reply, Request

_FIRST_ID = 9_001
_A_PAGE = 12


class AwazWadi(Outlet):
    """Urdu; the only date is a visible one with Urdu month and digits.

    windows-1256 lacks ی and ۔ among others. As browsers do in forms on such pages, they are
    written as character references.
    """

    id = "awaz_wadi"
    name = "آوازِ وادی"
    language = "ur"
    number = 4
    article_rule = r"/khabar\.php\?id=\d+$"
    entrances = (
        {"listing": "/news", "pages": 10, "next": "a[rel=next]", "links": ".list a.sarkhi"},
    )
    shows_tags = False
    shows_section = False
    states_address = False
    published_precision = "day"
    credit = Credit(source="NNI", place="credit_line", words="ماخذ: این این آئی")
    wording = Wording(
        about="تعارف",
        related="مزید خبریں",
        missing="صفحہ نہیں ملا۔",
        consent_title="کوکیز کی اجازت",
        consent=(
            "آگے بڑھنے سے پہلے کوکیز کے استعمال کی اجازت دیجیے۔",
            "ہم اور ہمارے شراکت دار یہ جاننے کے لیے کوکیز استعمال کرتے ہیں کہ کون سی خبر پڑھی گئی۔",
            "آپ اپنی اجازت کسی بھی وقت واپس لے سکتے ہیں۔",
        ),
        video="ویڈیو",
        direction="rtl",
    )

    def answer(self, request: Request) -> Reply:
        """Answer in windows-1256."""
        reply = super().answer(request)
        if not reply.content_type.startswith("text/html"):
            return reply
        return Reply(
            status=reply.status,
            body=reply.body.decode().encode("cp1256", "xmlcharrefreplace"),
            content_type="text/html; charset=windows-1256",
            headers=reply.headers,
            modified=reply.modified,
        )

    def charset_meta(self) -> str:
        """Declare the encoding in the page."""
        return '<meta http-equiv="Content-Type" content="text/html; charset=windows-1256">'

    def path(self, index: int) -> str:
        """Write the address."""
        return f"/khabar.php?id={_FIRST_ID + index}"

    def find(self, request: Request) -> int | None:
        """Read the number from the address."""
        number = request.query("id") if request.path == "/khabar.php" else None
        return int(number) - _FIRST_ID if number and re.fullmatch(r"\d+", number) else None

    def print_article(self, piece: Piece, request: Request) -> Reply:
        """Print the page."""
        del request
        story = piece.story
        main = (
            f'<div class="khabar"><h1>{escape(story.title)}</h1>'
            f'<div class="tareekh">{long_date(piece.published, "ur", own_digits=True)}</div>'
            f'<div class="author">{escape("، ".join(story.authors))}</div>'
            f'<div class="matn">{paragraphs(piece.body, align="justify")}</div></div>'
        )
        html = self.dress(f"{self.name} | {story.title}", main, related=piece.index)
        return Reply(body=html.encode(), modified=piece.touched)

    def entrance(self, request: Request) -> Reply | None:
        """Answer for the listing pages."""
        if request.path != "/news":
            return None
        asked = request.query("page") or "1"
        number = max(1, int(asked)) if re.fullmatch(r"\d{1,6}", asked) else 1
        listed = list(self.newest(number * _A_PAGE + 1))
        rows = "".join(self._row(index) for index in listed[(number - 1) * _A_PAGE :][:_A_PAGE])
        more = ""
        if len(listed) > number * _A_PAGE:
            more = f'<a rel="next" href="/news?page={number + 1}">اگلا صفحہ</a>'
        main = f'<h1>تازہ خبریں</h1><ul class="list">{rows}</ul><div class="pages">{more}</div>'
        return Reply(body=self.dress(self.name, main).encode())

    def _row(self, index: int) -> str:
        date = long_date(self.calendar.published(index), "ur", own_digits=True)
        return (
            f'<li><a class="sarkhi" href="{self.path(index)}">{escape(self.title(index))}</a> '
            f"<span>{date}</span></li>"
        )
