"""What the published snapshot holds of a source's archived pages: the newest capture of each."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from pydantic import TypeAdapter

from crawlers.catalogue import SOURCE_JSON, Source
from crawlers.page import ArchiveRecord, Fetch, ListedItem
from transforms.article import Article, Moment
from transforms.batch_files import ARTICLES
from transforms.compare import Outcome
from transforms.rejection import Reason, Rejection
from transforms.stored import StoredPage, StoredPages, spread
from transforms.version import reads_credits
from warehouse.connection import WarehouseError, open_snapshot, snapshot_file
from warehouse.schema import SCHEMA_VERSION

AT_ONCE = 50
NEVER_STORED = frozenset({"canonical_url"})
"""Of what a page calls its address, the snapshot has only what was believed."""
ORIGINS = {"image_from": "image_url", "site_name_from": "site_name"}
"""Not stored before schema 7: unknown where they are NULL and what they are of is not."""
CREDITED = frozenset({"credited_source", "credited_from", "credited_words"})
"""Not read before schema 9: NULL in what an extractor of that time made."""
NOT_OF_VERSIONS = frozenset(ARTICLES.names) - {"title", "body", "authors"}
"""Not stored of a superseded version, or as an instant alone."""

_ITEM: TypeAdapter[ListedItem] = TypeAdapter(ListedItem)
# Spread over the articles' own days, since an outlet's pages of other years are of other templates.
_PAGES = """
CREATE TEMP TABLE stored_pages AS
WITH read AS (
    SELECT archive_record_id, article_id, NULL AS batch_id, dated_at AS at,
           NULL::INTEGER AS version_number FROM articles
    WHERE source_id = $source_id AND archive_record_id IS NOT NULL
    UNION ALL
    SELECT j.archive_record_id, NULL, j.batch_id, coalesce(j.fetched_at, b.started_at), NULL
    FROM rejections j JOIN batches b USING (batch_id)
    WHERE j.source_id = $source_id AND NOT EXISTS (
        FROM archive_records r JOIN batches o USING (batch_id)
        WHERE r.source_id = j.source_id AND r.url_key = j.url_key AND r.article_id IS NOT NULL
          AND coalesce(r.fetched_at, o.started_at) >= coalesce(j.fetched_at, b.started_at))
    QUALIFY row_number() OVER (PARTITION BY j.url_key
                               ORDER BY b.load_number DESC) = 1
)"""
# Of a capture that was not sent again (304), the bytes lie in another's record.
PLACED = """, bytes AS (
    SELECT page_sha256, arg_max(archive_record_id, (fetched_at IS NOT NULL, fetched_at,
               archive_record_id)) AS record_id
    FROM archive_records WHERE source_id = $source_id AND kind <> 'revisit' GROUP BY page_sha256
)
SELECT read.*, row_number() OVER (ORDER BY read.at, read.archive_record_id) - 1 AS place,
       CASE WHEN r.kind = 'revisit' THEN coalesce(b.record_id, r.archive_record_id)
            ELSE r.archive_record_id END AS record_id
FROM read JOIN archive_records r USING (archive_record_id)
LEFT JOIN bytes b ON b.page_sha256 = r.page_sha256
"""
"""Ends a query that makes `stored_pages` of rows `read`: each with its place, and its bytes'."""
_CHOSEN = """
SELECT r.source_id, r.url, r.url_key, r.final_url, r.fetched_at, r.page_sha256,
       w.archive_record_id AS record_id, w.file, w.offset_bytes, w.length_bytes, w.kind,
       f.item, s.article_id, s.version_number, s.archive_record_id AS own_record_id,
       a.* EXCLUDE (article_id, source_id, url, fetched_at, page_sha256, batch_id, title, body,
       authors, word_count, content_hash, extractor_version),
       coalesce(j.title, if(s.version_number IS NULL, a.title, v.title)) AS title,
       if(s.version_number IS NULL, a.body, v.body) AS body,
       if(s.version_number IS NULL, a.authors, v.authors) AS authors,
       coalesce(v.word_count, a.word_count) AS word_count,
       coalesce(v.content_hash, a.content_hash) AS content_hash,
       coalesce(v.extractor_version, a.extractor_version, j.extractor_version)
           AS extractor_version, j.reason, j.detail
FROM stored_pages s JOIN archive_records r USING (archive_record_id)
JOIN archive_records w ON w.archive_record_id = s.record_id
LEFT JOIN articles a ON a.article_id = s.article_id
LEFT JOIN article_versions v ON v.article_id = s.article_id
                            AND v.version_number = s.version_number
LEFT JOIN rejections j ON j.batch_id = s.batch_id AND j.source_id = r.source_id
                      AND j.url_key = r.url_key
LEFT JOIN fetches f ON f.batch_id = r.batch_id AND f.source_id = r.source_id
                   AND f.url_key = r.url_key
WHERE list_contains($places, s.place) ORDER BY s.place
"""


def snapshot_sources(home: Path) -> dict[str, Source]:
    """Read each source as its last batch used it.

    Raises:
        NoSnapshot: nothing was published yet.
    """
    with closing(open_snapshot(home)) as con:
        rows = con.execute("SELECT source_id, definition FROM sources").fetchall()
    return {source_id: SOURCE_JSON.validate_json(definition) for source_id, definition in rows}


