"""Errors that a user can mend, each as one line that names the culprit and the mend."""

import errno
import os
from pathlib import Path

from pydantic import ValidationError

from crawlers.archive import ArchiveClosedError, ArchiveError
from crawlers.archive_documents import NoWayBackError
from crawlers.batch import BATCH_ID
from crawlers.captures import ImportRefusedError
from crawlers.catalogue import CatalogueError
from crawlers.contact import ContactError
from crawlers.crawl import CrawlDiedError
from crawlers.discovery import NoEntranceError
from crawlers.lease import HostBusyError
from crawlers.ledger import LedgerError
from khabar.backfill_state import BackfillError, BackfillPaused
from khabar.backup.manifest import BackupError
from khabar.citation import NoArticleError
from khabar.commands.page import NoPageError
from khabar.evidence_records import EvidenceRefusedError
from khabar.export import ExportRefusedError
from khabar.settings import Settings, SettingsError, lies_at_home
from khabar.shown import plain
from khabar.version_diff import NoVersionError
from warehouse.connection import WarehouseError, WriterBusy

_MENDS = {
    errno.ENOSPC: "the disk is full; make room, then run the same command again: nothing is lost",
    errno.EDQUOT: "the quota is full; make room, then run the same command again",
    errno.EISDIR: "a folder lies where a file is needed; move it",
    errno.EADDRINUSE: "that port is in use; stop what holds it, or set KHABAR_PORT",
}

_MENDS_BY_PLACE = {
    errno.EACCES: "you may not write there; give yourself the right, or {elsewhere}",
    errno.EPERM: "you may not write there; give yourself the right, or {elsewhere}",
    errno.EROFS: "that is read-only; {elsewhere}",
    errno.ENOTDIR: "a file lies where a folder is needed; move it, or {elsewhere}",
    errno.EEXIST: "a file lies where a folder is needed; move it, or {elsewhere}",
}

_PUT_BACK = (
    "{}; put that file of archive/ back from a backup: `khabar restore DEST` into another "
    "KHABAR_HOME brings the good one"
)
_SPEAKING = (
    ArchiveClosedError, BackfillError, BackupError, CatalogueError, ContactError, CrawlDiedError,
    EvidenceRefusedError, ExportRefusedError, HostBusyError, ImportRefusedError, LedgerError,
    NoArticleError, NoEntranceError, NoPageError, NoVersionError, NoWayBackError, SettingsError,
    WarehouseError,
)  # fmt: skip
"""Errors whose message is such a line already."""


def exit_code(error: BaseException) -> int:
    """Give the exit code of an error: EX_TEMPFAIL of sysexits.h where time alone mends it."""
    return os.EX_TEMPFAIL if isinstance(error, BackfillPaused | HostBusyError | WriterBusy) else 1


def explain(error: BaseException) -> str:
    """Put any error on one line: its mend, or what it is where the fault is ours."""
    return mend(error) or plain(f"{type(error).__name__}: {error}")


def mend(error: BaseException) -> str | None:
    """Explain an error that a user can mend; None where the fault is ours."""
    if isinstance(error, ArchiveError) and not isinstance(error, ArchiveClosedError):
        return plain(_PUT_BACK.format(error))
    if isinstance(error, _SPEAKING):
        return plain(str(error))
    if isinstance(error, ValidationError) and error.title == Settings.__name__:
        problem = error.errors()[0]
        name = "_".join(str(part) for part in problem["loc"]).upper()
        # The path of a heartbeat's address is a secret, mostly; a catalogue's has a password.
        value = "…" if name in {"HEARTBEAT", "PUBLISH"} else repr(problem["input"])
        return plain(f"KHABAR_{name}={value}: {problem['msg'].removeprefix('Value error, ')}")
    if isinstance(error, FileNotFoundError) and error.filename:
        return _missing(str(error.filename))
    if isinstance(error, OSError):
        return _mend_of_system(error)
    if isinstance(error, ValueError) and str(error).startswith("not a "):
        return plain(str(error))  # batch and source ids, refused by crawlers.batch
    return None


def _mend_of_system(error: OSError) -> str | None:
    named = error.filename or error.strerror
    if error.errno in _MENDS:
        return plain(f"{named}: {_MENDS[error.errno]}")
    if error.errno not in _MENDS_BY_PLACE:
        return None
    # An operation on an open file, or on a port, names none.
    path = Path(str(error.filename)).absolute() if error.filename else None
    closed = _find_closed(path) if path and error.errno in (errno.EACCES, errno.EPERM) else None
    is_ours = path is None or lies_at_home(path)
    elsewhere = "set KHABAR_HOME to another folder" if is_ours else "choose another place"
    if closed is not None:
        what = "that" if closed == path else closed
        way = f", or {elsewhere}" if is_ours else ""
        return plain(f"{named}: you may not read {what}; give yourself the right{way}")
    return plain(f"{named}: {_MENDS_BY_PLACE[error.errno].format(elsewhere=elsewhere)}")


def _find_closed(path: Path) -> Path | None:
    """Find what may not be read on the way to a path, or at its end."""
    for folder in reversed(path.parents):
        if folder.is_dir() and not os.access(folder, os.X_OK):
            return folder
    return path if os.path.lexists(path) and not os.access(path, os.R_OK) else None


def _missing(path: str) -> str:
    batch = BATCH_ID.search(path)
    if batch is None:
        lost = [str(one) for one in Path(path).parents if not os.path.lexists(one)]
        return plain(f"{path}: no such file" + (f": there is no folder {lost[-1]}" if lost else ""))
    return plain(
        f"{path}: is not there: batch {batch[0]} is unknown here, or an earlier stage of it did "
        "not run; `khabar status` lists the batches"
    )
