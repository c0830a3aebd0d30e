"""Memory: what the published snapshot knows of one source, in the form a crawl needs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb
from pydantic import TypeAdapter

from crawlers.catalogue import Source
from crawlers.job import DeferredPage, KnownEntrance, KnownPage
from crawlers.page import ArchiveRecord, ListedItem
from crawlers.urls import key_hash
from warehouse.entrance_memory import recall_entrances

WINDOW = timedelta(days=90)
"""Pages heard of since then are known with their validators; of the rest only hashes."""
TRIES = 5
"""How often a page is asked at every crawl while it fails for a reason that may pass."""
_ITEM: TypeAdapter[ListedItem] = TypeAdapter(ListedItem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is known of a source."""

    known: tuple[KnownPage, ...]
    known_hashes: tuple[int, ...]
    entrances: tuple[KnownEntrance, ...]
    deferred: tuple[DeferredPage, ...]


NOTHING = Memory(known=(), known_hashes=(), entrances=(), deferred=())

# One address an article, its own rather than a twin's, the one asked last: the others would only
# be asked for the same text.
# A look counts from its batch's clock, as the decision to look did; an import's from its capture.
# What only a backfill asked is old, also where nothing dates it: that it was captured of late does
# not make it worth asking again.
# A rejected page is known too, so that it is asked again ever more rarely, as articles are.
# That a known page must not be asked was looked up too: it is not looked up again each time.
_KNOWN = """
WITH asked AS (
    SELECT f.url_key, f.url, f.article_id, f.etag, f.last_modified, f.page_sha256,
           CASE WHEN b.found_by = 'import' THEN coalesce(f.fetched_at, b.started_at)
                ELSE greatest(f.fetched_at, b.started_at) END AS asked_at,
           f.outcome IN ('new', 'updated', 'unchanged', 'rejected') AS is_good,
           f.outcome = 'rejected' AS is_rejected, b.found_by = 'backfill' AS is_past
    FROM fetches f JOIN batches b USING (batch_id)
    WHERE f.source_id = $source_id
      AND (f.outcome <> 'skipped' OR f.reason IN ('robots', 'off_site', 'bad_url'))
), pages AS (
    SELECT url_key, arg_max(url, asked_at) AS url, max(asked_at) AS asked_at,
           min(asked_at) FILTER (is_good) AS first_asked_at,
           max(asked_at) FILTER (is_good) AS good_at, bool_and(is_past) AS is_past,
           arg_max(article_id, asked_at) FILTER (is_good) AS article_id,
           arg_max(page_sha256, asked_at) FILTER (is_good) AS page_sha256
    FROM asked GROUP BY url_key HAVING bool_or(is_good)
), validators AS (
    SELECT url_key, page_sha256, arg_max(etag, asked_at) AS etag,
           arg_max(last_modified, asked_at) AS last_modified
    FROM asked WHERE is_good AND (etag IS NOT NULL OR last_modified IS NOT NULL)
    GROUP BY url_key, page_sha256
), records AS (
    SELECT url_key, max_by(archive_record_id, (fetched_at IS NOT NULL, fetched_at,
               archive_record_id)) AS record_id
    FROM archive_records WHERE source_id = $source_id AND kind <> 'revisit' GROUP BY url_key
)
SELECT p.url, p.url_key, v.etag, v.last_modified, p.page_sha256,
       coalesce(a.first_seen_at, p.first_asked_at) AS first_seen_at,
       CASE WHEN a.date_basis <> 'first_seen' THEN a.dated_at END AS dated_at, p.asked_at,
       a.gone_at IS NOT NULL AS is_gone, r.archive_record_id, r.file, r.offset_bytes,
       r.length_bytes, r.kind, r.extractor_version
FROM pages p LEFT JOIN articles a ON a.article_id = p.article_id
LEFT JOIN validators v ON v.url_key = p.url_key AND v.page_sha256 = p.page_sha256
LEFT JOIN records n ON n.url_key = p.url_key
LEFT JOIN archive_records r ON r.archive_record_id = n.record_id
WHERE CASE WHEN p.is_past THEN a.date_basis <> 'first_seen' AND a.dated_at >= $since
           ELSE greatest(p.good_at, a.dated_at, a.first_seen_at) >= $since END
QUALIFY row_number() OVER (PARTITION BY coalesce(p.article_id::VARCHAR, p.url_key)
                           ORDER BY coalesce(r.is_twin, false), p.asked_at DESC, p.url_key) = 1
ORDER BY p.url_key
"""
# An article that only the feed told of is not known: its page is still wanted.
_KEYS = """
SELECT u.url_key FROM article_urls u JOIN articles a USING (article_id)
WHERE u.source_id = $source_id AND a.body_from = 'page'
UNION SELECT url_key FROM rejections WHERE source_id = $source_id
"""
# Pages that could never be had: whether the last failure may pass, and how often it was asked.
_FAILED = """
CREATE OR REPLACE TEMP TABLE failed_pages AS
SELECT f.url_key, arg_max(f.url, b.started_at) AS url, count(*) AS tries,
       arg_max(f.entrance, b.started_at) AS entrance, max_by(f.item, b.started_at) AS item,
       min(coalesce(f.fetched_at, b.started_at)) AS first_asked_at,
       max(greatest(f.fetched_at, b.started_at)) AS asked_at,
       arg_max(f.reason, b.started_at) IN
           ('dns', 'refused', 'timeout', 'reset', 'http_5xx', 'http_429', 'crawl_died')
           AND count(*) < $tries AS is_urgent
FROM fetches f JOIN batches b USING (batch_id)
WHERE f.source_id = $source_id AND f.outcome = 'failed' AND f.url_key NOT IN (
    SELECT url_key FROM fetches WHERE source_id = $source_id
    AND outcome IN ('new', 'updated', 'unchanged', 'rejected'))
GROUP BY f.url_key
"""
# Where it stays listed, it is asked again ever more rarely; once it is not, no more (is_gone).
_GIVEN_UP = """
SELECT url, url_key, NULL, NULL, NULL, first_asked_at, NULL, asked_at, true,
       NULL, NULL, NULL, NULL, NULL, NULL
FROM failed_pages WHERE NOT is_urgent AND asked_at >= $since ORDER BY url_key
"""
# A backfill goes on with what it left itself.
# A crawl that died left what it had not asked as deferred, if it left any lines at all.
_DEFERRED = """
SELECT f.url, f.url_key, f.entrance, f.item FROM fetches f
WHERE f.source_id = $source_id AND f.outcome = 'skipped'
  AND f.reason IN ('deferred', 'host_resting')
  AND f.batch_id = (SELECT arg_max(s.batch_id, b.started_at) FROM batch_sources s
                    JOIN batches b USING (batch_id)
                    WHERE s.source_id = $source_id AND b.found_by = 'live' AND (s.status = 'loaded'
                        OR s.reason = 'crawl_died' AND EXISTS (FROM fetches d
                            WHERE d.batch_id = s.batch_id AND d.source_id = s.source_id)))
  AND f.url_key NOT IN (SELECT url_key FROM failed_pages WHERE is_urgent)
UNION ALL SELECT url, url_key, entrance, item FROM failed_pages WHERE is_urgent
ORDER BY url_key
"""


