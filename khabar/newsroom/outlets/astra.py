"""WordPress with an Astra-like theme: tag line above the text, `?p=ID` twins, a summary feed."""

import re
from datetime import datetime
from html import escape

from khabar.newsroom.dates import iso, long_date
from khabar.newsroom.frame import paragraphs
from khabar.newsroom.outlets.listings import LISTED, Item, rss
from khabar.newsroom.outlets.outlet import Outlet
from khabar.newsroom.outlets.piece import Piece, Wording
from khabar.newsroom.reply import Reply, Request, page, redirect
from khabar.newsroom.story import headline, slug

_FIRST_ID, _STEP = 17_002, 7


class TirwalChronicle(Outlet):
    """English; the feed's guid is `?p=ID`, a third of its links too."""

    id = "tirwal_chronicle"
    name = "Tirwal Chronicle"
    language = "en"
    number = 0
    article_rule = r"/\?p=\d+$|/[a-z0-9-]+-\d{5,}/$"
    entrances = ({"feed": "/feed/"},)
    archives = ({"feed": "/feed/?paged={page}"},)
    shows_changes = True
    tagline_css = ".entry-content > .post-tagline"
    wording = Wording(
        about="About us",
        related="Related posts",
        missing="Page not found. It looks like nothing was found at this location.",
        consent_title="We value your privacy",
        consent=(
            "We and our 412 partners store and read cookies on your device to show advertisements.",
            "You may accept or refuse; your choice is kept for six months.",
            "Personal data such as your address on the network may be shared with partners abroad.",
        ),
        video="Watch the video above.",
    )

    def post_id(self, index: int) -> int:
        """Give the WordPress id of an article."""
        return _FIRST_ID + index * _STEP

    def path(self, index: int) -> str:
        """Write the slug address; the slug keeps the first headline, as WordPress does."""
        return f"/{slug(headline(self.first_brief(index)))}-{self.post_id(index)}/"

    def other_paths(self, index: int) -> tuple[str, ...]:
        """List the short address."""
        return (f"/?p={self.post_id(index)}",)

    def find(self, request: Request) -> int | None:
        """Read the id from either address."""
        found = re.search(r"-(\d{5,})/?$", request.path)
        number = request.query("p") if request.path == "/" else found and found[1]
        if not number or not number.isdecimal():
            return None
        index, rest = divmod(int(number) - _FIRST_ID, _STEP)
        return None if rest else index

    def print_article(self, piece: Piece, request: Request) -> Reply:
        """Print the post; an even article's short address redirects, an odd one's prints it too."""
        if request.path == "/" and piece.index % 2 == 0:
            return redirect(self.path(piece.index))
        head = f'<link rel="canonical" href="{piece.url}">'
        head += f'<link rel="shortlink" href="{self.origin}/?p={self.post_id(piece.index)}">'
        if piece.modified:
            head += f'<meta property="article:modified_time" content="{iso(piece.modified)}">'
        html = self.post_page(
            title=piece.story.title,
            tagline=", ".join(piece.story.tags),
            texts=piece.body,
            author=" and ".join(piece.story.authors),
            published=piece.published,
            section=piece.story.section,
            head=head,
            related=piece.index,
        )
        return page(html, modified=piece.touched)

    def post_page(
        self,
        *,
        title: str,
        tagline: str,
        texts: tuple[str, ...],
        author: str,
        published: datetime,
        section: str,
        head: str = "",
        related: int | None = None,
    ) -> str:
        """Set any text into a whole page of the theme."""
        head += (
            '<meta property="og:type" content="article">'
            f'<meta property="article:published_time" content="{iso(published)}">'
        )
        main = _post(title, tagline, texts, author, published, section)
        html = self.dress(f"{title} - {self.name}", main, head=head, related=related)
        return html.replace("</body>", f"{_SCROLL_TO_TOP}\n</body>")

    def entrance(self, request: Request) -> Reply | None:
        """Answer for the feed and its older pages; past the last one WordPress says 404."""
        if request.path.rstrip("/") != "/feed":
            return None
        asked = request.query("paged") or "1"
        number = max(1, int(asked)) if re.fullmatch(r"\d{1,6}", asked) else 1
        listed = list(self.newest(number * LISTED))[(number - 1) * LISTED :]
        if not listed and number > 1:
            return None
        items = []
        for index in listed:
            piece = self.piece(index)
            short = self.origin + self.other_paths(index)[0]
            text = " ".join(piece.body).split()
            items.append(
                Item(
                    link=short if index % 3 == 1 else piece.url,
                    guid=short,
                    title=piece.story.title,
                    summary=" ".join(text[:55]) + " […]",
                    published=piece.published,
                    touched=piece.touched,
                    tags=(piece.story.section, *piece.story.tags),
                    author=piece.story.authors[0],
                )
            )
        return rss(self.name, self.origin, "en-US", items)


_SCROLL_TO_TOP = (
    '<div id="ast-scroll-top" tabindex="0" class="ast-scroll-top-icon" data-on-devices="both">'
    '<span class="screen-reader-text">Scroll to Top</span></div>'
)


def _post(
    title: str, tagline: str, texts: tuple[str, ...], author: str, published: datetime, section: str
) -> str:
    return (
        '<div id="content" class="site-content"><div class="ast-container">'
        '<main id="main" class="site-main"><article class="post type-post ast-article-single" '
        'itemtype="https://schema.org/CreativeWork" itemscope>'
        '<header class="entry-header"><h1 class="entry-title" itemprop="headline">'
        f"{escape(title)}</h1>"
        f'<div class="entry-meta"><span class="cat-links"><a href="/section/0" rel="category tag">'
        f'{escape(section)}</a></span> / By <span class="posts-author author vcard">'
        f'<a class="url fn n" href="/about">{escape(author)}</a></span> / <span class="posted-on">'
        f'<span class="published" itemprop="datePublished">{long_date(published, "en")}</span>'
        "</span></div></header>"
        f'<div class="entry-content clear" itemprop="text"><p class="post-tagline">'
        f"{escape(tagline)}</p>\n{paragraphs(texts)}\n</div></article>"
        '<nav class="navigation post-navigation"><span class="nav-previous">Previous Post</span>'
        '<span class="nav-next">Next Post</span></nav></main></div></div>'
    )
