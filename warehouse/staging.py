"""Staging: one batch's files as temporary tables."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa
from pydantic import TypeAdapter

from crawlers.batch import Batch, BatchManifest
from crawlers.catalogue import SOURCE_JSON, Source
from crawlers.ledger import read_job, read_manifest, read_polls, stream_fetches
from crawlers.page import Fetch, ListedItem, Poll
from crawlers.polling import weigh
from transforms.extractor_trial import read_hold, settle_hold
from warehouse.connection import WarehouseError
from warehouse.digest import source_digest
from warehouse.stretches import find_stretches

FILES_AT_ONCE = 20
"""Parquet files read together: a query keeps the pages of each in memory until it ends."""
ROWS_AT_ONCE = 5_000

_ITEM: TypeAdapter[ListedItem] = TypeAdapter(ListedItem)
_ARROW: dict[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "JSON": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
    "BIGINT[]": pa.list_(pa.int64()),
    "BOOLEAN": pa.bool_(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", tz="UTC"),
}

TABLES = """
CREATE OR REPLACE TEMP TABLE staged_sources (
    source_id VARCHAR, name VARCHAR, home VARCHAR, languages VARCHAR[], regions VARCHAR[],
    timezone VARCHAR, is_verified BOOLEAN, is_implicit BOOLEAN, definition JSON, hosts VARCHAR[],
    listed INTEGER, known_not_due INTEGER, archived INTEGER, has_extract BOOLEAN,
    max_rejected_share DOUBLE, input_digest VARCHAR, status VARCHAR, reason VARCHAR,
    crawl_reason VARCHAR, trial VARCHAR);
CREATE OR REPLACE TEMP TABLE staged_retired (
    source_id VARCHAR, name VARCHAR, home VARCHAR, languages VARCHAR[], regions VARCHAR[],
    timezone VARCHAR, is_verified BOOLEAN, is_implicit BOOLEAN, definition JSON);
CREATE OR REPLACE TEMP TABLE staged_fetches (
    source_id VARCHAR, url_key VARCHAR, url VARCHAR, entrance VARCHAR, is_listed BOOLEAN,
    disposition VARCHAR, reason VARCHAR, detail VARCHAR, status INTEGER, final_url VARCHAR,
    fetched_at TIMESTAMPTZ, page_sha256 VARCHAR, body_bytes BIGINT, etag VARCHAR,
    last_modified VARCHAR, archive_record_id VARCHAR, kind VARCHAR, file VARCHAR,
    offset_bytes BIGINT, length_bytes BIGINT, item JSON);
CREATE OR REPLACE TEMP TABLE staged_polls (
    source_id VARCHAR, entrance VARCHAR, kind VARCHAR, polled_at TIMESTAMPTZ, status INTEGER,
    reason VARCHAR, detail VARCHAR, items INTEGER, matched INTEGER, newest_at TIMESTAMPTZ,
    oldest_at TIMESTAMPTZ, overlapped BOOLEAN, new_items INTEGER, is_stale BOOLEAN,
    part_of VARCHAR, stands_in_for VARCHAR, next_interval_minutes DOUBLE, etag VARCHAR,
    last_modified VARCHAR, item_hashes BIGINT[], is_cut_short BOOLEAN, weight DOUBLE);
CREATE OR REPLACE TEMP TABLE staged_articles (
    source_id VARCHAR, url VARCHAR, url_key VARCHAR, final_url VARCHAR, canonical_url VARCHAR,
    keys STRUCT(url_key VARCHAR, how VARCHAR)[], fetched_at TIMESTAMPTZ, page_sha256 VARCHAR,
    record_id VARCHAR, title VARCHAR, title_from VARCHAR, authors VARCHAR[], authors_from VARCHAR,
    byline VARCHAR, credited_source VARCHAR, credited_from VARCHAR, credited_words VARCHAR,
    body VARCHAR, body_from VARCHAR, section VARCHAR, section_from VARCHAR,
    tags VARCHAR[], tags_from VARCHAR, image_url VARCHAR, image_from VARCHAR, site_name VARCHAR,
    site_name_from VARCHAR, language VARCHAR, other_language VARCHAR,
    published_at TIMESTAMPTZ, published_on DATE, published_precision VARCHAR,
    published_from VARCHAR, modified_at TIMESTAMPTZ, modified_on DATE, modified_precision VARCHAR,
    modified_from VARCHAR, word_count INTEGER, is_paywalled BOOLEAN, is_truncated BOOLEAN,
    content_hash BIGINT, text_hash BIGINT, shingle_count INTEGER, minhash BLOB,
    extractor_version VARCHAR, algorithm_version INTEGER);
