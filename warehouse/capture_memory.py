"""What the published snapshot knows of the captures at addresses that an import has more of."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pyarrow as pa

from crawlers.job import KnownPage
from crawlers.page import ArchiveRecord
from warehouse.connection import NoSnapshot, open_snapshot

# A foreign archive's capture may fall between any two: one of each version is read again.
_CAPTURES = """
SELECT r.url, r.url_key, r.page_sha256, a.first_seen_at, r.fetched_at, r.archive_record_id, r.file,
       r.offset_bytes, r.length_bytes, r.kind, r.extractor_version
FROM archive_records r JOIN articles a USING (article_id)
WHERE r.source_id = $source_id AND r.kind <> 'revisit' AND r.url_key IN (SELECT url_key FROM taken)
QUALIFY row_number() OVER (
    PARTITION BY r.article_id, r.version_number, coalesce(r.is_twin, false)
    ORDER BY r.fetched_at DESC NULLS LAST, r.archive_record_id DESC) = 1
ORDER BY r.url_key, r.fetched_at NULLS FIRST, r.archive_record_id
"""


def recall_captures(home: Path, source_id: str, keys: Iterable[str]) -> tuple[KnownPage, ...]:
    """Find a source's captures at these addresses, the newest of each version of an article."""
    taken = pa.table({"url_key": pa.array(keys, pa.string())})
    try:
        with closing(open_snapshot(home)) as con:
            con.register("taken", taken)
            rows = con.execute(_CAPTURES, {"source_id": source_id}).fetchall()
    except NoSnapshot:
        return ()
    return tuple(
        KnownPage(
            url=url, url_key=key, etag=None, last_modified=None, page_sha256=sha256,
            first_seen_at=first_seen_at, dated_at=None, last_fetched_at=fetched_at, is_gone=False,
            record=ArchiveRecord(
                record_id=record_id, file=file, offset=offset, length=length, kind=kind
            ),
            extractor_version=version,
        )
        for url, key, sha256, first_seen_at, fetched_at, record_id, file, offset, length, kind,
            version in rows
    )  # fmt: skip