def remember(con: duckdb.DuckDBPyConnection, source: Source, now: datetime) -> Memory:
    """Read what is known of a source."""
    by_source: dict[str, object] = {"source_id": source.id}
    since = {"since": now - WINDOW}
    con.execute(_FAILED, {**by_source, "tries": TRIES})
    rows = con.execute(_KNOWN, by_source | since).fetchall()
    rows += con.execute(_GIVEN_UP, since).fetchall()
    known = tuple(_known_page(row) for row in rows)
    fresh = {page.url_key for page in known}
    had = {str(key) for (key,) in con.execute(_KEYS, by_source).fetchall()}
    return Memory(
        known=known,
        known_hashes=tuple(sorted(key_hash(key) for key in had if key not in fresh)),
        entrances=recall_entrances(con, source, now),
        deferred=tuple(
            DeferredPage(url=url, url_key=key, entrance=entrance, item=_item(item))
            for url, key, entrance, item in con.execute(_DEFERRED, by_source).fetchall()
            if key not in fresh and key not in had
        ),
    )


def _known_page(row: tuple[Any, ...]) -> KnownPage:
    url, key, etag, modified, sha256, first_seen_at, dated_at, asked_at, is_gone, *record = row
    record_id, file, offset, length, kind, extractor_version = record
    return KnownPage(
        url=url, url_key=key, etag=etag, last_modified=modified, page_sha256=sha256,
        first_seen_at=first_seen_at, dated_at=dated_at, last_fetched_at=asked_at, is_gone=is_gone,
        record=None if record_id is None else ArchiveRecord(
            record_id=record_id, file=file, offset=offset, length=length, kind=kind
        ),
        extractor_version=extractor_version,
    )  # fmt: skip


def _item(text: str | None) -> ListedItem | None:
    return None if text is None else _ITEM.validate_json(text)
