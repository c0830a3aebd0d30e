"""Who holds a lock file."""

import fcntl
from pathlib import Path


def find_holder(lock: Path) -> str | None:
    """Say who holds a lease; None where nobody does."""
    try:
        with lock.open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return file.read(200).strip() or "unknown"
    except OSError:
        return None
    return None
