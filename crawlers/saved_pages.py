"""Saved pages: a manifest of files, and the address each page says it was saved from."""

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
from crawlers.urls import url_key

SAVED_HOST = "saved.invalid"
"""Host of pages whose address nobody knows.

`https://saved.invalid/<12 hex of the page's SHA-256>/<file as the manifest names it>`: the same
file always gets the same address, two files never share one, and nobody can take it for an
outlet's, since RFC 2606 keeps `.invalid` from ever being registered.
"""
_HEAD_BYTES = 300_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
"""What url_key drops too; a line end in a WARC header would begin another header."""
_TAG = re.compile(rb"<(?:link|meta)\b[^>]{1,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_MIRRORED = re.compile(
    rb"<!-- Mirrored from ([^\s>]{4,2000}) by HTTrack Website Copier/"
    rb"[^>]{0,80}?\], ([^>]{10,60}?) -->"
)


def read_manifest_pages(manifest: Path, salt: str) -> Iterator[Capture | Unusable]:
    """Yield the pages of a manifest, in order; `salt` makes their record ids the batch's own.

    Each line is a JSON object with `file` (relative to the manifest, gzipped or not) and, where
    known, `url` and `id`.
    """
    with open_plain(manifest) as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _read_line(manifest, number, line, salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    file: str
    url: str | None = None
    id: str | int | None = None


_ENTRY_JSON: TypeAdapter[_Entry] = TypeAdapter(_Entry)


def _read_line(manifest: Path, number: int, line: bytes, salt: str) -> Capture | Unusable:
    try:
        entry = _ENTRY_JSON.validate_json(line)
    except ValidationError as error:
        place = f"{manifest.name} line {number}"
        return Unusable(origin=place, detail=f"not id, file, url: {error.errors()[0]['msg']}")
    name, given, folder = entry.file, entry.url or "", manifest.parent.resolve()
    origin = str(entry.id) if entry.id is not None else name
    url = _absolute(given)
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder):
            detail = f"{name} lies outside the manifest's folder"
            return Unusable(origin=origin, url=url, detail=detail)
        if path.exists() and not path.is_file():  # a FIFO would be waited for, without end
            return Unusable(origin=origin, url=url, detail=f"{name}: is no file")
        with open_plain(path) as file:
            body = file.read(MAX_BODY_BYTES + 1)
    except (OSError, EOFError, zlib.error, ValueError, RuntimeError) as error:
        return Unusable(origin=origin, url=url, detail=f"{name!r}: {error}")
    if len(body) > MAX_BODY_BYTES:
        detail = f"{name}: more than {MAX_BODY_BYTES >> 20} MB"
        return Unusable(origin=origin, url=url, detail=detail, reason="too_large")
    return saved_page(origin, name, given, body, f"{salt} {manifest} {number}")


def saved_page(origin: str, name: str, given: str, body: bytes, salt: str) -> Capture:
    """Make a capture of a saved page, with the best address that is known of it."""
    digest = hashlib.sha256(body).hexdigest()
    mirrored, fetched_at = _mirrored(body)
    known = _absolute(given) or mirrored or _own_address(body)
    url = known or f"https://{SAVED_HOST}/{digest[:12]}/{quote(name)}"
    record_id = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{salt} {origin} {name}')}"
    headers = {
        "WARC-Type": "resource",
        "WARC-Record-ID": f"<{record_id}>",
        # The standard wants a date; where the capture's is unknown this says when we took it in.
        "WARC-Date": f"{fetched_at or datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "WARC-Target-URI": url,
        "Content-Type": "text/html",
    }
    return Capture(
        origin=origin,
        url=url,
        url_key=url_key(url),
        kind="resource",
        record_id=record_id,
        fetched_at=fetched_at,
        page_sha256=digest,
        body_bytes=len(body),
        is_unaddressed=known is None,
        chunks=lambda: iter((record_member(headers, body),)),
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