def snapshot_pages(home: Path, source_id: str, most: int) -> StoredPages:
    """Read what is stored of a source's pages, of so many of them at most.

    Each is the newest capture of an article, or of an address that was never one or is none now.

    Raises:
        NoSnapshot: nothing was published yet.
        WarehouseError: another version of Khabar published the snapshot.
    """
    con = open_snapshot(home)
    try:
        refuse_other_schema(con, home)
        con.execute(_PAGES + PLACED, {"source_id": source_id})
        [(archived,)] = con.execute("SELECT count(*) FROM stored_pages").fetchall()
    except BaseException:
        con.close()
        raise
    return StoredPages(archived=archived, pages=read_places(con, spread(archived, most)))


def refuse_other_schema(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    """Refuse a snapshot that lacks what is asked of it, or has it elsewhere.

    Raises:
        WarehouseError: another version of Khabar published it.
    """
    [(found,)] = con.execute("SELECT schema_version FROM snapshot").fetchall()
    if found != SCHEMA_VERSION:
        raise WarehouseError(
            f"{snapshot_file(home)}: has tables of version {found}, this Khabar those of "
            f"{SCHEMA_VERSION}; run `khabar publish`"
        )


def read_places(con: duckdb.DuckDBPyConnection, places: list[int]) -> Iterator[StoredPage]:
    """Read some of `stored_pages`, then close the snapshot."""
    with closing(con):
        for first in range(0, len(places), AT_ONCE):
            found = con.execute(_CHOSEN, {"places": places[first : first + AT_ONCE]})
            names = [column[0] for column in found.description or ()]
            for values in found.fetchall():
                yield _stored(dict(zip(names, values, strict=True)))


def _stored(row: dict[str, Any]) -> StoredPage:
    fetch = Fetch(
        source_id=row["source_id"], url=row["url"], url_key=row["url_key"], entrance=None,
        listed=False, disposition="fetched", final_url=row["final_url"],
        fetched_at=_utc(row["fetched_at"]), page_sha256=row["page_sha256"],
        record=ArchiveRecord(record_id=row["record_id"], file=row["file"],
                             offset=row["offset_bytes"], length=row["length_bytes"],
                             kind=row["kind"]),
        item=_ITEM.validate_json(row["item"]) if row["item"] else None,
    )  # fmt: skip
    if row["article_id"] is None:
        return StoredPage(
            fetch=fetch, outcome=_rejection(fetch, row), record_id=row["own_record_id"]
        )
    if row["version_number"] is not None:
        return StoredPage(
            fetch=fetch, outcome=_article(fetch, row), unknown=NOT_OF_VERSIONS,
            record_id=row["own_record_id"], is_superseded=True,
        )  # fmt: skip
    origins = {name for name, of in ORIGINS.items() if row[name] is None and row[of] is not None}
    credited = frozenset() if reads_credits(row["extractor_version"]) else CREDITED
    unknown = NEVER_STORED | origins | credited
    return StoredPage(
        fetch=fetch, outcome=_article(fetch, row), unknown=unknown, record_id=row["own_record_id"]
    )


def _article(fetch: Fetch, row: dict[str, Any]) -> Outcome:
    return Article(
        source_id=fetch.source_id, url=fetch.url, url_key=fetch.url_key,
        final_url=fetch.final_url or fetch.url, canonical_url=None, keys=(),
        fetched_at=fetch.fetched_at, page_sha256=fetch.page_sha256,
        record_id=row["record_id"], title=row["title"], title_from=row["title_from"],
        authors=tuple(row["authors"]), authors_from=row["authors_from"], byline=row["byline"],
        credited_source=row["credited_source"], credited_from=row["credited_from"],
        credited_words=row["credited_words"],
        body=row["body"], body_from=row["body_from"], section=row["section"],
        section_from=row["section_from"], tags=tuple(row["tags"]), tags_from=row["tags_from"],
        image_url=row["image_url"], image_from=row["image_from"], site_name=row["site_name"],
        site_name_from=row["site_name_from"], language=row["language"],
        other_language=row["other_language"], published=_moment(row, "published"),
        modified=_moment(row, "modified"), word_count=row["word_count"],
        is_paywalled=row["is_paywalled"], is_truncated=row["is_truncated"],
        content_hash=row["content_hash"], text_hash=row["text_hash"], shingle_count=0, minhash=b"",
        extractor_version=row["extractor_version"],
    )  # fmt: skip


def _rejection(fetch: Fetch, row: dict[str, Any]) -> Outcome:
    return Rejection(
        source_id=fetch.source_id, url=fetch.url, url_key=fetch.url_key,
        final_url=fetch.final_url or fetch.url, fetched_at=fetch.fetched_at,
        page_sha256=row["page_sha256"], record_id=row["record_id"], reason=Reason(row["reason"]),
        detail=row["detail"], title=row["title"], extractor_version=row["extractor_version"],
    )  # fmt: skip


def _moment(row: dict[str, Any], name: str) -> Moment | None:
    if row[f"{name}_on"] is None:
        return None
    return Moment(
        at=_utc(row[f"{name}_at"]), on=row[f"{name}_on"], precision=row[f"{name}_precision"],
        origin=row[f"{name}_from"],
    )  # fmt: skip


def _utc(at: datetime | None) -> datetime | None:
    return at.astimezone(UTC) if at is not None else None
