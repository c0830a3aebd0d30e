"""What a user can mend, and what DuckDB's own errors come down to."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb


class WarehouseError(Exception):
    """What a user can mend; the message is one line that names the culprit and the mend."""


class WriterBusy(WarehouseError):  # noqa: N818 (says what is so)
    """Another process is writing the warehouse."""


class NoSnapshot(WarehouseError):  # noqa: N818 (says what is so)
    """Nothing was published yet, or what was is missing."""


class WarehouseBroken(WarehouseError):  # noqa: N818 (says what is so)
    """The warehouse's file is not one that this version of Khabar can write."""


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Turn what DuckDB says of a full disk or a damaged file into one line with the mend."""
    try:
        yield
    except duckdb.Error as error:
        need, said = _missing_room(error), one_line(error)[:200]
        if need is not None:
            mend = f"{need}, then run the same command again: nothing is lost"
            raise WarehouseError(f"{path}: {said}; {mend}") from error
        if _is_damage(error):
            raise WarehouseBroken(
                f"{path}: is damaged ({said}); {_way_back(path, said)}"
            ) from error
        raise


def explain(path: Path, error: duckdb.Error) -> WarehouseError:
    """Say why a file cannot be opened, and the mend."""
    text = one_line(error)
    held = re.search(r"Conflicting lock is held in (.+?) \(PID (\d+)\)", text)
    if held:
        return WriterBusy(
            f"{path}: process {held[2]} ({held[1]}) has it open; close it there "
            "(analysts open published/news.duckdb), then try again"
        )
    return WarehouseBroken(f"{path}: cannot be opened ({text[:160]}); {_way_back(path, text)}")


def _way_back(path: Path, said: str) -> str:
    """Name the mend: only the private file is made anew from batches, the others are its copies."""
    if "Permission denied" in said:
        return "give yourself the right to it"
    if path.parent.name == "releases":
        return "put it back from a backup"
    if path.parent.name == "published":
        return "`khabar publish` makes it anew"
    return "move it away, then `khabar rebuild`; what is published stays"


def is_interrupt(error: BaseException) -> bool:
    """Tell whether an error, or one that it came of, is what DuckDB makes of Ctrl-C."""
    came_of: BaseException | None = error
    while came_of is not None:
        is_plain = type(came_of) is RuntimeError and str(came_of) == "Query interrupted"
        if is_plain or isinstance(came_of, duckdb.InterruptException):
            return True
        came_of = came_of.__cause__ or came_of.__context__
    return False


def one_line(error: Exception) -> str:
    """Put an error's message on one line."""
    return " ".join(str(error).split())


def _missing_room(error: duckdb.Error) -> str | None:
    """Say what to make room for; None where the error is about something else."""
    full = ("No space left", "Disk quota exceeded", "max_temp_directory_size")
    if any(words in str(error) for words in full):
        return "make room on the disk"
    is_memory = isinstance(error, duckdb.OutOfMemoryException)
    return "give this machine more memory" if is_memory else None


def _is_damage(error: duckdb.Error) -> bool:
    said = str(error)
    is_short = "Could not read enough bytes" in said and ".duckdb" in said
    return is_short or "Corrupt database file" in said
