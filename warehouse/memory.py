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
from warehouse.line_memory import LineMemory, recall_lines
from warehouse.stretches import write_stretches

WINDOW = timedelta(days=90)
"""Pages heard of since then are known with their validators; of the rest only hashes."""
TRIES = 5
"""How often a page is asked at every crawl while it fails for a reason that may pass."""
TRIED_ON = 20
"""Archived pages on which a changed extractor is tried."""
CARRIED = 4
"""Times a source's max_pages: as many of the pages left over does a crawl hear of."""
_ITEM: TypeAdapter[ListedItem] = TypeAdapter(ListedItem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is known of a source."""

    known: tuple[KnownPage, ...]
    known_hashes: tuple[int, ...]
    entrances: tuple[KnownEntrance, ...]
    deferred: tuple[DeferredPage, ...]
    """Pages to be asked now that were never had, the newest first, and no more than CARRIED."""
    deferred_hashes: tuple[int, ...]
    """key_hash of those beyond that."""
    lines: LineMemory

    @property
    def tried_on(self) -> tuple[KnownPage, ...]:
        """The newest archived pages: what comes now is most like them."""
        archived = [page for page in self.known if page.record is not None]
        archived.sort(key=lambda page: (page.first_seen_at, page.url_key), reverse=True)
        return tuple(archived[:TRIED_ON])


NOTHING = Memory(
    known=(), known_hashes=(), entrances=(), deferred=(), deferred_hashes=(), lines=LineMemory()
)

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
CREATE OR REPLACE TEMP TABLE had_keys AS
SELECT u.url_key FROM article_urls u JOIN articles a USING (article_id)
WHERE u.source_id = $source_id AND a.body_from IN ('page', 'json-ld')
UNION SELECT url_key FROM rejections WHERE source_id = $source_id
UNION SELECT url_key FROM fetches
WHERE source_id = $source_id AND outcome IN ('new', 'updated', 'unchanged', 'rejected')
"""
# What live batches say of pages that were never had, in whatever order they came to be loaded.
# A backfill goes on with what it left itself, and asks again what failed.
# A failure that may pass by itself is asked at every crawl at first. Others, and then those too,
# wait ever longer, until they have failed for `span`. A page that is gone has one more look, since
# some are listed before they are there. Of pages that are blocked one is asked a batch, fewer than
# make a host rest, and later than the host's daily probe. Who insists has all of four weeks asked
# again that may be there.
_NEVER_HAD = """
CREATE OR REPLACE TEMP TABLE never_had AS
WITH lines AS (
    SELECT f.* EXCLUDE (item), f.rowid AS line, b.started_at,
           greatest(f.fetched_at, b.started_at) AS asked_at
    FROM fetches f JOIN batches b USING (batch_id)
    WHERE f.source_id = $source_id AND b.found_by = 'live' AND f.outcome IN ('failed', 'skipped')
      AND f.url_key NOT IN (FROM had_keys)
), pages AS (
    SELECT url_key, arg_max(url, started_at) AS url, arg_max(entrance, started_at) AS entrance,
           list(line) AS lines, max(started_at) AS heard_at,
           arg_max(outcome = 'skipped' AND reason NOT IN ('deferred', 'host_resting'), started_at)
               AS is_refused,
           count(*) FILTER (outcome = 'failed') AS tries,
           arg_max(reason, started_at) FILTER (outcome = 'failed') AS trouble,
           min(asked_at) FILTER (outcome = 'failed') AS first_asked_at,
           max(asked_at) FILTER (outcome = 'failed') AS asked_at
    FROM lines GROUP BY url_key
), waits AS (
    SELECT trouble, to_hours(rest) AS rest, to_hours(span) AS span FROM (VALUES
        ('dns', 1, 48), ('refused', 1, 48), ('timeout', 1, 48), ('reset', 1, 48),
        ('http_5xx', 1, 48), ('http_429', 1, 48), ('crawl_died', 1, 48), ('http_4xx', 1, 48),
        ('tls', 1, 48), ('bad_response', 1, 48), ('gone', 4, 4), ('blocked', 26, 48)
    ) w (trouble, rest, span)
), judged AS (
    SELECT p.*, NOT is_refused AND (tries = 0
        OR tries < $tries AND trouble IN
           ('dns', 'refused', 'timeout', 'reset', 'http_5xx', 'http_429', 'crawl_died')
        OR coalesce(asked_at - first_asked_at < span AND $now::TIMESTAMPTZ - asked_at
                    >= greatest(rest, 3 * (asked_at - first_asked_at)), false)
        OR $insists AND trouble <> 'gone' AND asked_at >= $now::TIMESTAMPTZ - INTERVAL 28 DAY)
            AS is_ready
    FROM pages p LEFT JOIN waits USING (trouble)
)
SELECT *, is_ready AND (trouble IS DISTINCT FROM 'blocked' OR row_number() OVER (
              PARTITION BY is_ready, trouble ORDER BY asked_at, url_key) = 1) AS is_wanted
FROM judged
"""
# Where it stays listed, it is asked again ever more rarely; once it is not, no more (is_gone).
_GIVEN_UP = """
SELECT url, url_key, NULL, NULL, NULL, first_asked_at, NULL, asked_at, true,
       NULL, NULL, NULL, NULL, NULL, NULL
FROM never_had WHERE NOT is_wanted AND tries > 0 AND asked_at >= $since ORDER BY url_key
"""
# What entrances said is most of the ledger: of each source it is read of the wanted pages alone.
_DEFERRED = """
WITH told AS (
    SELECT w.url_key, arg_max(f.item, b.started_at) AS item
    FROM (SELECT url_key, unnest(lines) AS line FROM never_had WHERE is_wanted) w
    JOIN (SELECT rowid AS line, batch_id, item FROM fetches WHERE {stretches}) f USING (line)
    JOIN batches b USING (batch_id) GROUP BY w.url_key
)
SELECT url, url_key, entrance, item FROM never_had LEFT JOIN told USING (url_key) WHERE is_wanted
ORDER BY coalesce(try_cast(item->>'published_at' AS TIMESTAMPTZ),
                  timezone('UTC', try_cast(item->>'published_on' AS DATE)::TIMESTAMP)
         ) DESC NULLS LAST, heard_at DESC, url_key
"""
_WANTED_LINES = "SELECT unnest(lines) AS line FROM never_had WHERE is_wanted ORDER BY line"


def remember(
    con: duckdb.DuckDBPyConnection, source: Source, now: datetime, *, insists: bool = False
) -> Memory:
    """Read what is known of a source; who `insists` has pages asked again that were given up."""
    by_source: dict[str, object] = {"source_id": source.id}
    since = {"since": now - WINDOW}
    find_never_had(con, source, now, insists=insists)
    rows = con.execute(_KNOWN, by_source | since).fetchall()
    rows += con.execute(_GIVEN_UP, since).fetchall()
    known = tuple(_known_page(row) for row in rows)
    fresh = {page.url_key for page in known}
    had = {str(key) for (key,) in con.execute("FROM had_keys").fetchall()}
    left = _read_deferred(con)
    most = CARRIED * source.politeness.max_pages
    return Memory(
        known=known,
        known_hashes=tuple(sorted(key_hash(key) for key in had if key not in fresh)),
        entrances=recall_entrances(con, source, now),
        deferred=tuple(
            DeferredPage(url=url, url_key=key, entrance=entrance, item=_item(item))
            for url, key, entrance, item in left[:most]
        ),
        deferred_hashes=tuple(sorted(key_hash(key) for _, key, _, _ in left[most:])),
        lines=recall_lines(con, source.id),
    )


def find_never_had(
    con: duckdb.DuckDBPyConnection, source: Source, now: datetime, *, insists: bool
) -> None:
    """Make the temporary tables had_keys and never_had, the latter with what is wanted of it."""
    con.execute(_KEYS, {"source_id": source.id})
    values = {"source_id": source.id, "tries": TRIES, "now": now, "insists": insists}
    con.execute(_NEVER_HAD, values)


def _read_deferred(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    lines = con.execute(_WANTED_LINES).fetchnumpy()["line"]
    return con.execute(_DEFERRED.format(stretches=write_stretches(lines))).fetchall()


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
