"""WARC out, WARC in: raw answers of outlets, and the open file that is a crawl's journal."""

import hashlib
import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from crawlers.body import CutBodyError, TooLargeError, decode_body
from crawlers.page import ArchiveRecord, Fetch, Page
from crawlers.records import Exchange, Headers, Records, note_type

MAX_BODY_BYTES = 50 * 1024 * 1024
_CHUNK = 1 << 20
_DIGESTS = ("Block", "Payload")


class ArchiveError(Exception):
    """An archive that does not hold what the ledger says; the message names file and offset."""


class ArchiveClosedError(ArchiveError):
    """A file of the archive that this user may not read; nothing is lost."""


class ArchiveWriter:
    """Appends records to `<name>.part`; each write is whole gzip members, one a record."""

    def __init__(self, path: Path, *, home: Path, software: str) -> None:
        self.path = path
        self.file = path.relative_to(home / "archive").as_posix()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._out = part_of(path).open("xb", buffering=0)
        self._position = 0
        records = Records(self.file, 0)
        records.add_info(path.name, software)
        self.commit(records)

    def prepare(
        self, exchanges: Sequence[Exchange], *, revisit: str | None, original: str | None = None
    ) -> "Records":
        """Prepare the records of one walk along redirects; `commit` writes them.

        `revisit` is the WARC profile where the last answer holds nothing new, and `original` the
        record that has its bytes, where that is known.
        """
        records = Records(self.file, self._position)
        for number, exchange in enumerate(exchanges, start=1):
            is_last = number == len(exchanges)
            records.add_exchange(exchange, revisit if is_last else None, original)
        return records

    def commit(self, records: "Records") -> None:
        """Write prepared records in a single write, so that a kill leaves all of them or none.

        Raises:
            OSError: where the disk is full; the file is as it was before.
        """
        data = records.data.getvalue()
        written = 0
        try:
            while written < len(data):
                written += self._out.write(data[written:])
        except OSError:
            # Half a member would hide every record after it, were room made meanwhile.
            self._out.truncate(self._position)
            self._out.seek(self._position)
            raise
        self._position += len(data)

    def close(self) -> None:
        """Flush to disk and give the file its final name."""
        os.fsync(self._out.fileno())
        self._out.close()
        part_of(self.path).rename(self.path)


def part_of(path: Path) -> Path:
    """Name the file that a WARC is while it is being written."""
    return path.with_name(f"{path.name}.part")


def salvage(path: Path) -> int:
    """Cut `<path>.part` at its last whole record, give it its final name; return bytes cut."""
    part = part_of(path)
    whole = whole_length(part)
    cut = part.stat().st_size - whole
    with part.open("r+b") as file:
        file.truncate(whole)
        os.fsync(file.fileno())
    part.rename(path)
    return cut


def whole_length(path: Path) -> int:
    """Measure the bytes up to the end of the last whole gzip member."""
    whole = at = 0
    member = zlib.decompressobj(wbits=31)
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            while data:
                at += len(data)
                try:
                    member.decompress(data)
                except zlib.error:
                    return whole
                data = b""
                if member.eof:
                    data = member.unused_data
                    at -= len(data)
                    whole = at
                    member = zlib.decompressobj(wbits=31)
    return whole


def find_damage(path: Path) -> str | None:
    """Read a WARC file whole; say what is wrong with it, None where every byte is as written.

    Each gzip member has a CRC. Digests are held against records that say SHA-256, as ours do:
    what others wrote is kept as it came, wrong digests too.
    """
    size, whole = path.stat().st_size, whole_length(path)
    if whole != size:
        return f"is damaged at or after byte {whole:,} of {size:,}"
    try:
        with path.open("rb") as file:
            for record in ArchiveIterator(file, check_digests=True):
                while record.raw_stream.read(_CHUNK):
                    pass
                said = [record.rec_headers.get_header(f"WARC-{kind}-Digest") for kind in _DIGESTS]
                is_ours = any((digest or "").startswith("sha256:") for digest in said)
                if is_ours and record.digest_checker.passed is False:
                    name = record.rec_headers.get_header("WARC-Record-ID")
                    return f"record {name} does not match its digest"
    except (ArchiveLoadFailed, EOFError, zlib.error) as error:
        return f"cannot be read: {error}"
    return None


