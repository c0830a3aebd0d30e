"""Signatures of one algorithm: what an older one made is made anew from the texts, in bulk.

Only hashes and signatures of the text alone: content_hash is compared under one extractor_version,
and that is another one where the code is.
"""

import logging
from collections.abc import Iterator

import duckdb
import pyarrow as pa

from transforms.fingerprint import ALGORITHM, ALGORITHM_VERSION, SEED, band_hashes, fingerprint
from warehouse.matching import MIN_SHINGLES

LOG = logging.getLogger("khabar.signing")
TEXTS_AT_ONCE = 1_000
ARTICLES_A_SLICE = 20_000
"""What is done again, at most, when it is killed; each slice looks through all bands once."""
TODAY: dict[str, object] = {
    "algorithm": ALGORITHM,
    "version": str(ALGORITHM_VERSION),
    "seed": SEED,
}

_TABLES = """
CREATE OR REPLACE TEMP TABLE renewed (
    id BIGINT, text_hash BIGINT, shingle_count INTEGER, minhash BLOB);
CREATE OR REPLACE TEMP TABLE renewed_bands (band_hash INTEGER, article_id BIGINT)
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
WHERE r.id = articles.article_id AND r.text_hash <> articles.text_hash;
DELETE FROM signatures WHERE article_id IN (SELECT id FROM renewed);
DELETE FROM bands WHERE article_id IN (SELECT id FROM renewed);
INSERT INTO signatures BY NAME
SELECT id AS article_id, $algorithm AS algorithm, $version AS algorithm_version, $seed AS seed,
       shingle_count, minhash FROM renewed WHERE shingle_count > 0 ORDER BY article_id;
INSERT INTO bands BY NAME FROM renewed_bands
"""


def renew_signatures(con: duckdb.DuckDBPyConnection) -> None:
    """Sign anew what an older algorithm has signed, of the staged batch and of the warehouse.

    Of the warehouse slice by slice, each in its own transaction: killed, it goes on where it was.
    Between two slices old and new lie beside each other, which are never compared. A story once
    decided stays, and says by which version it was.
    """
    if staged := _ids(con, _STAGED):
        con.execute(_TABLES)
        for some in _slices(staged, TEXTS_AT_ONCE):
            _add_prints(con, con.execute(_STAGED_TEXTS, {"ids": some}).fetchall())
        con.execute(_RENEW_STAGED, {"version": TODAY["version"]})
    if con.execute(_ARE_OLD, TODAY).fetchall():
        _renew_stored(con, _ids(con, _STORED))


def _renew_stored(con: duckdb.DuckDBPyConnection, ids: list[int]) -> None:
    done = 0
    for some in _slices(ids, ARTICLES_A_SLICE):
        con.execute(_TABLES)
        for few in _slices(some, TEXTS_AT_ONCE):
            asked = {"ids": few, "first": few[0], "last": few[-1]}
            _add_prints(con, con.execute(_STORED_TEXTS, asked).fetchall())
        con.execute("BEGIN")
        for statement in _RENEW_STORED.split(";\n"):
            con.execute(statement, _named(statement))
        con.execute("COMMIT")
        done += len(some)
        if len(ids) > ARTICLES_A_SLICE:
            LOG.warning("signatures of an older version: %d of %d made anew", done, len(ids))


def _ids(con: duckdb.DuckDBPyConnection, query: str) -> list[int]:
    return [one for (one,) in con.execute(query, _named(query)).fetchall()]


def _slices(ids: list[int], size: int) -> Iterator[list[int]]:
    return (ids[first : first + size] for first in range(0, len(ids), size))


def _add_prints(
    con: duckdb.DuckDBPyConnection, texts: list[tuple[int, str | None, str | None]]
) -> None:
    prints = {id_: fingerprint(title, body) for id_, title, body in texts}
    bands = [
        (band, id_)
        for id_, one in prints.items()
        if one.shingle_count >= MIN_SHINGLES
        for band in band_hashes(one.minhash)
    ]
    made = {
        "renewed": pa.table(
            {
                "id": pa.array(list(prints), pa.int64()),
                "text_hash": pa.array([one.text_hash for one in prints.values()], pa.int64()),
                "shingle_count": pa.array([one.shingle_count for one in prints.values()]),
                "minhash": pa.array([one.minhash for one in prints.values()], pa.binary()),
            }
        ),
        "renewed_bands": pa.table(
            {
                "band_hash": pa.array([band for band, _ in bands], pa.int32()),
                "article_id": pa.array([id_ for _, id_ in bands], pa.int64()),
            }
        ),
    }
    for table, rows in made.items():
        con.register("incoming", rows)
        con.execute(f"INSERT INTO {table} BY NAME FROM incoming")
        con.unregister("incoming")


def _named(statement: str) -> dict[str, object]:
    return {name: value for name, value in TODAY.items() if f"${name}" in statement}
