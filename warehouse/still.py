"""The warehouse as it stands, to be read for as long as it takes while others write it again."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import duckdb

from warehouse import place
from warehouse.connection import connect, snapshot_file, warehouse_file
from warehouse.room import SPARE_BYTES, tell_missing

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """The bytes of a warehouse that no writer changes any more."""

    file: IO[bytes]
    sha256: str | None
    """Hex, as `publish` proved it; None where nobody has hashed them."""


def hold_still(home: Path) -> Still | None:
    """Open the bytes of a settled warehouse; only for who holds the lease, and then lets it go.

    What is published is byte for byte the private file until that is written again. Else it is
    copied beside itself, under no name, so that a kill leaves nothing. None where that has no room.
    """
    private, public = warehouse_file(home), snapshot_file(home)
    sha256 = _published_digest(private, public)
    if sha256 is not None:
        return Still(file=public.open("rb"), sha256=sha256)
    if tell_missing(home, private.stat().st_size + SPARE_BYTES, "a copy"):
        return None
    copy = TemporaryFile(dir=home)  # noqa: SIM115 (who asks for it closes it)
    with private.open("rb") as file:
        shutil.copyfileobj(file, copy, _BLOCK_BYTES)
    copy.seek(0)
    return Still(file=copy, sha256=None)


def _published_digest(private: Path, public: Path) -> str | None:
    """Read what `publish` said of the private file as it is now; None where that has changed.

    Every checkpoint counts in the header. A file that was made anew counts from the beginning, but
    is not of that snapshot.
    """
    if not public.is_file() or not place.is_same_state(private, public):
        return None
    try:
        with connect(private, read_only=True) as con:
            (snapshot_id,) = con.execute("SELECT snapshot_id FROM snapshot").fetchall()[0]
        card = json.loads(public.with_name("news.json").read_bytes())
    except (OSError, ValueError, duckdb.CatalogException):
        return None
    is_its = isinstance(card, dict) and card.get("snapshot_id") == snapshot_id
    return str(card["sha256"]) if is_its else None