def read_notes(path: Path, *kinds: str) -> Iterator[tuple[str, bytes]]:
    """Yield the metadata records of some kinds, each with its kind, as they were written."""
    wanted = {note_type(kind): kind for kind in kinds}
    with path.open("rb") as file:
        for record in ArchiveIterator(file):
            if kind := wanted.get(record.content_type):
                yield kind, record.raw_stream.read()


def read_page(home: Path, source_id: str, fetch: Fetch) -> Page:
    """Read the page that a ledger line speaks of, and prove it by its SHA-256.

    Raises:
        ArchiveError: where the archive does not hold exactly that page.
    """
    record = fetch.record
    if record is None or fetch.disposition != "fetched":
        raise ArchiveError(f"{source_id}: {fetch.url} is {fetch.disposition}, and has no page")
    headers, status, body = read_proved(home, record, fetch.page_sha256)
    return Page(
        source_id=source_id,
        url=fetch.url,
        url_key=fetch.url_key,
        final_url=fetch.final_url or fetch.url,
        redirects=fetch.redirects,
        status=status,
        headers=headers,
        body=body,
        fetched_at=fetch.fetched_at,
        page_sha256=fetch.page_sha256 or hashlib.sha256(body).hexdigest(),
        record=record,
        item=fetch.item,
    )


def read_proved(
    home: Path, record: ArchiveRecord, page_sha256: str | None
) -> tuple[Headers, int, bytes]:
    """Read headers, status and decoded body of a record, and prove it by its SHA-256, if known.

    Raises:
        ArchiveError: where the archive does not hold exactly that page.
    """
    place = place_of(record)
    try:
        with (home / "archive" / record.file).open("rb") as file:
            file.seek(record.offset)
            headers, status, body = read_record(file, record)
    except OSError as error:
        raise unreadable(place, error) from None
    digest = hashlib.sha256(body).hexdigest()
    if page_sha256 not in (None, digest):
        raise ArchiveError(f"{place}: SHA-256 is {digest}, the ledger says {page_sha256}")
    return headers, status, body


def place_of(record: ArchiveRecord) -> str:
    """Say where a record lies, for people."""
    return f"archive/{record.file} at {record.offset}"


def unreadable(place: str, error: OSError) -> ArchiveError:
    """Say why a file of the archive cannot be read, for people."""
    if isinstance(error, PermissionError):
        return ArchiveClosedError(f"{place}: you may not read that; give yourself the right")
    if isinstance(error, FileNotFoundError):
        return ArchiveError(f"{place}: the file is missing")
    return ArchiveError(f"{place}: cannot be read: {error.strerror}")


def tell_other(found: str, wanted: str) -> str:
    """Say what lies where a record should; `found` is the id there, empty for none."""
    if not found:
        return f"is damaged: no WARC record can be read there, and {wanted} should be"
    return f"holds record {found}, not {wanted}"


def read_record(file: BinaryIO, where: ArchiveRecord) -> tuple[Headers, int, bytes]:
    """Read the page that lies at a file's position: its headers, status and decoded body.

    Raises:
        ArchiveError: where it is damaged, or another record.
    """
    place = place_of(where)
    try:
        record = record_at(file)
    except DamagedError as error:
        raise ArchiveError(f"{place}: cannot be read: {error}") from None
    found = (record.rec_headers.get_header("WARC-Record-ID") or "").strip("<>")
    if found != where.record_id:
        raise ArchiveError(f"{place}: {tell_other(found, where.record_id)}")
    raw = record.raw_stream.read()
    if record.http_headers is None:
        kind = record.rec_headers.get_header("Content-Type") or "text/html"
        return (("Content-Type", kind),), 200, raw
    headers = tuple((str(name), str(value)) for name, value in record.http_headers.headers)
    try:
        body = decode_body(raw, headers, MAX_BODY_BYTES)
        status = int(record.http_headers.get_statuscode() or 200)
    except (TooLargeError, CutBodyError, ValueError) as error:
        raise ArchiveError(f"{place}: {error}") from None
    return headers, status, body


class DamagedError(Exception):
    """Bytes that are no WARC record."""


def record_at(file: BinaryIO) -> ArcWarcRecord:
    """Read the record that starts at a file's position."""
    try:
        return next(iter(ArchiveIterator(file)))
    except StopIteration:
        raise DamagedError("no record there") from None
    except ArchiveLoadFailed as error:
        raise DamagedError(ascii(str(error))[:120]) from None
    except (AttributeError, ValueError):
        # What warcio makes of a record whose WARC-Type or lengths were lost.
        raise DamagedError("its WARC headers are damaged") from None
