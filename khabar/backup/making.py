"""back_up(): copy what is new in a home, then name all of it in one step."""

import time
from collections.abc import Iterable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from crawlers.code_version import code_version
from crawlers.counted import counted
from khabar.backup.closed import ChangedFile, find_change, is_closed
from khabar.backup.holdings import (
    FoundFile,
    Holdings,
    find_warehouse,
    is_for_ever,
    list_holdings,
    refuse_overlap,
)
from khabar.backup.manifest import BackedFile, BackupError, Manifest, index
from khabar.backup.shelf import Shelf, count_bytes, open_shelf
from warehouse.connection import connect, settle_warehouse, warehouse_file
from warehouse.lease import hold_lease
from warehouse.room import SPARE_BYTES
from warehouse.snapshot import newest_batch
from warehouse.still import Still, hold_still


class Watcher(Protocol):
    """Hears how many files and bytes are to be moved, and how far that is."""

    def expect(self, doing: str, files: int, total_bytes: int) -> None:
        """Hear what will be moved."""

    def moved(self, more_bytes: int) -> None:
        """Hear that bytes were moved."""

    def file_done(self) -> None:
        """Hear that a file was moved whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """What a backup holds, and what this one brought."""

    folder: str
    batch_id: str | None
    """Newest batch of the warehouse; None where there was none."""
    files: int
    bytes: int
    copied_files: int
    copied_bytes: int
    open_warcs: int
    """WARC files that a crawl is still writing; the next backup takes them."""
    changed: tuple[ChangedFile, ...]
    """Files that never change, and have; the backup has the rest, too."""
    seconds: float
    line: str


@dataclass(slots=True, kw_only=True)
class _Work:
    """A backup at work: where to, who watches, and which copies there are."""

    shelf: Shelf
    watcher: Watcher
    named: dict[str, BackedFile]
    """What the backup before holds."""
    had: dict[str, BackedFile]
    """The newest copy of each path."""
    changed: dict[str, ChangedFile] = field(default_factory=dict)
    copied: list[BackedFile] = field(default_factory=list)


def back_up(home: Path, folder: Path, watcher: Watcher) -> BackupReport:
    """Copy what is new in a home into a backup; no file is copied twice.

    Most is copied while batches go on. Then, under the writer's lease, so that warehouse and
    reports agree, what has come meanwhile. The warehouse is held still there, and copied after it,
    so that no load waits for a slow disk.

    Raises:
        BackupError: the backup before stays as it was.
        WriterBusy, WarehouseBroken: the warehouse is being written, or cannot be read.
    """
    began = time.monotonic()
    folder = folder.resolve()
    refuse_overlap(home, folder)
    if not home.is_dir():
        raise BackupError(
            f"{home}: there is nothing to back up; set KHABAR_HOME to the folder meant"
        )
    with open_shelf(folder) as shelf:
        before = shelf.manifest()
        named = before.files if before else ()
        had = index((*named, *shelf.journal()))
        work = _Work(shelf=shelf, watcher=watcher, named=index(named), had=had)
        _copy_ahead(work, home, named)
        with ExitStack() as lease:
            lease.enter_context(hold_lease(home, doing="backing up the warehouse"))
            holdings, batch_id = _look(shelf, home, named)
            files = _copy_rest(work, holdings.files)
            files += _copy_warehouse(work, home, lease)
        manifest = Manifest(
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            home=str(home),
            code_version=code_version(),
            batch_id=batch_id,
            files=tuple(sorted(files, key=lambda one: one.path)),
        )
        shelf.finish(manifest)
    return _report(work, manifest, holdings.open_warcs, time.monotonic() - began)


def _copy_ahead(work: _Work, home: Path, named: Iterable[BackedFile]) -> None:
    """Copy what can be copied while others write; what goes or changes meanwhile is left."""
    found = list_holdings(home).files
    _refuse_losses(work.shelf, found, named)
    wanted = [one for one in found if not _is_kept(work, one)]
    all_wanted = (*wanted, *find_warehouse(home))
    need = count_bytes(all_wanted)
    work.shelf.refuse_full(need + SPARE_BYTES)
    work.watcher.expect("copying", len(all_wanted), need)
    for one in wanted:
        try:
            _copy(work, one)
        except FileNotFoundError as error:
            if Path(error.filename) != one.place:
                raise


def _look(shelf: Shelf, home: Path, named: Iterable[BackedFile]) -> tuple[Holdings, str | None]:
    """Look again while nobody writes the warehouse, and see that it is one."""
    holdings = list_holdings(home)
    _refuse_losses(shelf, holdings.files, named)
    if not settle_warehouse(home):
        return holdings, None
    with connect(warehouse_file(home), read_only=True) as con:
        return holdings, newest_batch(con)


def _copy_rest(work: _Work, found: Iterable[FoundFile]) -> tuple[BackedFile, ...]:
    return tuple(work.had[one.path] if _is_kept(work, one) else _copy(work, one) for one in found)


def _copy_warehouse(work: _Work, home: Path, lease: ExitStack) -> tuple[BackedFile, ...]:
    """Copy the warehouse as it is now; others may write it as soon as it is held still.

    A home that has no room for that must be backed up all the same: then they wait.
    """
    found = find_warehouse(home)
    still = hold_still(home) if found and not _is_kept(work, found[0]) else None
    if still is None:
        return _copy_rest(work, found)
    lease.close()
    with closing(still.file):
        return (_copy(work, found[0], still),)


def _copy(work: _Work, found: FoundFile, still: Still | None = None) -> BackedFile:
    work.changed.pop(found.path, None)
    before = work.had.get(found.path)
    if before is not None and is_closed(work.shelf, work.named, found.path):
        changed = find_change(work.shelf, found, before)
        if changed is not None:
            work.changed[found.path] = changed
            if changed.good_copy is not None:
                work.watcher.moved(found.bytes)
                work.watcher.file_done()
                return before
    kept = work.shelf.keep(found, work.watcher.moved, still)
    work.watcher.file_done()
    work.had[kept.path] = kept
    work.copied.append(kept)
    return kept


def _is_kept(work: _Work, found: FoundFile) -> bool:
    """Tell whether a file's copy is there; files are replaced whole, so that their time tells."""
    kept = work.had.get(found.path)
    if kept is None or (kept.bytes, kept.mtime_ns) != (found.bytes, found.mtime_ns):
        return False
    return work.shelf.has(kept)


