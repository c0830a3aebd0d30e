"""The texts to place in stories, each with those known before it that it may join.

Articles of one text are one here, led by the first that was known.
"""

import duckdb

from warehouse.matching import MIN_JACCARD, MIN_SHINGLES_EXACT
from warehouse.series import UPDATE_WITHIN

LINKS_EACH = 20
"""Best links of a text that are looked at: what is beyond is like copies of the same."""

_TEXTS = """
create or replace temp table story_texts as
with texts as (
    select article_id, text_hash, shingle_count, first_seen_at, dated_at from new_texts
    union all
    select a.article_id, a.text_hash, coalesce(s.shingle_count, 0),
           coalesce(g.first_seen_at, a.first_seen_at),
           case when g.article_id is null then a.dated_at else g.dated_at end
    from (select article_id, text_hash, first_seen_at, dated_at from articles
          where article_id in (from placed_anew)
            and article_id not in (select article_id from new_texts)) a
    left join (select article_id, shingle_count from signatures
               where article_id in (from placed_anew)) s using (article_id)
    left join aged_articles g using (article_id)
)
select *, case when shingle_count < $exact then article_id
               else first_value(article_id) over (partition by text_hash, shingle_count >= $exact
                                                  order by first_seen_at, article_id) end
          as leader_id, null::bigint as fixed_story_id
from texts
"""
_ENDS = """
create or replace temp table story_ends as
from story_links where article_id in (select article_id from story_texts)
"""
# What stays in its story: the texts that those to place are linked with, or are themselves.
_FIXED = """
create or replace temp table fixed_texts as
with asked as (
    select text_hash from articles where article_id in (select other_id from story_ends)
    union select text_hash from story_texts where shingle_count >= $exact
), holders as (
    select article_id, text_hash, first_seen_at, dated_at from articles
    where text_hash in (from asked) and article_id not in (select article_id from story_texts)
      and article_id not in (from left_texts)
), led as (
    select *, first_value(article_id) over (
        partition by text_hash order by first_seen_at, article_id) as leader_id
    from holders
)
select led.*, s.shingle_count, t.story_id
from led
join (select article_id, shingle_count from signatures
      where article_id in (select leader_id from led)) s on s.article_id = led.leader_id
join (select article_id, story_id from story_articles
      where article_id in (select leader_id from led)) t on t.article_id = led.leader_id
where s.shingle_count >= $exact
"""
_FOLLOW = """
update story_texts set leader_id = f.leader_id, fixed_story_id = f.story_id from fixed_texts f
where f.article_id = f.leader_id and f.text_hash = story_texts.text_hash
  and story_texts.shingle_count >= $exact
"""
_CANDIDATES = """
create or replace temp table story_candidates as
with leaders as (
    from story_texts where article_id = leader_id
), known as (
    select article_id, leader_id, text_hash, shingle_count, first_seen_at, dated_at,
           null as story_id from story_texts
    union all by name from fixed_texts
), edges as (
    select one.leader_id as article_id, two.leader_id as parent_id,
           max(similarity) as jaccard, max(containment) as containment,
           bool_or(is_form) as is_form, bool_or(is_written_on) as is_written_on
    from story_ends e join story_texts one on one.article_id = e.article_id
    join known two on two.article_id = e.other_id
    where one.leader_id <> two.leader_id group by all
), judged as (
    select e.article_id, e.parent_id, p.story_id, e.jaccard, e.containment, e.is_form,
           t.shingle_count < p.shingle_count as is_shorter,
           coalesce(e.is_written_on and abs(epoch(t.dated_at) - epoch(p.dated_at)) <= $within,
                    false) as is_update,
           row_number() over (partition by e.article_id order by e.jaccard desc,
                              e.containment desc, p.first_seen_at, p.article_id) as rank
    from edges e join leaders t using (article_id) join known p on p.article_id = e.parent_id
    where (p.story_id is not null
        or (p.first_seen_at, p.article_id) < (t.first_seen_at, t.article_id))
      and (not e.is_form or e.is_written_on
           and abs(epoch(t.dated_at) - epoch(p.dated_at)) <= $within)
)
select l.article_id, epoch_us(l.first_seen_at) as seen_us, j.parent_id, j.story_id,
       case when j.is_update then 'update' when j.jaccard >= $alike then 'copy'
            when j.is_shorter then 'excerpt' else 'whole' end as matched_as,
       j.jaccard, j.containment, j.rank
from leaders l left join judged j on j.article_id = l.article_id and j.rank <= $links
"""


def gather_story_texts(con: duckdb.DuckDBPyConnection) -> None:
    """Create the temp tables `story_texts`, `fixed_texts` and `story_candidates`.

    To place are `new_texts` and `placed_anew`; what is linked with these by `story_links` and not
    among them is older than they are, and stays where it is.
    """
    exact = {"exact": MIN_SHINGLES_EXACT}
    con.execute(_TEXTS, exact)
    con.execute(_ENDS)
    con.execute(_FIXED, exact)
    con.execute(_FOLLOW, exact)
    chosen = {"alike": MIN_JACCARD, "within": UPDATE_WITHIN.total_seconds(), "links": LINKS_EACH}
    con.execute(_CANDIDATES, chosen)
