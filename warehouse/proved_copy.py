"""A copy that is proved: read back, compared and hashed, while it is flushed to the disk."""

import hashlib
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from warehouse.connection import WarehouseBroken

BLOCK_BYTES = 256 << 10
"""Small enough that both blocks stay in the processor's cache while they are compared."""


def copy_proved(old: Path, new: Path) -> str:
    """Copy a file, flush it to disk, and meanwhile read it back; return its hex SHA-256.

    The hash is of what is read back.

    Raises:
        WarehouseBroken: a block reads back otherwise than it was written.
    """
    try:
        shutil.copyfile(old, new)
        return _prove(old, new)
    except OSError as error:
        error.filename = str(new)  # a write does not say where the disk was full
        raise


def _prove(old: Path, new: Path) -> str:
    """Flush, hash and compare at once: each reads by itself, for handing blocks over costs more."""
    with new.open("rb") as back, ThreadPoolExecutor(2) as others:
        flushed = others.submit(os.fsync, back.fileno())
        hashed = others.submit(hashlib.file_digest, back, "sha256")
        _compare(old, new)
        flushed.result()
        return hashed.result().hexdigest()


def _compare(old: Path, new: Path) -> None:
    with old.open("rb", buffering=0) as source, new.open("rb", buffering=0) as back:
        while (again := back.read(BLOCK_BYTES)) == source.read(BLOCK_BYTES):
            if not again:
                return
        raise WarehouseBroken(
            f"{new}: reads back otherwise than {old.name} before byte {source.tell()}; the old "
            "snapshot stays; check the disk, then run `khabar publish` again"
        )
