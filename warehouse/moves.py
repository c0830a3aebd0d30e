"""Moves the story rows of article ids that proved to be another article's."""

import duckdb

from warehouse.commit import run_each
from warehouse.pairs import move_pairs
from warehouse.story_facts import refresh_stories

_MERGE_IDS = """
create or replace temp table id_moves as
    select m.old_article_id, m.article_id, s.story_id as old_story_id,
           m.article_id in (select article_id from story_articles) as is_placed
    from decided_article_merges m left join story_articles s on s.article_id = m.old_article_id;
update story_articles set article_id = m.article_id, batch_id = $batch from id_moves m
    where story_articles.article_id = m.old_article_id and not m.is_placed;
delete from story_articles where article_id in (select old_article_id from id_moves);
update story_articles set batch_id = $batch,
        matched_as = case when m.article_id <> story_articles.article_id then matched_as end,
        matched_to = case when m.article_id = story_articles.article_id then null
                          else m.article_id end
    from id_moves m where matched_to = m.old_article_id;
delete from signatures where article_id in (select old_article_id from id_moves);
delete from bands where article_id in (select old_article_id from id_moves);
delete from article_series where article_id in (select old_article_id from id_moves);
update article_series set like_article_id = m.article_id from id_moves m
    where like_article_id = m.old_article_id;
delete from article_series where article_id = like_article_id;
create or replace temp table touched_stories as
    select old_story_id as story_id from id_moves where old_story_id is not null
    union select story_id from story_articles
        where article_id in (select article_id from id_moves)
"""
_EMPTIED = """
create or replace temp table emptied_stories as
select m.old_story_id as story_id, s.story_id as merged_into
from id_moves m
join stories o on o.story_id = m.old_story_id and o.article_count = 0
join story_articles s on s.article_id = m.article_id
join stories w on w.story_id = s.story_id
where s.story_id <> m.old_story_id
qualify row_number() over (partition by m.old_story_id order by w.first_seen_at, w.story_id) = 1;
update stories set merged_into = e.merged_into, batch_id = $batch from emptied_stories e
    where stories.merged_into = e.story_id;
update stories set merged_into = e.merged_into, batch_id = $batch from emptied_stories e
    where stories.story_id = e.story_id
"""


def merge_article_ids(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    """Move story rows of `decided_article_merges` to the ids that won, after apply_stories.

    A story left empty folds into the oldest of its winners' stories, so that its id still resolves.
    """
    run_each(con, _MERGE_IDS, {"batch": batch_id})
    move_pairs(con, batch_id)
    refresh_stories(con, batch_id)
    run_each(con, _EMPTIED, {"batch": batch_id})
