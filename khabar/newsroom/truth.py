"""What is true of a page: the answers that tests and scores compare with."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from khabar.newsroom.credits import Credit

Kind = Literal["article", "video", "soft_404", "consent"]
Relation = Literal["original", "copy", "excerpt", "update"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The truth of one listed address, as of the town's present time."""

    outlet: str
    index: int
    kind: Kind
    """Only an `article` has a text; the others must be rejected."""
    url: str
    """The canonical address."""
    urls: tuple[str, ...]
    """Every address of the same article, the canonical one first."""
    language: str
    title: str
    paragraphs: tuple[str, ...]
    """The text without tag line, credits and page furniture."""
    authors: tuple[str, ...]
    byline: str | None
    """What stands in the authors' place where it is no person."""
    credit: Credit | None
    """Whom the article itself credits; None where it credits nobody."""
    tags: tuple[str, ...]
    """Empty where the outlet's pages show none."""
    section: str | None
    """None where the outlet's pages show none."""
    image_url: str | None
    """None where the outlet's pages name none, as with the next two."""
    site_name: str | None
    canonical_url: str | None
    published_at: datetime
    published_precision: Literal["second", "day"]
    """What the page shows; the outlet's own day is that of Asia/Karachi."""
    modified_at: datetime | None
    shown_modified_at: datetime | None
    """What the page says of its last change; None where it says nothing."""
    level: int
    """0: the first text; else a later one (a higher toll, another headline)."""
    story_key: str
    """The same for an original, all its copies, and what was written on of it."""
    relation: Relation
    """To the original; an update has a higher toll."""
    is_paywalled: bool
    """What the page says; its text is there all the same."""
    series: str | None
    """A daily look-alike, such as the gold rate: alike, yet no copy."""
    gone: str | None
    """How a removed article's address answers: 404, 410 or home."""

    @property
    def is_truncated(self) -> bool:
        """Tell whether the page shows only the beginning of the text."""
        return self.relation == "excerpt"

    def as_json(self) -> dict[str, object]:
        """Make it ready for `json.dumps`."""
        return asdict(self) | {
            "published_at": self.published_at.isoformat(),
            "modified_at": self.modified_at and self.modified_at.isoformat(),
            "shown_modified_at": self.shown_modified_at and self.shown_modified_at.isoformat(),
        }
