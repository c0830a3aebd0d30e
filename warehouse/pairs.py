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
    union all select text_hash, article_id, first_seen_at, true from asked
), oldest as (
    select text_hash, article_id from holders
    qualify row_number() over (
        partition by text_hash order by is_new, first_seen_at, article_id) <= $twins
), found as (
    select article_id, other_id, jaccard as similarity, containment from match_pairs
    union all
    select asked.article_id, oldest.article_id, 1.0, 1.0
    from asked join oldest using (text_hash) where asked.article_id <> oldest.article_id
)
select least(article_id, other_id) as article_id, greatest(article_id, other_id) as other_id,
       max(similarity)::double as similarity, max(containment)::double as containment
from found group by 1, 2 order by 1, 2
"""
_WRITE = """
delete from article_matches where article_id in (select article_id from decided_signatures);
delete from article_matches where other_id in (select article_id from decided_signatures);
insert into article_matches by name select *, $batch as batch_id from decided_matches
"""
# An article whose text this batch has read was compared anew; its old id's pairs are not its own.
_MOVE = """
create or replace temp table moved_matches as
with kept as (
    select old_article_id, article_id from id_moves
    where article_id not in (select article_id from decided_signatures)
), moved as (
    select coalesce(one.article_id, p.article_id) as one_id,
           coalesce(two.article_id, p.other_id) as two_id, p.similarity, p.containment
    from article_matches p
    left join kept one on one.old_article_id = p.article_id
    left join kept two on two.old_article_id = p.other_id
    where one.article_id is not null or two.article_id is not null
)
select least(one_id, two_id) as article_id, greatest(one_id, two_id) as other_id, similarity,
       containment
from moved
where one_id <> two_id and one_id not in (select old_article_id from id_moves)
  and two_id not in (select old_article_id from id_moves)
qualify row_number() over (partition by least(one_id, two_id), greatest(one_id, two_id)
    order by similarity desc, containment desc) = 1;
delete from article_matches where article_id in (select old_article_id from id_moves);
delete from article_matches where other_id in (select old_article_id from id_moves);
insert into article_matches by name
select m.*, $batch as batch_id from moved_matches m
anti join article_matches p using (article_id, other_id)
"""


def decide_pairs(con: duckdb.DuckDBPyConnection) -> None:
    """Create the temp table `decided_matches` of `match_pairs` and of exact twins."""
    con.execute(_DECIDE, {"exact": MIN_SHINGLES_EXACT, "twins": TWINS_EACH})


def write_pairs(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    """Write what was decided, in place of all pairs of the texts that were read."""
    run_each(con, _WRITE, {"batch": batch_id})


def move_pairs(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    """Give pairs of the ids in `id_moves` to the ids that won; those that won keep their own."""
    run_each(con, _MOVE, {"batch": batch_id})
