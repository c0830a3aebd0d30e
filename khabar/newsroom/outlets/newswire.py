"""An aggregator: copies of two other outlets with another headline and an agency line."""

import re
from dataclasses import replace
from html import escape

from khabar.newsroom.dates import iso, long_date
from khabar.newsroom.frame import paragraphs
from khabar.newsroom.outlets.listings import LISTED, Item, rss
from khabar.newsroom.outlets.outlet import Outlet
from khabar.newsroom.outlets.piece import Piece, Wording
from khabar.newsroom.reply import Reply, Request, page
from khabar.newsroom.schedule import Clock
from khabar.newsroom.story import Brief, Story, compose, headline, slug

_FIRST_ID = 77_001
_LATER = 9
"""An update comes so many articles, a day and some hours, after the copy."""
_UPDATED = 2
"""The level of an update's text: the outlet itself changes its report to level 1 only."""
AGENCY = "VNA"
DATELINE = "{town} (VNA):"
"""Its own, so that it credits nobody."""
CREDIT = "Published by Valley News Agency"


class ValleyNewswire(Outlet):
    """English; article n copies article n of the one outlet or of the other, soon after it.

    Of a report whose toll will rise it brings an update too, a day later.
    """

    id = "valley_newswire"
    name = "Valley Newswire"
    language = "en"
    number = 6
    article_rule = r"/wire/\d+-[^/]+$"
    entrances = ({"feed": "/rss"},)
    shows_section = False
    lag = 0.05
    eventful = False
    credited_as = (AGENCY, "Valley News Agency")
    wording = Wording(
        about="About VNA",
        related="Latest from VNA",
        missing="This item does not exist or was withdrawn.",
        consent_title="Cookie settings",
        consent=(
            "Valley Newswire stores cookies on your device to keep you signed in.",
            "We also share data about your visit with partners who sell advertising for us.",
            "Choose which cookies you allow and confirm your choice to go on.",
        ),
        video="Video report",
    )

    def __init__(
        self, *, seed: int, articles: int, clock: Clock, originals: tuple[Outlet, ...]
    ) -> None:
        self.originals = originals
        super().__init__(seed=seed, articles=articles, clock=clock)

    def original(self, index: int) -> Outlet | None:
        """Tell whose article this one copies; None for its own."""
        source = self.originals[index % len(self.originals)]
        return None if index % 8 == 7 or source.kind(index) != "article" else source

    def reported(self, index: int) -> tuple[Outlet, int] | None:
        """Tell which article this one is an update of; None for a copy and for its own."""
        before = index - _LATER
        source = self.originals[before % len(self.originals)]
        return (source, before) if before >= 0 and source.calendar.changes_by_plan(before) else None

    def is_excerpt(self, index: int) -> bool:
        """Tell whether a copy has the beginning only."""
        return self.original(index) is not None and index % 6 == 2

    def first_brief(self, index: int, *, level: int = 0) -> Brief:
        """Take the original's brief, with another headline."""
        if (report := self.reported(index)) is not None:
            outlet, before = report
            return replace(outlet.first_brief(before, level=_UPDATED), headline=1)
        source = self.original(index)
        if source is None:
            return super().first_brief(index, level=level)
        return replace(source.first_brief(index), headline=1)

    def piece(self, index: int) -> Piece:
        """Copy the original's first text under a dateline."""
        piece = super().piece(index)
        if (report := self.reported(index)) is not None:
            return self._update(piece, *report)
        source = self.original(index)
        if source is None:
            return piece
        story = compose(self.first_brief(index))
        first, *rest = story.paragraphs
        kept = (f"{_dateline(story)} {first}", *rest)
        return replace(
            piece,
            story=replace(story, authors=()),
            byline=AGENCY,
            body=kept[:3] if self.is_excerpt(index) else kept,
            story_key=f"{source.id}/{index}",
            relation="excerpt" if self.is_excerpt(index) else "copy",
        )

    def _update(self, piece: Piece, source: Outlet, before: int) -> Piece:
        """Write the report on: the new toll comes first, and the last paragraph is left out."""
        story = piece.story
        news = f"{_dateline(story)} {story.title}, officials said in a later count."
        return replace(
            piece,
            story=replace(story, authors=()),
            byline=AGENCY,
            body=(news, *story.paragraphs[:-1]),
            story_key=f"{source.id}/{before}",
            relation="update",
        )

    def path(self, index: int) -> str:
        """Write the address."""
        return f"/wire/{_FIRST_ID + index}-{slug(headline(self.first_brief(index)))}"

    def find(self, request: Request) -> int | None:
        """Read the number from the address."""
        found = re.fullmatch(r"/wire/(\d+)-[^/]+", request.path)
        return int(found[1]) - _FIRST_ID if found else None

    def print_article(self, piece: Piece, request: Request) -> Reply:
        """Print the page."""
        del request
        story = piece.story
        credit = f'<p class="credit"><em>{CREDIT}</em></p>' if piece.relation != "original" else ""
        if piece.relation == "excerpt":
            credit = f'<p class="more"><a href="/about">Read the full story</a></p>{credit}'
        head = (
            f'<link rel="canonical" href="{piece.url}"><meta property="og:type" content="article">'
            f'<meta property="og:title" content="{escape(story.title)}">'
            f'<meta name="keywords" content="{escape(", ".join(story.tags))}">'
            f'<meta property="article:published_time" content="{iso(piece.published)}">'
        )
        line = "agency" if piece.relation != "original" else "author"
        byline = piece.byline or ", ".join(story.authors)
        main = (
            f'<div class="wire-item"><h1>{escape(story.title)}</h1><div class="line">'
            f'<span class="{line}">{escape(byline)}</span> | '
            f"<span>{long_date(piece.published, 'en')}</span></div>"
            f'<div class="wire-text">{paragraphs(piece.body)}{credit}</div></div>'
        )
        html = self.dress(f"{story.title} - {self.name}", main, head=head, related=piece.index)
        return page(html, modified=piece.touched)

    def entrance(self, request: Request) -> Reply | None:
        """Answer for the feed."""
        if request.path != "/rss":
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
                tags=piece.story.tags,
            )
            for piece in pieces
        ]
        return rss(self.name, self.origin, "en", items)


def _dateline(story: Story) -> str:
    return DATELINE.format(town=story.dateline.upper())
