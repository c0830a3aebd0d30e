"""Rebuilds the warehouse from the batches' files, beside the old one, and puts it in its place."""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from crawlers.batch import Batch, file_stem, flush_folder
from crawlers.counted import counted
from crawlers.ledger import read_manifest
from warehouse.connection import open_writer, rebuild_folder, warehouse_file
from warehouse.dedup import dedup_batch
from warehouse.incident_rows import copy_incidents
from warehouse.lease import hold_lease
from warehouse.load import load_batch
from warehouse.load_again import load_again
from warehouse.rebuild_losses import read_dead, refuse_losses, refuse_lost_archive
from warehouse.rebuild_steps import Step, read_steps
from warehouse.snapshot import count_tables

OWN = ("dedup", "load", "publish", "summary", "accept.")
"""Reports that the replay writes itself, or that say nothing of the rows."""


class Watcher(Protocol):
    """Hears how far a rebuild is."""

    def __call__(self, done: int, total: int, batch_id: str) -> None:
        """Hear that a batch is replayed next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildReport:
    """What was rebuilt."""

    batches: int
    accepted: int
    """Held sources that were released again."""
    counts: dict[str, int]
    """Rows of each table."""
    kept_as: str | None
    """Name of the old file, kept beside the new one."""
    seconds: float
    line: str


def _watch_nothing(done: int, total: int, batch_id: str) -> None:
    del done, total, batch_id


def rebuild_warehouse(home: Path, watch: Watcher = _watch_nothing) -> RebuildReport:
    """Replay every loaded batch, in the order of loading, into a fresh warehouse.

    The old file serves until the new one is whole, and is kept beside it. Killed at any moment
    and run again, it begins anew.

    Raises:
        NotRebuildable: naming the file or the batch that is missing.
    """
    began = time.monotonic()
    with hold_lease(home, doing="rebuilding the warehouse"):
        steps = read_steps(home)
        refuse_losses(home, [(step.batch_id, step.source_id) for step in steps])
        scratch = rebuild_folder(home)
        shutil.rmtree(scratch, ignore_errors=True)
        try:
            for done, step in enumerate(steps):
                watch(done, len(steps), step.batch_id)
                _replay(home, scratch, step)
            counts = _count(home, scratch)
            kept_as = _put_in_place(home, warehouse_file(scratch))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return _report(steps, counts, kept_as, time.monotonic() - began)


def _count(home: Path, scratch: Path) -> dict[str, int]:
    with open_writer(scratch, doing="counting what was rebuilt") as con:
        refuse_lost_archive(con, home)
        copy_incidents(con, home)
        counts = count_tables(con)
        con.execute("checkpoint")
    return counts


def _report(
    steps: list[Step], counts: dict[str, int], kept_as: str | None, seconds: float
) -> RebuildReport:
    loads = sum(step.source_id is None for step in steps)
    return RebuildReport(
        batches=loads,
        accepted=len(steps) - loads,
        counts=counts,
        kept_as=kept_as,
        seconds=round(seconds, 2),
        line=f"rebuilt {counted(counts['articles'], 'article')} from "
        f"{counted(loads, 'batch', 'batches')} in {seconds:.1f} s"
        + (f"; the old file is {kept_as}" if kept_as else "")
        + "; `khabar publish` shows it to analysts",
    )


def _replay(home: Path, scratch: Path, step: Step) -> None:
    old, new = Batch(id=step.batch_id, home=home), Batch(id=step.batch_id, home=scratch)
    if step.source_id is None:
        _lend(old, new)
        if read_manifest(old).reprocess is not None:
            load_again(new)
            return
        dedup_batch(new)
        load_batch(new)
    else:
        link, report = (one.status("crawl", step.source_id) for one in (new, old))
        if not link.exists() and report.exists():
            link.symlink_to(report.resolve())
        load_batch(new, accept_source=step.source_id, why=step.why)


def _lend(old: Batch, new: Batch) -> None:
    """Link the files of a batch that a load reads; what it writes stays in the scratch folder.

    The crawl's report of a source that was accepted later is kept back till then: it may not have
    been there when the batch was loaded. So is one that came later and was never accepted.
    """
    reports, own = old.status("load").parent, new.status("load").parent
    own.mkdir(parents=True)
    for path in old.folder.iterdir():
        if path.name not in ("status", "dedup", "load"):
            (new.folder / path.name).symlink_to(path.resolve())
    is_live = read_manifest(old).found_by != "import"
    later = {path.name.replace("accept.", "crawl.") for path in reports.glob("accept.*.json")}
    later |= {f"crawl.{file_stem(one)}.json" for one in read_dead(old)}
    for path in reports.iterdir():
        if not path.name.startswith(OWN) and not (is_live and path.name in later):
            (own / path.name).symlink_to(path.resolve())


def _put_in_place(home: Path, fresh: Path) -> str | None:
    """Replace the old file in one step, and keep it under another name."""
    old = warehouse_file(home)
    kept = old.with_name("warehouse.before-rebuild.duckdb")
    kept.unlink(missing_ok=True)
    had_old = old.exists()
    if had_old:
        kept.hardlink_to(old)
    log = old.with_name(f"{old.name}.wal")
    if log.exists():  # only beside a file that cannot be opened: it must not meet the new one
        log.replace(kept.with_name(f"{kept.name}.wal"))
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    fresh.replace(old)
    flush_folder(old.parent)
    return kept.name if had_old else None
