"""Files and folders that lie under another name, locked, until they are whole."""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def new_file(part: Path) -> None:
    """Make an empty file; follow no link that somebody has laid there."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    os.close(os.open(part, flags, 0o666))


@contextmanager
def part_of(target: Path, make: Callable[[Path], object] = new_file) -> Iterator[tuple[Path, int]]:
    """Give a file or folder to fill, and a handle of it, until it has the target's name, or goes.

    `make` makes it, empty: new_file, Path.mkdir.
    """
    part = target.with_name(f".{target.name}.{secrets.randbits(32)}.part")
    try:
        held = _make_held(part, make)
        try:
            yield part, held
        finally:
            os.close(held)
    finally:
        _remove(part)


def clear_dead(folder: Path, name: str = "") -> None:
    """Remove what processes left that died before it was whole: of one target, or of any."""
    pattern = re.compile(rf"\.{re.escape(name) or '.+'}\.\d+\.part")
    with suppress(OSError):  # a folder that may not be listed, or is not there yet
        for part in folder.iterdir():
            if pattern.fullmatch(part.name):
                _clear(part)


def _make_held(part: Path, make: Callable[[Path], object]) -> int:
    while True:
        make(part)
        try:
            held = os.open(part, os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:  # taken for a dead one's
            continue
        # The lock dies with the process, whatever number it had in whichever container.
        with suppress(OSError):  # some shared folders know no locks: nobody clears there
            fcntl.flock(held, fcntl.LOCK_EX)
        if _is_at(part, held):
            return held
        os.close(held)


def _clear(part: Path) -> None:
    """Remove what no living process holds."""
    try:
        # A pipe of that name, in a folder where all may write, would be waited for without end.
        found = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:  # not ours to read: let it lie
        return
    try:
        fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return
    else:
        # While it is locked: who has just made it looks whether it is there. Who has made it again
        # after another's clearing has a file of the same name, which is not the one locked here.
        if _is_at(part, found):
            _remove(part)
    finally:
        os.close(found)


def _is_at(part: Path, held: int) -> bool:
    try:
        return os.path.samestat(part.lstat(), os.fstat(held))
    except FileNotFoundError:
        return False


def _remove(part: Path) -> None:
    if part.is_dir():
        shutil.rmtree(part, ignore_errors=True)
    else:
        with suppress(OSError):
            part.unlink()
