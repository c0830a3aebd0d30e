"""Another library's LSH index of the same reports, in memory: `... lsh LIBRARY FOLDER REPORTS`.

Bands and rows are ours. rensa signs the shingles itself; datasketch is given our signatures, since
its own take it a minute for 100,000. Neither keeps a state on disk, nor verifies what it finds.
"""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasketch
import numpy as np
import psutil
import pyarrow.parquet as pq
import rensa

from tests.bench.wire import SHARD, make_arrivals, make_shard
from transforms import fingerprint as fingerprints
from transforms.fingerprint import BANDS, PERMUTATIONS, ROW, ROWS, SEED, fingerprint
from transforms.normalise import normalise_text, words

ASKED = 1_000


def main(library: str, folder: str, count: str) -> None:
    """Index the first reports, then ask for those that arrive; print seconds and megabytes."""
    files = sorted(Path(folder).glob("*.parquet"))[: int(count) // SHARD]
    measure = {"rensa": _rensa, "datasketch": _datasketch}[library]
    print(json.dumps(measure(files)))  # noqa: T201


def _rensa(files: list[Path]) -> dict[str, float]:
    index = rensa.RMinHashLSH(0.5, PERMUTATIONS, BANDS)
    clock = _Clock()
    before = _megabytes()
    for shard, file in enumerate(files):
        lists: Any = pq.read_table(file, columns=["shingles"])["shingles"].combine_chunks()
        offsets = lists.offsets.to_numpy().astype(np.uint64)
        matrix = clock.time("sign_seconds", _signed, lists.flatten().to_numpy(), offsets)
        clock.time("insert_seconds", index.insert_matrix, matrix, shard * SHARD)
    taken = _megabytes() - before
    asked = [fingerprints._shingles(words(normalise_text(body))) for body in _arrivals()]
    lengths = np.cumsum([0, *map(len, asked)]).astype(np.uint64)
    flags = clock.time(
        "query_seconds", index.query_duplicate_flags_matrix, _signed(np.concatenate(asked), lengths)
    )
    return clock.seconds | {"megabytes": taken, "found": sum(flags)}


def _signed(hashes: Any, offsets: Any) -> Any:
    return rensa.RMinHash.digest_matrix_from_flat_token_hashes(hashes, offsets, PERMUTATIONS, SEED)


def _datasketch(files: list[Path]) -> dict[str, float]:
    index = datasketch.MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, ROWS))
    clock = _Clock()
    before = _megabytes()
    for shard, file in enumerate(files):
        signed = pq.read_table(file, columns=["minhash"])["minhash"].to_pylist()
        clock.time("insert_seconds", _insert, index, shard * SHARD, signed)
    taken = _megabytes() - before
    asked = [_sketch(fingerprint(None, body).minhash) for body in _arrivals()]
    found = clock.time("query_seconds", lambda: [index.query(one) for one in asked])
    return clock.seconds | {"megabytes": taken, "found": sum(map(bool, found))}


def _insert(index: Any, first: int, signed: list[bytes]) -> None:
    for number, minhash in enumerate(signed, first):
        index.insert(number, _sketch(minhash), check_duplication=False)


def _sketch(minhash: bytes) -> Any:
    values = np.frombuffer(minhash, dtype=ROW).astype(np.uint64)
    return datasketch.MinHash(hashvalues=values, permutations=None, scheme="affine32")


def _arrivals() -> Iterator[str]:
    return (report.body for report in make_arrivals(make_shard(0), ASKED))


class _Clock:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def time(self, what: str, run: Any, *arguments: Any) -> Any:
        began = time.process_time()
        done = run(*arguments)
        self.seconds[what] = self.seconds.get(what, 0.0) + time.process_time() - began
        return done


def _megabytes() -> float:
    return float(psutil.Process().memory_info().rss) / 1e6


if __name__ == "__main__":
    main(*sys.argv[1:])
