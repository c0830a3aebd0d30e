"""Bodies come out of their codings whole, within a bound, or not at all."""

import gzip
import subprocess
import sys
import zlib
from pathlib import Path
from time import monotonic

import brotli  # type: ignore[import-untyped]
import pytest

from crawlers.body import CutBodyError, TooLargeError, decode_body

TEXT = "خبر news ".encode() * 5000
LIMIT = 10 << 20
MEASURE = """
import resource, sys
from crawlers.body import TooLargeError, decode_body
bomb = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    decode_body(bomb, (("Content-Encoding", "br"),), 10 << 20)
except TooLargeError:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
CLIMB = """
from crawlers.run import MAX_MEMORY_BYTES, limit_memory
limit_memory()
try:
    bytearray(MAX_MEMORY_BYTES)
except MemoryError:
    print("refused")
"""


def run(code: str, stdin: bytes = b"") -> str:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], input=stdin, stdout=subprocess.PIPE, cwd=root, check=True
    )
    return done.stdout.decode().strip()


def coded(coding: str) -> tuple[tuple[str, str], ...]:
    return (("Content-Encoding", coding),)


def brotli_bomb(megabytes: int) -> bytes:
    packer = brotli.Compressor(quality=5)
    return b"".join([*(packer.process(bytes(1 << 20)) for _ in range(megabytes)), packer.finish()])


def deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("x-gzip", gzip.compress(TEXT, mtime=0)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", deflate(TEXT)),
        ("br", brotli.compress(TEXT)),
        ("br, gzip", gzip.compress(brotli.compress(TEXT), mtime=0)),
        ("identity", TEXT),
    ],
)
def test_each_coding_is_undone(coding: str, packed: bytes) -> None:
    assert decode_body(packed, coded(coding), LIMIT) == TEXT


def test_gzip_of_many_members_is_whole() -> None:
    members = [gzip.compress(f"part {number} ".encode() * 500) for number in range(300)]
    plain = b"".join(map(gzip.decompress, members))
    for padding in (b"", bytes(512), b"\x1f", b"ends here"):
        assert decode_body(b"".join(members) + padding, coded("gzip"), LIMIT) == plain
    with pytest.raises(TooLargeError):
        decode_body(b"".join(members), coded("gzip"), len(plain) - 1)
    hostile = gzip.compress(b"") * 100_000
    began = monotonic()
    assert decode_body(hostile, coded("gzip"), LIMIT) == b""
    assert monotonic() - began < 10


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("gzip", gzip.compress(TEXT[:100], mtime=0) + gzip.compress(TEXT, mtime=0)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", deflate(TEXT)),
        ("br", brotli.compress(TEXT)),
    ],
)
def test_cut_body_is_never_taken_as_whole(coding: str, packed: bytes) -> None:
    for cut in (1, 9, len(packed) // 2):
        with pytest.raises(CutBodyError):
            decode_body(packed[:-cut], coded(coding), LIMIT)


def test_body_that_lies_about_its_coding_is_given_as_it_came() -> None:
    for coding in ("gzip", "deflate", "br"):
        assert decode_body(b"<p>no such coding</p>", coded(coding), LIMIT)[:3] == b"<p>"
        assert decode_body(b"", coded(coding), LIMIT) == b""


def test_brotli_of_more_than_one_step_is_whole() -> None:
    data = bytes(3 << 20) + TEXT
    assert decode_body(brotli.compress(data, quality=5), coded("br"), LIMIT) == data


def test_brotli_bomb_is_refused_before_it_unfolds() -> None:
    bomb = brotli_bomb(400)
    assert len(bomb) < 10_000
    with pytest.raises(TooLargeError):
        decode_body(bomb, coded("br"), LIMIT)
    assert int(run(MEASURE, bomb)) < 100_000  # kB


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the address space")
def test_crawler_may_not_take_all_the_memory() -> None:
    assert run(CLIMB) == "refused"
