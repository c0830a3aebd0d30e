"""Files and folders that lie under another name until they are whole."""

import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from crawlers.batch import flush_folder


@contextmanager
def when_whole(
    target: Path,
    make: Callable[[Path], object],
    put: Callable[[Path, Path], object] = Path.replace,
) -> Iterator[Path]:
    """Give a file or folder to fill, which becomes the target at the end, or goes.

    `make` makes it, empty: Path.touch, Path.mkdir; `put` gives it the target's name. What killed
    processes left of the same target goes first.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        _clear_dead(target)
        make(part)
        held = os.open(part, os.O_RDONLY)
        try:
            # The lock dies with the process, whatever number it had in whichever container.
            with suppress(OSError):  # some shared folders know no locks: nobody clears there
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield part
            os.fsync(held)
            put(part, target)
        finally:
            os.close(held)
        flush_folder(target.parent)
    except OSError as error:
        error.filename = str(target)
        raise
    finally:
        _remove(part)


def _clear_dead(target: Path) -> None:
    """Remove what processes left that died before it was whole."""
    pattern = re.compile(rf"\.{re.escape(target.name)}\.\d+\.part")
    for part in target.parent.iterdir():
        if pattern.fullmatch(part.name) and not _is_held(part):
            _remove(part)


def _is_held(part: Path) -> bool:
    try:
        # A pipe of that name, in a folder where all may write, would be waited for without end.
        found = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:  # not ours to read: let it lie
        return True
    try:
        fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(found)
    return False


def _remove(part: Path) -> None:
    if part.is_dir():
        shutil.rmtree(part, ignore_errors=True)
    else:
        with suppress(OSError):
            part.unlink()
