"""Foreign WARC files: their pages, one by one, each with its record as it stands."""

import gzip
import hashlib
import tempfile
import zlib
from collections.abc import Generator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from crawlers.archive import MAX_BODY_BYTES
from crawlers.body import CutBodyError, TooLargeError, decode_body
from crawlers.captures import Capture, Found, PassedOver, Unusable
from crawlers.urls import url_key

MAX_RATIO = 100
"""How much larger a gzip stream may unpack; HTML comes to 20, a bomb to 1,000."""
MIN_ROOM_BYTES = 64 << 20
_CHUNK = 1 << 20
_MEMBER = b"\x1f\x8b\x08"
_END = b"\r\n\r\n"
"""What ends a record (WARC 1.1, 4)."""
_UNREADABLE = (ArchiveLoadFailed, zlib.error, EOFError, OSError, ValueError)


def read_warc_pages(path: Path, work: Path) -> Iterator[Found]:
    """Yield what each record of a WARC file holds, in order; memory stays that of one record.

    A damaged record is reported, and reading goes on at the next one that can be found. A file
    that is one gzip stream is unpacked into the folder `work` while it is read.
    """
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    if is_gzip and not _has_member_per_record(path):
        with tempfile.NamedTemporaryFile(dir=work, prefix="unpacked-", suffix=".warc") as plain:
            yield from _unpack(path, plain)
            yield from _read_records(Path(plain.name), path.name, is_gzip=False)
    else:
        yield from _read_records(path, path.name, is_gzip=is_gzip)


