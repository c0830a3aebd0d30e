"""Near-duplicates into stories: a story is one text and its copies, not an event."""

import duckdb
import pyarrow as pa

from transforms.fingerprint import ALGORITHM_VERSION
from warehouse.commit import run_each
from warehouse.matching import find_matches
from warehouse.pairs import decide_pairs, write_pairs
from warehouse.placing import PlacedText, place_texts
from warehouse.series import judge_pairs, link_series
from warehouse.story_facts import refresh_stories
from warehouse.story_ids import NamedStories, name_stories
from warehouse.story_texts import gather_story_texts
from warehouse.temp_tables import replace_table
from warehouse.unsettled import find_left_texts, find_unsettled

DECISIONS: tuple[str, ...] = (
    "decided_story_articles",
    "decided_story_merges",
    "decided_signatures",
    "decided_matches",
)

# What is decided as it was is not written again: its batch_id goes on saying which batch decided.
_DECIDED = """
create or replace temp table decided_story_articles as
with decided as (
    select t.article_id, coalesce(p.story_id, m.merged_into, t.fixed_story_id) as story_id,
           t.article_id = t.leader_id and p.is_part as is_part
    from story_texts t left join placed_leaders p using (leader_id)
    left join decided_story_merges m on m.story_id = t.fixed_story_id
)
select d.*, $version as algorithm_version, 'first' as method, 'earliest_known' as relation
from decided d anti join story_articles s
    on s.article_id = d.article_id and s.story_id = d.story_id and s.is_part = d.is_part
   and s.algorithm_version = $version
order by d.article_id
"""
_WRITE_SIGNATURES = """
delete from signatures where article_id in (select article_id from decided_signatures);
insert into signatures by name from decided_signatures where shingle_count > 0;
delete from signatures where article_id in (select old_article_id from decided_article_merges)
"""
_WRITE = """
create or replace temp table touched_stories as
select story_id from story_articles
where article_id in (select article_id from decided_story_articles)
   or article_id in (select old_article_id from decided_article_merges)
   or article_id in (select article_id from articles where batch_id = $batch)
union select story_id from decided_story_articles
union select story_id from decided_story_merges
union select merged_into from decided_story_merges;
delete from story_articles where article_id in (select article_id from decided_story_articles);
delete from story_articles where article_id in (select old_article_id from decided_article_merges);
update story_articles set story_id = m.merged_into, batch_id = $batch
    from decided_story_merges m where m.story_id = story_articles.story_id;
insert into story_articles by name select *, $batch as batch_id from decided_story_articles;
update stories set merged_into = m.merged_into, batch_id = $batch
    from decided_story_merges m where m.story_id = stories.merged_into;
update stories set merged_into = m.merged_into
    from decided_story_merges m where m.story_id = stories.story_id;
update stories set merged_into = null where merged_into is not null
    and story_id in (select story_id from decided_story_articles)
"""


def decide_stories(con: duckdb.DuckDBPyConnection) -> None:
    """Decide the stories of `new_texts`; nothing but the temp tables in DECISIONS is kept.

    The outcome depends on the texts and on (first_seen_at, article_id), never on the order of rows
    or of batches. It reads `aged_articles` and `decided_article_merges`, too.
    """
    find_left_texts(con)
    compare_texts(con)
    find_unsettled(con)
    decide_places(con)


def compare_texts(con: duckdb.DuckDBPyConnection) -> None:
    """Decide the signatures of `new_texts`, and the pairs of which one is among them."""
    find_matches(con)
    judge_pairs(con)
    decide_pairs(con)


def decide_places(con: duckdb.DuckDBPyConnection) -> None:
    """Decide the stories of `new_texts` and `placed_anew`, by `story_links`."""
    gather_story_texts(con)
    placed = place_texts(con)
    named = name_stories(con, placed)
    replace_table(con, "placed_leaders", _leaders(placed.texts, named))
    merged = [list(named.merged), list(named.merged.values())]
    columns = [pa.array(column, pa.int64()) for column in merged]
    replace_table(con, "decided_story_merges", pa.table(columns, ["story_id", "merged_into"]))
    con.execute(_DECIDED, {"version": str(ALGORITHM_VERSION)})


def _leaders(texts: list[PlacedText], named: NamedStories) -> pa.Table:
    stories = [named.ids[one.story.standing()] for one in texts]
    return pa.table(
        {
            "leader_id": pa.array([one.article_id for one in texts], pa.int64()),
            "story_id": pa.array(stories, pa.int64()),
            "is_part": pa.array([one.is_part for one in texts], pa.bool_()),
        }
    )


def apply_stories(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    """Write what was decided, inside the load's transaction, after the articles are written."""
    write_compared(con, batch_id)
    run_each(con, _WRITE, {"batch": batch_id})
    refresh_stories(con, batch_id)
    link_series(con, batch_id)


def write_compared(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    """Write signatures and pairs that were decided."""
    run_each(con, _WRITE_SIGNATURES, {})
    write_pairs(con, batch_id)
