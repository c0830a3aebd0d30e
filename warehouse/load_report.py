"""LoadReport: what one load did, read from the rows it wrote."""

from dataclasses import dataclass

import duckdb
from pydantic import TypeAdapter

from crawlers.batch import Batch

NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSource:
    """What one source gave; its outcomes add up to its ledger lines."""

    source_id: str
    status: str
    """loaded, held or failed."""
    reason: str | None
    listed: int
    known_not_due: int
    fetched: int
    new: int
    updated: int
    unchanged: int
    rejected: int
    failed: int
    skipped: int
    kept_from_feed: int
    archived: int
    gone: int = 0
    """Of the failed: pages that answered 404 or 410; a second such look removes an article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAgain:
    """What a reprocess did of one source."""

    source_id: str
    read: int
    """Rows and pages that came out as articles."""
    became: int
    """Articles that came of pages that were rejected."""
    still_rejected: int
    """Pages that were rejected and are so by its extractor, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedAgain:
    """What a reprocess did to stored rows: staged = written + late + shorter + torn."""

    reason: str = ""
    """Why, in its operator's words."""
    reverts: str | None = None
    """The batch that it took back."""
    staged: int
    """Rows that were read again; or that another reprocess had replaced."""
    written: int
    late: int
    """Rows of articles that a later batch has written, or that are no more: these stay."""
    shorter: int
    """Pages that show only the beginning of what is stored: these rows stay."""
    torn: int = 0
    """Pages that were rejected, and prove two articles to be one: these stay rejected."""
    articles: int
    """Articles whose rows were replaced."""
    became: int = 0
    """Articles that came of pages that were rejected; of a revert those that went, negative."""
    sources: tuple[SourceAgain, ...] = ()
    joined: int
    """Versions that are no versions any more: one text, read by one extractor; of a revert those
    that it brings back, negative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What one load did."""

    batch_id: str
    load_number: int
    sources: tuple[LoadedSource, ...]
    new: int
    updated: int
    kept_from_feed: int
    held: tuple[str, ...]
    failed: tuple[str, ...]
    merged: int
    """Articles that proved to be another one."""
    doubted: int
    """Canonical links that were not believed."""
    again: LoadedAgain | None = None
    """Of a reprocess; None for a batch that fetched."""
    used_decisions: bool
    """Whether what dedup decided could be committed as it was."""
    was_loaded_before: bool
    """True where nothing was done, because the batch is in already."""
    seconds: float
    line: str


REPORT_JSON: TypeAdapter[LoadReport] = TypeAdapter(LoadReport)


_REPORT = """
SELECT source_id, status, reason, listed, known_not_due, fetched, new, updated, unchanged,
       rejected, failed, skipped, kept_from_feed, archived,
       (SELECT count(*) FROM fetches f WHERE f.batch_id = s.batch_id AND f.outcome = 'failed'
        AND f.source_id = s.source_id AND f.reason = 'gone') AS gone
FROM batch_sources s WHERE batch_id = ? ORDER BY source_id
"""


def report_load(
    con: duckdb.DuckDBPyConnection, batch: Batch, *, used: bool, seconds: float
) -> LoadReport:
    """Sum up a batch's rows inside the load's transaction."""
    names = LoadedSource.__dataclass_fields__
    rows = con.execute(_REPORT, [batch.id]).fetchall()
    sources = tuple(LoadedSource(**dict(zip(names, row, strict=True))) for row in rows)
    counted = con.execute(
        "SELECT (SELECT load_number FROM batches WHERE batch_id = $id), "
        "(SELECT count(*) FROM article_merges WHERE batch_id = $id), "
        "(SELECT count(*) FROM article_doubts WHERE batch_id = $id)",
        {"id": batch.id},
    ).fetchall()[0]
    return LoadReport(
        batch_id=batch.id,
        load_number=counted[0],
        sources=sources,
        new=sum(one.new for one in sources),
        updated=sum(one.updated for one in sources),
        kept_from_feed=sum(one.kept_from_feed for one in sources),
        held=tuple(one.source_id for one in sources if one.status == "held"),
        failed=tuple(one.source_id for one in sources if one.status == "failed"),
        merged=counted[1],
        doubted=counted[2],
        used_decisions=used,
        was_loaded_before=False,
        seconds=round(seconds, 3),
        line=_line(batch, sources),
    )


def _line(batch: Batch, sources: tuple[LoadedSource, ...]) -> str:
    words = ("new", "updated", "unchanged", "rejected", "failed", "gone", "skipped")
    counts = {word: sum(getattr(one, word) for one in sources) for word in words}
    counts["failed"] -= counts["gone"]
    counts["answered gone"] = counts.pop("gone")
    counts["skipped"] = counts.pop("skipped")
    sums = [f"{count:,} {word}" for word, count in counts.items() if count]
    parts = [f"loaded {batch.id}: {', '.join(sums) or 'nothing came'}"]
    kept = sum(one.kept_from_feed for one in sources)
    if kept:
        parts.append(f"{kept:,} kept from the feed")
    for status in ("held", "failed"):
        which = [one.source_id for one in sources if one.status == status]
        if which:
            more = f" and {len(which) - NAMED:,} more" if len(which) > NAMED else ""
            parts.append(f"{status}: {', '.join(which[:NAMED])}{more}")
    return "; ".join(parts)
