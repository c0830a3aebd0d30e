"""What a changed extractor holds of an outlet: it is told till it is let in, and not asked anew."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb

from crawlers.batch import Batch
from crawlers.catalogue import Source
from crawlers.ledger import LedgerError, stream_fetches
from crawlers.urls import key_hash
from transforms.extractor_trial import BECAUSE, read_trial
from transforms.version import extractor_version
from warehouse.memory import Memory
from warehouse.watch_rules import WELL, Verdict

_WAITING = """
SELECT source_id, batch_id FROM batch_sources
WHERE status = 'held' AND starts_with(reason, ?) AND source_id = coalesce(?, source_id)
ORDER BY ALL
"""


def find_waiting(
    con: duckdb.DuckDBPyConnection, source_id: str | None = None
) -> dict[str, list[str]]:
    """Find the batches that trials hold, the oldest first, of every source or of one."""
    found: dict[str, list[str]] = {}
    for held, batch_id in con.execute(_WAITING, [BECAUSE, source_id]).fetchall():
        found.setdefault(held, []).append(batch_id)
    return found


def judge_extractor(home: Path, source: Source, waiting: Mapping[str, list[str]] | None) -> Verdict:
    """Tell whether a changed extractor holds an outlet, or held what nobody has let in yet.

    `waiting` is what the snapshot knows to be held; None where it cannot be read.
    """
    if source.retired:
        return WELL
    accept = (
        f"*Let it in* on its page of *Health*, or `khabar extractors accept {source.id} --why …`"
    )
    again = f"`khabar publish`, `khabar reprocess {source.id} --reason …`"
    trial = read_trial(home, source.id)
    if trial and trial.is_held and trial.version == extractor_version(source):
        return (
            f"{trial.line}; what it reads is kept, and not loaded. Look what changes: `khabar "
            f"extractors show {source.id}`; then let it in: {accept}, or mend its source file, let "
            f"in what waited all the same, and have it read again by the mended file: {again}"
        )
    if waiting is None:
        return None
    batches = waiting.get(source.id)
    if not batches:
        return WELL
    return (
        f"an extractor that is not in force any more, or is approved since, holds batch "
        f"{batches[0]}" + (f" and {len(batches) - 1} more" if batches[1:] else "") + "; what it "
        f"read is kept, and not loaded. Let it in: {accept}; where its source file was mended, "
        f"have it read again by that: {again}"
    )


def recall_held(
    con: duckdb.DuckDBPyConnection, home: Path, source: Source
) -> dict[str, datetime] | None:
    """Read when pages were asked by the batches that are held, by url_key; None where none are.

    A held batch leaves nothing but its own files: without them each batch would ask for all that
    the one before has. A mended source file asks anew for what is still listed.
    """
    trial = read_trial(home, source.id)
    if trial is None or not trial.is_over or trial.version != extractor_version(source):
        return None
    asked: dict[str, datetime] = {}
    waiting = find_waiting(con, source.id)
    for batch_id in waiting.get(source.id, ()):
        batch = Batch(id=batch_id, home=home)
        with suppress(LedgerError, FileNotFoundError):
            for line in stream_fetches(batch, source.id):
                if line.disposition != "skipped":
                    asked[line.url_key] = max(line.fetched_at or batch.started_at, batch.started_at)
    return asked if waiting else None


def leave_out(memory: Memory, asked: Mapping[str, datetime]) -> Memory:
    """Let a crawl know pages that held batches have asked, as if these were loaded."""
    known = tuple(
        replace(page, last_fetched_at=max(page.last_fetched_at or when, when))
        if (when := asked.get(page.url_key))
        else page
        for page in memory.known
    )
    with_record = {page.url_key for page in known}
    hashes = {key_hash(key) for key in asked if key not in with_record} | {*memory.known_hashes}
    return replace(
        memory,
        known=known,
        known_hashes=tuple(sorted(hashes)),
        deferred=tuple(page for page in memory.deferred if page.url_key not in asked),
        deferred_hashes=tuple(one for one in memory.deferred_hashes if one not in hashes),
    )
