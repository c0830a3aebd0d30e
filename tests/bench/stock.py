"""Warehouses stocked with the reports of a news trade: real files, each row as a load writes it."""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from crawlers.urls import key_hash, url_key
from tests.bench.wire import SHARD, Report, make_shard
from tests.warehouse.batches import START, lay_warehouse
from transforms import fingerprint as fingerprints
from transforms.fingerprint import ALGORITHM, ALGORITHM_VERSION, SEED, band_hashes, fingerprint
from warehouse.commit import run_each
from warehouse.connection import open_writer, warehouse_file
from warehouse.matching import MIN_SHINGLES

Shingles = npt.NDArray[np.uint64]

WORKERS = 2
_LOADED = START - timedelta(days=1)

_SOURCES = """
insert into sources by name
select distinct 'outlet' || outlet as source_id, source_id as name,
       'https://' || source_id || '.test/' as home, ['en'] as languages, [] as regions,
       'Asia/Karachi' as timezone, true as is_verified, false as is_implicit, '{}' as definition,
       'stock' as batch_id
from stored;
insert into batches by name
select 'stock' as batch_id, 1 as load_number, 'ingest' as dag, 'stock' as run_id,
       'live' as found_by, $loaded as started_at, $loaded as loaded_at, '' as input_digest,
       '0' as code_version, '{}' as report;
"""
# Copies come within days: of what arrivals are made of, four in five are of the last eleven days,
# the others anywhere in three years.
_ROWS = """
create temp view rows as
select *, 'outlet' || outlet as source_id, 'stock' as batch_id,
       'urn:uuid:' || md5(url) as archive_record_id, md5(url) || md5(title) as page_sha256,
       timestamptz '2026-07-31 00:00:00+00' - to_seconds(hash(article_id) %
           case when number < 10000 and number % 5 <> 0 then 950400 else 94608000 end) as seen_at
from stored;
"""
_ARTICLES = """
insert into articles by name
select article_id, source_id, url, title, 'meta' as title_from, body,
       'page' as body_from, [] as authors, [] as tags, 'en' as language, seen_at as published_at,
       seen_at::date as published_on, 'second' as published_precision, 'meta' as published_from,
       seen_at as dated_at, seen_at::date as dated_on, 'published' as date_basis,
       seen_at as first_seen_at, seen_at as fetched_at, word_count, false as is_paywalled,
       false as is_truncated, story_id, 1 as version_count, seen_at as seen_from,
       seen_at as seen_to, content_hash, text_hash, 'x1' as extractor_version, archive_record_id,
       page_sha256, 'live' as found_by, batch_id
from rows order by dated_at, article_id;
insert into article_urls by name
select url as url_key, article_id, source_id, 'asked' as how, seen_at as first_seen_at, batch_id
from rows order by url;
insert into archive_records by name
select archive_record_id, source_id, batch_id, url as url_key, url,
       url as final_url, seen_at as fetched_at, 200 as status, 'response' as kind, page_sha256,
       source_id || '/2026/07/stock-1.warc.gz' as file, number * 15000 as offset_bytes,
       15000 as length_bytes, article_id, content_hash, 'x1' as extractor_version,
       1 as version_number, false as is_twin
from rows order by source_id, file, offset_bytes;
insert into fetches by name
select batch_id, source_id, url as url_key, url, true as is_listed,
       'new' as outcome, 200 as status, url as final_url, seen_at as fetched_at, page_sha256,
       65000 as body_bytes, archive_record_id, article_id, false as is_kept_from_feed
from rows order by source_id, url;
"""
_SIGNATURES = """
insert into signatures by name
select article_id, $algorithm as algorithm, $version as algorithm_version, $seed as seed,
       shingle_count, minhash
from stored;
insert into bands by name select unnest(bands) as band_hash, article_id from stored;
"""
_STORIES = """
insert into stories by name
select story_id, min(seen_at) as first_seen_at, arg_min(article_id, seen_at)
           as earliest_article_id, min(seen_at) as earliest_from,
       min(seen_at) + interval 1 second as earliest_to, count(*) as article_count,
       count(distinct source_id) as source_count, ['en'] as languages, 'stock' as batch_id
from rows group by story_id;
insert into story_articles by name
select article_id, r.story_id,
       case when article_id = s.earliest_article_id then 'earliest_known' else 'copy' end
           as relation,
       case when article_id <> s.earliest_article_id then 0.8 end as similarity,
       case when article_id <> s.earliest_article_id then 0.9 end as containment,
       case when article_id <> s.earliest_article_id then s.earliest_article_id end as matched_to,
       case when article_id <> s.earliest_article_id then 'copy' end as matched_as,
       case when article_id = s.earliest_article_id then 'first' else 'minhash' end as method,
       $version as algorithm_version, false as is_part, r.batch_id
from rows r join stories s using (story_id);
insert into article_matches by name
select least(article_id, matched_to) as article_id, greatest(article_id, matched_to) as other_id,
       similarity, containment, false as is_form, false as is_written_on, batch_id
from story_articles where matched_to is not null;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What it took to sign the reports of some shards, and to write what was signed."""

    reports: int
    sign_cpu_seconds: float
    sign_seconds: float
    """Of all workers together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What signatures and bands took: to write them, and on disk."""

    seconds: float
    index_bytes: int


def address(report: Report) -> str:
    """Say where a report stands; its url_key."""
    slug = "-".join(report.core.split()[:8])
    return f"https://outlet{report.outlet}.test/news/{report.number}-{slug}"


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
    bands = [
        band_hashes(one.minhash) if one.shingle_count >= MIN_SHINGLES else [] for one in prints
    ]
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
            "bands": pa.array(bands, pa.list_(pa.int32())),
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


def stock_warehouse(home: Path, folder: Path, count: int) -> Stock:
    """Fill a warehouse with the first reports, its signatures and bands last of all."""
    lay_warehouse(home)
    files = [str(folder / f"{shard:03}.parquet") for shard in range(-(-count // SHARD))]
    values: dict[str, object] = {
        "loaded": _LOADED,
        "algorithm": ALGORITHM,
        "version": str(ALGORITHM_VERSION),
        "seed": SEED,
    }
    with open_writer(home) as con:
        con.execute("set enable_progress_bar = false")
        con.read_parquet(files).create_view("stored")
        for script in (_ROWS, _SOURCES, _ARTICLES, _STORIES):
            run_each(con, script, values)
        con.execute("checkpoint")
        before, began = warehouse_file(home).stat().st_size, time.perf_counter()
        run_each(con, _SIGNATURES, values)
        con.execute("checkpoint")
        seconds = time.perf_counter() - began
        con.execute("drop view rows; drop view stored")
    return Stock(seconds=seconds, index_bytes=warehouse_file(home).stat().st_size - before)
