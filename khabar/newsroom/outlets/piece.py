"""An article as printed, and the few words of an outlet's furniture."""

from dataclasses import dataclass
from datetime import datetime

from khabar.newsroom.credits import Credit
from khabar.newsroom.story import Story
from khabar.newsroom.truth import Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """An article as its outlet prints it now."""

    index: int
    url: str
    story: Story
    body: tuple[str, ...]
    """The true text: for an excerpt its first paragraphs only."""
    published: datetime
    modified: datetime | None
    level: int
    story_key: str
    relation: Relation = "original"
    byline: str | None = None
    """What stands in the authors' place where it is no person."""
    credit: Credit | None = None
    """Whom the article itself credits."""

    @property
    def touched(self) -> datetime:
        """When the page last changed."""
        return self.modified or self.published


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The few words of an outlet's own furniture."""

    about: str
    related: str
    missing: str
    consent_title: str
    consent: tuple[str, ...]
    video: str
    direction: str = "ltr"
