"""Records of a WARC file of any size: read once, in order, whatever is broken between them."""

import re
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from crawlers.packed import BombError, NoRecordError, PackedFile, PlainStream, ShortRecordError

MAX_CONTENT_BYTES = 51 << 20
"""Of a record, kept in memory: a page of 50 MB and its HTTP headers."""
MAX_RATIO = 100
"""How much larger a file may unpack; HTML comes to 20, a bomb to 1,000."""
MIN_ROOM_BYTES = 64 << 20
MAX_DIGITS = 16
_REGULAR = re.compile(rb"WARC/[^\r\n]*\r\n(?:[!-9;-~]+:[^\r\n]*\r\n)*\r\n")
"""Headers as nearly all are: a field a line, which is read in half the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record that was wanted, as it stands in the file."""

    offset: int
    """Bytes from the file's start; of a file that is one gzip stream, when unpacked."""
    headers: Mapping[str, str]
    """Names in lower case."""
    head: bytes
    content: bytes
    """At most MAX_CONTENT_BYTES of it."""
    length: int
    """What the record says is the length of its content."""
    member: bytes | None
    """Its gzip member, where that holds this record and no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A record that was not wanted."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A place where no record could be read."""

    offset: int
    detail: str
    headers: Mapping[str, str]
    """Of the record that broke, where they could be read and it was wanted; else empty."""


Refuse = Callable[[Mapping[str, str]], str | None]
"""Says by its headers why a record is not wanted; None where it is."""


Found = Generator[Record | Skipped | Damage, None, None]


def read_records(
    path: Path, refuse: Refuse, moved: Callable[[int], None]
) -> Iterator[Record | Skipped | Damage]:
    """Yield what each record of a WARC file is; memory stays that of one record.

    The file may be plain, gzipped record by record, or one gzip stream. After damage, reading goes
    on at the next place where a record begins. `moved` hears how far in the file reading has come.
    """
    with path.open("rb") as file:
        is_packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        room = max(MIN_ROOM_BYTES, MAX_RATIO * path.stat().st_size)
        source = PackedFile(file, moved, room)
        reader = _Reader(source, refuse)
        try:
            yield from reader.read_members() if is_packed else reader.read_plain()
        except BombError:
            detail = f"unpacks to more than {MAX_RATIO} times its size; read that far only"
            yield Damage(offset=source.at, detail=detail, headers={})


class _Reader:
    """Takes the records of a file, and says where they break."""

    def __init__(self, source: PackedFile, refuse: Refuse) -> None:
        self._source = source
        self._refuse = refuse
        self._offset = 0
        self._wanted: Mapping[str, str] = {}
        """Headers of the record at work, where it is wanted."""

    def read_plain(self) -> Found:
        """Read a file that is not packed."""
        try:
            yield from self._read_stream(PlainStream(self._source.pieces()), 0)
        except ShortRecordError:
            yield self._damage(f"breaks off in its last record, at byte {self._offset}")

    def read_members(self) -> Found:
        """Read a file of gzip members."""
        while not self._source.is_at_end():
            start = self._offset = self._source.at
            self._wanted = {}
            try:
                yield from self._read_stream(PlainStream(self._source.unpacked()), start)
            except ShortRecordError as error:
                yield self._damage(str(error))  # the member is whole, and says so of its record
            except (EOFError, zlib.error) as error:
                goes_on = self._source.find_member(start + 1)
                is_cut = isinstance(error, EOFError) and not goes_on
                words = f"breaks off in its last record, at byte {self._offset}"
                yield self._damage(words if is_cut else f"damaged record: {error}")
                if not goes_on:
                    return

    def _read_stream(self, plain: PlainStream, start: int) -> Found:
        is_first = True
        while not plain.is_at_end():
            self._wanted, self._offset = {}, start + (0 if is_first else plain.at)
            try:
                yield self._take(plain, is_first=is_first)
            except NoRecordError as error:
                yield self._damage(f"damaged record: {error}")
                if not plain.find_record():
                    return
            is_first = False
            self._source.drop_member()

    def _take(self, plain: PlainStream, *, is_first: bool) -> Record | Skipped:
        head = plain.take_head()
        headers = read_fields(head)
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdigit() and len(length) < MAX_DIGITS):
            raise NoRecordError("it does not say how long it is")
        if why := self._refuse(headers):
            plain.take_content(int(length), 0)
            return Skipped(why=why)
        self._wanted = headers
        content = plain.take_content(int(length), MAX_CONTENT_BYTES)
        is_alone = is_first and plain.is_at_end()
        return Record(
            offset=self._offset,
            headers=headers,
            head=head,
            content=content,
            length=int(length),
            member=self._source.member() if is_alone else None,
        )

    def _damage(self, detail: str) -> Damage:
        return Damage(offset=self._offset, detail=detail[:200], headers=self._wanted)


def read_fields(head: bytes) -> dict[str, str]:
    """Read named fields; the first of a name counts, and folded lines (RFC 822) go on."""
    if _REGULAR.fullmatch(head):
        fields = (
            line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n")[-3:0:-1]
        )
        return {name.lower(): value.strip() for name, _, value in fields}
    headers: dict[str, str] = {}
    name = ""
    for line in head.decode("utf-8", "replace").split("\n")[1:]:
        if line.startswith((" ", "\t")):
            if name:
                headers[name] += f" {line.strip()}"
            continue
        name, colon, value = line.partition(":")
        name = name.strip().lower()
        if colon and name not in headers:
            headers[name] = value.strip()
        else:
            name = ""
    return headers
