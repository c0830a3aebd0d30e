"""Near-duplicates into stories: a story is one text and its copies, not an event."""

import duckdb

from warehouse.joining import join_stories, merge_stories
from warehouse.matching import MIN_JACCARD, find_matches
from warehouse.series import part_series

DECISIONS: tuple[str, ...] = (
    "decided_story_articles",
    "decided_story_merges",
    "decided_series",
    "decided_signatures",
    "decided_bands",
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
update stories set merged_into = m.merged_into
    from decided_story_merges m where m.story_id in (stories.story_id, stories.merged_into);
insert into story_articles by name select *, $batch as batch_id from decided_story_articles;
"""
_TOUCHED = """
create or replace temp table touched_stories as
select story_id from story_articles
where article_id in (select article_id from articles where batch_id = $batch)
   or article_id in (select article_id from decided_signatures)
union select story_id from decided_story_merges
union select merged_into from decided_story_merges
"""
_SUMS = """
create or replace temp table story_sums as
with members as (
    select s.story_id, a.article_id, a.source_id, a.language, a.dated_at, a.first_seen_at
    from story_articles s join articles a using (article_id)
    where s.story_id in (select story_id from touched_stories)
)
select t.story_id, min(m.first_seen_at) as first_seen_at,
       first(m.article_id order by m.dated_at nulls last, m.first_seen_at, m.article_id)
           as earliest_article_id,
       count(m.article_id) as article_count, count(distinct m.source_id) as source_count,
       coalesce(list_sort(list_distinct(list(m.language))), []) as languages
from touched_stories t left join members m using (story_id)
group by t.story_id
"""
_STORIES = """
merge into stories s using story_sums n on s.story_id = n.story_id
when matched then update set
    first_seen_at = coalesce(n.first_seen_at, s.first_seen_at),
    earliest_article_id = n.earliest_article_id, article_count = n.article_count,
    source_count = n.source_count, languages = n.languages, batch_id = $batch
when not matched and n.article_count > 0 then insert
    (story_id, merged_into, first_seen_at, earliest_article_id, article_count, source_count,
     languages, batch_id)
    values (n.story_id, null, n.first_seen_at, n.earliest_article_id, n.article_count,
            n.source_count, n.languages, $batch);
update story_articles set batch_id = $batch, similarity = e.similarity,
        containment = e.containment, matched_to = e.article_id
    from story_sums n join story_articles e on e.article_id = n.earliest_article_id
    where story_articles.article_id = e.matched_to and story_articles.matched_to is null;
update story_articles set batch_id = $batch, relation = case
        when story_articles.article_id = n.earliest_article_id then 'earliest_known'
        when similarity < $alike then 'excerpt' else 'copy' end
    from story_sums n where n.story_id = story_articles.story_id
    and (story_articles.article_id = n.earliest_article_id) <> (relation = 'earliest_known');
update articles set story_id = s.story_id from story_articles s
    where s.article_id = articles.article_id and articles.story_id is distinct from s.story_id
    and s.story_id in (select story_id from touched_stories);
"""
_MERGE_IDS = """
create or replace temp table id_moves as
    select m.old_article_id, m.article_id, s.story_id as old_story_id,
           m.article_id in (select article_id from story_articles) as is_placed
    from decided_article_merges m left join story_articles s on s.article_id = m.old_article_id;
update story_articles set article_id = m.article_id, batch_id = $batch from id_moves m
    where story_articles.article_id = m.old_article_id and not m.is_placed;
delete from story_articles where article_id in (select old_article_id from id_moves);
update story_articles set batch_id = $batch,
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
        where article_id in (select article_id from id_moves);
"""
_EMPTIED = """
update stories set merged_into = s.story_id
    from id_moves m join story_articles s on s.article_id = m.article_id
    where stories.article_count = 0 and s.story_id <> m.old_story_id
    and m.old_story_id in (stories.story_id, stories.merged_into)
"""


def decide_stories(con: duckdb.DuckDBPyConnection) -> None:
    """Decide the stories of `new_texts`; nothing but the temp tables in DECISIONS is kept.

    The outcome depends on (first_seen_at, article_id), never on the order of rows.
    """
    find_matches(con)
    part_series(con)
    join_stories(con)
    merge_stories(con)
    con.execute(_SERIES)


def apply_stories(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    """Write what was decided, inside the load's transaction, after the articles are written."""
    _execute_each(con, _WRITE, {"batch": batch_id})
    con.execute(_TOUCHED, {"batch": batch_id})
    _refresh(con, batch_id)


def merge_article_ids(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    """Move story rows of `decided_article_merges` to the ids that won, after apply_stories.

    A story left empty folds into the winner's story, so that its id still resolves.
    """
    _execute_each(con, _MERGE_IDS, {"batch": batch_id})
    _refresh(con, batch_id)
    con.execute(_EMPTIED)


def _refresh(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    con.execute(_SUMS)
    _execute_each(con, _STORIES, {"batch": batch_id, "alike": MIN_JACCARD})


def _execute_each(
    con: duckdb.DuckDBPyConnection, script: str, values: dict[str, str | float]
) -> None:
    """Execute statements one by one, each with those of the values that it names."""
    for statement in filter(str.strip, script.split(";")):
        named = {name: value for name, value in values.items() if f"${name}" in statement}
        con.execute(statement, named or None)
