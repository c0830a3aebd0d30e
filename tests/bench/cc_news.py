"""A WARC file as CC-NEWS has them: requests and answers of many hosts, one gzip member a record."""

import random
import uuid
import zlib
from collections.abc import Sequence
from pathlib import Path

_LINES = (
    "the of and to in a that for on with as was at by from police council river road bridge school",
    "district minister water market clinic village officials said residents monday hospital court",
)
_WORDS = tuple(word for line in _LINES for word in line.split())
BYTES_A_HOST = 512 << 10
"""A file of 1 GB has pages of some 2,000 hosts; a smaller one, in proportion."""
SHARE_WANTED = 0.05
"""Of the pages, those of the catalogue's hosts."""
PAGE_BYTES = 60_000


def write_cc_news(path: Path, size: int, wanted: Sequence[str]) -> int:
    """Write a file of about `size` bytes, a twentieth of its pages from the hosts wanted.

    Returns:
        How many of its pages are from them.
    """
    chance = random.Random(1)  # noqa: S311 (the same file every time)
    hosts = [f"www.news{number}.test" for number in range(max(20, size // BYTES_A_HOST))]
    theirs = 0
    with path.open("wb") as out:
        number = 0
        while out.tell() < size:
            number += 1
            is_wanted = chance.random() < SHARE_WANTED
            theirs += is_wanted
            host = chance.choice(wanted if is_wanted else hosts)
            slug = "-".join(chance.choices(_WORDS, k=8))
            url = f"https://{host}/2026/11/{slug}-{number}.html"
            ask = f"GET /{slug} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: CCBot/2.0\r\n\r\n"
            out.write(_member("request", url, chance, ask.encode()))
            out.write(_member("response", url, chance, _answer(chance)))
    return theirs


def _answer(chance: random.Random) -> bytes:
    words = " ".join(f"{word}{chance.randrange(900)}" for word in chance.choices(_WORDS, k=3_000))
    link = '<li class="menu-item menu-item-type-custom"><a href="/category/{0}/">{0}</a></li>\n'
    menu = "".join(link.format(f"{one}-{two}") for one in _WORDS for two in _WORDS[:9])
    page = f"<html><head><title>{words[:60]}</title></head><body>{menu}<p>{words}</p></body></html>"
    body = page.encode()[:PAGE_BYTES]
    head = (
        "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html; charset=UTF-8\r\n"
        'ETag: "5f3-61a"\r\nX-Crawler-Content-Encoding: gzip\r\n'
        f"X-Crawler-Transfer-Encoding: chunked\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _member(kind: str, url: str, chance: random.Random, content: bytes) -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\n"
        "WARC-Date: 2026-11-20T08:15:30Z\r\n"
        f"WARC-Record-ID: <urn:uuid:{uuid.UUID(int=chance.getrandbits(128))}>\r\n"
        "WARC-IP-Address: 192.0.2.7\r\n"
        f"Content-Type: application/http; msgtype={kind}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    packer = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS + 16)
    return packer.compress(head.encode() + content + b"\r\n\r\n") + packer.flush()
