"""Which stored texts are placed in stories anew: all whose story may be another one now.

A text's story depends on the texts known before it (first_seen_at, then id), and on no other. So
a batch that is newer than all that is stored moves nothing. What arrives late, changes its text,
or leaves, takes along whatever is linked with it, directly or by others, and the stories of these.
"""

import duckdb
import pyarrow as pa

from warehouse.reach import reach
from warehouse.temp_tables import replace_table

STEPS_EACH = 8
"""Steps taken one by one, each of which looks through all links. A page that is written on for
weeks is a chain of thousands: then all links are read once."""

_LEFT = """
create or replace temp table left_texts as
select article_id from new_texts where article_id in (select article_id from story_articles)
union select old_article_id from decided_article_merges
"""
_FIRST = """
create or replace temp table placed_anew as
with parted as (
    select article_id, other_id from article_matches
    where (article_id in (from left_texts) or other_id in (from left_texts))
      and (is_written_on or not is_form)
), found as (
    select article_id from parted
    union select other_id from parted
    union select article_id from story_articles where story_id in (
        select story_id from story_articles where article_id in (from left_texts))
    union select article_id from aged_articles
    union select article_id from decided_article_merges where article_id is not null
    union select article_id from new_texts
    where first_seen_at <= (select max(first_seen_at) from articles)
)
from found where article_id not in (select old_article_id from decided_article_merges)
"""
# Look-alikes that no date makes an update are links of no story.
_LINKS = """
create or replace temp view story_links as
with pairs as (
    from article_matches
    where article_id not in (from left_texts) and other_id not in (from left_texts)
    union all by name from decided_matches
)
select article_id, other_id, similarity, containment, is_form, is_written_on
from pairs where is_written_on or not is_form
union all
select other_id, article_id, similarity, containment, is_form, is_written_on
from pairs where is_written_on or not is_form
"""
_NEXT = """
create or replace temp table placed_next as
select other_id as article_id from story_links where article_id in (from placed_last)
union
select article_id from story_articles where story_id in (
    select story_id from story_articles where article_id in (from placed_last))
except from placed_anew
except select old_article_id from decided_article_merges
"""
# A story holds its articles together; ids are not negative, so that ~id is no article's.
_ALL_LINKS = """
select article_id as one, other_id as other from story_links
union all
select unnest([article_id, ~story_id]) as one, unnest([~story_id, article_id]) as other
from story_articles
"""
_ADD_REACHED = """
insert into placed_anew
from reached where article_id not in (from placed_anew)
  and article_id not in (select old_article_id from decided_article_merges)
"""


def find_left_texts(con: duckdb.DuckDBPyConnection) -> None:
    """Create the temp table `left_texts`: articles that no longer have the text they are stored by.

    Of temp tables it reads `new_texts` and `decided_article_merges`.
    """
    con.execute(_LEFT)


def find_unsettled(con: duckdb.DuckDBPyConnection) -> None:
    """Create the temp table `placed_anew` of whole stories, and the temp view `story_links`.

    Of temp tables it reads `new_texts`, `aged_articles` (stored ones whose instants change),
    `decided_article_merges`, `left_texts` and `decided_matches`.
    """
    con.execute(_FIRST)
    spread_unsettled(con)


def spread_unsettled(con: duckdb.DuckDBPyConnection) -> None:
    """Add to `placed_anew` all that is linked with it."""
    con.execute(_LINKS)
    con.execute("create or replace temp table placed_last as from placed_anew")
    for _ in range(STEPS_EACH):
        con.execute(_NEXT)
        con.execute("insert into placed_anew from placed_next")
        con.execute("create or replace temp table placed_last as from placed_next")
        if not con.execute("select 1 from placed_last limit 1").fetchall():
            return
    _spread_far(con)


def _spread_far(con: duckdb.DuckDBPyConnection) -> None:
    links = con.execute(_ALL_LINKS).fetchnumpy()
    begun = con.execute("from placed_last").fetchnumpy()["article_id"]
    found = reach(links["one"], links["other"], begun)
    replace_table(con, "reached", pa.table({"article_id": pa.array(found[found >= 0])}))
    con.execute(_ADD_REACHED)
