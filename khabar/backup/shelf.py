"""Shelf: a backup's own folder, where each file is kept once, under the name of its SHA-256."""

import errno
import fcntl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from crawlers.batch import flush_folder
from khabar.backup.copies import Moved, copy_file
from khabar.backup.holdings import FoundFile
from khabar.backup.manifest import (
    BackedFile,
    BackupError,
    Manifest,
    from_line,
    open_private,
    read_manifest,
    to_line,
    write_manifest,
)
from warehouse.digest import file_digest
from warehouse.room import tell_missing
from warehouse.still import Still

MARK = "KHABAR-BACKUP"
_MARKED = (
    b"A backup of Khabar: `khabar backup --check` proves it, `khabar restore` brings it back.\n"
)
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Shelf:
    """Keeps copies; until the manifest is written, all that the one before names stays."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest_file = folder / "manifest.jsonl"
        self._part = folder / "incoming.part"
        self._journal_file = folder / "journal.jsonl"
        self._journal: BinaryIO | None = None

    def manifest(self) -> Manifest | None:
        """Read what the newest whole backup holds; None where none was finished."""
        return read_manifest(self.manifest_file) if self.manifest_file.exists() else None

    def journal(self) -> list[BackedFile]:
        """Read what backups have copied that were stopped before their end."""
        if not self._journal_file.exists():
            return []
        copied = []
        for line in self._journal_file.read_bytes().split(b"\n")[:-1]:
            try:
                copied.append(from_line(line))
            except (ValueError, TypeError):  # torn by a kill: what it told of is copied again
                continue
        return copied

    def place(self, sha256: str) -> Path:
        """Say where the file of a digest lies."""
        return self.folder / "objects" / sha256[:2] / sha256

    def has(self, file: BackedFile) -> bool:
        """Tell whether a file's copy is there, as long as it must be."""
        try:
            return self.place(file.sha256).stat().st_size == file.bytes
        except FileNotFoundError:
            return False

    def keep(self, found: FoundFile, moved: Moved, still: Still | None) -> BackedFile:
        """Copy a file, or what is held still of it, read the copy again, and note it.

        Raises:
            BackupError: where it is written to all the time, or the disk is full or faulty.
        """
        with self._explain_full():
            kept = copy_file(found, self._part, moved, still)
            target = self.place(kept.sha256)
            if self.has(kept):
                self._part.unlink()
            else:
                if file_digest(self._part) != kept.sha256:
                    raise BackupError(
                        f"{self.folder}: gave back other bytes than were written to it; check that "
                        "disk; the backup before stays as it was"
                    )
                target.parent.mkdir(exist_ok=True, mode=0o700)
                self._part.replace(target)
            self._note(kept)
        return kept

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, then remove what it does not name."""
        with self._explain_full():
            objects = self.folder / "objects"
            for folder in (*objects.glob("*"), objects):
                flush_folder(folder)
            write_manifest(self.manifest_file, manifest)
        flush_folder(self.folder)
        self._sweep({file.sha256 for file in manifest.files})

    def _note(self, kept: BackedFile) -> None:
        if self._journal is None:
            self._journal = open_private(self._journal_file, to_append=True)
            self._journal.write(b"\n")  # ends a line that a kill has torn
        self._journal.write(f"{to_line(kept)}\n".encode())
        self._journal.flush()

    def _sweep(self, named: set[str]) -> None:
        """Remove copies that no manifest names any more, and what told of this backup's way."""
        self.close()
        self._journal_file.unlink(missing_ok=True)
        self._part.unlink(missing_ok=True)
        for copy in (self.folder / "objects").glob("*/*"):
            if copy.name not in named:
                copy.unlink()

    def close(self) -> None:
        """Close the journal."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    @contextmanager
    def _explain_full(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno not in _FULL:
                raise
            self._part.unlink(missing_ok=True)
            raise BackupError(
                f"{self.folder}: the disk is full; make room, then run the same command again: "
                "what is copied is not copied again, and the backup before stays as it was"
            ) from error

    def refuse_full(self, need: int) -> None:
        """Refuse to begin what will not fit.

        Raises:
            BackupError: saying how much room is missing.
        """
        short = tell_missing(self.folder, need, "the backup")
        if short:
            raise BackupError(f"{short}; the backup before stays as it was")


@contextmanager
def open_shelf(folder: Path) -> Iterator[Shelf]:
    """Open a backup's folder to write to it, alone; make it where there is none.

    Raises:
        BackupError: where it is somebody else's, or another backup is at work there.
    """
    if folder.exists() and not folder.is_dir():
        raise BackupError(f"{folder}: is a file; name a folder that is new, empty or a backup")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / MARK).exists() and any(folder.iterdir()):
        raise BackupError(
            f"{folder}: has something in it that is no backup of Khabar; name a folder that is "
            "new, empty or a backup"
        )
    with open_private(folder / MARK, to_append=True) as mark:
        _lock(folder, mark, fcntl.LOCK_EX)
        folder.chmod(0o700)
        (folder / "objects").mkdir(exist_ok=True, mode=0o700)
        if not (folder / MARK).stat().st_size:
            mark.write(_MARKED)
            mark.flush()
        shelf = Shelf(folder)
        try:
            yield shelf
        finally:
            shelf.close()


@contextmanager
def read_shelf(folder: Path) -> Iterator[tuple[Shelf, Manifest]]:
    """Open a whole backup to read it, while nobody writes to it.

    Raises:
        BackupError: where there is none.
    """
    shelf = Shelf(folder)
    if not (folder / MARK).is_file():
        raise BackupError(f"{folder}: is no backup of Khabar; `khabar backup DEST` makes one")
    with (folder / MARK).open("rb") as mark:
        _lock(folder, mark, fcntl.LOCK_SH)
        manifest = shelf.manifest()
        if manifest is None:
            raise BackupError(
                f"{folder}: no backup was finished there; run `khabar backup {folder}`"
            )
        yield shelf, manifest


def _lock(folder: Path, mark: BinaryIO, kind: int) -> None:
    try:
        fcntl.flock(mark, kind | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BackupError(
            f"{folder}: another backup, check or restore is at work there; let it end, then try "
            "again"
        ) from error


def count_bytes(files: Iterable[BackedFile | FoundFile]) -> int:
    """Sum up files' bytes."""
    return sum(file.bytes for file in files)
