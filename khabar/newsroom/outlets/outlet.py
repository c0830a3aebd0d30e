"""What every outlet has: a home page, sections, an about page, robots.txt, and its wrong turns."""

from abc import abstractmethod
from html import escape
from typing import ClassVar

from khabar.newsroom import frame
from khabar.newsroom.outlets.desk import Desk
from khabar.newsroom.outlets.piece import Piece, Wording
from khabar.newsroom.outlets.wrong_turns import decoy_page
from khabar.newsroom.phrases import load_bank
from khabar.newsroom.reply import Reply, Request, page, redirect
from khabar.newsroom.story import headline, sections

Entrances = tuple[dict[str, str | int], ...]


class Outlet(Desk):
    """One simulated site; a subclass says how its pages and entrances look."""

    wording: ClassVar[Wording]
    article_rule: ClassVar[str]
    entrances: ClassVar[Entrances]
    archives: ClassVar[Entrances] = ()
    """Ways into its past, which no entrance names."""
    credited_as: ClassVar[tuple[str, ...]] = ()
    """What it signs its texts with, besides its name."""
    html_lang: ClassVar[str] = ""
    tagline_css: ClassVar[str | None] = None

    @abstractmethod
    def find(self, request: Request) -> int | None:
        """Tell which article an address means."""

    @abstractmethod
    def print_article(self, piece: Piece, request: Request) -> Reply:
        """Print an article's page."""

    @abstractmethod
    def entrance(self, request: Request) -> Reply | None:
        """Answer for a feed, sitemap or listing; None for any other address."""

    def answer(self, request: Request) -> Reply:
        """Answer one request."""
        known = self.entrance(request)
        if known is not None:
            return known
        index = self.find(request)
        if index is not None and 0 <= index < self.calendar.count():
            return self._article(index, request)
        if request.path == "/robots.txt":
            return Reply(body=self.robots().encode(), content_type="text/plain; charset=UTF-8")
        html = self._furniture(request.path)
        if html is None:
            missing = f"<h1>404</h1><p>{self.wording.missing}</p>"
            return page(self.dress("404", missing), status=404)
        return page(html)

    def robots(self) -> str:
        """Write robots.txt."""
        return "User-agent: *\nDisallow: /private/\nDisallow: /search\n"

    def dress(self, title: str, main: str, *, head: str = "", related: int | None = None) -> str:
        """Put a page's own part into the site's frame."""
        name = self.id.split("_")[0]
        links = [("/", self.name), *self._section_links(), ("/about", self.wording.about)]
        aside = "" if related is None else self.related(related)
        lang = self.html_lang or self.language
        return (
            f'<!DOCTYPE html>\n<html lang="{lang}" dir="{self.wording.direction}">\n<head>\n'
            f"{self.charset_meta()}\n<title>{escape(title)}</title>\n{head}\n"
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"{frame.style(name)}\n</head>\n<body>\n{frame.menu(name, links)}\n"
            f"{main}\n{aside}\n<footer class='{name}-footer'><p>© {self.clock.start.year} "
            f"{escape(self.name)}</p></footer>\n{frame.script(name)}\n</body>\n</html>\n"
        )

    def charset_meta(self) -> str:
        """Declare the encoding in the page."""
        return '<meta charset="UTF-8">'

    def related(self, index: int) -> str:
        """Write the block of older articles under an article; it never changes."""
        older = [index - step for step in (1, 2, 3, 5, 8, 13, 21, 34) if index >= step]
        links = [(self.path(other), headline(self.first_brief(other))) for other in older]
        return frame.boxes(self.id.split("_")[0], self.wording.related, links)

    def _section_links(self) -> list[tuple[str, str]]:
        names = sections(self.language)
        return [(f"/section/{number}", name) for number, name in enumerate(names)]

    def _article(self, index: int, request: Request) -> Reply:
        removal = self.calendar.removal(index)
        if removal == "home":
            return redirect("/", 302)
        if removal is not None:
            text = f"<h1>{removal}</h1><p>{self.wording.missing}</p>"
            return page(self.dress(removal, text), status=int(removal))
        kind = self.kind(index)
        if kind == "article":
            return self.print_article(self.piece(index), request)
        return page(decoy_page(self, kind, index), modified=self.calendar.published(index))

    def _furniture(self, path: str) -> str | None:
        if path == "/":
            return self._front(self.name, list(self.newest(30)))
        if path in {"/about", "/about/"}:
            about = load_bank(self.language).valley
            return self.dress(self.wording.about, f"<main><p>{self.name}. {about}.</p></main>")
        for link, name in self._section_links():
            if path.rstrip("/") == link:
                wanted = [i for i in self.newest(120) if self.piece(i).story.section == name]
                return self._front(name, wanted[:20])
        return None

    def _front(self, title: str, indexes: list[int]) -> str:
        cards = "".join(
            f'<h2><a href="{escape(self.path(i))}">{escape(self.title(i))}</a></h2>'
            for i in indexes
        )
        return self.dress(title, f"<main><h1>{escape(title)}</h1>{cards}</main>")
