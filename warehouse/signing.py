"""Signatures and stories of one algorithm: what an older one made is made anew, in bulk.

Only hashes and signatures of the text alone: content_hash is compared under one extractor_version,
and that is another one where the code is.
"""

import logging
from collections.abc import Iterator

import duckdb
import pyarrow as pa

from transforms.fingerprint import fingerprint
from warehouse.candidates import TODAY
from warehouse.checks import prove_stories
from warehouse.commit import run_each
from warehouse.stories import apply_stories, compare_texts, decide_places, write_compared
from warehouse.unsettled import spread_unsettled

LOG = logging.getLogger("khabar.signing")
TEXTS_AT_ONCE = 1_000
ARTICLES_A_SLICE = 20_000
"""What is done again, at most, when it is killed; each slice looks through all signatures once."""

# What finds pairs and stories of a batch, given a slice of the warehouse as if it were read again.
_NOTHING_NEW = """
CREATE OR REPLACE TEMP TABLE new_texts AS
SELECT article_id, title, body, text_hash, first_seen_at, dated_at, 0 AS shingle_count,
       ''::BLOB AS minhash FROM articles LIMIT 0;
CREATE OR REPLACE TEMP TABLE left_texts (article_id BIGINT);
CREATE OR REPLACE TEMP TABLE aged_articles (
    article_id BIGINT, first_seen_at TIMESTAMPTZ, dated_at TIMESTAMPTZ);
CREATE OR REPLACE TEMP TABLE decided_article_merges (old_article_id BIGINT, article_id BIGINT)
"""
_READ_AGAIN = """
INSERT INTO new_texts BY NAME
SELECT a.article_id, a.title, a.body, r.text_hash, r.shingle_count, r.minhash, a.first_seen_at,
       a.dated_at
FROM articles a JOIN renewed r ON r.id = a.article_id
"""
_OLD_STORIES = "SELECT 1 FROM story_articles WHERE algorithm_version <> $version LIMIT 1"
_TAKE_OLD = """
CREATE OR REPLACE TEMP TABLE placed_anew AS
SELECT article_id FROM story_articles WHERE algorithm_version <> $version
ORDER BY article_id LIMIT $slice
"""
_NEWEST_BATCH = "SELECT max_by(batch_id, load_number) FROM batches"
_RENEWED = """
CREATE OR REPLACE TEMP TABLE renewed (
    id BIGINT, text_hash BIGINT, shingle_count INTEGER, minhash BLOB)
"""
_STAGED = "SELECT rowid FROM staged_articles WHERE coalesce(algorithm_version, 1) <> $version::INT"
_STAGED_TEXTS = """
SELECT rowid, title, body FROM staged_articles WHERE rowid IN (SELECT unnest($ids))
"""
_RENEW_STAGED = """
UPDATE staged_articles SET text_hash = r.text_hash, shingle_count = r.shingle_count,
       minhash = r.minhash, algorithm_version = $version::INT
FROM renewed r WHERE r.id = staged_articles.rowid
"""
# Three narrow columns, whose blocks say what they hold: no signature is read to find none is old.
_ARE_OLD = """
SELECT 1 FROM signatures
WHERE algorithm <> $algorithm OR algorithm_version <> $version OR seed <> $seed LIMIT 1
"""
# Those without a signature first: as long as an old one is left, it is known that all are not done.
_STORED = """
SELECT a.rowid FROM articles a LEFT JOIN signatures s USING (article_id)
WHERE s.article_id IS NULL OR s.algorithm <> $algorithm OR s.algorithm_version <> $version
   OR s.seed <> $seed
ORDER BY s.article_id IS NOT NULL, a.rowid
"""
# DuckDB knows where rows lie: looked up by their articles' ids, they cost reading every body.
_STORED_TEXTS = """
SELECT article_id, title, body FROM articles
WHERE rowid BETWEEN $first AND $last AND rowid IN (SELECT unnest($ids))
"""
_RENEW_STORED = """
UPDATE articles SET text_hash = r.text_hash FROM renewed r
WHERE r.id = articles.article_id AND r.text_hash <> articles.text_hash
"""


