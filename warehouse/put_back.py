"""Puts back the rows that a reprocess has replaced, where nothing has touched them since."""

import duckdb
import pyarrow as pa

from crawlers.batch import Batch
from transforms.fingerprint import fingerprint
from warehouse.commit import REPLACED, run_each
from warehouse.replay import decide_withdrawal
from warehouse.staging import read_parquet
from warehouse.temp_tables import replace_table

# Rows of the file, in the columns of today: what an older Khabar kept has no others.
_KEPT = "CREATE OR REPLACE TEMP TABLE kept_{table} AS FROM {table} LIMIT 0"
_STANDING = """
INSERT INTO affected
SELECT article_id FROM kept_articles
SEMI JOIN (SELECT article_id FROM articles WHERE batch_id = $reverted) USING (article_id)
"""
_COLUMNS: list[tuple[str, pa.DataType]] = [
    ("article_id", pa.int64()), ("text_hash", pa.int64()), ("shingle_count", pa.int32()),
    ("minhash", pa.binary()),
]  # fmt: skip
PRINTED = pa.schema(_COLUMNS)
TEXTS_AT_ONCE = 1_000
_TO_PRINT = "SELECT article_id, title, body FROM kept_articles WHERE article_id IN (FROM affected)"
# Where the outlet has taken a page away since, or another story has its text, that stays so.
_DECIDED = """
INSERT INTO stored_articles BY NAME
SELECT article_id, source_id, first_seen_at, dated_at, date_basis, content_hash, text_hash,
       archive_record_id, story_id, found_by, gone_at
FROM articles WHERE article_id IN (FROM affected);
INSERT INTO next_articles BY NAME
SELECT k.* REPLACE (p.text_hash AS text_hash, a.story_id AS story_id, a.gone_at AS gone_at,
                    $batch AS batch_id)
FROM kept_articles k JOIN returned_rows p USING (article_id)
JOIN stored_articles a USING (article_id);
INSERT INTO ordered_captures BY NAME
SELECT k.archive_record_id, k.article_id, k.content_hash, k.extractor_version, k.version_number,
       coalesce(k.is_twin, false) AS is_twin, false AS is_aside, r.article_id AS old_article_id,
       r.version_number AS old_version
FROM kept_archive_records k JOIN archive_records r USING (archive_record_id)
WHERE k.article_id IN (FROM affected) AND k.version_number IS NOT NULL;
INSERT INTO stale_versions BY NAME
SELECT article_id, version_number FROM article_versions WHERE article_id IN (FROM affected);
INSERT INTO next_versions BY NAME
SELECT * EXCLUDE (batch_id), false AS is_newest, false AS is_lost FROM kept_article_versions
WHERE article_id IN (FROM affected);
INSERT INTO new_texts BY NAME
SELECT n.article_id, n.source_id, n.language, n.title, n.body, n.text_hash, p.shingle_count,
       p.minhash, n.dated_at, n.first_seen_at
FROM next_articles n JOIN returned_rows p USING (article_id)
JOIN stored_articles a USING (article_id) WHERE a.text_hash <> n.text_hash;
INSERT INTO aged_articles BY NAME
SELECT n.article_id, n.first_seen_at, n.dated_at
FROM next_articles n JOIN stored_articles a USING (article_id)
WHERE (a.first_seen_at, a.dated_at) IS DISTINCT FROM (n.first_seen_at, n.dated_at)
  AND a.text_hash = n.text_hash
"""


def put_back_replaced(
    con: duckdb.DuckDBPyConnection, batch: Batch, reverted: str
) -> tuple[int, int]:
    """Decide that the batch's kept rows are written again; of articles that stand as they were put.

    Into the empty tables of versions.py and outcomes.py. Returns how many rows are kept, and how
    many of them are written: an article that any batch has looked at since stays as it is. An
    article that the batch has brought goes.
    """
    for table in REPLACED:
        con.execute(_KEPT.format(table=table))
        read_parquet(con, f"kept_{table}", [batch.put_back / f"{table}.parquet"])
    con.execute(_STANDING, {"reverted": reverted})
    _print_texts(con)
    run_each(con, _DECIDED, {"batch": batch.id})
    decide_withdrawal(con, Batch(id=reverted, home=batch.home))
    counted = """
        SELECT count(*), count(*) FILTER (article_id IN (FROM affected)) FROM (
            SELECT article_id FROM kept_articles
            UNION ALL SELECT article_id FROM kept_article_versions)"""
    [(kept, written)] = con.execute(counted).fetchall()
    return int(kept), int(written)


def _print_texts(con: duckdb.DuckDBPyConnection) -> None:
    """Sign the kept texts by today's algorithm, in the temp table `returned_rows`."""
    found = con.execute(_TO_PRINT)
    parts = [PRINTED.empty_table()]
    while some := found.fetchmany(TEXTS_AT_ONCE):
        made = [(article_id, fingerprint(title, body)) for article_id, title, body in some]
        parts.append(
            pa.table(
                [
                    [article_id for article_id, _ in made],
                    [one.text_hash for _, one in made],
                    [one.shingle_count for _, one in made],
                    [one.minhash for _, one in made],
                ],
                schema=PRINTED,
            )
        )
    replace_table(con, "returned_rows", pa.concat_tables(parts))