CREATE OR REPLACE TEMP TABLE staged_rejections (
    source_id VARCHAR, url VARCHAR, url_key VARCHAR, final_url VARCHAR, fetched_at TIMESTAMPTZ,
    page_sha256 VARCHAR, record_id VARCHAR, reason VARCHAR, detail VARCHAR, title VARCHAR,
    extractor_version VARCHAR);
CREATE OR REPLACE TEMP TABLE staged_site_lines (
    source_id VARCHAR, line VARCHAR, place VARCHAR, pages INTEGER);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlFacts:
    """What the crawl's report counted, independently of the ledger's lines."""

    listed: int
    known_not_due: int
    pages_archived: int
    failed: bool
    reason: str | None


_FACTS: TypeAdapter[CrawlFacts] = TypeAdapter(CrawlFacts)


def stage_batch(
    con: duckdb.DuckDBPyConnection, batch: Batch, only: str | None = None
) -> BatchManifest:
    """Read the batch's files, or one source's, into the staged_* tables.

    `staged_sources.status` is set where the files already decide it (a crawl that died);
    checks.judge_sources decides the rest.
    """
    manifest = read_manifest(batch)
    if manifest.reprocess is not None:
        raise WarehouseError(
            f"batch {batch.id} is a reprocess: `khabar load {batch.id}` takes it as it is"
        )
    source_ids = manifest.sources if only is None else (only,)
    con.execute(TABLES)
    facts = {one: _read_facts(batch, one) for one in source_ids}
    whole = [one for one, told in facts.items() if told is not None]
    is_loaded = bool(con.execute("FROM batches WHERE batch_id = ?", [batch.id]).fetchall())
    sources = (_source_row(batch, *one, is_loaded=is_loaded) for one in facts.items())
    _insert(con, "staged_sources", sources)
    retired = manifest.retired if only is None else ()
    _insert(con, "staged_retired", ({"source_id": one.id} | _definition(one) for one in retired))
    fetches = (line for one in whole for line in stream_fetches(batch, one))
    _insert(con, "staged_fetches", map(_fetch_row, fetches))
    _insert(
        con, "staged_polls", (_poll_row(line) for one in whole for line in read_polls(batch, one))
    )
    for name in ("articles", "rejections", "site_lines"):
        paths = [batch.extract_folder(one) / f"{name}.parquet" for one in source_ids]
        read_parquet(con, f"staged_{name}", [path for path in paths if path.is_file()])
    know_records(con)
    con.execute(_REJUDGED)
    return manifest


