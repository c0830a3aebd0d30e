"""What the published snapshot knows of the lines that are a site's own, or may prove to be."""

from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from crawlers.job import SiteLine
from transforms.line_places import countable_lines
from transforms.site_lines import IN_FORCE
from warehouse.connection import NoSnapshot, open_snapshot

LOOKED_AT = 100
"""Articles of a source, its newest, whose lines are counted."""
MOST_SEEN = 200
"""Lines that stand on several of them and go into a job, those on most pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMemory:
    """A source's own lines, those on their way, and among how many texts these were counted."""

    known: tuple[SiteLine, ...] = ()
    seen: tuple[SiteLine, ...] = ()
    texts: int = 0


_LEARNT = """
SELECT source_id, line, place, pages FROM site_lines WHERE source_id = $source_id
ORDER BY learnt_at, pages DESC, line, place LIMIT $most
"""
# One article a story: copies repeat all lines. The rows are found first, by narrow columns.
_NEWEST = """
SELECT body FROM articles WHERE article_id IN (
    SELECT article_id FROM (
        SELECT article_id, story_id, dated_at FROM articles
        WHERE source_id = $source_id AND body_from <> 'listed'
        ORDER BY dated_at DESC, article_id LIMIT $most)
    QUALIFY row_number() OVER (PARTITION BY coalesce(story_id, article_id)
                               ORDER BY dated_at DESC, article_id) = 1)
"""
_ALL_LEARNT = """
SELECT s.source_id, l.line, l.place, l.pages FROM (SELECT DISTINCT source_id FROM articles) s
LEFT JOIN (FROM site_lines QUALIFY row_number() OVER (PARTITION BY source_id
               ORDER BY learnt_at, pages DESC, line, place) <= $most) l USING (source_id)
ORDER BY ALL
"""


def recall_lines(con: duckdb.DuckDBPyConnection, source_id: str) -> LineMemory:
    """Read a source's own lines, and count those of its newest articles."""
    if not _has_lines(con):
        return LineMemory()
    of_source: dict[str, object] = {"source_id": source_id}
    known = _site_lines(con.execute(_LEARNT, of_source | {"most": IN_FORCE}).fetchall())
    bodies = con.execute(_NEWEST, of_source | {"most": LOOKED_AT}).fetchall()
    return LineMemory(
        known=known.get(source_id, ()),
        seen=_count_lines([str(body) for (body,) in bodies]),
        texts=len(bodies),
    )


def recall_all_lines(home: Path) -> dict[str, tuple[SiteLine, ...]]:
    """Read the own lines of every source that has articles, be there any or none."""
    try:
        with closing(open_snapshot(home)) as con:
            if not _has_lines(con):
                return {}
            return _site_lines(con.execute(_ALL_LEARNT, {"most": IN_FORCE}).fetchall())
    except NoSnapshot:
        return {}


def _has_lines(con: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether the snapshot was published by a version that learns lines."""
    return bool(
        con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'site_lines'").fetchall()
    )


def _site_lines(rows: list[tuple[Any, ...]]) -> dict[str, tuple[SiteLine, ...]]:
    found: defaultdict[str, tuple[SiteLine, ...]] = defaultdict(tuple)
    for source_id, line, place, pages in rows:
        found[source_id] += () if line is None else (SiteLine(line=line, place=place, pages=pages),)
    return dict(found)


def _count_lines(bodies: list[str]) -> tuple[SiteLine, ...]:
    counts = Counter(mark for body in bodies for mark in countable_lines(body))
    often = sorted(
        (mark for mark, pages in counts.items() if pages > 1),
        key=lambda mark: (-counts[mark], mark),
    )
    return tuple(
        SiteLine(line=line, place=place, pages=counts[line, place])
        for line, place in often[:MOST_SEEN]
    )
