"""Which texts are so alike that they may be one story: the verdict on their candidates.

MinHash over word 3-shingles with 64 bands of 3 rows: Broder 1997, "On the resemblance and
containment of documents"; Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3.
"""

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.fingerprint import PERMUTATIONS, ROW, Signatures, estimate_jaccard
from warehouse.candidates import MIN_SHINGLES, TODAY, find_candidates
from warehouse.temp_tables import replace_table

Floats = npt.NDArray[np.float64]

MIN_JACCARD = 0.5
MIN_CONTAINMENT = 0.8
MIN_CONTAINED_JACCARD = 0.15
"""Below it the estimate rests on too few of the 192 rows to tell a part from a chance."""
MIN_SHINGLES_EXACT = 5
PAIRS_AT_ONCE = 50_000

_TEXTS = """
create or replace temp table match_texts as
select article_id, text_hash, shingle_count, minhash, first_seen_at,
       shingle_count >= $shingles as is_banded,
       row_number() over (partition by text_hash order by first_seen_at, article_id) = 1
           or shingle_count < $exact as is_leader
from new_texts
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
    jaccard = estimate_jaccard(left, right)
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
    batch or the warehouse, jaccard, containment) and `decided_signatures`.
    """
    con.execute(_TEXTS, {"shingles": MIN_SHINGLES, "exact": MIN_SHINGLES_EXACT})
    _sign(con)
    find_candidates(con)
    replace_table(con, "match_pairs", _verify(con))


def _sign(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "create or replace temp table decided_signatures as "
        "select article_id, $algorithm::varchar as algorithm, $version::varchar as "
        "algorithm_version, $seed::bigint as seed, shingle_count, minhash "
        "from match_texts order by article_id",
        TODAY,
    )


def _verify(con: duckdb.DuckDBPyConnection) -> pa.Table:
    signed = con.execute(_SIGNATURES, TODAY).fetchall()
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
