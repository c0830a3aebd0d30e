"""Near-duplicates into stories: a story is one text and its copies, not an event."""

import duckdb

from warehouse.commit import run_each
from warehouse.joining import join_stories, merge_stories
from warehouse.matching import find_matches
from warehouse.pairs import decide_pairs, write_pairs
from warehouse.series import part_series
from warehouse.story_facts import refresh_stories

DECISIONS: tuple[str, ...] = (
    "decided_story_articles",
    "decided_story_merges",
    "decided_series",
    "decided_signatures",
    "decided_bands",
    "decided_matches",
)

_SERIES = """
create or replace temp table decided_series as
with both_ways as (
    select article_id, other_id, jaccard from match_series
    union select other_id, article_id, jaccard from match_series
)
select mine.article_id, other_id as like_article_id, jaccard as similarity
from both_ways b
join story_ranks mine on mine.article_id = b.article_id
left join story_ranks other on other.article_id = b.other_id
where (mine.place, mine.article_id) > (coalesce(other.place, -1), other_id)
qualify row_number() over (partition by mine.article_id order by jaccard desc, other_id) = 1
order by all
"""
_WRITE = """
delete from signatures where article_id in (select article_id from decided_signatures);
delete from bands where article_id in (select article_id from decided_signatures);
delete from article_series where article_id in (select article_id from decided_signatures);
insert into signatures by name from decided_signatures where shingle_count > 0;
insert into bands by name from decided_bands;
insert into article_series by name select *, $batch as batch_id from decided_series;
update story_articles set story_id = m.merged_into, batch_id = $batch
    from decided_story_merges m where m.story_id = story_articles.story_id;
update stories set merged_into = m.merged_into, batch_id = $batch
    from decided_story_merges m where m.story_id = stories.merged_into;
update stories set merged_into = m.merged_into
    from decided_story_merges m where m.story_id = stories.story_id;
insert into story_articles by name select *, $batch as batch_id from decided_story_articles
"""
_TOUCHED = """
create or replace temp table touched_stories as
select story_id from story_articles
where article_id in (select article_id from articles where batch_id = $batch)
   or article_id in (select article_id from decided_signatures)
union select story_id from decided_story_merges
union select merged_into from decided_story_merges
"""


def decide_stories(con: duckdb.DuckDBPyConnection) -> None:
    """Decide the stories of `new_texts`; nothing but the temp tables in DECISIONS is kept.

    The outcome depends on (first_seen_at, article_id), never on the order of rows.
    """
    find_matches(con)
    decide_pairs(con)
    part_series(con)
    join_stories(con)
    merge_stories(con)
    con.execute(_SERIES)


def apply_stories(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    """Write what was decided, inside the load's transaction, after the articles are written."""
    run_each(con, _WRITE, {"batch": batch_id})
    write_pairs(con, batch_id)
    con.execute(_TOUCHED, {"batch": batch_id})
    refresh_stories(con, batch_id)
