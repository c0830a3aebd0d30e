"""Tells a story's copies from look-alikes: daily rates and weather share all but their numbers.

Compared are the numbers in the same place (transforms/number_places.py): what a form always says
(24 carat, KSE 100) is no sign of a copy, nor what one text leaves out one of a look-alike.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

import duckdb
import pyarrow as pa

from transforms.normalise import normalise_text
from transforms.number_places import compare_numbers, place_numbers
from warehouse.matching import replace_table
from warehouse.stretches import find_stretches
from warehouse.telling import is_form, is_written_on
from warehouse.vocabulary import read_vocabulary

UPDATE_WITHIN = timedelta(hours=72)
PAIRS_AT_ONCE = 2_000

_PAIR_IDS = "select article_id from match_pairs union select other_id from match_pairs"
_TEXTS = """
create or replace temp table pair_texts as
with texts as (
    select article_id, body, dated_at from new_texts
    union all select article_id, body, dated_at from articles
    where article_id not in (select article_id from match_texts) and ({stretches})
)
select article_id, dated_at, coalesce(body, '') as body
from texts where article_id in ({pair_ids})
"""
_PAIRS = """
select p.article_id, p.other_id, a.dated_at, b.dated_at
from {pairs} p
join pair_texts a on a.article_id = p.article_id
join pair_texts b on b.article_id = p.other_id
order by p.other_id, p.article_id
"""
_BODIES = "select article_id, body from pair_texts where article_id in (select unnest($ids))"


class Pair(NamedTuple):
    """Two articles whose texts are alike, and when they are dated."""

    article_id: int
    other_id: int
    dated_at: datetime | None
    other_dated_at: datetime | None

    @property
    def is_soon(self) -> bool:
        """Whether they are dated so closely that one may be an update of the other."""
        if self.dated_at is None or self.other_dated_at is None:
            return False
        return abs(self.dated_at - self.other_dated_at) <= UPDATE_WITHIN


def part_series(con: duckdb.DuckDBPyConnection) -> None:
    """Part `match_pairs` into temp tables `match_stories` (with is_update) and `match_series`."""
    stretches = find_stretches(con, "articles", _PAIR_IDS)
    con.execute(_TEXTS.format(pair_ids=_PAIR_IDS, stretches=stretches))
    _judge(con, "match_pairs")
    con.execute(
        "create or replace temp table match_series as "
        "select p.* from match_pairs p join pairs_that_differ d using (article_id, other_id) "
        "where not d.is_update"
    )
    con.execute(
        "create or replace temp table match_stories as "
        "select p.*, d.article_id is not null as is_update "
        "from match_pairs p left join pairs_that_differ d using (article_id, other_id) "
        "where d.article_id is null or d.is_update"
    )


def drop_series(con: duckdb.DuckDBPyConnection, pairs: str) -> None:
    """Delete from a temp table of pairs, all of them in `match_pairs`' texts, those of a series."""
    _judge(con, pairs)
    con.execute(
        f"delete from {pairs} p using pairs_that_differ d where not d.is_update "  # noqa: S608 (our own table name)
        "and d.article_id = p.article_id and d.other_id = p.other_id"
    )


def _judge(con: duckdb.DuckDBPyConnection, pairs: str) -> None:
    """Create the temp table `pairs_that_differ`, with is_update, of a temp table of pairs."""
    rows = [Pair(*row) for row in con.execute(_PAIRS.format(pairs=pairs)).fetchall()]
    differ: list[tuple[Pair, bool]] = []
    for start in range(0, len(rows), PAIRS_AT_ONCE):
        differ += _differing(con, rows[start : start + PAIRS_AT_ONCE])
    replace_table(
        con,
        "pairs_that_differ",
        pa.table(
            {
                "article_id": pa.array([pair.article_id for pair, _ in differ], pa.int64()),
                "other_id": pa.array([pair.other_id for pair, _ in differ], pa.int64()),
                "is_update": pa.array([is_update for _, is_update in differ], pa.bool_()),
            }
        ),
    )


def _differing(
    con: duckdb.DuckDBPyConnection, pairs: Sequence[Pair]
) -> Iterator[tuple[Pair, bool]]:
    ids = list({id_ for pair in pairs for id_ in pair[:2]})
    bodies = dict(con.execute(_BODIES, {"ids": ids}).fetchall())
    numbers = {id_: place_numbers(normalise_text(body)) for id_, body in bodies.items()}
    vocabulary = cache(lambda id_: read_vocabulary(bodies[id_]))
    for pair in pairs:
        left, right = numbers[pair.article_id], numbers[pair.other_id]
        compared = compare_numbers(left, right) if left != right else None
        if compared is None or not compared.differ:
            continue
        if pair.is_soon and compared.counts_differ:
            said = vocabulary(pair.article_id), vocabulary(pair.other_id)
            if is_written_on(compared, *said):
                yield pair, True
                continue
        if is_form(compared):
            yield pair, False
