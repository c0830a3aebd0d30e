"""Identity: which article each page belongs to, learnt from every address it was seen under."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from crawlers.urls import key_hash
from transforms.article import OF_PAGE
from warehouse import identity_tables
from warehouse.captures import Capture, KnownArticle, Text
from warehouse.claims import Group, Settled, own_key, settle
from warehouse.stretches import find_stretches
from warehouse.temp_tables import replace_table

_CAPTURES = """
CREATE OR REPLACE TEMP TABLE staged_captures AS
SELECT row_number() OVER (ORDER BY source_id, url_key, record_id NULLS FIRST) AS number, *
FROM (
    SELECT a.source_id, a.url_key, a.url, a.final_url, a.canonical_url, a.record_id,
           a.fetched_at, a.body_from, a.keys, a.text_hash, a.minhash, r.article_id AS again_id
    FROM staged_articles a LEFT JOIN known_records r ON r.archive_record_id = a.record_id
    UNION ALL
    SELECT f.source_id, f.url_key, f.url, NULL, NULL, f.archive_record_id, f.fetched_at, NULL,
           [{'url_key': f.url_key, 'how': 'asked'}], NULL, NULL, NULL
    FROM staged_fetches f
    WHERE f.disposition IN ('fetched', 'not_modified')
      AND NOT EXISTS (FROM staged_articles a WHERE a.source_id = f.source_id
                      AND a.url_key = f.url_key AND a.record_id IS NOT DISTINCT FROM
                      f.archive_record_id)
      AND NOT EXISTS (FROM staged_rejections j WHERE j.source_id = f.source_id
                      AND j.url_key = f.url_key)
)
"""
_READ = """
SELECT c.number, c.url, c.url_key, c.final_url, c.canonical_url,
       list_transform(c.keys, lambda k: k.url_key), list_transform(c.keys, lambda k: k.how),
       coalesce(c.fetched_at, $started_at), c.again_id, c.body_from, c.text_hash, c.minhash,
       s.home, s.hosts
FROM staged_captures c JOIN staged_sources s USING (source_id) ORDER BY c.number
"""
_KNOWN_URLS = """
CREATE OR REPLACE TEMP TABLE known_urls AS
SELECT url_key, article_id FROM article_urls WHERE url_key IN (
    SELECT unnest(keys).url_key FROM staged_captures UNION ALL SELECT url_key FROM staged_fetches)
"""
_KNOWN = """
SELECT DISTINCT u.url_key, u.article_id
FROM known_urls u JOIN (SELECT unnest(keys).url_key AS url_key FROM staged_captures) k
  USING (url_key)
"""
_ARTICLES = """
SELECT a.article_id, a.first_seen_at, a.body_from IN ('page', 'json-ld'), a.text_hash, s.minhash
FROM articles a
LEFT JOIN (SELECT article_id, minhash FROM signatures WHERE {stretches}) s USING (article_id)
WHERE a.article_id IN (FROM known_ids)
"""
_TORN = """
DELETE FROM staged_articles WHERE record_id IN (
    SELECT record_id FROM staged_captures WHERE list_contains($torn::BIGINT[], number))
"""
# Twins that waited for another article go on waiting.
_NOT_TAUGHT = """
DELETE FROM decided_urls WHERE article_id NOT IN (
    SELECT article_id FROM decided_captures WHERE article_id IS NOT NULL)
