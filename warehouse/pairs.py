"""Pairs of articles whose texts are alike, kept in `article_matches` for analysts to measure by."""

import duckdb

from warehouse.commit import run_each
from warehouse.matching import MIN_SHINGLES_EXACT

TWINS_EACH = 20
"""Of an exact text, each holder is paired with the 20 oldest holders only: a notice that a thousand
articles carry makes 20,000 rows, not half a million. Equal text_hash tells of the others."""

_DECIDE = """
create or replace temp table decided_matches as
with asked as (
    select article_id, text_hash, first_seen_at from match_texts where shingle_count >= $exact
), holders as (
    select text_hash, article_id, first_seen_at, false as is_new from articles
    where text_hash in (select text_hash from asked)
      and article_id not in (select article_id from match_texts)
      and article_id not in (from left_texts)
    union all select text_hash, article_id, first_seen_at, true from asked
), oldest as (
    select text_hash, article_id from holders
    qualify row_number() over (
        partition by text_hash order by is_new, first_seen_at, article_id) <= $twins
), found as (
    select article_id, other_id, jaccard as similarity, containment,
           coalesce(is_form, false) as is_form, coalesce(is_written_on, false) as is_written_on
    from match_pairs left join pairs_that_differ using (article_id, other_id)
    union all
    select asked.article_id, oldest.article_id, 1.0, 1.0, false, false
    from asked join oldest using (text_hash) where asked.article_id <> oldest.article_id
    union all by name from inherited_matches
)
select least(article_id, other_id) as article_id, greatest(article_id, other_id) as other_id,
       max(similarity)::double as similarity, max(containment)::double as containment,
       bool_or(is_form) as is_form, bool_or(is_written_on) as is_written_on
from found group by 1, 2 order by 1, 2
"""
# Of articles with one text only one was compared with others. Where that one leaves, or gets
# another text, the oldest of those that stay is known to be like what it was like.
_INHERIT = """
create or replace temp table inherited_matches as
with parted as (
    from article_matches
    where article_id in (from left_texts) or other_id in (from left_texts)
), ends as (
    select article_id from parted union select other_id from parted
), heirs as (
    select l.article_id, min_by(h.article_id, (h.first_seen_at, h.article_id)) as heir_id
    from (select article_id, text_hash from articles where article_id in (from ends)) l
    join (select article_id, text_hash, first_seen_at from articles
          where article_id not in (from left_texts)) h using (text_hash)
    where l.article_id in (from left_texts) group by all
), handed_on as (
    select coalesce(one.heir_id, p.article_id) as article_id,
           coalesce(two.heir_id, p.other_id) as other_id, similarity, containment, is_form,
           is_written_on
    from parted p left join heirs one using (article_id)
    left join heirs two on two.article_id = p.other_id
)
select least(article_id, other_id) as article_id, greatest(article_id, other_id) as other_id,
       similarity, containment, is_form, is_written_on
from handed_on
where article_id <> other_id and article_id not in (from left_texts)
  and other_id not in (from left_texts)
"""
_WRITE = """
delete from article_matches where article_id in (select article_id from decided_signatures);
delete from article_matches where other_id in (select article_id from decided_signatures);
delete from article_matches where article_id in (select old_article_id from decided_article_merges);
delete from article_matches where other_id in (select old_article_id from decided_article_merges);
insert into article_matches by name
select *, $batch as batch_id from decided_matches
anti join article_matches using (article_id, other_id)
"""


def decide_pairs(con: duckdb.DuckDBPyConnection) -> None:
    """Create the temp table `decided_matches` of `match_pairs`, exact twins, and `left_texts`.

    What the last were like goes to an article that still has the text.
    """
    con.execute(_INHERIT)
    con.execute(_DECIDE, {"exact": MIN_SHINGLES_EXACT, "twins": TWINS_EACH})


def write_pairs(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    """Write what was decided, in place of all pairs of texts that were read or left."""
    run_each(con, _WRITE, {"batch": batch_id})
