"""What a story says of its articles: whose, since when, the earliest, and what the others are."""

import duckdb

from warehouse.commit import run_each
from warehouse.matching import MIN_JACCARD
from warehouse.series import UPDATE_WITHIN
from warehouse.views import lend_view

# Of the columns only those that article_intervals asks for, and two: all rows are read for a few.
_MEMBERS = """
create or replace temp table touched_members as
select story_id, article_id from story_articles
where story_id in (select story_id from touched_stories);
create or replace temp table touched_articles as
select article_id, source_id, language, found_by, first_seen_at, date_basis, published_at,
       published_on, published_precision, modified_at, modified_on, modified_precision, dated_at,
       text_hash
from articles where article_id in (select article_id from touched_members)
"""
# The earliest known is the article that is known soonest to have been out: the end of its interval
# comes first. So none of the others is certainly older. An instant goes before the day it lies in,
# which claims nothing: their order is undecidable, and story_timeline says so. Equal ends are put
# in order by what can not have been later, then by what was seen first, then by id, so that it is
# the same whatever the order of loading.
_PLACES = """
create or replace temp table touched_places as
with places as (
    select s.story_id, i.*, a.text_hash, a.dated_at, t.shingle_count,
           row_number() over (partition by s.story_id
               order by i.dated_to nulls last, i.dated_from nulls first, i.first_seen_at,
                        i.article_id)
           as place
    from touched_members s join article_intervals i using (article_id)
    join touched_articles a using (article_id)
    left join (select article_id, shingle_count from signatures
               where article_id in (select article_id from touched_members)) t using (article_id)
)
select *, first_value(article_id) over (partition by story_id, text_hash order by place) as text_id
from places
"""
_SUMS = """
create or replace temp table story_sums as
select t.story_id, min(m.first_seen_at) as first_seen_at,
       any_value(m.article_id) filter (m.place = 1) as earliest_article_id,
       any_value(m.dated_from) filter (m.place = 1) as earliest_from,
       any_value(m.dated_to) filter (m.place = 1) as earliest_to,
       count(m.article_id) as article_count, count(distinct m.source_id) as source_count,
       coalesce(list_sort(list_distinct(list(m.language))), []) as languages
from touched_stories t left join touched_places m using (story_id)
group by t.story_id
"""
# Rows go and come again: of an UPDATE the next checkpoint writes each column of 122,880 rows anew.
_STORIES = """
create or replace temp table next_stories as
with told as (
    select story_id, merged_into, first_seen_at from stories
    where story_id in (select story_id from story_sums)
)
select n.* replace (coalesce(n.first_seen_at, s.first_seen_at) as first_seen_at), s.merged_into,
       $batch as batch_id
from story_sums n left join told s using (story_id)
where s.story_id is not null or n.article_count > 0;
delete from stories where story_id in (select story_id from next_stories);
insert into stories by name from next_stories order by story_id
"""
# Each article but the earliest known is told by what it is most like of those known to have been
# out before it, or else of all. Articles of one text share what the text is like. No two tables
# of all articles meet by their stories alone: a story of thousands would make millions of rows.
_LINKS = """
create or replace temp table touched_links as
with ends as materialized (
    select one.story_id, one.text_id, p.other_id, p.similarity, p.containment, p.is_written_on
    from article_matches p join touched_places one using (article_id)
), found as (
    select one.text_id as one_id, two.text_id as two_id, max(one.similarity) as similarity,
           max(one.containment) as containment, bool_or(one.is_written_on) as is_written_on
    from ends one
    join touched_places two on two.article_id = one.other_id and two.story_id = one.story_id
    where one.text_id <> two.text_id group by all
), pairs as (
    select one_id, two_id, similarity, containment, is_written_on from found
    union all
    select two_id, one_id, similarity, containment, is_written_on from found
    union all
    select text_id, text_id, 1.0, 1.0, false from touched_places
    group by text_id having count(*) > 1
)
select m.article_id, t.article_id as matched_to, p.similarity, p.containment,
       case when m.text_id = t.text_id then 'exact' else 'minhash' end as method,
       case when p.is_written_on and abs(epoch(m.dated_at) - epoch(t.dated_at)) <= $within
            then 'update'
            when p.similarity >= $alike then 'copy'
            when m.shingle_count < t.shingle_count then 'excerpt' else 'whole' end as matched_as
from touched_places m join pairs p on p.one_id = m.text_id
join touched_places t on t.article_id = p.two_id
where m.place > 1 and (p.one_id <> p.two_id or m.article_id <> m.text_id)
qualify row_number() over (partition by m.article_id order by t.place < m.place desc,
    p.similarity desc, p.containment desc, p.one_id = p.two_id desc, t.place) = 1
"""
_RELATIONS = """
create or replace temp table related_anew as
with related as (
    select m.article_id, l.matched_to, l.matched_as, l.similarity, l.containment,
           case when m.place = 1 then 'first' else coalesce(l.method, 'minhash') end as method,
           case when m.place = 1 then 'earliest_known' when l.matched_as = 'whole' then 'copy'
                else coalesce(l.matched_as, 'copy') end as relation
    from touched_places m left join touched_links l using (article_id)
)
select s.* replace ($batch as batch_id, r.relation as relation, r.matched_to as matched_to,
                    r.matched_as as matched_as, r.similarity as similarity,
                    r.containment as containment, r.method as method)
from story_articles s join related r using (article_id)
where (r.relation, r.matched_to, r.matched_as, r.similarity, r.containment, r.method)
      is distinct from (s.relation, s.matched_to, s.matched_as, s.similarity, s.containment,
                        s.method);
delete from story_articles where article_id in (select article_id from related_anew);
insert into story_articles by name from related_anew order by article_id;
update articles set story_id = s.story_id from story_articles s
    where s.article_id = articles.article_id and articles.story_id is distinct from s.story_id
    and s.story_id in (select story_id from touched_stories)
"""
# Days lie elsewhere in time on another clock, and with them the earliest of a story.
_REZONED = """
create or replace temp table touched_stories as
select distinct story_id from story_articles where article_id in (
    select article_id from articles where source_id in (from rezoned))
"""


def redate_stories(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    """Work out anew the stories of outlets in `rezoned`, whose clock goes by another zone now."""
    if con.execute("select 1 from rezoned limit 1").fetchall():
        con.execute(_REZONED)
        refresh_stories(con, batch_id)


def refresh_stories(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    """Work out anew all that the stories in temp table `touched_stories` say of their articles."""
    run_each(con, _MEMBERS, {})
    lend_view(con, "article_intervals", over="touched_articles")
    con.execute(_PLACES)
    con.execute(_SUMS)
    run_each(con, _STORIES, {"batch": batch_id})
    con.execute(_LINKS, {"alike": MIN_JACCARD, "within": UPDATE_WITHIN.total_seconds()})
    run_each(con, _RELATIONS, {"batch": batch_id})
