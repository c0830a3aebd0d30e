"""Captures that show only the beginning of a text that was had before: no edit of the outlet's.

A wall that closes after some visits cuts a text off, and a page that was cut from the first loses
the text that the feed gave, once no feed lists it any more.

The other way round there are two versions: of a text that was first had whole after its beginning,
nothing proves that all of it stood there before (article_changes.is_only_longer tells such).
"""

import duckdb

from transforms.normalise import normalise_text, words
from warehouse.stretches import find_stretches

MIN_WORDS = 8
"""A shorter beginning may be any text's."""

_CUT = """
SELECT a.record_id, a.title, a.body, h.title, h.body, h.content_hash, h.extractor_version
FROM staged_captures c JOIN decided_captures d USING (number)
JOIN staged_articles a ON a.source_id = c.source_id AND a.url_key = c.url_key
                      AND a.record_id = c.record_id
JOIN (FROM articles WHERE {stretches}) h ON h.article_id = d.article_id
WHERE (a.is_paywalled OR a.is_truncated) AND a.word_count < h.word_count
  AND (a.fetched_at >= h.seen_from OR h.archive_record_id = a.record_id)
"""
_MAYBE_CUT = """
SELECT d.article_id FROM staged_captures c JOIN decided_captures d USING (number)
JOIN staged_articles a ON a.source_id = c.source_id AND a.url_key = c.url_key
                      AND a.record_id = c.record_id
WHERE a.is_paywalled OR a.is_truncated
"""
_TABLE = """
CREATE OR REPLACE TEMP TABLE beginnings (
    record_id VARCHAR, held_hash BIGINT, held_version VARCHAR)
"""


def find_beginnings(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table beginnings: records that say less of what the warehouse holds."""
    con.execute(_TABLE)
    cut = _CUT.format(stretches=find_stretches(con, "articles", _MAYBE_CUT))
    for record_id, title, body, held_title, held_body, *held in con.execute(cut).fetchall():
        if _begins(_words(held_body), _words(body)) and _words(title) == _words(held_title):
            con.execute("INSERT INTO beginnings VALUES (?, ?, ?)", [record_id, *held])


def _words(text: str | None) -> list[str]:
    return words(normalise_text(text or ""))


def _begins(whole: list[str], part: list[str]) -> bool:
    """Judge whether a text begins with another, whose last word may be cut off."""
    sure = part[:-1]
    return len(sure) >= MIN_WORDS and whole[: len(sure)] == sure
