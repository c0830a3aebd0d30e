"""Which texts may be alike: those that share a band of their signatures, and how many of them.

Nothing but the signatures is kept. All of them are read for each batch, as an index of hashed
bands would have to be: such hashes come in no order, lie in every block, and took more room.
"""

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.fingerprint import (
    ALGORITHM,
    ALGORITHM_VERSION,
    BAND_VALUES,
    BANDS,
    PERMUTATIONS,
    ROW,
    SEED,
    Signatures,
    read_bands,
)
from warehouse.temp_tables import replace_table

Ids = npt.NDArray[np.int64]

BAND_CAP = 50
"""Stored articles taken from one band, and new ones: boilerplate shared by thousands must not make
millions of pairs. A story of more copies is found by any of them. Of the batch the first seen are
taken, as each text joins one that was known before it."""
NEAR_CAP = 50
"""Texts known before it that a text is compared with, of the warehouse and of its batch: those with
which it shares most bands. A boilerplate that makes half of each text makes no more pairs."""
SIGNATURES_AT_ONCE = 16_384
"""Their bands fit a core's cache."""
MIN_SHINGLES = 10
"""Shorter texts (captions, notices) are alike by chance: they are matched by exact hash only."""

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
    ids, signatures = _as_arrays(con.execute(_ASKED).to_arrow_table())
    bands = read_bands(signatures)
    numbers = np.arange(BANDS)[:, None].repeat(len(ids), axis=1)
    replace_table(con, "asked_bands", _band_table(numbers, bands, np.tile(ids, (BANDS, 1))))
    replace_table(con, "held_bands", _find_sharers(con, bands))
    con.execute(_CANDIDATES, {"cap": BAND_CAP, "near": NEAR_CAP})


def _find_sharers(con: duckdb.DuckDBPyConnection, asked: npt.NDArray[np.uint32]) -> pa.Table:
    stored = con.execute(
        _STORED,
        {
            "shingles": MIN_SHINGLES,
            "algorithm": ALGORITHM,
            "version": str(ALGORITHM_VERSION),
            "seed": SEED,
        },
    ).to_arrow_reader(SIGNATURES_AT_ONCE)
    is_asked = np.zeros(BAND_VALUES, dtype=np.bool_)
    found = [_band_table([], [], [])]
    for batch in stored:
        ids, signatures = _as_arrays(pa.Table.from_batches([batch]))
        for number, values in enumerate(read_bands(signatures)):
            is_asked[asked[number]] = True
            hits = np.flatnonzero(is_asked[values])
            is_asked[asked[number]] = False
            found.append(_band_table(np.full(len(hits), number), values[hits], ids[hits]))
    return pa.concat_tables(found)


def _as_arrays(rows: pa.Table) -> tuple[Ids, Signatures]:
    joined = b"".join(rows["minhash"].to_numpy())
    signatures = np.frombuffer(joined, dtype=ROW).reshape(-1, PERMUTATIONS)
    return rows["article_id"].to_numpy(), signatures


def _band_table(number: npt.ArrayLike, value: npt.ArrayLike, article_id: npt.ArrayLike) -> pa.Table:
    band = np.asarray(number, dtype=np.int64) * BAND_VALUES + np.asarray(value, dtype=np.int64)
    return pa.table(
        {
            "band": pa.array(band.ravel()),
            "article_id": pa.array(np.asarray(article_id, dtype=np.int64).ravel()),
        }
    )
