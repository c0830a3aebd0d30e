"""Which texts are so alike that they may be one story: candidates by bands, then the verdict.

MinHash over word 3-shingles with 64 bands of 3 rows: Broder 1997, "On the resemblance and
containment of documents"; Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3.
"""

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.fingerprint import (
    ALGORITHM,
    ALGORITHM_VERSION,
    PERMUTATIONS,
    ROW,
    SEED,
    band_hashes,
)

Floats = npt.NDArray[np.float64]
Signatures = npt.NDArray[np.uint16]

MIN_JACCARD = 0.5
MIN_CONTAINMENT = 0.8
MIN_CONTAINED_JACCARD = 0.15
"""Below it the estimate rests on too few of the 192 rows to tell a part from a chance."""
MIN_SHINGLES = 10
"""Shorter texts (captions, notices) are alike by chance: they are matched by exact hash only."""
MIN_SHINGLES_EXACT = 5
BAND_CAP = 50
"""Stored articles taken from one band, and new ones: boilerplate shared by thousands must not make
millions of pairs. A story of more copies is found by any of them. Of the batch the first seen are
taken, as each text joins one that was known before it."""
NEAR_CAP = 50
"""Texts known before it that a text is compared with, of the warehouse and of its batch: those with
which it shares most bands. A boilerplate that makes half of each text makes no more pairs."""
PAIRS_AT_ONCE, TEXTS_AT_ONCE = 50_000, 10_000

_TEXTS = """
create or replace temp table match_texts as
select article_id, text_hash, shingle_count, minhash, first_seen_at,
       shingle_count >= $shingles as is_banded,
       row_number() over (partition by text_hash order by first_seen_at, article_id) = 1
           or shingle_count < $exact as is_leader
from new_texts
"""
# xor: else DuckDB first compares each of millions of hashes with the lowest and the highest asked,
# which takes a quarter of the time and leaves none out.
_CANDIDATES = """
create or replace temp table match_candidates as
with asked as (
    select b.band_hash, b.article_id, t.first_seen_at
    from decided_bands b join match_texts t using (article_id) where t.is_leader
), held as (
    select band_hash, article_id, null as first_seen_at, false as is_new from bands
    where xor(band_hash, 1) in (select xor(band_hash, 1) from asked)
      and article_id not in (select article_id from match_texts)
      and article_id not in (from left_texts)
    union all select *, true from asked
), capped as (
    select band_hash, article_id, first_seen_at, is_new from held
    qualify row_number() over (
        partition by band_hash, is_new order by first_seen_at, article_id) <= $cap
), near as (
    select asked.article_id as asked_id, capped.article_id as other, is_new
    from asked join capped using (band_hash)
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
_SIGNATURES = """
select article_id, shingle_count, minhash from match_texts
where article_id in (select article_id from match_candidates)
   or article_id in (select other_id from match_candidates)
union all
select article_id, shingle_count, minhash from signatures
where article_id in (select other_id from match_candidates)
  and article_id not in (select article_id from match_texts)
  and algorithm = $algorithm and algorithm_version = $version and seed = $seed
