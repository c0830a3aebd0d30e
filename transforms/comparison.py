"""What another extraction changes over many pages: counts, shares, and a few samples."""

from dataclasses import dataclass

from transforms.word_diff import DiffLine

MOST_CHANGED = 0.2
"""Share of stored pages that another extraction may change without anybody's word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadPage:
    """An archived page that cannot be extracted again, and why."""

    url: str
    source_id: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """How one field of one page would change."""

    url: str
    lines: tuple[DiffLine, ...]
    more: int
    """Lines that are not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """How often a field would change."""

    field: str
    pages: int
    share: float
    """Of the pages that are articles before and after, 0-1."""
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipSample:
    """A page that would come out as something else, and what gives it away."""

    url: str
    why: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """Pages that would come out as something else."""

    before: str
    """`article`, or the reason of a rejection."""
    after: str
    pages: int
    samples: tuple[FlipSample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordChange:
    """How many words the body of a page has, and would have."""

    url: str
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextChange:
    """Articles whose bodies would gain words, or lose them."""

    pages: int
    median_words: float
    """Half of them gain (or lose) no more than this; 0 where there are none."""
    greatest: tuple[WordChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionChange:
    """Which extractor the pages were read by, and which reads them now."""

    before: str
    after: str
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChange:
    """How much of a source was looked at, and would change."""

    source_id: str
    archived: int
    """Its pages in the archive."""
    looked_at: int
    changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What today's extractor would change of what is stored."""

    line: str
    archived: int
    """Pages in the archive, of which some were looked at."""
    looked_at: int
    alike: int
    changed: int
    articles: int
    """Pages that are articles before and after: the whole that shares are of."""
    rehashed: int
    """Of these, those whose hash of headline and text would be another."""
    fields: tuple[FieldChange, ...]
    """Most frequent first; only those that change."""
    flips: tuple[Flip, ...]
    gained: TextChange
    lost: TextChange
    versions: tuple[VersionChange, ...]
    sources: tuple[SourceChange, ...]
    not_compared: tuple[str, ...]
    """Fields that were not stored with all of the pages: nothing is said of them there."""
    unread: int
    """Pages that cannot be read, so that nothing is said of them."""
    unread_pages: tuple[UnreadPage, ...]
    """The first of them."""
    left_out: tuple[str, ...] = ()
    """Why sources of a batch are not compared at all, a sentence each."""
