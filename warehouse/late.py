"""Extractions that come late: what a batch begun later has read is not replaced by them.

A batch that was held knows captures as its own extractor read them then. Its own capture is
compared with those, and what it is equal to shows what it shows, too.
"""

from datetime import datetime

import duckdb

_LATE = """
CREATE OR REPLACE TEMP TABLE late AS
SELECT s.record_id, r.article_id, s.content_hash, s.extractor_version,
       r.content_hash AS held_hash, r.extractor_version AS held_version
FROM staged_articles s JOIN known_records r ON r.archive_record_id = s.record_id
JOIN articles a ON a.article_id = r.article_id JOIN batches b ON b.batch_id = a.batch_id
WHERE b.started_at > $started_at AND r.content_hash IS NOT NULL
"""
_ASIDE = "DELETE FROM staged_articles WHERE record_id IN (SELECT record_id FROM late)"


def set_late_aside(con: duckdb.DuckDBPyConnection, started_at: datetime) -> None:
    """Take extractions out of the staged batch where a later batch has written their article.

    Makes the temporary table late: their hashes, and those that the warehouse has instead.
    """
    con.execute(_LATE, {"started_at": started_at})
    con.execute(_ASIDE)
