"""Files and folders of a user that get their name when they are whole."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from crawlers.batch import flush_folder
from crawlers.unfinished import clear_dead, part_of


@contextmanager
def when_whole(
    target: Path,
    make: Callable[[Path], object],
    put: Callable[[Path, Path], object] = Path.replace,
) -> Iterator[Path]:
    """Give a file or folder to fill, which becomes the target at the end, or goes.

    `make` makes it, empty: new_file, Path.mkdir; `put` gives it the target's name. What killed
    processes left of the same target goes first.
    """
    clear_dead(target.parent, target.name)
    try:
        with part_of(target, make) as (part, held):
            yield part
            os.fsync(held)
            put(part, target)
        flush_folder(target.parent)
    except OSError as error:
        error.filename = str(target)  # a write does not say where the disk was full
        raise
