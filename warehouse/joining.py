"""Which story each new text joins, and which stories a text proves to be one."""

import duckdb
import pyarrow as pa

from transforms.fingerprint import ALGORITHM_VERSION
from warehouse.matching import MIN_JACCARD, MIN_SHINGLES_EXACT, replace_table
from warehouse.placing import PlacedText, place_texts
from warehouse.series import drop_series

MERGE_JACCARD = 0.7
"""A text joins stories only if it is this like the first text of each: then those share 4 of 10
shingles. A digest that holds two reports whole is half like either at most, and joins nothing."""

MATCHES_TRIED = 5
"""Best matches whose stories a text may join; beyond, its likeness is to copies of the same."""

_RANKS = """
create or replace temp table story_ranks as
select t.article_id, t.text_hash, t.shingle_count, t.is_leader, s.story_id,
       case when s.story_id is null
            then row_number() over (order by s.story_id is not null, first_seen_at, t.article_id)
            else 0 end as place
from match_texts t left join story_articles s using (article_id)
"""
_TWINS = """
create or replace temp table story_twins as
with asked as (
    select article_id, text_hash from story_ranks
    where place > 0 and shingle_count >= $exact
), known as (
    select a.text_hash, a.article_id, -1 as place, a.first_seen_at from articles a
    where a.text_hash in (select text_hash from asked)
      and a.article_id in (select article_id from story_articles)
      and a.article_id not in (select article_id from story_ranks)
    union all
    select r.text_hash, r.article_id, r.place, t.first_seen_at
    from story_ranks r join match_texts t using (article_id)
), firsts as (
    select text_hash, article_id from known
    qualify row_number() over (
        partition by text_hash order by place, first_seen_at, article_id) = 1
)
select asked.article_id, firsts.article_id as parent_id
from asked join firsts using (text_hash) where firsts.article_id <> asked.article_id
"""
_EDGES = """
create or replace temp table story_edges as
with both_ways as (
    select article_id, other_id, jaccard, containment, is_shorter, is_update from match_stories
    union
    select other_id, article_id, jaccard, containment, not is_shorter, is_update
    from match_stories where other_id in (select article_id from story_ranks)
)
select b.*, mine.place, coalesce(other.place, -1) as other_place
from both_ways b
join story_ranks mine on mine.article_id = b.article_id
left join story_ranks other on other.article_id = b.other_id
where mine.article_id not in (select article_id from story_twins)
"""
_PARENTS = """
create or replace temp table story_parents as
select r.article_id, r.place, p.parent_id, s.story_id, p.matched_as, p.jaccard, p.containment,
       coalesce(p.method, 'first') as method
from story_ranks r
left join (
    select article_id, parent_id, 'copy' as matched_as, 1.0::double as jaccard,
           1.0::double as containment, 'exact' as method
    from story_twins
    union all
    select article_id, other_id,
           case when is_update then 'update' when jaccard >= $alike then 'copy'
                when is_shorter then 'excerpt' else 'whole' end,
           jaccard, containment, 'minhash'
    from (
        select * from story_edges where other_place < place
        qualify row_number() over (partition by article_id
            order by jaccard desc, containment desc, other_place, other_id) <= $tries
    )
) p using (article_id)
left join story_articles s on s.article_id = p.parent_id
where r.place > 0
"""
_BRIDGES = """
create or replace temp table story_bridges as
with firsts as (
    select earliest_article_id as article_id, story_id from stories
    where merged_into is null and earliest_article_id in (select other_id from story_edges)
    union
    select article_id, story_id from decided_story_articles where method = 'first'
), alone as (
    select r.article_id, r.story_id from story_ranks r
    join stories s on s.story_id = r.story_id and s.article_count = 1
    where r.place = 0
), likes as (
    select e.article_id, f.article_id as first_id, f.story_id
    from story_edges e join firsts f on f.article_id = e.other_id
    where e.jaccard >= $merge and not e.is_update
      and (e.place > 0 or e.article_id in (select article_id from alone))
    union select article_id, article_id, story_id from alone
)
select distinct one.first_id as article_id, two.first_id as other_id, one.story_id,
       two.story_id as other_story_id, 0.0 as jaccard, 0.0 as containment
from likes one join likes two
  on two.article_id = one.article_id and one.story_id < two.story_id
"""


def join_stories(con: duckdb.DuckDBPyConnection) -> None:
    """Give each new text the story of its best match among texts known before it, or its own.

    Creates the temp table `decided_story_articles`. A text already in a story stays there.
    """
    con.execute(_RANKS)
    con.execute(_TWINS, {"exact": MIN_SHINGLES_EXACT})
    con.execute(_EDGES)
    con.execute(_PARENTS, {"alike": MIN_JACCARD, "tries": MATCHES_TRIED})
    replace_table(con, "decided_story_articles", _placed(place_texts(con)))


def _placed(rows: list[PlacedText]) -> pa.Table:
    return pa.table(
        {
            "article_id": pa.array([row.article_id for row in rows], pa.int64()),
            "story_id": pa.array([row.story_id for row in rows], pa.int64()),
            "relation": pa.array([row.relation for row in rows], pa.string()),
            "similarity": pa.array([row.similarity for row in rows], pa.float64()),
            "containment": pa.array([row.containment for row in rows], pa.float64()),
            "matched_to": pa.array([row.matched_to for row in rows], pa.int64()),
            "matched_as": pa.array([row.matched_as for row in rows], pa.string()),
            "method": pa.array([row.method for row in rows], pa.string()),
            "algorithm_version": pa.array([str(ALGORITHM_VERSION)] * len(rows), pa.string()),
        }
    )


def merge_stories(con: duckdb.DuckDBPyConnection) -> None:
    """Fold stories whose first texts are both strongly like one text; the oldest wins.

    Creates the temp table `decided_story_merges` of stories the warehouse has; new ones fold
    without a trace.
    """
    con.execute(_BRIDGES, {"merge": MERGE_JACCARD})
    drop_series(con, "story_bridges")
    ages = dict(
        con.execute(
            "select story_id, row_number() over (order by is_new, first_seen_at, story_id) from ("
            "select story_id, false as is_new, first_seen_at from stories union all "
            "select article_id, true, first_seen_at from match_texts "
            "join decided_story_articles using (article_id) where method = 'first') "
            "where story_id in (select story_id from story_bridges) "
            "or story_id in (select other_story_id from story_bridges)"
        ).fetchall()
    )
    merged = _fold(
        con.execute("select story_id, other_story_id from story_bridges order by all").fetchall(),
        ages,
    )
    con.execute("create or replace temp table story_folds (story_id bigint, merged_into bigint)")
    if merged:
        con.executemany("insert into story_folds values (?, ?)", sorted(merged.items()))
    con.execute(
        "update decided_story_articles d set story_id = f.merged_into from story_folds f "
        "where f.story_id = d.story_id"
    )
    con.execute(
        "create or replace temp table decided_story_merges as "
        "select * from story_folds where story_id in (select story_id from stories) order by all"
    )


def _fold(pairs: list[tuple[int, int]], ages: dict[int, int]) -> dict[int, int]:
    """Map each story to the oldest that it is linked with, itself left out."""
    older: dict[int, int] = {}

    def oldest(story: int) -> int:
        while story in older:
            story = older[story]
        return story

    for one, two in pairs:
        first, second = sorted((oldest(one), oldest(two)), key=ages.__getitem__)
        if first != second:
            older[second] = first
    return {story: oldest(story) for story in older}
