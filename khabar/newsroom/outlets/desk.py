"""What an outlet publishes: its articles as of now, in order, and the truth of each."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import ClassVar, Literal

from khabar.newsroom.credits import CREDIT_AT, CREDIT_EVERY, Credit
from khabar.newsroom.dates import LOCAL
from khabar.newsroom.outlets.piece import Piece
from khabar.newsroom.phrases import Language
from khabar.newsroom.schedule import Calendar, Clock
from khabar.newsroom.story import Brief, Story, compose, headline
from khabar.newsroom.truth import Kind, Truth

DECOY_EVERY, DECOY_AT = 20, 4
_DECOYS: tuple[Kind, ...] = ("video", "soft_404", "consent")


class Desk(ABC):
    """The articles of one simulated outlet; a subclass says what its pages show of them."""

    id: ClassVar[str]
    name: ClassVar[str]
    language: ClassVar[Language]
    number: ClassVar[int]
    shows_tags: ClassVar[bool] = True
    shows_section: ClassVar[bool] = True
    shows_image: ClassVar[bool] = False
    shows_site_name: ClassVar[bool] = False
    shows_changes: ClassVar[bool] = False
    states_address: ClassVar[bool] = True
    published_precision: ClassVar[Literal["second", "day"]] = "second"
    lag: ClassVar[float] = 0.3
    eventful: ClassVar[bool] = True
    credit: ClassVar[Credit | None] = None
    """Whom it credits where it takes a text over."""

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

    @abstractmethod
    def path(self, index: int) -> str:
        """Write an article's canonical path."""

    def other_paths(self, index: int) -> tuple[str, ...]:
        """List the further paths of an article."""
        del index
        return ()

    def addresses(self, index: int) -> tuple[str, ...]:
        """List every address of an article, the canonical one first."""
        paths = (self.path(index), *self.other_paths(index))
        return tuple(self.origin + path for path in paths)

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
        credit = self.credit_of(index, story)
        return Piece(
            index=index,
            url=self.origin + self.path(index),
            story=story,
            body=credit.printed(story.paragraphs) if credit else story.paragraphs,
            published=self.calendar.published(index),
            modified=modified,
            level=level,
            story_key=f"{self.id}/{index}",
            credit=credit,
        )

    def credit_of(self, index: int, story: Story) -> Credit | None:
        """Tell whom an article credits; the daily gold rate is always the outlet's own."""
        if self.credit is None or story.series or index % CREDIT_EVERY != CREDIT_AT:
            return None
        return self.credit.in_town(story.dateline)

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

    def reads(self, index: int) -> int:
        """Count how often an article was read by now; it says nothing of the article."""
        minutes = (self.clock.now - self.calendar.published(index)) // timedelta(minutes=1)
        return (index % 7 + 1) * max(0, minutes)

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
        return Truth(
            outlet=self.id,
            index=index,
            kind=self.kind(index),
            url=piece.url,
            urls=self.addresses(index),
            language=self.language,
            title=piece.story.title,
            paragraphs=piece.body,
            authors=piece.story.authors,
            byline=piece.byline,
            credit=piece.credit,
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
            series=piece.story.series,
            gone=self.calendar.removal(index),
        )
