"""Places texts in stories, each after those known before it, so that no weak links chain together.

A text joins the story of its best match only if it shares a third of its words, or of the shorter
one's, with the story's first text. Two texts that are each half alike (Jaccard) to a third share
a third of each other at least: so a text may be at one remove from the first, and a chain ends
there. A digest that holds one story's text carries no other report into it.

A long text that came first may be such a digest. Of what is but a part of the first text, a part
that shares nothing with the parts already there is another text, and founds a story of its own.

A text that is strongly like the first texts of two stories proves them to be one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations, groupby
from typing import NamedTuple

import duckdb

from warehouse.matching import MIN_CONTAINMENT
from warehouse.series import are_series
from warehouse.story_state import MAX_PARTS, Place, Signed, read_fixed_stories, read_signatures

MIN_OF_FIRST = 0.3
"""A third, less what 192 rows leave uncertain."""
MIN_OF_PART = 0.1
PART_OF = 0.7
"""Less like what holds it whole, a text is a part: each half of a digest of two is 0.5 like it."""
MATCHES_TRIED = 5
"""Best matches whose stories a text may join; beyond, its likeness is to copies of the same."""
MERGE_JACCARD = 0.7
"""A text joins stories only if it is this like the first text of each: then those share 4 of 10
shingles. A digest that holds two reports whole is half like either at most, and joins nothing."""

_CANDIDATES = """
select article_id, seen_us, parent_id, story_id, matched_as, jaccard, containment
from story_candidates order by seen_us, article_id, rank
"""


@dataclass(slots=True, kw_only=True, eq=False)
class Story:
    """What a story holds so far: its first text, and the parts of this."""

    first: Place
    parts: list[Place] = field(default_factory=list)
    merged: "Story | None" = None

    def standing(self) -> "Story":
        """Find the story that it proved to be part of, or itself."""
        one = self
        while one.merged is not None:
            one = one.merged
        return one

    def merge(self, younger: "Story") -> None:
        """Take over a younger story."""
        self.parts = sorted(self.parts + younger.parts)[:MAX_PARTS]
        younger.merged = self


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedText:
    """The story of a text."""

    article_id: int
    story: Story
    is_part: bool = False
    """Whether of it and the text it joined by one has the other whole, and much more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedTexts:
    """Texts, oldest first, and the stories of the warehouse, by id, they were placed beside."""

    texts: list[PlacedText]
    fixed: dict[int, Story]


class _Candidate(NamedTuple):
    article_id: int
    seen_us: int
    parent_id: int | None
    story_id: int | None
    """Of a parent that stays where it is; None where this run places it."""
    matched_as: str
    """copy, excerpt, whole (it has the other whole, and more) or update."""
    jaccard: float
    containment: float

    @property
    def is_part(self) -> bool:
        """Whether one of the two has the other whole, and much more."""
        is_held = self.containment >= MIN_CONTAINMENT and self.jaccard < PART_OF
        return self.matched_as == "excerpt" or (self.matched_as == "copy" and is_held)

    @property
    def is_strong(self) -> bool:
        """Whether what it is so like may be one story with others that it is so like."""
        return self.jaccard >= MERGE_JACCARD and self.matched_as != "update"


class _Placing:
    """Texts placed so far."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, fixed: Mapping[int, Story], signed: Signed
    ) -> None:
        self._con, self._fixed, self._signed = con, fixed, signed
        self._of: dict[int, Story] = {}
        self._are_series: dict[tuple[int, int], bool] = {}

    def place(self, candidates: list[_Candidate]) -> PlacedText:
        """Place a text by its links to texts that are placed, best first."""
        one = candidates[0]
        linked = [each for each in candidates if each.parent_id is not None]
        joined = next((each for each in linked[:MATCHES_TRIED] if self._takes(each)), None)
        if joined is None:
            story = Story(first=(one.seen_us, one.article_id))
        else:
            story = self._story(joined)
            if joined.is_part and len(story.parts) < MAX_PARTS:
                story.parts.append((one.seen_us, one.article_id))
        self._of[one.article_id] = story
        self._bridge(each for each in linked if each.is_strong)
        is_part = joined is not None and joined.is_part
        return PlacedText(article_id=one.article_id, story=story, is_part=is_part)

    def _story(self, one: _Candidate) -> Story:
        if one.story_id is not None:
            return self._fixed[one.story_id].standing()
        return self._of[one.parent_id or 0].standing()

    def _takes(self, one: _Candidate) -> bool:
        """Judge whether a text may join the story of its match."""
        story, shared = self._story(one), self._signed.shared
        first = story.first[1]
        if one.parent_id != first and shared(one.article_id, first) < MIN_OF_FIRST:
            return False
        parts = story.parts if one.is_part else []
        return not parts or any(shared(one.article_id, part) >= MIN_OF_PART for _, part in parts)

    def _bridge(self, strong: Iterable[_Candidate]) -> None:
        """Make one story of those whose first texts are all strongly like one text."""
        stories = {story for one in strong if (story := self._story(one)).first[1] == one.parent_id}
        for pair in combinations(sorted(stories, key=lambda one: one.first), 2):
            older, younger = sorted((one.standing() for one in pair), key=lambda one: one.first)
            if older is not younger and not self._is_series(older.first[1], younger.first[1]):
                older.merge(younger)

    def _is_series(self, one: int, other: int) -> bool:
        """Compare two first texts once, however many texts are like both."""
        if (one, other) not in self._are_series:
            self._are_series[one, other] = are_series(self._con, one, other)
        return self._are_series[one, other]


def place_texts(con: duckdb.DuckDBPyConnection) -> PlacedTexts:
    """Place the texts of `story_candidates`, oldest first, beside those of `fixed_texts`."""
    fixed = read_fixed_stories(con)
    held = [id_ for one in fixed for _, id_ in (one.first, *one.parts)]
    stories = {one.story_id: Story(first=one.first, parts=list(one.parts)) for one in fixed}
    placing = _Placing(con, stories, read_signatures(con, held))
    rows = (_Candidate(*row) for row in con.execute(_CANDIDATES).fetchall())
    texts = [placing.place(list(some)) for _, some in groupby(rows, key=lambda one: one.article_id)]
    return PlacedTexts(texts=texts, fixed=stories)
