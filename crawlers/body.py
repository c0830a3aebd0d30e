"""From bytes on the wire to a body: transfer and content codings undone, within a bound."""

import io
import zlib

import brotli  # type: ignore[import-untyped]
from warcio.bufferedreaders import ChunkedDataReader

_STEP = 1 << 16


class TooLargeError(Exception):
    """A body that grows beyond the bound when decompressed."""


def decode_body(raw: bytes, headers: tuple[tuple[str, str], ...], limit: int) -> bytes:
    """Undo chunked transfer-coding and gzip, deflate or brotli.

    A body that is not what its header claims is given as it came, as browsers do.

    Raises:
        TooLargeError: where the body would be larger than `limit` bytes.
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
    try:
        if coding in ("gzip", "x-gzip"):
            return _inflate(raw, 31, limit)
        if coding == "deflate":
            return _deflate(raw, limit)
        if coding == "br":
            return _unbrotli(raw, limit)
    except (zlib.error, brotli.error):
        return raw
    return raw


def _deflate(raw: bytes, limit: int) -> bytes:
    try:
        return _inflate(raw, zlib.MAX_WBITS, limit)
    except zlib.error:
        return _inflate(raw, -zlib.MAX_WBITS, limit)


def _inflate(raw: bytes, wbits: int, limit: int) -> bytes:
    reader = zlib.decompressobj(wbits=wbits)
    plain = reader.decompress(raw, limit + 1)
    if len(plain) > limit:
        raise TooLargeError(f"more than {limit >> 20} MB when decompressed")
    return plain


def _unbrotli(raw: bytes, limit: int) -> bytes:
    # Bounded at each step: 841 bytes of brotli unfold to more than a gigabyte in one.
    reader, out = brotli.Decompressor(), bytearray()
    data = raw
    while True:
        step = reader.process(data, output_buffer_limit=_STEP)
        out += step
        if len(out) > limit:
            raise TooLargeError(f"more than {limit >> 20} MB when decompressed")
        if reader.is_finished() or not (step or data):
            return bytes(out)
        data = b""
