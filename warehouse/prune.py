"""prune_home(): of old batches, what nothing will read again, and incidents that are long over."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from crawlers.batch import BATCH_ID, Batch
from crawlers.counted import counted
from crawlers.ledger import LedgerError, read_manifest
from warehouse.past_incidents import put_away_incidents

KEPT_FOR = timedelta(days=30)


def prune_home(home: Path, now: datetime) -> str:
    """Prune batches and put incidents away; a rebuild brings back what it brought before."""
    said = prune_batches(home, now)
    return f"{said}; put away {counted(put_away_incidents(home, now), 'incident')} long over"


def prune_batches(home: Path, now: datetime) -> str:
    """Remove what dedup decided of loaded batches, and batches of which nothing was due.

    Both only where they are older than KEPT_FOR. Ledgers, plans, articles and reports stay, since
    the warehouse is rebuilt from them; whoever accepts a held source later decides anew.
    """
    decided = empty = 0
    for folder in sorted((home / "batches").glob("*")):
        if not BATCH_ID.fullmatch(folder.name):
            continue
        batch = Batch(id=folder.name, home=home)
        if now - batch.started_at < KEPT_FOR:
            continue
        if batch.status("load").is_file():
            decided += batch.decisions.is_dir()
            shutil.rmtree(batch.decisions, ignore_errors=True)
        elif _had_nothing_due(batch):
            shutil.rmtree(folder)
            empty += 1
    return (
        f"pruned the decisions of {counted(decided, 'loaded batch', 'loaded batches')}, and "
        f"{counted(empty, 'batch', 'batches')} of which "
        f"nothing was due, all older than {KEPT_FOR.days} days"
    )


def _had_nothing_due(batch: Batch) -> bool:
    """Tell whether a plan ended, found nothing due, and nothing came after it."""
    try:
        manifest = read_manifest(batch)
    except (LedgerError, OSError, ValidationError):
        return False
    has_more = any((batch.folder / name).exists() for name in ("crawl", "extract", "dedup", "load"))
    is_live = manifest.found_by == "live" and batch.status("plan").is_file()
    return is_live and not manifest.sources and not has_more
