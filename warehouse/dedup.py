"""dedup_batch(): decide identity and stories of a batch, and note on which state."""

import time
from dataclasses import asdict, dataclass

import duckdb

from crawlers.batch import Batch, write_json
from crawlers.counted import counted
from warehouse.checks import judge_sources
from warehouse.connection import open_writer
from warehouse.decisions import decide, state_number, write_decisions
from warehouse.load import staged_digest
from warehouse.staging import stage_batch


@dataclass(frozen=True, slots=True, kw_only=True)
class DedupReport:
    """What was decided."""

    batch_id: str
    state_number: int
    pages: int
    """Captures given an article."""
    new_articles: int
    merged: int
    copies: int
    """Articles that joined a story as a copy."""
    seconds: float
    line: str


_COUNTS = """
SELECT (SELECT count(*) FROM decided_captures WHERE article_id IS NOT NULL),
       (SELECT count(*) FROM heads WHERE is_new),
       (SELECT count(*) FROM decided_article_merges),
       (SELECT count(*) - count(DISTINCT story_id) FILTER (story_id NOT IN (
            SELECT story_id FROM stories)) FROM decided_story_articles SEMI JOIN new_texts
        USING (article_id))
"""


_BOUND = "SELECT coalesce(sum(strlen(body)), 0) FROM staged_articles"
BYTES_OF_WAREHOUSE = 700_000_000
COPIES_OF_BATCH = 10
"""How often the texts of a batch lie in its own temporary tables, at most."""


def dedup_batch(batch: Batch) -> DedupReport:
    """Decide what load will commit; nothing is written to the warehouse but newer signatures.

    It opens the writer's file, since decisions rest on what is loaded, not on what is published.
    """
    began = time.monotonic()
    with open_writer(batch.home, doing=f"deciding {batch.id}") as con:
        manifest = stage_batch(con, batch)
        _bound_memory(con)
        judge_sources(con)
        digest = staged_digest(con)
        decide(con, batch, manifest.found_by, digest, reuse=False)
        write_decisions(con, batch, digest)
        state = state_number(con)
        pages, new, merged, copies = con.execute(_COUNTS).fetchall()[0]
    report = DedupReport(
        batch_id=batch.id,
        state_number=state,
        pages=pages,
        new_articles=new,
        merged=merged,
        copies=copies,
        seconds=round(time.monotonic() - began, 3),
        line=f"decided {batch.id}: {counted(pages, 'page')}, {counted(new, 'new article')}, "
        f"{counted(copies, 'copy', 'copies')}" + (f", {merged:,} ids merged" if merged else ""),
    )
    write_json(batch.status("dedup"), asdict(report))
    return report


def _bound_memory(con: duckdb.DuckDBPyConnection) -> None:
    """Let go of what was read of the warehouse: each block is of use once, and DuckDB keeps all."""
    texts = con.execute(_BOUND).fetchall()[0][0]
    con.execute(f"SET memory_limit = '{BYTES_OF_WAREHOUSE + COPIES_OF_BATCH * int(texts)}B'")
