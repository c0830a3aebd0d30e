"""What identity decided, as tables: whose each capture is, and every address that was learnt."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from warehouse.captures import Capture
from warehouse.claims import Settled, own_key

DECISIONS: tuple[str, ...] = (
    "decided_captures",
    "decided_urls",
    "decided_article_merges",
    "decided_doubts",
)

_NEW_URLS = """
CREATE OR REPLACE TEMP TABLE decided_urls AS
SELECT b.url_key, b.article_id, c.source_id, b.how, c.fetched_at AS first_seen_at
FROM believed_urls b JOIN staged_captures c ON c.number = b.n
ANTI JOIN known_urls u ON u.url_key = b.url_key
"""
# A twin by the source's rules was not asked: the page that it stands for (final_url) was, in this
# batch or, where it had to wait, in a later one.
_TWINS = """
CREATE OR REPLACE TEMP TABLE told_twins AS
SELECT url_key, final_url, source_id, NULL::TIMESTAMPTZ AS first_seen_at
FROM staged_fetches WHERE reason = 'twin'
UNION ALL SELECT t.url_key, t.final_url, t.source_id, b.started_at
FROM fetches t JOIN batches b USING (batch_id)
WHERE t.reason = 'twin' AND t.article_id IS NULL
"""
_TWIN_URLS = """
INSERT INTO decided_urls BY NAME
SELECT f.url_key, coalesce(d.article_id, m.article_id, u.article_id) AS article_id, f.source_id,
       'rule' AS how, f.first_seen_at
FROM told_twins f
LEFT JOIN decided_urls d ON d.url_key = f.final_url
LEFT JOIN article_urls u ON u.url_key = f.final_url
LEFT JOIN decided_article_merges m ON m.old_article_id = u.article_id
WHERE coalesce(d.article_id, u.article_id) IS NOT NULL
  AND f.url_key NOT IN (SELECT url_key FROM article_urls
                         WHERE url_key IN (SELECT url_key FROM told_twins) UNION ALL
                         SELECT url_key FROM decided_urls)
QUALIFY row_number() OVER (PARTITION BY f.url_key ORDER BY f.first_seen_at, f.source_id) = 1
"""
_ROLES = ("asked", "final", "redirect", "canonical", "amp", "shortlink", "og")


def write_decisions(
    con: duckdb.DuckDBPyConnection, settled: Settled, names: list[int | None]
) -> None:
    """Make the tables DECISIONS of settled claims and the id of each of their groups."""
    named = list(zip(settled.groups, names, strict=True))
    of = {capture.number: name for group, name in named for capture in group.captures}
    places = [
        (
            capture.number,
            of[capture.number],
            int(_is_twin(capture, settled)),
            _address(capture, settled),
        )
        for group in settled.groups
        for capture in group.captures
    ]
    merges = [
        (old, name, key)
        for group, name in named
        for old, key in sorted(group.ids.items())
        if old != name
    ]
    doubts = sorted({(of[one.number], one.url, one.reason) for one in settled.doubts})
    _create(con, "decided_captures", ("number", "article_id", "is_twin"), ("url",), places)
    _create(con, "decided_article_merges", ("old_article_id", "article_id"), ("url_key",), merges)
    _create(con, "decided_doubts", ("article_id",), ("canonical_url", "reason"), doubts)
    _write_urls(con, settled, of)


def _write_urls(
    con: duckdb.DuckDBPyConnection, settled: Settled, of: dict[int, int | None]
) -> None:
    learnt: dict[str, tuple[int, int]] = {}
    for number, keys in settled.keys.items():
        for key, how in keys:
            found = (_ROLES.index(how), number)
            if of[number] is not None and found < learnt.get(key, (99, 0)):
                learnt[key] = found
    believed = [(of[number], number, key, _ROLES[role]) for key, (role, number) in learnt.items()]
    _create(con, "believed_urls", ("article_id", "n"), ("url_key", "how"), believed)
    con.execute(_NEW_URLS)
    con.execute(_TWINS)
    con.execute(_TWIN_URLS)


def _is_twin(capture: Capture, settled: Settled) -> bool:
    """Say whether a page names an address as its own at which it was not served."""
    served = {capture.keys[0][0], capture.final_url and own_key(capture.final_url)}
    canonical = settled.canonical_key(capture)
    return canonical is not None and canonical not in served


def _address(capture: Capture, settled: Settled) -> str:
    """Choose the address to show: the canonical one where it is believed, else the final one."""
    keys = {key for key, _ in settled.keys[capture.number]}
    for url in (capture.canonical_url, capture.final_url):
        if url and own_key(url) in keys:
            return url
    return capture.url


def _create(
    con: duckdb.DuckDBPyConnection,
    table: str,
    numbers: tuple[str, ...],
    texts: tuple[str, ...],
    rows: Sequence[tuple[object, ...]],
) -> None:
    kinds = [pa.int64()] * len(numbers) + [pa.string()] * len(texts)
    arrays = [pa.array([row[place] for row in rows], kind) for place, kind in enumerate(kinds)]
    con.register("incoming", pa.table(arrays, names=[*numbers, *texts]))
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS FROM incoming")
    con.unregister("incoming")
