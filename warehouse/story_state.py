"""What the warehouse knows of the stories that texts may join: first texts, parts, signatures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from transforms.fingerprint import PERMUTATIONS, ROW, Signatures
from warehouse.candidates import TODAY
from warehouse.matching import estimate_similarity
from warehouse.stretches import find_stretches
from warehouse.temp_tables import replace_table

Place = tuple[int, int]
"""When a text was first seen (microseconds since 1970), then its article's id: their order."""

MAX_PARTS = 5
"""Parts of a first text that a further part is compared with."""

_FIXED = """
with members as (
    select s.story_id, s.is_part, epoch_us(a.first_seen_at) as seen_us, s.article_id
    from story_articles s
    join (select article_id, first_seen_at from articles) a using (article_id)
    where s.story_id in (select story_id from fixed_texts)
), parts as (
    select story_id, list((seen_us, article_id) order by seen_us, article_id) as parts
    from (from members where is_part qualify row_number() over (
          partition by story_id order by seen_us, article_id) <= $parts)
    group by all
)
select story_id, min((seen_us, article_id)), coalesce(any_value(parts), [])
from members left join parts using (story_id) group by all order by all
"""
_SIGNATURES = """
with asked as (
    select article_id from story_candidates where parent_id is not null
    union select parent_id from story_candidates where story_id is null
    union from story_holders
)
select article_id, shingle_count, minhash from new_texts
where article_id in (from asked) and shingle_count > 0
union all
select article_id, shingle_count, minhash from signatures
where article_id in (from asked) and ({stretches})
  and article_id not in (select article_id from new_texts)
  and algorithm = $algorithm and algorithm_version = $version and seed = $seed
"""
_STORED = """
from story_holders
union select article_id from story_candidates where parent_id is not null
union select parent_id from story_candidates where parent_id is not null and story_id is null
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedStory:
    """A story that stands in the warehouse, and stays there."""

    story_id: int
    first: Place
    parts: tuple[Place, ...]


class Signed:
    """Signatures by article id."""

    def __init__(self, rows: Iterable[tuple[int, int, bytes]]) -> None:
        self._of: Mapping[int, tuple[int, Signatures]] = {
            id_: (shingles, np.frombuffer(minhash, dtype=ROW))
            for id_, shingles, minhash in rows
            if len(minhash) == ROW.itemsize * PERMUTATIONS
        }

    def shared(self, one: int, other: int) -> float:
        """Estimate which share of the shorter text is in the other; 1 where one has no signature.

        A text too short to be signed is no reason to part a story.
        """
        if one not in self._of or other not in self._of:
            return 1.0
        (ours, mine), (theirs, its) = self._of[one], self._of[other]
        _, containment = estimate_similarity(
            mine[None], its[None], np.array([float(ours)]), np.array([float(theirs)])
        )
        return float(containment[0])


def read_fixed_stories(con: duckdb.DuckDBPyConnection) -> list[FixedStory]:
    """Read the stories of `fixed_texts`."""
    return [
        FixedStory(story_id=story_id, first=first, parts=tuple((seen, id_) for seen, id_ in parts))
        for story_id, first, parts in con.execute(_FIXED, {"parts": MAX_PARTS}).fetchall()
    ]


def read_signatures(con: duckdb.DuckDBPyConnection, holders: Iterable[int]) -> Signed:
    """Read the signatures of `story_candidates`, and of other articles."""
    replace_table(con, "story_holders", pa.table({"article_id": pa.array(holders, pa.int64())}))
    query = _SIGNATURES.format(stretches=find_stretches(con, "signatures", _STORED))
    return Signed(con.execute(query, TODAY).fetchall())
