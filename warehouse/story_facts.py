"""What a story says of its articles: how many, whose, since when, and which is the earliest."""

import duckdb

from warehouse.commit import run_each
from warehouse.matching import MIN_JACCARD
from warehouse.views import lend_view

_MEMBERS = """
create or replace temp table touched_members as
select story_id, article_id from story_articles
where story_id in (select story_id from touched_stories);
create or replace temp table touched_articles as
select * exclude (body) from articles
where article_id in (select article_id from touched_members)
"""
# The earliest known is the article that is known soonest to have been out: the end of its interval
# comes first. So none of the others is certainly older. An instant goes before the day it lies in,
# which claims nothing: their order is undecidable, and story_timeline says so. Equal ends are put
# in order by what can not have been later, then by what was seen first, then by id, so that it is
# the same whatever the order of loading.
_SUMS = """
create or replace temp table story_sums as
with members as (
    select s.story_id, i.*, row_number() over (partition by s.story_id
        order by i.dated_to nulls last, i.dated_from nulls first, i.first_seen_at, i.article_id)
        as place
    from touched_members s join article_intervals i using (article_id)
)
select t.story_id, min(m.first_seen_at) as first_seen_at,
       any_value(m.article_id) filter (m.place = 1) as earliest_article_id,
       any_value(m.dated_from) filter (m.place = 1) as earliest_from,
       any_value(m.dated_to) filter (m.place = 1) as earliest_to,
       count(m.article_id) as article_count, count(distinct m.source_id) as source_count,
       coalesce(list_sort(list_distinct(list(m.language))), []) as languages
from touched_stories t left join members m using (story_id)
group by t.story_id
"""
_STORIES = """
merge into stories s using story_sums n on s.story_id = n.story_id
when matched then update set
    first_seen_at = coalesce(n.first_seen_at, s.first_seen_at),
    earliest_article_id = n.earliest_article_id, earliest_from = n.earliest_from,
    earliest_to = n.earliest_to, article_count = n.article_count,
    source_count = n.source_count, languages = n.languages, batch_id = $batch
when not matched and n.article_count > 0 then insert
    (story_id, merged_into, first_seen_at, earliest_article_id, earliest_from, earliest_to,
     article_count, source_count, languages, batch_id)
    values (n.story_id, null, n.first_seen_at, n.earliest_article_id, n.earliest_from,
            n.earliest_to, n.article_count, n.source_count, n.languages, $batch)
"""
# A story's first was matched to nothing. Once it is no longer the earliest known (an older one
# came, or two stories proved to be one) it is linked to what was matched to it, or is most like it;
# so is what the earliest known is more like than its own match is.
_RELATIONS = """
update story_articles set batch_id = $batch, similarity = e.similarity,
        containment = e.containment, matched_to = e.article_id, matched_as =
        case e.matched_as when 'excerpt' then 'whole' when 'whole' then 'excerpt'
             else e.matched_as end
    from story_sums n join story_articles e on e.article_id = n.earliest_article_id
    where story_articles.article_id = e.matched_to and story_articles.story_id = e.story_id
    and story_articles.matched_to is distinct from e.article_id
    and (story_articles.matched_to is null or story_articles.similarity <= e.similarity);
update story_articles set batch_id = $batch, similarity = b.similarity,
        containment = b.containment, matched_to = b.other_id, matched_as = b.matched_as
    from (
        select s.article_id, p.other_id, p.similarity, p.containment,
               case when o.matched_to = s.article_id and o.matched_as = 'update' then 'update'
                    when p.similarity >= $alike then 'copy'
                    when a.word_count < b.word_count then 'excerpt' else 'whole' end as matched_as
        from story_sums n
        join story_articles s on s.story_id = n.story_id and s.article_id <> n.earliest_article_id
        join (select article_id, other_id, similarity, containment from article_matches
              union all select other_id, article_id, similarity, containment from article_matches
        ) p on p.article_id = s.article_id
        join story_articles o on o.article_id = p.other_id and o.story_id = s.story_id
        join articles a on a.article_id = s.article_id
        join articles b on b.article_id = p.other_id
        where s.matched_to is null
        qualify row_number() over (partition by s.article_id
            order by p.similarity desc, p.containment desc, p.other_id) = 1
    ) b where b.article_id = story_articles.article_id;
update story_articles set batch_id = $batch, relation = r.relation
    from (
        select s.article_id, case when s.article_id = n.earliest_article_id then 'earliest_known'
                                  when s.matched_as = 'whole' then 'copy'
                                  else coalesce(s.matched_as, 'copy') end as relation
        from story_sums n join story_articles s using (story_id)
    ) r
    where r.article_id = story_articles.article_id and r.relation <> story_articles.relation;
update articles set story_id = s.story_id from story_articles s
    where s.article_id = articles.article_id and articles.story_id is distinct from s.story_id
    and s.story_id in (select story_id from touched_stories)
"""


def refresh_stories(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    """Work out anew all that the stories in temp table `touched_stories` say of their articles."""
    run_each(con, _MEMBERS, {})
    lend_view(con, "article_intervals", over="touched_articles")
    con.execute(_SUMS)
    run_each(con, _STORIES, {"batch": batch_id})
    run_each(con, _RELATIONS, {"batch": batch_id, "alike": MIN_JACCARD})
