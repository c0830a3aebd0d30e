"""Tells a story's copies from look-alikes: daily rates and weather share all but their numbers.

Compared are the numbers in the same place (transforms/number_places.py): what a form always says
(24 carat, KSE 100) is no sign of a copy, nor what one text leaves out one of a look-alike.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import cache

import duckdb
import pyarrow as pa

from transforms.normalise import normalise_text
from transforms.number_places import compare_numbers, place_numbers
from warehouse.commit import run_each
from warehouse.stretches import find_stretches
from warehouse.telling import is_form, is_written_on
from warehouse.temp_tables import replace_table
from warehouse.vocabulary import read_vocabulary

UPDATE_WITHIN = timedelta(hours=72)
PAIRS_AT_ONCE = 2_000

_PAIR_IDS = "select article_id from match_pairs union select other_id from match_pairs"
_TEXTS = """
create or replace temp table pair_texts as
with texts as (
    select article_id, body from new_texts
    union all select article_id, body from articles
    where article_id not in (select article_id from new_texts) and ({stretches})
)
select article_id, coalesce(body, '') as body from texts where article_id in ({ids})
"""
_PAIRS = "select article_id, other_id from match_pairs order by other_id, article_id"
_BODIES = "select article_id, body from pair_texts where article_id in (select unnest($ids))"
_DATES = """
select dated_at from (select article_id, dated_at from story_texts
                      union all select article_id, dated_at from fixed_texts)
where article_id in ($one, $other)
"""
# Only one of the articles with one text was compared with a look-alike: the others are as like it.
_LINK = """
create or replace temp table linked_anew as
with members as (
    select article_id from story_articles where story_id in (from touched_stories)
), alike as (
    select other_id as article_id from article_matches
    where is_form and article_id in (from members)
    union select article_id from article_matches where is_form and other_id in (from members)
)
from members
union select article_id from articles where text_hash in (
    select text_hash from articles where article_id in (from alike))
union select article_id from article_series where like_article_id in (from members)
   or like_article_id not in (
       select article_id from articles
       where article_id in (select like_article_id from article_series));
delete from article_series where article_id in (from linked_anew);
delete from article_series where article_id not in (
    select article_id from articles where article_id in (select article_id from article_series));
insert into article_series by name
with asked as (
    select article_id, text_hash, first_seen_at, dated_at, story_id from articles
    where article_id in (from linked_anew)
), holders as (
    select article_id, text_hash from articles where text_hash in (select text_hash from asked)
), pairs as (
    select article_id, other_id, similarity, is_written_on from article_matches where is_form
    union all
    select other_id, article_id, similarity, is_written_on from article_matches where is_form
), alike as (
    select h.text_hash, b.text_hash as like_hash, max(p.similarity) as similarity,
           bool_or(p.is_written_on) as is_written_on
    from pairs p join holders h using (article_id)
    join (select article_id, text_hash from articles) b on b.article_id = p.other_id group by all
), firsts as (
    select article_id, text_hash, first_seen_at, dated_at, story_id from articles
    where text_hash in (select like_hash from alike)
    qualify row_number() over (
        partition by text_hash order by first_seen_at, article_id) = 1
)
select a.article_id, b.article_id as like_article_id, p.similarity, $batch as batch_id
from asked a join alike p using (text_hash) join firsts b on b.text_hash = p.like_hash
where a.story_id <> b.story_id
  and (b.first_seen_at, b.article_id) < (a.first_seen_at, a.article_id)
  and not coalesce(
      p.is_written_on and abs(epoch(a.dated_at) - epoch(b.dated_at)) <= $within, false)
qualify row_number() over (
    partition by a.article_id order by p.similarity desc, b.first_seen_at, b.article_id) = 1
"""


def judge_pairs(con: duckdb.DuckDBPyConnection) -> None:
    """Create the temp table `pairs_that_differ` of those `match_pairs` whose numbers do.

    is_form: a look-alike, a form filled in anew. is_written_on: the same event with other numbers,
    an update of it if both are dated within UPDATE_WITHIN, whatever else it looks like.
    """
    _lay_out(con, _PAIR_IDS)
    pairs = con.execute(_PAIRS).fetchall()
    found = [
        row
        for start in range(0, len(pairs), PAIRS_AT_ONCE)
        for row in _differing(con, pairs[start : start + PAIRS_AT_ONCE])
    ]
    names = ("article_id", "other_id", "is_form", "is_written_on")
    kinds = (pa.int64(), pa.int64(), pa.bool_(), pa.bool_())
    columns = zip(*found, strict=True) if found else ([], [], [], [])
    arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    replace_table(con, "pairs_that_differ", pa.table(arrays, names=list(names)))


def are_series(con: duckdb.DuckDBPyConnection, one: int, other: int) -> bool:
    """Say whether two texts of `story_texts` or `fixed_texts` are look-alikes, not one story."""
    _lay_out(con, f"{one:d}, {other:d}")
    said = list(_differing(con, [(one, other)]))
    if not said or not said[0][2]:
        return False
    dates = [date for (date,) in con.execute(_DATES, {"one": one, "other": other}).fetchall()]
    is_soon = None not in dates and abs(dates[0] - dates[-1]) <= UPDATE_WITHIN
    return not (said[0][3] and is_soon)


def link_series(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
    """Link each article of `touched_stories` with the look-alike it is most like, of those before.

    Reads `article_matches` as written by this batch.
    """
    run_each(con, _LINK, {"batch": batch_id, "within": UPDATE_WITHIN.total_seconds()})


def _lay_out(con: duckdb.DuckDBPyConnection, ids: str) -> None:
    stretches = find_stretches(con, "articles", ids)
    con.execute(_TEXTS.format(ids=ids, stretches=stretches))


def _differing(
    con: duckdb.DuckDBPyConnection, pairs: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int, bool, bool]]:
    ids = list({id_ for pair in pairs for id_ in pair})
    bodies = dict(con.execute(_BODIES, {"ids": ids}).fetchall())
    numbers = {id_: place_numbers(normalise_text(body)) for id_, body in bodies.items()}
    vocabulary = cache(lambda id_: read_vocabulary(bodies[id_]))
    for one, other in pairs:
        left, right = numbers[one], numbers[other]
        compared = compare_numbers(left, right) if left != right else None
        if compared is None or not compared.differ:
            continue
        forms = is_form(compared)
        tells_on = compared.counts_differ > 0 and is_written_on(
            compared, vocabulary(one), vocabulary(other)
        )
        if forms or tells_on:
            yield one, other, forms, tells_on
