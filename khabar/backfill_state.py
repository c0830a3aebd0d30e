"""BackfillState: how far a backfill has come, in a file that is always whole."""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from crawlers.archive_documents import MAX_DOCUMENTS, document_key
from crawlers.batch import file_stem, write_whole
from crawlers.catalogue import Source
from crawlers.job import ArchiveDocument


class BackfillError(Exception):
    """A backfill that cannot be begun, or not go on now; the message says why, and the mend."""


class BackfillPaused(BackfillError):  # noqa: N818 (says what is so)
    """A backfill that goes on by itself when the same is asked for later; nothing is to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillState:
    """How far a backfill has come; of pages only counts, since the ledgers of its slices know."""

    source_id: str
    first: date
    last: date
    documents: tuple[ArchiveDocument, ...]
    """Archive documents that are still to be read."""
    running: str | None = None
    """Batch of the slice that is at work."""
    run_id: str | None = None
    slices: tuple[str, ...] = ()
    """Batches of the slices that ended, in order."""
    entries: int = 0
    """Hash of what the source file says of archives; another one begins the backfill anew."""
    read: int = 0
    """Archive documents read."""
    keys_read: tuple[int, ...] = ()
    """document_key() of each document read, so that none is read twice."""
    keys_closed: tuple[int, ...] = ()
    """Those of them that need not be read when it begins anew."""
    gone: tuple[str, ...] = ()
    """Dated archives that the outlet does not have, such as of days without news."""
    over_bound: int = 0
    """Archive documents, at least, that were beyond the bound."""
    listed: int = 0
    """Articles of the days wanted that the slices listed, known ones too."""
    fetched: int = 0
    new: int = 0
    """Articles that the warehouse did not have."""
    seconds: float = 0.0
    """Time that its slices took."""
    is_done: bool = False
    done_on: date | None = None
    """Day, in the outlet's zone, on which nothing was left."""
    troubles: tuple[str, ...] = ()
    """Documents that could not be had, a line each."""


_JSON: TypeAdapter[BackfillState] = TypeAdapter(BackfillState)


def unread(
    documents: Iterable[ArchiveDocument], source: Source, read: Iterable[int]
) -> tuple[ArchiveDocument, ...]:
    """Leave out the documents that were read already, by their keys."""
    was_read = frozenset(read)
    return tuple(one for one in documents if document_key(one, source) not in was_read)


def within_bound(state: BackfillState) -> BackfillState:
    """Drop the documents that are more than a backfill reads, and count them."""
    room = max(0, MAX_DOCUMENTS - state.read)
    over = max(0, len(state.documents) - room)
    return replace(state, documents=state.documents[:room], over_bound=state.over_bound + over)


def state_file(home: Path, source_id: str, first: date, last: date) -> Path:
    """Name the file of a backfill."""
    return home / "backfill" / f"{file_stem(source_id)}-{first}-{last}.json"


def read_state(home: Path, source_id: str, first: date, last: date) -> BackfillState | None:
    """Read how far a backfill has come; None where it was never begun.

    Raises:
        BackfillError: where its file cannot be read.
    """
    path = state_file(home, source_id, first, last)
    try:
        return _JSON.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise BackfillError(
            f"{path}: is damaged, or of another Khabar ({error.errors()[0]['msg']}); delete it, "
            "and run the same command again: what is in the warehouse is not asked twice"
        ) from None


def write_state(home: Path, state: BackfillState) -> None:
    """Write how far a backfill has come."""
    path = state_file(home, state.source_id, state.first, state.last)
    write_whole(path, _JSON.dump_json(state, indent=1))


@contextmanager
def alone(home: Path, source_id: str) -> Iterator[None]:
    """Hold a source's backfills, so that no two processes work on them at once.

    Raises:
        BackfillPaused: where another process does.
    """
    path = home / "locks" / f"backfill-{file_stem(source_id)}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = path.read_text("utf-8").strip() or "?"
            raise BackfillPaused(
                f"process {holder} is at work on a backfill of {source_id}; wait until it has ended"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()).encode())
        file.flush()
        yield