def _refuse_losses(shelf: Shelf, found: Iterable[FoundFile], named: Iterable[BackedFile]) -> None:
    """Refuse to forget what is kept for ever, for a home that has lost it."""
    held, had = {one.path for one in found}, {one.path for one in named}
    lost = [path for path in had - held if is_for_ever(path, had)]
    if lost:
        raise BackupError(
            f"{shelf.folder}: holds {counted(len(lost), 'file')} for ever that this home has not, "
            f"such as {min(lost)}; where they are this home's, bring them back with "
            f"`khabar restore {shelf.folder}` in another KHABAR_HOME; where not, or they are gone "
            "for good, name another folder"
        )


def _report(work: _Work, manifest: Manifest, open_warcs: int, seconds: float) -> BackupReport:
    copied = count_bytes(work.copied)
    line = (
        f"backed up {counted(len(manifest.files), 'file')} ({in_megabytes(manifest.bytes)}) to "
        f"{work.shelf.folder} in {seconds:.1f} s: {len(work.copied):,} "
        f"({in_megabytes(copied)}) copied and read again, the others were there"
    )
    if open_warcs:
        line += f"; {open_warcs:,} WARC files are still being written, the next backup takes them"
    return BackupReport(
        folder=str(work.shelf.folder),
        batch_id=manifest.batch_id,
        files=len(manifest.files),
        bytes=manifest.bytes,
        copied_files=len(work.copied),
        copied_bytes=copied,
        changed=tuple(work.changed[path] for path in sorted(work.changed)),
        open_warcs=open_warcs,
        seconds=round(seconds, 2),
        line=line,
    )


def in_megabytes(count: int) -> str:
    """Write a number of bytes as people read it."""
    return f"{count / 1e6:,.1f} MB"
