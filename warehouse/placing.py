"""Places texts in stories, one after the other, so that no chain of weak links holds one together.

A text joins the story of its best match only if it shares a third of its words, or of the shorter
one's, with the story's first text. Two texts that are each half alike (Jaccard) to a third share
a third of each other at least: so a text may be at one remove from the first, and a chain ends
there. A digest that holds one story's text carries no other report into it.

A long text that came first may be such a digest. Of what is but a part of the first text, a part
that shares nothing with the parts already there is another text, and founds a story of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from transforms.fingerprint import ALGORITHM, ALGORITHM_VERSION, PERMUTATIONS, ROW, SEED
from warehouse.matching import MIN_CONTAINMENT, estimate_similarity, replace_table
from warehouse.stretches import find_stretches

MIN_OF_FIRST = 0.3
"""A third, less what 192 rows leave uncertain."""
MIN_OF_PART = 0.1
PART_OF = 0.7
"""Less like what holds it whole, a text is a part: each half of a digest of two is 0.5 like it."""
MAX_PARTS = 5
"""Parts of a first text that a further part is compared with."""

_CANDIDATES = """
select article_id, parent_id, story_id, matched_as, jaccard, containment, method
from story_parents order by place, jaccard desc, containment desc, parent_id
"""
_FIRSTS = """
select story_id, earliest_article_id from stories
where story_id in (select story_id from story_parents) and earliest_article_id is not null
"""
_PARTS = """
select story_id, article_id from story_articles
where (matched_as = 'excerpt' or matched_as = 'copy' and containment >= $contained
       and similarity < $most)
  and story_id in (select story_id from story_parents)
qualify row_number() over (partition by story_id order by article_id) <= $parts
order by all
"""
_SIGNATURES = """
select article_id, shingle_count, minhash from match_texts
where article_id in (select article_id from story_parents where parent_id is not null
                     union all select parent_id from story_parents)
  and shingle_count > 0
union all
select article_id, shingle_count, minhash from signatures
where article_id in (from story_holders) and ({stretches})
  and article_id not in (select article_id from match_texts)
  and algorithm = $algorithm and algorithm_version = $version and seed = $seed
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedText:
    """The story of a text, and the text it was matched to."""

    article_id: int
    story_id: int
    matched_to: int | None = None
    matched_as: str | None = None
    """copy, excerpt, whole (it has the other whole, and more) or update."""
    similarity: float | None = None
    containment: float | None = None
    method: str = "first"

    @property
    def relation(self) -> str:
        """What it is to its story: what holds a text whole has a copy of it."""
        if self.matched_as is None:
            return "earliest_known"
        return "copy" if self.matched_as == "whole" else self.matched_as


class _Candidate(NamedTuple):
    article_id: int
    parent_id: int | None
    story_id: int | None
    """Of the parent; None where this batch decides it."""
    matched_as: str
    jaccard: float
    containment: float
    method: str

    @property
    def is_part(self) -> bool:
        """Whether one of the two has the other whole, and much more."""
        is_held = self.containment >= MIN_CONTAINMENT and self.jaccard < PART_OF
        return self.matched_as == "excerpt" or (self.matched_as == "copy" and is_held)


class _Stories:
    """What the stories hold so far: their first texts, and the parts of these."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.firsts: dict[int, int] = dict(con.execute(_FIRSTS).fetchall())
        self.parts: defaultdict[int, list[int]] = defaultdict(list)
        kept = {"parts": MAX_PARTS, "contained": MIN_CONTAINMENT, "most": PART_OF}
        for story, part in con.execute(_PARTS, kept).fetchall():
            self.parts[story].append(part)
        stored = [*self.firsts.values(), *(one for some in self.parts.values() for one in some)]
        holders = pa.table({"article_id": pa.array(stored, pa.int64())})
        replace_table(con, "story_holders", holders)
        signatures = _SIGNATURES.format(
            stretches=find_stretches(con, "signatures", "from story_holders")
        )
        named = {
            "algorithm": ALGORITHM,
            "version": str(ALGORITHM_VERSION),
            "seed": SEED,
        }
        self._signed = {
            id_: (shingles, np.frombuffer(minhash, dtype=ROW))
            for id_, shingles, minhash in con.execute(signatures, named).fetchall()
            if len(minhash) == ROW.itemsize * PERMUTATIONS
        }

    def takes(self, story: int, one: _Candidate) -> bool:
        """Judge whether a text may join the story of its match."""
        first = self.firsts.get(story)
        if one.method == "exact" or first is None:
            return True
        if one.parent_id != first and self._shared(one.article_id, first) < MIN_OF_FIRST:
            return False
        parts = self.parts[story] if one.is_part else []
        return not parts or any(self._shared(one.article_id, part) >= MIN_OF_PART for part in parts)

    def add(self, story: int, one: _Candidate) -> None:
        """Keep a part of the story's first text, so that other parts are compared with it."""
        if one.is_part and len(self.parts[story]) < MAX_PARTS:
            self.parts[story].append(one.article_id)

    def _shared(self, one: int, other: int) -> float:
        """Estimate which share of the shorter text is in the other; 1 where one has no signature.

        A text too short to be signed, or whose id has moved, is no reason to part a story.
        """
        if one not in self._signed or other not in self._signed:
            return 1.0
        (ours, mine), (theirs, its) = self._signed[one], self._signed[other]
        _, containment = estimate_similarity(
            mine[None], its[None], np.array([float(ours)]), np.array([float(theirs)])
        )
        return float(containment[0])


def place_texts(con: duckdb.DuckDBPyConnection) -> list[PlacedText]:
    """Place the texts of `story_parents` in the order of their places."""
    stories = _Stories(con)
    placed: dict[int, PlacedText] = {}
    rows = (_Candidate(*row) for row in con.execute(_CANDIDATES).fetchall())
    for article_id, candidates in groupby(rows, key=lambda one: one.article_id):
        placed[article_id] = _place(article_id, candidates, stories, placed)
    return list(placed.values())


def _place(
    article_id: int,
    candidates: Iterable[_Candidate],
    stories: _Stories,
    placed: Mapping[int, PlacedText],
) -> PlacedText:
    for one in candidates:
        parent = placed.get(one.parent_id) if one.parent_id is not None else None
        story = one.story_id if parent is None else parent.story_id
        if story is not None and stories.takes(story, one):
            stories.add(story, one)
            return PlacedText(
                article_id=article_id,
                story_id=story,
                matched_to=one.parent_id,
                matched_as=one.matched_as,
                similarity=one.jaccard,
                containment=one.containment,
                method=one.method,
            )
    stories.firsts[article_id] = article_id
    return PlacedText(article_id=article_id, story_id=article_id)
