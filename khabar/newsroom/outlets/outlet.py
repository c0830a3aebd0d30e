"""What every outlet has: a home page, sections, an about page, robots.txt, and its wrong turns."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from html import escape
from typing import ClassVar, Literal

from khabar.newsroom import frame
from khabar.newsroom.dates import LOCAL
from khabar.newsroom.outlets.piece import Piece, Wording
from khabar.newsroom.outlets.wrong_turns import decoy_page
from khabar.newsroom.phrases import Language, load_bank
from khabar.newsroom.reply import Reply, Request, page, redirect
from khabar.newsroom.schedule import Calendar, Clock
from khabar.newsroom.story import Brief, compose, headline, sections
from khabar.newsroom.truth import Kind, Truth

Entrances = tuple[dict[str, str | int], ...]
DECOY_EVERY, DECOY_AT = 20, 4
_DECOYS: tuple[Kind, ...] = ("video", "soft_404", "consent")


class Outlet(ABC):
    """One simulated site; a subclass says how its pages and entrances look."""

    id: ClassVar[str]
    name: ClassVar[str]
    language: ClassVar[Language]
    number: ClassVar[int]
    wording: ClassVar[Wording]
    article_rule: ClassVar[str]
    entrances: ClassVar[Entrances]
    archives: ClassVar[Entrances] = ()
    """Ways into its past, which no entrance names."""
    shows_tags: ClassVar[bool] = True
    shows_section: ClassVar[bool] = True
    shows_image: ClassVar[bool] = False
    shows_site_name: ClassVar[bool] = False
    shows_changes: ClassVar[bool] = False
    states_address: ClassVar[bool] = True
    html_lang: ClassVar[str] = ""
    published_precision: ClassVar[Literal["second", "day"]] = "second"
    tagline_css: ClassVar[str | None] = None
    lag: ClassVar[float] = 0.3
    eventful: ClassVar[bool] = True

    def __init__(self, *, seed: int, articles: int, clock: Clock) -> None:
        self.seed = seed
        self.clock = clock
        self.origin = f"http://{self.id.replace('_', '-')}.invalid"
        self.calendar = Calendar(
            outlet=self.id,
            seed=seed,
            articles=articles,
            clock=clock,
            lag=self.lag,
            eventful=self.eventful,
        )

    # What a subclass says

    @abstractmethod
    def path(self, index: int) -> str:
        """Write an article's canonical path."""

    @abstractmethod
    def find(self, request: Request) -> int | None:
        """Tell which article an address means."""

    @abstractmethod
    def print_article(self, piece: Piece, request: Request) -> Reply:
        """Print an article's page."""

    @abstractmethod
    def entrance(self, request: Request) -> Reply | None:
        """Answer for a feed, sitemap or listing; None for any other address."""

    def other_paths(self, index: int) -> tuple[str, ...]:
        """List the further paths of an article."""
        del index
        return ()

    # What all have

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
        return (
            page(self.dress("404", f"<h1>404</h1><p>{self.wording.missing}</p>"), status=404)
            if (html is None)
            else page(html)
        )

    def robots(self) -> str:
        """Write robots.txt."""
        return "User-agent: *\nDisallow: /private/\nDisallow: /search\n"

    def kind(self, index: int) -> Kind:
        """Tell an article from the pages that are listed among articles and are none."""
        if index % DECOY_EVERY != DECOY_AT:
            return "article"
        return _DECOYS[(index // DECOY_EVERY + self.number) % len(_DECOYS)]

    def brief(self, index: int) -> Brief:
        """Say what an article is to be, as of now."""
        level, _ = self.calendar.state(index)
        return self.first_brief(index, level=level)

    def first_brief(self, index: int, *, level: int = 0) -> Brief:
        """Say what an article was to be at first, for addresses that never change."""
        return Brief(
            seed=self.seed,
            outlet=self.id,
            language=self.language,
            index=index,
            published=self.calendar.published(index),
            level=level,
            deadly=self.calendar.changes_by_plan(index),
        )

    def piece(self, index: int) -> Piece:
        """Compose an article as of now."""
        level, modified = self.calendar.state(index)
        story = compose(self.brief(index))
        return Piece(
            index=index,
            url=self.origin + self.path(index),
            story=story,
            body=story.paragraphs,
            published=self.calendar.published(index),
            modified=modified,
            level=level,
            story_key=f"{self.id}/{index}",
        )

    def title(self, index: int) -> str:
        """Write an article's headline as of now, without composing the text."""
        return headline(self.brief(index))

    def published_in(self, first: date, last: date) -> list[int]:
        """List what was published from one day to another, of the outlet's own, newest first."""
        begin = datetime.combine(first, time(), LOCAL)
        end = datetime.combine(last + timedelta(days=1), time(), LOCAL)
        numbers = reversed(self.calendar.between(begin, end))
        return [index for index in numbers if self.calendar.removal(index) is None]

    def newest(self, most: int) -> Iterator[int]:
        """List what is listed, newest first: removed articles are not."""
        listed = 0
        for index in range(self.calendar.count() - 1, -1, -1):
            if listed == most:
                return
            if self.calendar.removal(index) is None:
                listed += 1
                yield index

    def image_url(self, index: int) -> str:
        """Name an article's picture, which no page of the town serves."""
        return f"{self.origin}/media/{index}.jpg"

    def is_paywalled(self, index: int) -> bool:
        """Tell whether an article's page says that it is for subscribers."""
        del index
        return False

    def shown_change(self, piece: Piece) -> datetime | None:
        """Tell what an article's page says of its last change."""
        return piece.modified if self.shows_changes else None

    def truth(self, index: int) -> Truth:
        """Tell the truth of an article as of now."""
        piece = self.piece(index)
        paths = (self.path(index), *self.other_paths(index))
        return Truth(
            outlet=self.id,
            index=index,
            kind=self.kind(index),
            url=piece.url,
            urls=tuple(self.origin + path for path in paths),
            language=self.language,
            title=piece.story.title,
            paragraphs=piece.body,
            authors=piece.story.authors,
            byline=piece.byline,
            tags=piece.story.tags if self.shows_tags else (),
            section=piece.story.section if self.shows_section else None,
            image_url=self.image_url(index) if self.shows_image else None,
            site_name=self.name if self.shows_site_name else None,
            canonical_url=piece.url if self.states_address else None,
            published_at=piece.published,
            published_precision=self.published_precision,
            modified_at=piece.modified,
            shown_modified_at=self.shown_change(piece),
            level=piece.level,
            story_key=piece.story_key,
            relation=piece.relation,
            is_paywalled=self.is_paywalled(index),
            is_truncated=piece.relation == "excerpt",
            series=piece.story.series,
            gone=self.calendar.removal(index),
        )

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
