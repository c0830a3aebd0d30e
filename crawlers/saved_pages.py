"""Saved pages: a manifest of files, and the address each page says it was saved from."""

import base64
import gzip
import hashlib
import html
import re
import uuid
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from crawlers.archive import MAX_BODY_BYTES
from crawlers.captures import Capture, Unusable, open_plain
from crawlers.urls import ascii_url, url_key

SAVED_HOST = "saved.invalid"
"""Host of pages whose address nobody knows.

`https://saved.invalid/<12 hex of the page's SHA-256>/<file as the manifest names it>`: the same
file always gets the same address, two files never share one, and nobody can take it for an
outlet's, since RFC 2606 keeps `.invalid` from ever being registered.
"""
MAX_LINE_BYTES = 1 << 20
MAX_NAME = 1_500
"""Of a file, in such an address."""
_HEAD_BYTES = 300_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
"""What url_key drops too; a line end in a WARC header would begin another header."""
_TAG = re.compile(rb"<(?:link|meta)\b[^>]{1,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_MIRRORED = re.compile(
    rb"<!-- Mirrored from ([^\s>]{4,2000}) by HTTrack Website Copier/"
    rb"[^>]{0,80}?\], ([^>]{10,60}?) -->"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedFile:
    """A line of a manifest, and the bytes of the file that it names."""

    id: str
    name: str
    """The file, as the manifest names it."""
    url: str
    """As given; empty where it is not."""
    body: bytes


def read_manifest_pages(manifest: Path, salt: str) -> Iterator[Capture | Unusable]:
    """Yield the pages of a manifest, in order; `salt` makes their record ids the batch's own."""
    for number, found in read_saved_files(manifest):
        if isinstance(found, SavedFile):
            yield saved_page(found, f"{salt} {manifest} {number}")
        else:
            yield found


def read_saved_files(manifest: Path) -> Iterator[tuple[int, SavedFile | Unusable]]:
    """Yield what each line of a manifest leads to, with the line's number; memory is one file's.

    Each line is a JSON object with `file` (relative to the manifest and in its folder, gzipped or
    not) and, where known, `url` and `id`.
    """
    number = 0
    try:
        for number, line in enumerate(_read_lines(manifest), start=1):
            if line.strip():
                yield number, _read_line(manifest.parent, f"{manifest.name} line {number}", line)
    except (OSError, EOFError, zlib.error) as error:
        place = f"{manifest.name} line {number + 1}"
        yield number + 1, Unusable(origin=place, detail=f"breaks off: {error}")


def _read_lines(manifest: Path) -> Iterator[bytes]:
    """Yield lines; of one that is longer than any may be its beginning, which is no JSON."""
    with open_plain(manifest) as file:
        while line := file.readline(MAX_LINE_BYTES):
            yield line
            while len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
                line = file.readline(MAX_LINE_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    file: str
    url: str | None = None
    id: str | int | None = None


_ENTRY_JSON: TypeAdapter[_Entry] = TypeAdapter(_Entry)


def _read_line(folder: Path, place: str, line: bytes) -> SavedFile | Unusable:
    try:
        entry = _ENTRY_JSON.validate_json(line)
    except ValidationError as error:
        problem = error.errors()[0]["msg"]
        return Unusable(
            origin=place, detail=f"is no JSON object with id, file and url as texts: {problem}"
        )
    name, given = entry.file, entry.url or ""
    origin = str(entry.id) if entry.id is not None else name
    try:
        body = _read_file(folder.resolve(), name)
    except (OSError, EOFError, zlib.error, ValueError, RuntimeError) as error:
        return Unusable(origin=origin, url=_absolute(given), detail=f"{name!r}: {error}")
    if len(body) > MAX_BODY_BYTES:
        detail = f"{name!r}: more than {MAX_BODY_BYTES >> 20} MB"
        return Unusable(origin=origin, url=_absolute(given), detail=detail, reason="too_large")
    return SavedFile(id=origin, name=name, url=given, body=body)


def _read_file(folder: Path, name: str) -> bytes:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder):
        raise ValueError("lies outside the manifest's folder")
    if path.exists() and not path.is_file():  # a FIFO would be waited for, without end
        raise ValueError("is no file")
    with open_plain(path) as file:
        return file.read(MAX_BODY_BYTES + 1)


def saved_page(saved: SavedFile, salt: str) -> Capture:
    """Make a capture of a saved page, with the best address that is known of it."""
    body = saved.body
    digest = hashlib.sha256(body).hexdigest()
    sha = base64.b32encode(bytes.fromhex(digest)).decode()
    mirrored, fetched_at = _mirrored(body)
    known = _absolute(saved.url) or mirrored or _own_address(body)
    url = known or f"https://{SAVED_HOST}/{digest[:12]}/{quote(saved.name)[-MAX_NAME:]}"
    record_id = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{salt} {saved.id} {saved.name}')}"
    headers = {
        "WARC-Type": "resource",
        "WARC-Record-ID": f"<{record_id}>",
        # The standard wants a date; where the capture's is unknown this says when we took it in.
        "WARC-Date": f"{fetched_at or datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "WARC-Target-URI": ascii_url(url),
        "WARC-Block-Digest": f"sha256:{sha}",
        "WARC-Payload-Digest": f"sha256:{sha}",
        "Content-Type": "text/html",
    }
    return Capture(
        origin=saved.id,
        url=url,
        url_key=url_key(url),
        kind="resource",
        record_id=record_id,
        fetched_at=fetched_at,
        page_sha256=digest,
        body_bytes=len(body),
        is_unaddressed=known is None,
        member=lambda: record_member(headers, body),
    )


def record_member(headers: Mapping[str, str], content: bytes) -> bytes:
    """Write a WARC record as one gzip member.

    Raises:
        ValueError: where a header holds the end of a line.
    """
    if odd := [name for name, value in headers.items() if "\r" in value or "\n" in value]:
        raise ValueError(f"{odd[0]}: a WARC header is one line")
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    head = f"WARC/1.1\r\n{''.join(lines)}Content-Length: {len(content)}\r\n\r\n"
    return gzip.compress(head.encode() + content + b"\r\n\r\n", 6, mtime=0)


def _absolute(url: str) -> str | None:
    try:
        url_key(url)
    except ValueError:
        return None
    return _CONTROL.sub("", url).strip()


def _mirrored(body: bytes) -> tuple[str | None, datetime | None]:
    """Read what HTTrack noted in the page: the address it asked (without scheme), and when."""
    match = _MIRRORED.search(body, 0, _HEAD_BYTES)
    if match is None:
        return None, None
    address = html.unescape(match[1].decode("utf-8", "replace"))
    if "://" not in address:
        address = f"https://{address}"  # url_key holds http and https to be one
    url = _absolute(address)
    try:
        moment = parsedate_to_datetime(match[2].decode("ascii", "replace"))
    except ValueError:
        return url, None
    return url, moment.astimezone(UTC) if url and moment.tzinfo else None


def _own_address(body: bytes) -> str | None:
    """Read what the page itself calls its address, where that is a whole one.

    The last resort: it is the page's claim, and an AMP page claims to be its article.
    """
    claims: dict[str, str] = {}
    for tag in _TAG.findall(body[:_HEAD_BYTES]):
        pairs = _ATTRIBUTE.findall(html.unescape(tag.decode("utf-8", "replace")))
        named = {name.lower(): one or two or three for name, one, two, three in pairs}
        if "canonical" in named.get("rel", "").lower().split():
            claims.setdefault("canonical", named.get("href", ""))
        elif named.get("property", named.get("name", "")).lower() == "og:url":
            claims.setdefault("og:url", named.get("content", ""))
    addresses = [_absolute(claims.get(claim, "")) for claim in ("canonical", "og:url")]
    return next((address for address in addresses if address), None)
