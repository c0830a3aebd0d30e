"""One page as somebody else kept it: what foreign WARC files and saved pages have in common."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal, cast


class ImportRefusedError(Exception):
    """A path that cannot be imported at all; the message names it and the mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureFacts:
    """What is known of a page as somebody kept it, without its bytes."""

    origin: str
    """Where it was found, for people: the manifest's id, or `file at offset`."""
    url: str
    url_key: str
    kind: Literal["response", "resource"]
    record_id: str
    """`WARC-Record-ID`, without angle brackets."""
    fetched_at: datetime | None
    """UTC; None where nobody says when it was captured."""
    page_sha256: str
    """Hex SHA-256 of the decompressed body."""
    body_bytes: int
    is_unaddressed: bool = False
    """No address is known; `url` is one that stands for the file (see saved_pages)."""
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture(CaptureFacts):
    """One page to be taken into our archive."""

    member: Callable[[], bytes]
    """Gives the whole record as one gzip member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """What was meant to be a page and cannot be read."""

    origin: str
    detail: str
    url: str | None = None
    """Where known, the ledger gets a failed line."""
    reason: Literal["too_large", "bad_response"] = "bad_response"
    is_damage: bool = False
    """The file itself is damaged here, or ends in mid-record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A record that holds no page by its nature: a request, an image, a redirect."""

    why: str


Found = Capture | Unusable | PassedOver


@contextmanager
def open_plain(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading, decompressed where it is gzipped."""
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if is_gzip:
            with gzip.open(file) as packed:
                yield cast(BinaryIO, packed)
        else:
            yield file


def first_bytes(path: Path, count: int) -> bytes:
    """Read the beginning of a file, decompressed where it is gzipped.

    Raises:
        ImportRefusedError: where the file cannot be read.
    """
    try:
        with open_plain(path) as file:
            return file.read(count)
    except FileNotFoundError:
        raise ImportRefusedError(f"{path}: cannot be read: there is no such file") from None
    except (OSError, EOFError, zlib.error) as error:
        why = (isinstance(error, OSError) and error.strerror) or str(error)
        raise ImportRefusedError(f"{path}: cannot be read: {why}") from None