def _has_member_per_record(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            for number, _ in enumerate(ArchiveIterator(file, no_record_parse=True)):
                if number:
                    return True
    except _UNREADABLE as error:
        return "non-chunked" not in str(error)
    return True


def _unpack(path: Path, plain: Any) -> Iterator[Found]:
    """Decompress a file that is one gzip stream, so that its records have places of their own."""
    left = max(MIN_ROOM_BYTES, MAX_RATIO * path.stat().st_size)
    try:
        with gzip.open(path) as packed:
            while left > 0 and (chunk := packed.read(min(_CHUNK, left))):
                left -= len(chunk)
                plain.write(chunk)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield Unusable(origin=path.name, detail=f"breaks off: {error}")
    if left <= 0:
        detail = f"unpacks to more than {MAX_RATIO} times its size; read that far only"
        yield Unusable(origin=path.name, detail=detail)
    plain.flush()


def _read_records(path: Path, name: str, *, is_gzip: bool) -> Iterator[Found]:
    start: int | None = 0
    while start is not None:
        start = yield from _read_run(path, name, start, is_gzip=is_gzip)


def _read_run(
    path: Path, name: str, start: int, *, is_gzip: bool
) -> Generator[Found, None, int | None]:
    """Yield records from a place on; return where to go on after damage, None at the end."""
    with path.open("rb") as file:
        file.seek(start)
        records = ArchiveIterator(file)
        at = offset = start
        try:
            for record in records:
                found = _read_record(record, f"{name} at {at}")
                offset, length = records.get_record_offset(), records.get_record_length()
                at = offset + length
                if isinstance(found, Capture):
                    found = _with_member(found, path, (offset, length), is_gzip=is_gzip)
                yield found
        except _UNREADABLE as error:
            yield Unusable(origin=f"{name} at {at}", detail=f"damaged record: {error}"[:200])
            return _next_record(path, at + 1, _MEMBER if is_gzip else _END + b"WARC/")
    if at < path.stat().st_size:  # warcio gives no record whose very header is cut
        offset = at
    if not _ends_whole(path, offset, is_gzip=is_gzip):
        yield Unusable(origin=name, detail=f"breaks off in its last record, at byte {offset}")
    return None


def _ends_whole(path: Path, offset: int, *, is_gzip: bool) -> bool:
    """Tell whether the record at an offset is all there; warcio reads a cut one in silence."""
    packed = zlib.decompressobj(31) if is_gzip else None
    tail = b""
    for chunk in _copy(path, offset, path.stat().st_size - offset):
        tail = (tail + chunk)[-len(_END) :]
        left = chunk
        while packed and left and not packed.eof:
            packed.decompress(left, _CHUNK)
            left = packed.unconsumed_tail
    return packed.eof if packed else tail == _END


def _next_record(path: Path, start: int, mark: bytes) -> int | None:
    """Find where a record may begin again after a damaged one."""
    skip = mark.find(b"WARC/") if b"WARC/" in mark else 0
    with path.open("rb") as file:
        file.seek(start)
        at, window = start, file.read(_CHUNK)
        while window:
            place = window.find(mark)
            if place >= 0:
                return at + place + skip
            keep = window[-len(mark) + 1 :]
            at += len(window) - len(keep)
            more = file.read(_CHUNK)
            window = keep + more if more else b""
    return None


def _read_record(record: Any, origin: str) -> Found:
    kind = record.rec_type
    if kind not in ("response", "resource"):
        return PassedOver(why=f"{kind} record")
    url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<> ")
    try:
        key = url_key(url)
    except ValueError:
        return PassedOver(why="no web address")
    status, content_type = _status_and_type(record)
    if status not in (200, None):
        return PassedOver(why=f"HTTP {status}")
    if content_type and "html" not in content_type.lower():
        return PassedOver(why="not HTML")
    return _read_page(record, origin, url, key)


def _status_and_type(record: Any) -> tuple[int | None, str | None]:
    if record.http_headers is None:
        return None, record.rec_headers.get_header("Content-Type")
    code = record.http_headers.get_statuscode()
    status = int(code) if code and code.isdigit() else 0
    return status, record.http_headers.get_header("Content-Type")


def _read_page(record: Any, origin: str, url: str, key: str) -> Capture | Unusable:
    raw = record.raw_stream.read(MAX_BODY_BYTES + 1)
    if len(raw) <= MAX_BODY_BYTES and (missing := record.raw_stream.limit):
        return Unusable(origin=origin, url=url, detail=f"cut short: {missing} bytes are missing")
    pairs = record.http_headers.headers if record.http_headers else []
    headers = tuple((str(name), str(value)) for name, value in pairs)
    try:
        body = decode_body(raw, headers, MAX_BODY_BYTES)
    except TooLargeError as error:
        return Unusable(origin=origin, url=url, detail=str(error), reason="too_large")
    except CutBodyError as error:
        return Unusable(origin=origin, url=url, detail=str(error))
    record_id = (record.rec_headers.get_header("WARC-Record-ID") or "").strip("<> ")
    if not record_id:
        return Unusable(origin=origin, url=url, detail="record without WARC-Record-ID")
    named = {name.lower(): value for name, value in headers}
    kind: Literal["response", "resource"] = "response" if record.http_headers else "resource"
    return Capture(
        origin=origin,
        url=url,
        url_key=key,
        kind=kind,
        record_id=record_id,
        fetched_at=_warc_moment(record.rec_headers.get_header("WARC-Date")),
        page_sha256=hashlib.sha256(body).hexdigest(),
        body_bytes=len(body),
        status=_status_and_type(record)[0],
        etag=named.get("etag"),
        last_modified=named.get("last-modified"),
        chunks=lambda: iter(()),
    )


def _with_member(capture: Capture, path: Path, place: tuple[int, int], *, is_gzip: bool) -> Capture:
    copy = partial(_copy, path, *place)
    return replace(capture, chunks=copy if is_gzip else lambda: _pack(copy()))


def _copy(path: Path, offset: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(offset)
        while length > 0 and (chunk := file.read(min(_CHUNK, length))):
            length -= len(chunk)
            yield chunk


def _pack(chunks: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    for chunk in chunks:
        yield packer.compress(chunk)
    yield packer.compress(b"\r\n\r\n") + packer.flush()


def _warc_moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
