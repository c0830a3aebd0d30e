"""Content hashes and MinHash signatures of the normalised text."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import numpy as np
import xxhash
from numpy.typing import NDArray

from transforms.normalise import normalise_text, words

ALGORITHM = "minhash192-w3-64x3"
ALGORITHM_VERSION = 4
"""Raise it when what a text's signature is changes (normalise.py, this file), or what is made of
signatures (warehouse/matching.py, placing.py ...): all of both are then made anew, in bulk."""
SEED = 20_260_801
PERMUTATIONS = 192
BANDS, ROWS = 64, 3
ROW = np.dtype("<u2")
"""What is kept of a row's smallest value: Li and König 2010, "b-Bit Minwise Hashing". Two rows are
equal by chance once in 65,536 times, which no estimate from 192 rows can tell from never."""
POSITIVE = (1 << 63) - 1
CHUNK = 512
"""Shingles hashed at once: their values stay in the cache of a core."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What tells two texts apart, or finds them alike."""

    content_hash: int
    text_hash: int
    shingle_count: int
    minhash: bytes


def fingerprint(title: str | None, body: str | None) -> Fingerprint:
    """Hash headline and text, text alone, and sign the text's word 3-shingles."""
    text = normalise_text(body or "")
    tokens = words(text)
    spoken = " ".join(tokens)
    headline = " ".join(words(normalise_text(title or "")))
    shingles = _shingles(tokens)
    return Fingerprint(
        content_hash=_hash63(f"{headline}\n{spoken}"),
        text_hash=_hash63(spoken),
        shingle_count=len(shingles),
        minhash=_sign(shingles),
    )


def band_hashes(minhash: bytes) -> list[int]:
    """Fold a signature into 64 bands of 3 rows, each with its number in it; none where empty.

    Signed 32 bits: half as much is read as with 64, for about one more candidate of a text by
    chance where a million are stored.
    """
    if not minhash:
        return []
    rows = np.frombuffer(minhash, dtype=ROW)[: BANDS * ROWS].reshape(BANDS, ROWS)
    return [
        ((xxhash.xxh3_64_intdigest(row.tobytes(), seed=SEED + band) & POSITIVE) >> 31) - (1 << 31)
        for band, row in enumerate(rows)
    ]


def _hash63(text: str) -> int:
    return xxhash.xxh3_64_intdigest(text.encode(), seed=SEED) & POSITIVE


def _shingles(tokens: list[str]) -> NDArray[np.uint64]:
    """Hash the distinct word 3-shingles; a shorter text has none."""
    triples = zip(tokens, islice(tokens, 1, None), islice(tokens, 2, None), strict=False)
    distinct = {" ".join(triple) for triple in triples}
    hashes = {xxhash.xxh3_64_intdigest(shingle.encode(), seed=SEED) for shingle in distinct}
    return np.fromiter(hashes, dtype=np.uint64, count=len(hashes))


def _sign(shingles: NDArray[np.uint64]) -> bytes:
    """Keep, of the smallest value of each of 192 multiply-shift hash functions, 16 bits."""
    if not len(shingles):
        return b""
    factors, terms = _permutations()
    smallest = np.full(PERMUTATIONS, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, len(shingles), CHUNK):
        values = np.multiply.outer(shingles[start : start + CHUNK], factors)
        values += terms
        np.minimum(smallest, values.min(axis=0), out=smallest)
    return (smallest >> np.uint64(32)).astype(ROW).tobytes()


@lru_cache(maxsize=1)
def _permutations() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Draw odd factors and terms from xxh3 itself, so that no library's generator is in them."""
    draws = np.array(
        [
            xxhash.xxh3_64_intdigest(f"{ALGORITHM}/{n}".encode(), seed=SEED)
            for n in range(2 * PERMUTATIONS)
        ],
        dtype=np.uint64,
    )
    return draws[:PERMUTATIONS] | np.uint64(1), draws[PERMUTATIONS:]
