"""A copy that is proved: read back, compared and hashed, while it is written and flushed."""

import hashlib
import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from warehouse.connection import WarehouseBroken

BLOCK_BYTES = 256 << 10
"""Small enough that both blocks stay in the processor's cache while they are compared."""
STRETCH_BYTES = 64 << 20
"""What is read back while the next of it is written: a copy by itself keeps one core waiting."""


def copy_proved(old: Path, new: Path) -> str:
    """Copy a file, flush it to disk, and meanwhile read it back; return its hex SHA-256.

    The hash is of what is read back.

    Raises:
        WarehouseBroken: a block reads back otherwise than it was written.
    """
    try:
        return _copy(old, new)
    except OSError as error:
        error.filename = str(new)  # a write does not say where the disk was full
        raise


def _copy(old: Path, new: Path) -> str:
    """Write stretch by stretch; threads flush, hash and compare, each in order, behind that."""
    digest, behind = hashlib.sha256(), list[Future[None]]()
    with ExitStack() as stack:
        source = stack.enter_context(old.open("rb", buffering=0)).fileno()
        back = stack.enter_context(new.open("wb+", buffering=0)).fileno()
        flusher, hasher, comparer = pools = [ThreadPoolExecutor(1) for _ in range(3)]
        for pool in pools:
            stack.callback(pool.shutdown, cancel_futures=True)
        size = os.fstat(source).st_size
        for start in range(0, size, STRETCH_BYTES):
            for one in filter(Future.done, behind):
                one.result()
            end = min(start + STRETCH_BYTES, size)
            for place in range(start, end, BLOCK_BYTES):
                _write(back, os.pread(source, min(BLOCK_BYTES, end - place), place), place)
            behind += [
                flusher.submit(os.fsync, back),
                hasher.submit(_hash, digest, back, start, end),
                comparer.submit(_compare, old, source, new, back, start, end),
            ]
        for one in behind:
            one.result()
    return digest.hexdigest()


def _write(back: int, block: bytes, place: int) -> None:
    while block:  # a disk that fills takes a part
        written = os.pwrite(back, block, place)
        block, place = block[written:], place + written


def _hash(digest: "hashlib._Hash", back: int, start: int, end: int) -> None:
    for place in range(start, end, BLOCK_BYTES):
        digest.update(os.pread(back, min(BLOCK_BYTES, end - place), place))


def _compare(old: Path, source: int, new: Path, back: int, start: int, end: int) -> None:
    for place in range(start, end, BLOCK_BYTES):
        size = min(BLOCK_BYTES, end - place)
        if os.pread(back, size, place) != os.pread(source, size, place):
            raise WarehouseBroken(
                f"{new}: reads back otherwise than {old.name} before byte {place + size}; the old "
                "snapshot stays; check the disk, then run `khabar publish` again"
            )
