"""A copy that is proved while it is made: compared, hashed and flushed to disk side by side."""

import hashlib
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from warehouse.connection import WarehouseBroken

BLOCK_BYTES = 256 << 10
"""Small enough that a block is still in the processor's cache when it is read back."""
FLUSH_BYTES = 256 << 20
"""So much is given to the disk at a time, while the next is copied."""
AHEAD = 32
"""So many blocks may wait to be hashed."""


def copy_proved(old: Path, new: Path) -> str:
    """Copy a file, read each block back, and flush all to disk; return its hex SHA-256.

    The hash is of what was read back. Each of copying, hashing and the disk takes about as long as
    the others: one after the other, they would take more than twice as long as a plain copy.

    Raises:
        WarehouseBroken: a block reads back otherwise than it was written.
    """
    try:
        return _copy(old, new)
    except OSError as error:
        error.filename = str(new)  # a write does not say where the disk was full
        raise


def _copy(old: Path, new: Path) -> str:
    digest = hashlib.sha256()
    hashed: deque[Future[None]] = deque()
    with (
        old.open("rb", buffering=0) as source,
        new.open("xb") as target,
        new.open("rb", buffering=0) as back,
        ThreadPoolExecutor(1) as hasher,
        ThreadPoolExecutor(1) as flusher,
    ):
        flushed = flusher.submit(os.fsync, target.fileno())
        while block := source.read(BLOCK_BYTES):
            target.write(block)
            target.flush()
            again = back.read(len(block))
            if again != block:
                raise WarehouseBroken(
                    f"{new}: reads back otherwise than {old.name} before byte {target.tell()}; "
                    "the old snapshot stays; check the disk, then run `khabar publish` again"
                )
            hashed.append(hasher.submit(digest.update, again))
            if len(hashed) > AHEAD:
                hashed.popleft().result()
            if target.tell() % FLUSH_BYTES == 0:
                flushed.result()
                flushed = flusher.submit(os.fsync, target.fileno())
        flushed.result()
        os.fsync(target.fileno())
        while hashed:
            hashed.popleft().result()
    return digest.hexdigest()
