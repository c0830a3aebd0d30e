"""The writer's lease, and that of the lake: who has it is alone, and says what it is doing."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from warehouse.errors import WriterBusy

_STEMS: Final = {"warehouse": "writer", "lake": "lake"}


@contextmanager
def hold_lease(
    home: Path, *, doing: str, of: str = "warehouse", wait_seconds: float = 120.0
) -> Iterator[None]:
    """Hold the lease of the warehouse, without opening it, or that of the lake.

    Raises:
        WriterBusy: naming the process that has held it for all of `wait_seconds`.
    """
    folder, stem = home / "locks", _STEMS[of]
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait_seconds
    with (folder / f"{stem}.turn").open("a") as turn, (folder / f"{stem}.lock").open("a+") as file:
        try:
            # Who waits has the turn, so that one who writes again and again does not pass it by.
            _wait_for(turn, deadline)
            _wait_for(file, deadline)
        except BlockingIOError:
            file.seek(0)
            raise WriterBusy(_who(of, file.read(200), wait_seconds)) from None
        fcntl.flock(turn, fcntl.LOCK_UN)
        file.truncate(0)
        file.write(f"{os.getpid()} {doing}")
        file.flush()
        yield


def _wait_for(file: IO[str], deadline: float) -> None:
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _who(of: str, note: str, wait_seconds: float) -> str:
    pid, _, doing = note.partition(" ")
    return (
        f"the {of} is busy: process {pid or 'unknown'} is {doing or 'writing it'}; waited "
        f"{wait_seconds:.0f} s; let it end, or stop that process, then try again"
    )
