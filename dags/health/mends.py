"""What mends a run that broke, in one click: which tasks run again, which outlets are asked."""

from collections.abc import Collection, Sequence

from warehouse.health_files import BatchHealth

MENDED = ("ingest", "reprocess")
"""DAGs whose runs can be mended where they broke: what they do twice is done once."""
AFTER = {"planned": "dedup", "decided": "load", "loaded": "publish"}
"""The task of `ingest` that follows what a batch has reached."""
WRITTEN = ("load", "publish", "summary")
"""Tasks of `ingest` that may run again after its batch was loaded, which takes no other input."""


def list_tasks(batches: Sequence[BatchHealth]) -> Sequence[str] | None:
    """Name the tasks of a run of which failed ones may run again; None: all."""
    is_loaded = any(one.stage in ("loaded", "published") for one in batches)
    return WRITTEN if is_loaded and batches[0].dag == "ingest" else None


def list_failed(batch: BatchHealth, usable: Collection[str]) -> list[str]:
    """Name the outlets of a batch that failed and can be asked again."""
    return [
        one.source_id
        for one in batch.sources
        if not one.is_fine and not one.is_held and one.source_id in usable
    ]


def find_mend(batch: BatchHealth) -> str | None:
    """Tell which button mends a batch that broke: `clear`, or `ask`; None where none does."""
    if batch.stage != "published":
        return "clear" if batch.dag in MENDED else None
    return "ask" if any(not one.is_fine and not one.is_held for one in batch.sources) else None


def find_broken_task(batch: BatchHealth) -> str | None:
    """Name the task that left no report; None where all did."""
    return AFTER.get(batch.stage)