order by article_id
"""


def estimate_similarity(
    left: Signatures, right: Signatures, left_shingles: Floats, right_shingles: Floats
) -> tuple[Floats, Floats]:
    """Estimate Jaccard similarity and containment, row by row, of two lists of signatures.

    Containment is the share of the shorter text's shingles that the longer text has:
    |A∩B| = J·(|A|+|B|)/(1+J).
    """
    jaccard: Floats = np.mean(left == right, axis=1, dtype=np.float64)
    shared = jaccard * (left_shingles + right_shingles) / (1 + jaccard)
    shorter = np.maximum(np.minimum(left_shingles, right_shingles), 1)
    return jaccard, np.minimum(shared / shorter, 1.0)


def is_similar(jaccard: Floats, containment: Floats) -> npt.NDArray[np.bool_]:
    """Say which pairs are one text: alike as a whole, or one a part of the other."""
    part = (containment >= MIN_CONTAINMENT) & (jaccard >= MIN_CONTAINED_JACCARD)
    return np.asarray((jaccard >= MIN_JACCARD) | part)


def find_matches(con: duckdb.DuckDBPyConnection) -> None:
    """Compare `new_texts` with each other and with the warehouse but for its `left_texts`.

    Creates the temp tables `match_texts`, `match_pairs` (article_id in the batch, other_id in the
    batch or the warehouse, jaccard, containment), `decided_signatures` and `decided_bands`.
    """
    con.execute(_TEXTS, {"shingles": MIN_SHINGLES, "exact": MIN_SHINGLES_EXACT})
    _sign(con)
    con.execute(_CANDIDATES, {"cap": BAND_CAP, "near": NEAR_CAP})
    replace_table(con, "match_pairs", _verify(con))


def _sign(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "create or replace temp table decided_signatures as "
        "select article_id, $algorithm::varchar as algorithm, $version::varchar as "
        "algorithm_version, $seed::bigint as seed, shingle_count, minhash "
        "from match_texts order by article_id",
        {"algorithm": ALGORITHM, "version": str(ALGORITHM_VERSION), "seed": SEED},
    )
    texts = con.execute(
        "select article_id, minhash from match_texts where is_banded order by article_id"
    ).fetchall()
    con.execute("create or replace temp table decided_bands (band_hash integer, article_id bigint)")
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        bands = [(id_, band_hashes(made)) for id_, made in texts[start : start + TEXTS_AT_ONCE]]
        rows = pa.table(
            {
                "band_hash": pa.array([band for _, of_one in bands for band in of_one], pa.int32()),
                "article_id": pa.array([id_ for id_, of_one in bands for _ in of_one], pa.int64()),
            }
        )
        con.register("incoming", rows)
        con.execute("insert into decided_bands from incoming")
        con.unregister("incoming")


def _verify(con: duckdb.DuckDBPyConnection) -> pa.Table:
    signed = con.execute(
        _SIGNATURES,
        {"algorithm": ALGORITHM, "version": str(ALGORITHM_VERSION), "seed": SEED},
    ).fetchall()
    ids = np.array([row[0] for row in signed], dtype=np.int64)
    shingles = np.array([row[1] for row in signed], dtype=np.float64)
    minhash = np.frombuffer(b"".join(row[2] for row in signed), dtype=ROW).reshape(-1, PERMUTATIONS)
    pairs = con.execute("select article_id, other_id from match_candidates").fetchnumpy()
    is_signed = np.isin(pairs["article_id"], ids) & np.isin(pairs["other_id"], ids)
    left, right = (
        np.searchsorted(ids, pairs[name][is_signed]) for name in ("article_id", "other_id")
    )
    kept: list[pa.Table] = [_pairs([], [], [], [])]
    for start in range(0, len(left), PAIRS_AT_ONCE):
        one, two = left[start : start + PAIRS_AT_ONCE], right[start : start + PAIRS_AT_ONCE]
        jaccard, containment = estimate_similarity(
            minhash[one], minhash[two], shingles[one], shingles[two]
        )
        good = is_similar(jaccard, containment)
        one, two, jaccard, containment = one[good], two[good], jaccard[good], containment[good]
        kept.append(_pairs(ids[one], ids[two], jaccard, containment))
    return pa.concat_tables(kept)


def _pairs(
    article_id: npt.ArrayLike,
    other_id: npt.ArrayLike,
    jaccard: npt.ArrayLike,
    containment: npt.ArrayLike,
) -> pa.Table:
    return pa.table(
        {
            "article_id": pa.array(np.asarray(article_id, dtype=np.int64)),
            "other_id": pa.array(np.asarray(other_id, dtype=np.int64)),
            "jaccard": pa.array(np.asarray(jaccard, dtype=np.float64)),
            "containment": pa.array(np.asarray(containment, dtype=np.float64)),
        }
    )


def replace_table(con: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    """Create a temp table, or replace it, from Arrow rows."""
    con.register("incoming", rows)
    con.execute(f"create or replace temp table {name} as from incoming")
    con.unregister("incoming")
