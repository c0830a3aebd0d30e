"""Tells a story's copies from look-alikes: daily rates and weather share all but their numbers."""

import duckdb

MIN_NUMBERS = 6
"""Fewer numbers on either side prove nothing: a death toll changes within one story."""
MIN_SHARED_NUMBERS = 0.5
UPDATE_HOURS = 72
MAX_SAME_WORDS = 0.9
"""A form filled in anew keeps its words; a report written on does not."""
MIN_SHARED_NAMES = 0.5

_TOKENS = r"""
create or replace temp table match_tokens as
with pair_ids as (
    select article_id from match_pairs union select other_id from match_pairs
), texts as (
    select article_id, body, dated_at from match_texts
    union all select article_id, body, dated_at from articles
    where article_id not in (select article_id from match_texts)
), folded as (
    select article_id, dated_at, body,
           translate(body, '۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩٫٬', '01234567890123456789.,') as plain
    from texts where article_id in (select article_id from pair_ids)
)
select article_id, dated_at,
       list_distinct(list_transform(
           regexp_extract_all(plain, '[0-9]+(?:[.,][0-9]+)*'), lambda n: replace(n, ',', '')
       )) as numbers,
       list_distinct(regexp_extract_all(lower(plain), '\p{L}[\p{L}\p{M}]{3,}')) as words,
       list_distinct(regexp_extract_all(plain, '\p{Lu}[\p{L}\p{M}]{2,}')) as names
from folded
"""
_OF_PAIR = """
select p.article_id, p.other_id, p.jaccard, p.containment,
       least(len(a.numbers), len(b.numbers)) >= $numbers
       and len(list_intersect(a.numbers, b.numbers))
           < $shared * least(len(a.numbers), len(b.numbers)) as numbers_differ,
       coalesce(abs(epoch(a.dated_at) - epoch(b.dated_at)) <= $hours * 3600, false)
       and len(list_intersect(a.words, b.words)) < $same
           * (len(a.words) + len(b.words) - len(list_intersect(a.words, b.words)))
       and len(list_intersect(a.names, b.names))
           >= $names * least(len(a.names), len(b.names)) as is_written_on
from {pairs} p
join match_tokens a on a.article_id = p.article_id
join match_tokens b on b.article_id = p.other_id
"""
_LIMITS = {
    "numbers": MIN_NUMBERS,
    "shared": MIN_SHARED_NUMBERS,
    "hours": UPDATE_HOURS,
    "same": MAX_SAME_WORDS,
    "names": MIN_SHARED_NAMES,
}


def part_series(con: duckdb.DuckDBPyConnection) -> None:
    """Part `match_pairs` into temp tables `match_stories` (with relation) and `match_series`.

    A pair whose numbers differ is a series, unless it was written on within three days with the
    same names: then it is an update of its story.
    """
    con.execute(_TOKENS)
    con.execute(
        f"create or replace temp table match_verdicts as {_OF_PAIR.format(pairs='match_pairs')}",
        _LIMITS,
    )
    con.execute(
        "create or replace temp table match_series as "
        "select article_id, other_id, jaccard, containment from match_verdicts "
        "where numbers_differ and not is_written_on"
    )
    con.execute(
        "create or replace temp table match_stories as "
        "select article_id, other_id, jaccard, containment, numbers_differ as is_update "
        "from match_verdicts where not numbers_differ or is_written_on"
    )


def drop_series(con: duckdb.DuckDBPyConnection, pairs: str) -> None:
    """Delete from a temp table of pairs those that would be a series."""
    con.execute(
        f"delete from {pairs} where (article_id, other_id) in (select (article_id, other_id) from "  # noqa: S608 (our own table name)
        f"({_OF_PAIR.format(pairs=pairs)}) where numbers_differ and not is_written_on)",
        _LIMITS,
    )
