"""Records of the archive as they stand: a page's, its request's, and those of its redirects."""

import io
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from warcio.utils import Digester

from crawlers.archive import (
    ArchiveError,
    DamagedError,
    place_of,
    record_at,
    tell_other,
    unreadable,
)
from crawlers.foreign_warcs import warc_moment
from crawlers.packed import BombError, PackedFile
from crawlers.page import ArchiveRecord
from crawlers.urls import ascii_url

MAX_HOPS = 20
"""Redirects of one walk, more than any crawl follows."""
_ROOM = 1 << 36
"""Bytes that a file may unpack to while a walk is looked for in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One record, packed as it lies in the archive."""

    file: str
    """Relative to the archive folder."""
    offset: int
    data: bytes
    kind: str
    """WARC-Type."""
    record_id: str
    url: str
    """WARC-Target-URI; empty where it has none."""
    at: datetime | None
    """WARC-Date."""
    status: str | None
    mime: str | None
    digest: str | None
    """Of the payload, as the record says it, or computed; None for what holds no payload."""
    refers_to: str | None
    concurrent_to: str | None


def read_member(home: Path, record: ArchiveRecord) -> Member:
    """Read one record, which must be one whole gzip member of its length.

    Raises:
        ArchiveError: where it is not, or another record.
    """
    place = place_of(record)
    try:
        with (home / "archive" / record.file).open("rb") as file:
            file.seek(record.offset)
            data = file.read(record.length)
    except OSError as error:
        raise unreadable(place, error) from None
    found = _take_member(io.BytesIO(data), record.file, record.offset, place)
    if found is None or len(found.data) != record.length:
        raise ArchiveError(f"{place}: is no gzip member of {record.length} bytes")
    if found.record_id != record.record_id:
        raise ArchiveError(f"{place}: {tell_other(found.record_id, record.record_id)}")
    return found


def read_info(home: Path, file: str) -> Member | None:
    """Read what opens a file, and tells who wrote it; None where a page opens it.

    Raises:
        ArchiveError: where it is damaged.
    """
    first = _next_member(home, file, 0)
    return first if first is not None and first.kind == "warcinfo" else None


def read_request(home: Path, answer: Member) -> Member | None:
    """Read the request that an answer follows from; None where none was archived.

    Raises:
        ArchiveError: where it is damaged.
    """
    following = _next_member(home, answer.file, answer.offset + len(answer.data))
    is_its = following is not None and following.concurrent_to == answer.record_id
    return following if is_its and following and following.kind == "request" else None


def read_redirects(home: Path, answer: Member, asked: str, begin: int) -> list[Member]:
    """Read the redirects, and their requests, that led from an address to an answer.

    They lie before it; `begin` is where a record before them does.

    Raises:
        ArchiveError: where the file is damaged before it, or holds no such walk.
    """
    if ascii_url(asked) == answer.url:
        return []
    before = deque(_members(home, answer, begin), maxlen=2 * MAX_HOPS)
    hops: list[Member] = []
    while len(before) > 1:
        request, redirect = before.pop(), before.pop()
        is_pair = request.kind == "request" and request.concurrent_to == redirect.record_id
        if not is_pair or not (redirect.status or "").startswith("3"):
            break
        hops = [redirect, request, *hops]
        if redirect.url == ascii_url(asked):
            return hops
    raise ArchiveError(
        f"archive/{answer.file} at {answer.offset}: the redirects from {asked} are not before it"
    )


def _next_member(home: Path, name: str, offset: int) -> Member | None:
    place = f"archive/{name} at {offset}"
    try:
        with (home / "archive" / name).open("rb") as file:
            file.seek(offset)
            return _take_member(file, name, offset, place)
    except OSError as error:
        raise unreadable(place, error) from None


def _members(home: Path, end: Member, begin: int) -> Iterator[Member]:
    """Yield what lies in a file from one of its records to another."""
    place = f"archive/{end.file}"
    try:
        with (home / "archive" / end.file).open("rb") as file:
            file.seek(begin)
            packed = PackedFile(file, lambda _: None, _ROOM)
            while (start := begin + packed.at) < end.offset and not packed.is_at_end():
                yield _parse(_unpack(packed, place), end.file, start, place)
    except OSError as error:
        raise unreadable(place, error) from None


def _take_member(file: BinaryIO, name: str, offset: int, place: str) -> Member | None:
    packed = PackedFile(file, lambda _: None, _ROOM)
    if packed.is_at_end():
        return None
    return _parse(_unpack(packed, place), name, offset, place)


def _unpack(packed: PackedFile, place: str) -> bytes:
    """Take the next gzip member as it stands, having proved its checksum."""
    try:
        deque(packed.unpacked(), maxlen=0)
    except (EOFError, BombError, zlib.error) as error:
        raise ArchiveError(f"{place}: cannot be read: {error or 'cut off'}") from None
    data = packed.member()
    if data is None:
        raise ArchiveError(f"{place}: is larger than any record")
    return data


def _parse(data: bytes, name: str, offset: int, place: str) -> Member:
    try:
        record = record_at(io.BytesIO(data))
    except DamagedError as error:
        raise ArchiveError(f"{place}: cannot be read: {error}") from None
    told, http = record.rec_headers, record.http_headers
    is_answer = record.rec_type == "response"
    mime = told.get_header("Content-Type")
    if is_answer:
        mime = http.get_header("Content-Type") if http else None
    digest = told.get_header("WARC-Payload-Digest")
    if digest is None and record.rec_type in ("response", "resource"):
        digester = Digester("sha256")
        digester.update(record.raw_stream.read())
        digest = str(digester)
    return Member(
        file=name, offset=offset, data=data, kind=record.rec_type, digest=digest,
        record_id=_bare(told.get_header("WARC-Record-ID")) or "",
        url=_bare(told.get_header("WARC-Target-URI")) or "",
        at=warc_moment(told.get_header("WARC-Date")),
        status=http.get_statuscode() if http and record.rec_type != "request" else None,
        mime=mime, refers_to=_bare(told.get_header("WARC-Refers-To")),
        concurrent_to=_bare(told.get_header("WARC-Concurrent-To")),
    )  # fmt: skip


def _bare(text: str | None) -> str | None:
    return text.strip("<> ") if text else None