def renew_signatures(con: duckdb.DuckDBPyConnection) -> None:
    """Make anew what an older algorithm has signed, of the staged batch and of the warehouse.

    Of the warehouse slice by slice, each in its own transaction: killed, it goes on where it was.
    Between two slices old and new lie beside each other, which are never compared. When all are
    compared, the stories are decided anew; those that stay as they are keep their ids.

    Raises:
        CheckFailed: the stories would break a promise; the last slice of them is not written.
    """
    if staged := _ids(con, _STAGED):
        con.execute(_RENEWED)
        for some in _slices(staged, TEXTS_AT_ONCE):
            _add_prints(con, con.execute(_STAGED_TEXTS, {"ids": some}).fetchall())
        con.execute(_RENEW_STAGED, {"version": TODAY["version"]})
    if con.execute(_ARE_OLD, TODAY).fetchall():
        _renew_stored(con, _ids(con, _STORED))
    if con.execute(_OLD_STORIES, _named(_OLD_STORIES)).fetchall():
        _renew_stories(con)


def _renew_stored(con: duckdb.DuckDBPyConnection, ids: list[int]) -> None:
    done, batch = 0, _newest_batch(con)
    for some in _slices(ids, ARTICLES_A_SLICE):
        con.execute(_RENEWED)
        for few in _slices(some, TEXTS_AT_ONCE):
            asked = {"ids": few, "first": few[0], "last": few[-1]}
            _add_prints(con, con.execute(_STORED_TEXTS, asked).fetchall())
        run_each(con, _NOTHING_NEW, {})
        con.execute(_READ_AGAIN)
        compare_texts(con)
        con.execute("BEGIN")
        con.execute(_RENEW_STORED)
        write_compared(con, batch)
        con.execute("COMMIT")
        done += len(some)
        if len(ids) > ARTICLES_A_SLICE:
            LOG.warning("signatures of an older version: %d of %d made anew", done, len(ids))


def _renew_stories(con: duckdb.DuckDBPyConnection) -> None:
    batch, taken = _newest_batch(con), {"slice": ARTICLES_A_SLICE, "version": TODAY["version"]}
    run_each(con, _NOTHING_NEW, {})
    compare_texts(con)
    while con.execute(_OLD_STORIES, _named(_OLD_STORIES)).fetchall():
        con.execute(_TAKE_OLD, taken)
        spread_unsettled(con)
        decide_places(con)
        con.execute("BEGIN")
        apply_stories(con, batch)
        if not con.execute(_OLD_STORIES, _named(_OLD_STORIES)).fetchall():
            prove_stories(con)
        con.execute("COMMIT")


def _newest_batch(con: duckdb.DuckDBPyConnection) -> str:
    return str(con.execute(_NEWEST_BATCH).fetchall()[0][0])


def _ids(con: duckdb.DuckDBPyConnection, query: str) -> list[int]:
    return [one for (one,) in con.execute(query, _named(query)).fetchall()]


def _slices(ids: list[int], size: int) -> Iterator[list[int]]:
    return (ids[first : first + size] for first in range(0, len(ids), size))


def _add_prints(
    con: duckdb.DuckDBPyConnection, texts: list[tuple[int, str | None, str | None]]
) -> None:
    prints = {id_: fingerprint(title, body) for id_, title, body in texts}
    rows = pa.table(
        {
            "id": pa.array(list(prints), pa.int64()),
            "text_hash": pa.array([one.text_hash for one in prints.values()], pa.int64()),
            "shingle_count": pa.array([one.shingle_count for one in prints.values()]),
            "minhash": pa.array([one.minhash for one in prints.values()], pa.binary()),
        }
    )
    con.register("incoming", rows)
    con.execute("INSERT INTO renewed BY NAME FROM incoming")
    con.unregister("incoming")


def _named(statement: str) -> dict[str, object]:
    return {name: value for name, value in TODAY.items() if f"${name}" in statement}
