"""Content hashes and MinHash signatures of the normalised text."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import numpy as np
import xxhash
from numpy.typing import NDArray

from transforms.normalise import normalise_text, words

Signatures = NDArray[np.uint8]

ALGORITHM = "minhash192-w3-64x3"
ALGORITHM_VERSION = 5
"""Raise it when what a text's signature is changes (normalise.py, this file), or what is made of
signatures (warehouse/matching.py, placing.py ...): all of both are then made anew, in bulk."""
SEED = 20_260_801
PERMUTATIONS = 192
BANDS, ROWS = 64, 3
ROW = np.dtype("u1")
"""What is kept of a row's smallest value: Li and König 2010, "b-Bit Minwise Hashing"."""
CHANCE = 1 / 256
"""Share of the rows that are equal in any two texts."""
BAND_VALUES = 1 << 24
"""Below it are the values of a band. Of a million texts four share a band with one by chance."""
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


def read_bands(signatures: Signatures) -> NDArray[np.uint32]:
    """Read signatures (n, 192) as bands (64, n) of three rows, a number each.

    Texts that share a band are candidates for being copies.
    """
    padded = np.append(signatures.ravel(), np.zeros(4, dtype=ROW))
    # Four bytes from each third one on: a band and the first row of the next, which is masked.
    fours = np.lib.stride_tricks.as_strided(
        padded[:4].view("<u4"), shape=(BANDS, len(signatures)), strides=(ROWS, PERMUTATIONS)
    )
    bands: NDArray[np.uint32] = np.bitwise_and(fours, np.uint32(BAND_VALUES - 1), order="C")
    return bands


def estimate_jaccard(left: Signatures, right: Signatures) -> NDArray[np.float64]:
    """Estimate the Jaccard similarity of shingles, 0-1, of signatures (…, 192) pair by pair."""
    equal = np.mean(left == right, axis=-1, dtype=np.float64)
    return np.maximum((equal - CHANCE) / (1 - CHANCE), 0.0)


def _hash63(text: str) -> int:
    return xxhash.xxh3_64_intdigest(text.encode(), seed=SEED) & POSITIVE


def _shingles(tokens: list[str]) -> NDArray[np.uint64]:
    """Hash the distinct word 3-shingles; a shorter text has none."""
    triples = zip(tokens, islice(tokens, 1, None), islice(tokens, 2, None), strict=False)
    distinct = {" ".join(triple) for triple in triples}
    hashes = {xxhash.xxh3_64_intdigest(shingle.encode(), seed=SEED) for shingle in distinct}
    return np.fromiter(hashes, dtype=np.uint64, count=len(hashes))


def _sign(shingles: NDArray[np.uint64]) -> bytes:
    """Keep, of the smallest value of each of 192 multiply-shift hash functions, 8 bits."""
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