"""
_KEPT = """
INSERT INTO decided_captures BY NAME
SELECT c.number, a.article_id, coalesce(r.is_twin, false)::BIGINT AS is_twin, a.url
FROM staged_captures c JOIN known_records r ON r.archive_record_id = c.record_id
JOIN (SELECT article_id, url FROM articles) a ON a.article_id = r.article_id
"""


def stage_captures(con: duckdb.DuckDBPyConnection) -> None:
    """Number what the batch captured, in an order that only its files decide; recall its keys."""
    con.execute(_CAPTURES)
    con.execute(_KNOWN_URLS)


def keep_identity(con: duckdb.DuckDBPyConnection, started_at: datetime) -> int:
    """Leave each of staged_captures with the article that its record has, under its address.

    What archived pages say of themselves moves no article and teaches no address: that was decided
    when they were fetched, with what their outlets answered. Only of a page that was rejected then
    it is decided now. One that proves two articles to be one is taken out of staged_articles, for
    ids that are merged are not parted again; returns how many.
    """
    captures = list(_read_captures(con, started_at))
    strangers = [one for one in captures if one.article_id is None]
    torn: list[int] = []
    while True:
        settled, names = _settle(con, strangers)
        between = {c.number for g in settled.groups if len(g.ids) > 1 for c in g.captures}
        if not between:
            break
        torn += sorted(between)
        strangers = [one for one in strangers if one.number not in between]
    con.execute(_TORN, {"torn": torn})
    identity_tables.write_decisions(con, settled, names)
    con.execute(_NOT_TAUGHT)
    con.execute(_KEPT)
    return len(torn)


def decide_identity(con: duckdb.DuckDBPyConnection, started_at: datetime) -> None:
    """Decide to which article each of staged_captures belongs, in the tables of identity_tables.

    A capture of which nothing is known but that it is unchanged gets no article.
    """
    settled, names = _settle(con, list(_read_captures(con, started_at)))
    identity_tables.write_decisions(con, settled, names)


def _settle(
    con: duckdb.DuckDBPyConnection, captures: list[Capture]
) -> tuple[Settled, list[int | None]]:
    """Settle the claims of captures, and name each group."""
    known = dict(con.execute(_KNOWN).fetchall())
    articles = {
        article_id: KnownArticle(first_seen_at=seen, text=_text(text_hash, minhash, is_page))
        for article_id, seen, is_page, text_hash, minhash in _read_known(
            con, {*known.values(), *(one.article_id for one in captures if one.article_id)}
        )
    }
    settled = settle(captures, known, articles)
    return settled, _name_groups(con, settled, articles)


def _read_captures(con: duckdb.DuckDBPyConnection, started_at: datetime) -> Iterator[Capture]:
    rows = con.execute(_READ, {"started_at": started_at}).fetchall()
    for row in rows:
        number, url, asked, final_url, canonical, keys, hows, seen_at, again_id, *rest = row
        body_from, text_hash, minhash, home, hosts = rest
        yield Capture(
            number=number,
            url=url,
            asked=asked,
            final_url=final_url,
            canonical_url=canonical,
            keys=tuple(zip(keys, hows, strict=True)),
            seen_at=seen_at,
            article_id=again_id,
            text=None if body_from is None else _text(text_hash, minhash, body_from in OF_PAGE),
            home=home and own_key(home),
            hosts=frozenset(hosts or ()),
        )


def _read_known(con: duckdb.DuckDBPyConnection, ids: set[int]) -> list[tuple[Any, ...]]:
    replace_table(con, "known_ids", pa.table({"article_id": pa.array(sorted(ids), pa.int64())}))
    stretches = find_stretches(con, "signatures", "FROM known_ids")
    return con.execute(_ARTICLES.format(stretches=stretches)).fetchall()


def _text(text_hash: int, minhash: bytes | None, is_page: bool) -> Text:
    return Text(text_hash=text_hash, minhash=minhash or b"", is_page=is_page)


def _name_groups(
    con: duckdb.DuckDBPyConnection, settled: Settled, articles: dict[int, KnownArticle]
) -> list[int | None]:
    """Choose each group's id: the oldest known one, else a new one from its best address."""
    best = [None if group.ids else _best_key(group, settled) for group in settled.groups]
    taken = _used_ids(con, [key_hash(key) for key in best if key is not None])
    names: list[int | None] = []
    for group, key in zip(settled.groups, best, strict=True):
        if group.ids:
            names.append(min(group.ids, key=lambda one: (articles[one].first_seen_at, one)))
        else:
            names.append(None if key is None else _mint(key, taken))
    return names


def _best_key(group: Group, settled: Settled) -> str | None:
    spoken = [capture for capture in group.captures if capture.text is not None]
    if not spoken:
        return None
    first = min(spoken, key=lambda capture: (capture.seen_at, capture.asked))
    return settled.canonical_key(first) or first.asked


def _mint(key: str, taken: set[int]) -> int:
    article_id = key_hash(key)
    while article_id in taken:
        article_id = key_hash(f"{key} {article_id}")
    taken.add(article_id)
    return article_id


def _used_ids(con: duckdb.DuckDBPyConnection, candidates: list[int]) -> set[int]:
    con.register("incoming", pa.table({"article_id": pa.array(candidates, pa.int64())}))
    rows = con.execute(
        "SELECT article_id FROM incoming WHERE article_id IN (SELECT article_id FROM articles "
        "UNION ALL SELECT old_article_id FROM article_merges)"
    ).fetchall()
    con.unregister("incoming")
    return {int(article_id) for (article_id,) in rows}