def know_records(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table known_records: captures of the warehouse among those that were extracted."""
    stretches = find_stretches(con, "archive_records", _RECORDS, key="archive_record_id")
    con.execute(_KNOWN_RECORDS.format(stretches=stretches))


# Looked up once: there is no index of them, and each look reads a million names.
_RECORDS = "SELECT record_id FROM staged_articles UNION SELECT record_id FROM staged_rejections"
_KNOWN_RECORDS = f"""
CREATE OR REPLACE TEMP TABLE known_records AS
FROM archive_records WHERE ({{stretches}}) AND archive_record_id IN ({_RECORDS})
"""
# A newer extractor may find that an archived page is no article, or is one after all: what was
# loaded of it stays, and a reprocess alone makes an article of it, which can be reverted.
_REJUDGED = """
DELETE FROM staged_rejections WHERE record_id IN (SELECT archive_record_id FROM known_records);
DELETE FROM staged_articles WHERE record_id IN (
    SELECT archive_record_id FROM known_records WHERE article_id IS NULL)
"""
_RECALLED = """
INSERT INTO staged_rejections BY NAME
SELECT f.source_id, f.url, f.url_key, coalesce(f.final_url, f.url) AS final_url, f.fetched_at,
       f.page_sha256, f.archive_record_id AS record_id, j.reason, j.detail, j.title,
       j.extractor_version
FROM staged_fetches f JOIN (
    FROM rejections QUALIFY row_number() OVER (
        PARTITION BY source_id, url_key, page_sha256 ORDER BY batch_id DESC) = 1) j
    USING (source_id, url_key, page_sha256)
WHERE f.disposition = 'not_modified' AND NOT EXISTS (
    FROM archive_records r WHERE r.source_id = f.source_id AND r.url_key = f.url_key
    AND r.page_sha256 = f.page_sha256 AND r.article_id IS NOT NULL)
"""


def recall_rejections(con: duckdb.DuckDBPyConnection) -> None:
    """Reject again what was rejected before and has not changed since."""
    con.execute(_RECALLED)


def _read_facts(batch: Batch, source_id: str) -> CrawlFacts | None:
    path = batch.status("crawl", source_id)
    return _FACTS.validate_json(path.read_bytes()) if path.is_file() else None


def _source_row(
    batch: Batch, source_id: str, facts: CrawlFacts | None, *, is_loaded: bool
) -> dict[str, object]:
    job = batch.job(source_id)
    source = read_job(batch, source_id).source if job.is_file() else None
    extract = batch.extract_folder(source_id)
    hold = (read_hold if is_loaded else settle_hold)(batch, source_id)
    row: dict[str, object] = {
        "source_id": source_id,
        "has_extract": all(
            (extract / f"{name}.parquet").is_file() for name in ("articles", "rejections")
        ),
        "input_digest": source_digest(batch, source_id),
        "status": "loaded",
        "listed": 0,
        "known_not_due": 0,
        "archived": 0,
        "trial": hold and hold.why,
    }
    if facts is None:
        row |= {"status": "failed", "reason": "crawl_died"}
    else:
        row |= {
            "listed": facts.listed,
            "known_not_due": facts.known_not_due,
            "archived": facts.pages_archived,
            "crawl_reason": (facts.reason or "crawl_failed") if facts.failed else None,
        }
    return row if source is None else row | _definition(source)


def _definition(source: Source) -> dict[str, object]:
    return {
        "name": source.name,
        "home": source.home,
        "languages": list(source.languages),
        "regions": list(source.regions),
        "timezone": source.timezone,
        "is_verified": source.verified,
        "is_implicit": source.id.startswith("web:"),
        "definition": SOURCE_JSON.dump_json(source).decode(),
        "hosts": list(source.hosts),
        "max_rejected_share": source.expect.max_rejected_share,
    }


def _fetch_row(line: Fetch) -> dict[str, object]:
    record = line.record
    return {
        "source_id": line.source_id,
        "url_key": line.url_key,
        "url": line.url,
        "entrance": line.entrance,
        "is_listed": line.listed,
        "disposition": line.disposition,
        "reason": line.reason,
        "detail": line.detail,
        "status": line.status,
        "final_url": line.final_url,
        "fetched_at": line.fetched_at,
        "page_sha256": line.page_sha256,
        "body_bytes": line.body_bytes,
        "etag": line.etag,
        "last_modified": line.last_modified,
        "archive_record_id": record and record.record_id,
        "kind": record and record.kind,
        "file": record and record.file,
        "offset_bytes": record and record.offset,
        "length_bytes": record and record.length,
        "item": None if line.item is None else _ITEM.dump_json(line.item).decode(),
    }


def _poll_row(line: Poll) -> dict[str, object]:
    return asdict(line) | {"item_hashes": list(line.item_hashes), "weight": weigh(line.reason)}


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: Iterable[dict[str, object]]) -> None:
    described = con.execute(f"DESCRIBE {table}").fetchall()
    schema = pa.schema([(str(name), _ARROW[str(kind)]) for name, kind, *_ in described])
    left = iter(rows)
    while group := list(islice(left, ROWS_AT_ONCE)):
        con.register("incoming", pa.Table.from_pylist(group, schema=schema))
        con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")  # noqa: S608 (our own name)
        con.unregister("incoming")


def read_parquet(con: duckdb.DuckDBPyConnection, table: str, paths: Sequence[Path]) -> None:
    """Read files into a table; what those of an older Khabar have no column for stays NULL."""
    wanted = [str(row[0]) for row in con.execute(f"DESCRIBE {table}").fetchall()]
    for first in range(0, len(paths), FILES_AT_ONCE):
        some = [[str(path) for path in paths[first : first + FILES_AT_ONCE]]]
        files = "FROM read_parquet(?, union_by_name = true)"
        found = {str(row[0]) for row in con.execute(f"DESCRIBE {files}", some).fetchall()}
        columns = ", ".join(name for name in wanted if name in found)
        con.execute(f"INSERT INTO {table} BY NAME SELECT {columns} {files}", some)
