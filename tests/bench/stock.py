"""The reports of a news trade, signed, as Parquet files: what warehouses are stocked with."""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from crawlers.urls import key_hash, url_key
from tests.bench.wire import SHARD, Report, make_shard
from transforms import fingerprint as fingerprints
from transforms.fingerprint import fingerprint

Shingles = npt.NDArray[np.uint64]

WORKERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What it took to sign the reports of some shards, and to write what was signed."""

    reports: int
    sign_cpu_seconds: float
    sign_seconds: float
    """Of all workers together."""


def address(report: Report) -> str:
    """Say where a report stands; its url_key."""
    words = report.core.split()[:8] if report.language == "en" else ["story"]
    return f"https://outlet{report.outlet}.test/news/{report.number}-{'-'.join(words)}"


def headline(report: Report) -> str:
    """Say what stands above it."""
    return " ".join(report.core.split()[:9]).capitalize()


def sign_shards(folder: Path, shards: Iterable[int]) -> Build:
    """Make and sign shards in as many processes as there are cores, into Parquet files."""
    with ProcessPoolExecutor(WORKERS) as pool:
        done = list(pool.map(partial(_sign_shard, folder), shards))
    return Build(
        reports=len(done) * SHARD,
        sign_cpu_seconds=sum(cpu for cpu, _ in done),
        sign_seconds=sum(wall for _, wall in done),
    )


def _sign_shard(folder: Path, shard: int) -> tuple[float, float]:
    reports = make_shard(shard)
    titles = [headline(report) for report in reports]
    shingles: list[Shingles] = []
    cpu, wall = time.process_time(), time.perf_counter()
    with _kept(shingles):
        prints = [fingerprint(title, one.body) for title, one in zip(titles, reports, strict=True)]
    taken = time.process_time() - cpu, time.perf_counter() - wall
    urls = [address(report) for report in reports]
    assert url_key(urls[0]) == urls[0]
    ids = [key_hash(url) for url in urls]
    first = shard * SHARD
    stories = [ids[n if one.origin is None else _root(reports, n) - first]
               for n, one in enumerate(reports)]  # fmt: skip
    table = pa.table(
        {
            "number": pa.array([report.number for report in reports]),
            "outlet": pa.array([report.outlet for report in reports]),
            "language": pa.array([report.language for report in reports]),
            "article_id": pa.array(ids, pa.int64()),
            "story_id": pa.array(stories, pa.int64()),
            "url": pa.array(urls),
            "title": pa.array(titles),
            "body": pa.array([report.body for report in reports]),
            "word_count": pa.array([len(report.body.split()) for report in reports]),
            "content_hash": pa.array([one.content_hash for one in prints], pa.int64()),
            "text_hash": pa.array([one.text_hash for one in prints], pa.int64()),
            "shingle_count": pa.array([one.shingle_count for one in prints]),
            "minhash": pa.array([one.minhash for one in prints], pa.binary()),
            "shingles": pa.array(shingles, pa.list_(pa.uint64())),
        }
    )
    pq.write_table(table, folder / f"{shard:03}.parquet", compression="zstd")
    return taken


@contextmanager
def _kept(shingles: list[Shingles]) -> Iterator[None]:
    """Keep what signatures are made of, for other libraries to sign."""
    sign = fingerprints._sign

    def keep(some: Shingles) -> bytes:
        shingles.append(some)
        return sign(some)

    with patch.object(fingerprints, "_sign", keep):
        yield


def _root(reports: list[Report], n: int) -> int:
    first = reports[0].number
    number = reports[n].number
    while (origin := reports[number - first].origin) is not None:
        number = origin
    return number
