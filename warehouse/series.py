"""Tells a story's copies from look-alikes: daily rates and weather share all but their numbers."""

import duckdb

MIN_NUMBERS = 6
"""Fewer numbers on either side prove nothing: a death toll changes within one story."""
MIN_SHARED_NUMBERS = 0.5
UPDATE_HOURS = 72
MAX_SAME_WORDS = 0.9
"""A form filled in anew keeps its words; a report written on does not."""
MIN_SHARED_NAMES = 0.5

_TEXTS = """
create or replace temp table pair_texts as
with pair_ids as (
    select article_id from match_pairs union select other_id from match_pairs
), texts as (
    select article_id, body, dated_at from match_texts
    union all select article_id, body, dated_at from articles
    where article_id not in (select article_id from match_texts)
)
select article_id, dated_at,
       translate(body, '۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩٫٬', '01234567890123456789.,') as body
from texts where article_id in (select article_id from pair_ids)
"""
_NUMBERS = """
create or replace temp table pair_numbers as
select distinct article_id, hash(replace(number, ',', '')) as number
from (
    select article_id, unnest(regexp_extract_all(body, '[0-9]+(?:[.,][0-9]+)*')) as number
    from pair_texts
)
"""
_DIFFER = """
create or replace temp table pairs_that_differ as
with counted as (
    select article_id, count(*) as n from pair_numbers group by article_id having n >= $numbers
), rich as (
    select p.article_id, p.other_id, least(a.n, b.n) as fewer
    from {pairs} p
    join counted a on a.article_id = p.article_id
    join counted b on b.article_id = p.other_id
), shared as (
    select r.article_id, r.other_id, count(*) as n
    from rich r
    join pair_numbers a on a.article_id = r.article_id
    join pair_numbers b on b.article_id = r.other_id and b.number = a.number
    group by all
)
select r.article_id, r.other_id, false as is_written_on
from rich r left join shared s using (article_id, other_id)
where coalesce(s.n, 0) < $shared * r.fewer
"""
_WRITTEN_ON = r"""
update pairs_that_differ d set is_written_on = true
from (
    with soon as (
        select p.article_id, p.other_id
        from pairs_that_differ p
        join pair_texts a on a.article_id = p.article_id
        join pair_texts b on b.article_id = p.other_id
        where abs(epoch(a.dated_at) - epoch(b.dated_at)) <= $hours * 3600
    ), tokens as (
        select article_id,
               list_distinct(regexp_extract_all(lower(body), '\p{L}[\p{L}\p{M}]{3,}'))
                   as words,
               list_distinct(regexp_extract_all(body, '\p{Lu}[\p{L}\p{M}]{2,}')) as names
        from pair_texts where article_id in (
            select article_id from soon union select other_id from soon)
    )
    select s.article_id, s.other_id
    from soon s
    join tokens a on a.article_id = s.article_id
    join tokens b on b.article_id = s.other_id
    where len(list_intersect(a.words, b.words)) < $same
          * (len(a.words) + len(b.words) - len(list_intersect(a.words, b.words)))
      and len(list_intersect(a.names, b.names)) >= $names * least(len(a.names), len(b.names))
) w
where w.article_id = d.article_id and w.other_id = d.other_id
"""


def part_series(con: duckdb.DuckDBPyConnection) -> None:
    """Part `match_pairs` into temp tables `match_stories` (with is_update) and `match_series`.

    A pair whose numbers differ is a series, unless it was written on within three days with the
    same names: then it is an update of its story.
    """
    con.execute(_TEXTS)
    con.execute(_NUMBERS)
    _judge(con, "match_pairs")
    con.execute(
        "create or replace temp table match_series as "
        "select p.* from match_pairs p join pairs_that_differ d using (article_id, other_id) "
        "where not d.is_written_on"
    )
    con.execute(
        "create or replace temp table match_stories as "
        "select p.*, d.article_id is not null as is_update "
        "from match_pairs p left join pairs_that_differ d using (article_id, other_id) "
        "where d.article_id is null or d.is_written_on"
    )


def drop_series(con: duckdb.DuckDBPyConnection, pairs: str) -> None:
    """Delete from a temp table of pairs, all of them in `match_pairs`' texts, those of a series."""
    _judge(con, pairs)
    con.execute(
        f"delete from {pairs} p using pairs_that_differ d where not d.is_written_on "  # noqa: S608 (our own table name)
        "and d.article_id = p.article_id and d.other_id = p.other_id"
    )


def _judge(con: duckdb.DuckDBPyConnection, pairs: str) -> None:
    con.execute(_DIFFER.format(pairs=pairs), {"numbers": MIN_NUMBERS, "shared": MIN_SHARED_NUMBERS})
    con.execute(
        _WRITTEN_ON,
        {"hours": UPDATE_HOURS, "same": MAX_SAME_WORDS, "names": MIN_SHARED_NAMES},
    )
