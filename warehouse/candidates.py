"""Which texts may be alike: those that share a band of their signatures, and how many of them.

Nothing but the signatures is kept. All of them are read for each batch, as an index of hashed
bands would have to be: such hashes come in no order, lie in every block, and took more room.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.fingerprint import (
    ALGORITHM,
    ALGORITHM_VERSION,
    BAND_VALUES,
    PERMUTATIONS,
    ROW,
    SEED,
    read_bands,
)
from warehouse.temp_tables import replace_table

Ids = npt.NDArray[np.int64]
Bands = npt.NDArray[np.uint32]

BAND_CAP = 50
"""Stored articles taken from one band, and new ones: boilerplate shared by thousands must not make
millions of pairs. A story of more copies is found by any of them. Of the batch the first seen are
taken, as each text joins one that was known before it."""
NEAR_CAP = 50
"""Texts known before it that a text is compared with, of the warehouse and of its batch: those with
which it shares most bands. A boilerplate that makes half of each text makes no more pairs."""
SIGNATURES_AT_ONCE = 16_384
MIN_SHINGLES = 10
"""Shorter texts (captions, notices) are alike by chance: they are matched by exact hash only."""

TODAY: dict[str, object] = {
    "algorithm": ALGORITHM,
    "version": str(ALGORITHM_VERSION),
    "seed": SEED,
}
"""What signs texts now: signatures of anything else are not compared."""

_ASKED = "select article_id, minhash from match_texts where is_leader and is_banded order by all"
_STORED = """
select article_id, minhash from signatures
where shingle_count >= $shingles
  and algorithm = $algorithm and algorithm_version = $version and seed = $seed
  and article_id not in (select article_id from match_texts)
  and article_id not in (from left_texts)
"""
_CANDIDATES = """
create or replace temp table match_candidates as
with asked as (
    select b.band, b.article_id, t.first_seen_at
    from asked_bands b join match_texts t using (article_id)
), held as (
    select band, article_id, null as first_seen_at, false as is_new from held_bands
    union all select *, true from asked
), capped as (
    select band, article_id, first_seen_at, is_new from held
    qualify row_number() over (
        partition by band, is_new order by first_seen_at, article_id) <= $cap
), near as (
    select asked.article_id as asked_id, capped.article_id as other, is_new
    from asked join capped using (band)
    where not is_new or (capped.first_seen_at, capped.article_id)
                      < (asked.first_seen_at, asked.article_id)
    group by 1, 2, 3
    qualify row_number() over (
        partition by asked_id, is_new order by count(*) desc, other) <= $near
)
select case when is_new and other < asked_id then other else asked_id end as article_id,
       case when is_new and other < asked_id then asked_id else other end as other_id
from near order by all
"""


def find_candidates(con: duckdb.DuckDBPyConnection) -> None:
    """Find the pairs of `match_texts`, and of them and the warehouse, that are worth comparing.

    Creates the temp table `match_candidates` (article_id in the batch, other_id in either).
    """
    texts = con.execute(_ASKED).to_arrow_table().combine_chunks()
    bands, ids = _bands(texts["minhash"].combine_chunks()), texts["article_id"].to_numpy()
    rows = [(number, values, ids) for number, values in enumerate(bands)]
    replace_table(con, "asked_bands", _band_table(rows))
    replace_table(con, "held_bands", _band_table(_find_sharers(con, bands) if len(ids) else ()))
    con.execute(_CANDIDATES, {"cap": BAND_CAP, "near": NEAR_CAP})


def _find_sharers(con: duckdb.DuckDBPyConnection, asked: Bands) -> Iterator[tuple[int, Bands, Ids]]:
    asking = con.execute(_STORED, {"shingles": MIN_SHINGLES} | TODAY)
    # The last 16 bits first: what they are looked up in fits a core's cache, all bands do not.
    ends = asked.astype(np.uint16)
    is_asked, is_end = np.zeros(BAND_VALUES, np.bool_), np.zeros(1 << 16, np.bool_)
    for batch in asking.to_arrow_reader(SIGNATURES_AT_ONCE):
        ids = batch.column("article_id").to_numpy()
        bands = _bands(batch.column("minhash"))
        for number, values in enumerate(bands):
            is_end[ends[number]] = is_asked[asked[number]] = True
            hits = np.flatnonzero(is_end.take(values.astype(np.uint16), mode="clip"))
            hits = _first_of_each(values, ids, hits[is_asked[values[hits]]])
            is_end[ends[number]] = is_asked[asked[number]] = False
            yield number, values[hits], ids[hits]


def _first_of_each(values: Bands, ids: Ids, hits: Ids) -> Ids:
    """Keep, of the hits of each value, the lowest ids: of boilerplate no more will be taken."""
    if len(hits) <= BAND_CAP:
        return hits
    hits = hits[np.lexsort((ids[hits], values[hits]))]
    places = np.arange(len(hits))
    begins = np.append(True, np.diff(values[hits]) != 0)
    return hits[places - np.maximum.accumulate(np.where(begins, places, 0)) < BAND_CAP]


def _bands(minhash: "pa.Array[Any]") -> Bands:
    blobs = minhash.cast(pa.binary(PERMUTATIONS)).buffers()[-1] or b""
    return read_bands(np.frombuffer(memoryview(blobs), dtype=ROW).reshape(-1, PERMUTATIONS))


def _band_table(rows: Iterable[tuple[int, Bands, Ids]]) -> pa.Table:
    found = list(rows)
    bands = [values + np.int64(number * BAND_VALUES) for number, values, _ in found]
    ids = [some for *_, some in found]
    return pa.table(
        {
            "band": pa.array(np.concatenate([np.empty(0, np.int64), *bands])),
            "article_id": pa.array(np.concatenate([np.empty(0, np.int64), *ids])),
        }
    )
