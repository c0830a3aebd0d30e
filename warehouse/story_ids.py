"""Which id each story has: it stays with the text, and never becomes another story's."""

from collections import defaultdict
from dataclasses import dataclass
from hashlib import blake2b
from itertools import count

import duckdb

from warehouse.placing import PlacedTexts, Story

# A story that is taken apart leaves its id to the oldest of its articles that still has its text.
_CLAIMS = """
with members as (
    select s.story_id, coalesce(m.article_id, s.article_id) as article_id,
           m.article_id is not null as is_gone, s.article_id in (from left_texts) as has_left
    from story_articles s left join decided_article_merges m on m.old_article_id = s.article_id
    where m.article_id is not null or s.article_id in (select article_id from story_texts)
), claims as (
    select m.story_id, t.leader_id, t.fixed_story_id
    from members m join story_texts t using (article_id)
    qualify row_number() over (partition by m.story_id
        order by is_gone, has_left, t.first_seen_at, article_id) = 1
)
select story_id, epoch_us(first_seen_at), leader_id, fixed_story_id
from claims join stories using (story_id) order by all
"""
_FIXED = """
select story_id, epoch_us(first_seen_at) from stories
where story_id in (select story_id from fixed_texts)
"""
_TAKEN = """
select story_id from stories
where merged_into is null and story_id in (select article_id from story_texts)
"""
_IS_TAKEN = "select 1 from stories where story_id = $id"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedStories:
    """The id of each story in which texts were placed, and what became of others' ids."""

    ids: dict[Story, int]
    merged: dict[int, int]
    """Stories of the warehouse that proved to be part of another."""


def name_stories(con: duckdb.DuckDBPyConnection, placed: PlacedTexts) -> NamedStories:
    """Give each story the oldest id that its articles have; a new one takes its first article's."""
    claims: defaultdict[Story, list[tuple[int, int]]] = defaultdict(list)
    for story_id, seen_us in con.execute(_FIXED).fetchall():
        claims[placed.fixed[story_id].standing()].append((seen_us, story_id))
    of_leader = {one.article_id: one.story for one in placed.texts}
    for story_id, seen_us, leader_id, fixed_id in con.execute(_CLAIMS).fetchall():
        story = of_leader[leader_id] if fixed_id is None else placed.fixed[fixed_id]
        claims[story.standing()].append((seen_us, story_id))
    ids = {story: min(held)[1] for story, held in claims.items()}
    taken = {story_id for (story_id,) in con.execute(_TAKEN).fetchall()}
    for one in placed.texts:
        story = one.story.standing()
        if story not in ids:
            first = story.first[1]
            ids[story] = first if first not in taken else _derive_id(con, first)
    merged = {
        story_id: ids[story]
        for story, held in claims.items()
        for _, story_id in held
        if story_id != ids[story]
    }
    return NamedStories(ids=ids, merged=merged)


def _derive_id(con: duckdb.DuckDBPyConnection, first: int) -> int:
    """Make an id of an article's whose own is still the story's that it was in before."""
    made = (
        int.from_bytes(blake2b(f"{first} {number}".encode(), digest_size=8).digest()) >> 1
        for number in count()
    )
    return next(one for one in made if not con.execute(_IS_TAKEN, {"id": one}).fetchall())
