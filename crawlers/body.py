"""From bytes on the wire to a body: transfer and content codings undone, within a bound."""

import io
import zlib

import brotli  # type: ignore[import-untyped]
from warcio.bufferedreaders import ChunkedDataReader

_STEP = 1 << 14
_GZIP = b"\x1f\x8b"


class TooLargeError(Exception):
    """A body that grows beyond the bound when decompressed."""


class CutBodyError(Exception):
    """A body whose coding ends before its end: part of it never came."""


def decode_body(raw: bytes, headers: tuple[tuple[str, str], ...], limit: int) -> bytes:
    """Undo chunked transfer-coding and gzip, deflate or brotli.

    A body that is not what its header claims is given as it came, as browsers do.

    Raises:
        TooLargeError: where the body would be larger than `limit` bytes.
        CutBodyError: where the coding is cut off.
    """
    named = {name.lower(): value.strip().lower() for name, value in headers}
    if "chunked" in named.get("transfer-encoding", ""):
        raw = ChunkedDataReader(io.BytesIO(raw)).read()
    for coding in reversed(named.get("content-encoding", "").split(",")):
        raw = _decode(raw, coding.strip(), limit)
    if len(raw) > limit:
        raise TooLargeError(f"more than {limit >> 20} MB")
    return raw


def _decode(raw: bytes, coding: str, limit: int) -> bytes:
    if not raw:
        return raw
    try:
        if coding in ("gzip", "x-gzip"):
            return _gunzip(raw, limit)
        if coding == "deflate":
            return _deflate(raw, limit)
        if coding == "br":
            return _unbrotli(raw, limit)
    except (zlib.error, brotli.error):
        return raw
    return raw


def _deflate(raw: bytes, limit: int) -> bytes:
    """Inflate zlib's format, or the bare stream that some servers send in its place."""
    try:
        return _inflate(raw, zlib.MAX_WBITS, limit)
    except zlib.error:
        return _inflate(raw, -zlib.MAX_WBITS, limit)
    except CutBodyError as cut:
        try:  # a bare stream may begin as zlib's header does, by chance
            return _inflate(raw, -zlib.MAX_WBITS, limit)
        except (zlib.error, CutBodyError):
            raise cut from None


def _gunzip(raw: bytes, limit: int) -> bytes:
    """Unpack every member: gzip data may be several in a row (RFC 1952, 2.2)."""
    reader, out, is_first = zlib.decompressobj(wbits=31), bytearray(), True
    # In steps, since each member's end copies what is left: of all the rest, that takes minutes.
    for at in range(0, len(raw), _STEP):
        data = raw[at : at + _STEP]
        end = at + len(data)
        while data:
            try:
                out += reader.decompress(data, limit + 1 - len(out))
            except zlib.error as error:
                if is_first:
                    raise
                raise CutBodyError(f"broken after {len(out)} bytes: {error}") from None
            if len(out) > limit:
                raise TooLargeError(f"more than {limit >> 20} MB when decompressed")
            data = reader.unused_data
            if reader.eof:
                start = end - len(data)
                if raw[start : start + 2] != _GZIP:
                    return bytes(out)  # the end, or padding
                reader, is_first = zlib.decompressobj(wbits=31), False
    raise CutBodyError(f"cut off after {len(raw)} bytes")


def _inflate(raw: bytes, wbits: int, limit: int) -> bytes:
    reader = zlib.decompressobj(wbits=wbits)
    plain = reader.decompress(raw, limit + 1)
    if len(plain) > limit:
        raise TooLargeError(f"more than {limit >> 20} MB when decompressed")
    if not reader.eof:
        raise CutBodyError(f"cut off after {len(raw)} bytes")
    return plain


def _unbrotli(raw: bytes, limit: int) -> bytes:
    # Bounded at each step: 841 bytes of brotli unfold to more than a gigabyte in one.
    reader, out = brotli.Decompressor(), bytearray()
    data = raw
    while not reader.is_finished():
        step = reader.process(data, output_buffer_limit=_STEP)
        out += step
        if len(out) > limit:
            raise TooLargeError(f"more than {limit >> 20} MB when decompressed")
        if not (step or data):
            raise CutBodyError(f"cut off after {len(raw)} bytes")
        data = b""
    return bytes(out)
