"""The bytes of a WARC file: its gzip members, and records taken from the front of a stream."""

import re
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

MAX_MEMBER_BYTES = 52 << 20
"""Of a gzip member, kept as it stands."""
MAX_HEAD_BYTES = 1 << 16
_PIECE = 1 << 15
"""Bytes read at a time; the worst that they can unpack to is a thousand times as many."""
_PEEK = 1 << 10
"""Bytes of a member that tell whether a record begins it; gzip's own header may hold a name."""
_MEMBER = b"\x1f\x8b\x08"
_START = b"WARC/"
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LINE_ENDS = re.compile(rb"[\r\n]+")


class NoRecordError(Exception):
    """No record begins here; the next one may begin anywhere."""


class ShortRecordError(Exception):
    """The stream ends before the record does; the message is how many bytes are missing."""


class BombError(Exception):
    """A file that unpacks to more than any archive would."""


class PackedFile:
    """A file read in pieces, and the gzip members in it."""

    def __init__(self, file: BinaryIO, moved: Callable[[int], None], room: int) -> None:
        self.at = 0
        self._file = file
        self._back = b""
        self._moved = moved
        self._room = room
        self._kept: list[bytes] | None = None

    def _read(self) -> bytes:
        piece, self._back = self._back or self._file.read(_PIECE), b""
        self.at += len(piece)
        return piece

    def _give_back(self, rest: bytes) -> None:
        self._back = rest
        self.at -= len(rest)

    def is_at_end(self) -> bool:
        """Tell whether all was read."""
        self._give_back(self._read())
        return not self._back

    def pieces(self) -> Iterator[bytes]:
        """Yield the file as it is."""
        while piece := self._read():
            self._moved(self.at)
            yield piece

    def unpacked(self) -> Iterator[bytes]:
        """Yield what the gzip member that begins here holds, and keep it packed, too.

        Raises:
            EOFError: where the file ends in it.
            zlib.error: where it is broken.
        """
        unpacker, self._kept, start = zlib.decompressobj(31), [], self.at
        while not unpacker.eof:
            raw = self._read()
            if not raw:
                raise EOFError
            plain = unpacker.decompress(raw)
            if unpacker.eof:
                self._give_back(unpacker.unused_data)
                raw = raw[: len(raw) - len(self._back)]
            if self._kept is not None:
                self._kept.append(raw)
                if self.at - start > MAX_MEMBER_BYTES:
                    self._kept = None
            self._moved(self.at)
            yield plain[: self._room]
            self._room -= len(plain)
            if self._room <= 0:
                raise BombError

    def drop_member(self) -> None:
        """Keep no more of this member."""
        self._kept = None

    def member(self) -> bytes | None:
        """Give this member as it stands, where it was kept."""
        return None if self._kept is None else b"".join(self._kept)

    def find_member(self, start: int) -> bool:
        """Go to the next member, from a place on, that begins as a record does."""
        window = b" " * _PIECE
        while len(window) == _PIECE:
            self._file.seek(start)
            window = self._file.read(_PIECE)
            place = window.find(_MEMBER)
            while place >= 0:
                if _begins_record(window[place : place + _PEEK]):
                    self._file.seek(start + place)
                    self.at, self._back = start + place, b""
                    return True
                place = window.find(_MEMBER, place + 1)
            start += _PIECE - _PEEK
        return False


def _begins_record(packed: bytes) -> bool:
    try:
        return zlib.decompressobj(31).decompress(packed, len(_START)) == _START
    except zlib.error:
        return False


class PlainStream:
    """A stream of plain bytes, of which records are taken from the front."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._buffer = b""
        self._from = 0
        """Where in the buffer the rest begins."""
        self._before = 0
        """Bytes of the stream before the buffer."""

    @property
    def at(self) -> int:
        """Bytes taken so far."""
        return self._before + self._from

    def _more(self) -> bool:
        piece = next(self._pieces, None)
        self._before += self._from
        self._buffer, self._from = self._buffer[self._from :] + (piece or b""), 0
        return piece is not None

    def is_at_end(self) -> bool:
        """Skip the line ends between records, and tell whether that was all."""
        while True:
            if gap := _LINE_ENDS.match(self._buffer, self._from):
                self._from = gap.end()
            if self._from < len(self._buffer):
                return False
            if not self._more():
                return True

    def take_head(self) -> bytes:
        """Take a record's headers, with the empty line after them."""
        while len(self._buffer) < self._from + len(_START) and self._more():
            pass
        start = self._buffer[self._from : self._from + len(_START)]
        if len(start) < len(_START) and _START.startswith(start):
            raise ShortRecordError("its headers break off")
        if start != _START:
            raise NoRecordError("no record begins there")
        while not (end := _HEAD_END.search(self._buffer, self._from, self._from + MAX_HEAD_BYTES)):
            if len(self._buffer) > self._from + MAX_HEAD_BYTES:
                raise NoRecordError("its headers have no end")
            if not self._more():
                raise ShortRecordError("its headers break off")
        head = self._buffer[self._from : end.end()]
        self._from = end.end()
        return head

    def take_content(self, length: int, limit: int) -> bytes:
        """Take a record's content; of what is beyond the limit nothing is kept."""
        kept: list[bytes] = []
        while length:
            have = min(length, len(self._buffer) - self._from)
            if have and limit > 0:
                kept.append(self._buffer[self._from : self._from + min(have, limit)])
            self._from += have
            length -= have
            limit -= have
            if length and not self._more():
                raise ShortRecordError(f"cut short: {length} bytes are missing")
        return kept[0] if len(kept) == 1 else b"".join(kept)

    def find_record(self) -> bool:
        """Go to where a record may begin again; False where none does."""
        mark = b"\r\n\r\n" + _START
        while (place := self._buffer.find(mark, self._from)) < 0:
            self._from = max(self._from, len(self._buffer) - len(mark) + 1)
            if not self._more():
                return False
        self._from = place + 4
        return True
