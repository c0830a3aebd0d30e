"""Foreign WARC files: their pages, one by one, each with its record as it stands."""

import hashlib
import io
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from warcio.recordloader import ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeadersParser

from crawlers.archive import MAX_BODY_BYTES
from crawlers.body import CutBodyError, TooLargeError, decode_body
from crawlers.captures import Capture, Found, PassedOver, Unusable
from crawlers.records import Headers
from crawlers.urls import host_of, url_key
from crawlers.warc_stream import Damage, Record, Skipped, read_records

OTHER_HOSTS = "other hosts"
_KINDS = frozenset(("warcinfo", "request", "metadata", "revisit", "conversion", "continuation"))
_AUTHORITY = re.compile(r"https?://([^/?#\\\s]{1,300})")
_HTTP = StatusAndHeadersParser(ArcWarcRecordLoader.HTTP_TYPES, verify=False)
"""The one that reads the record out of our archive again, so that both see one page."""
_REGULAR = re.compile(
    rb"HTTP/1\.[01] ([1-9][0-9]{2})(?: [ -~]*)?\r\n((?:[!-9;-~]+:[\t -~]*\r\n)*)\r\n"
)
"""A head that any two readers see alike, as nearly all are; it is read in a third of the time."""


def read_warc_pages(
    path: Path,
    *,
    is_wanted: Callable[[str], bool] = lambda _: True,
    moved: Callable[[int], None] = lambda _: None,
) -> Iterator[Found]:
    """Yield what each record of a WARC file holds, in order; memory stays that of one record.

    Records of hosts that are not wanted are passed over by their headers. A damaged record is
    reported, and reading goes on at the next one. `moved` hears how many bytes of it were read.
    """

    @lru_cache(maxsize=10_000)
    def is_ours(authority: str) -> bool | None:
        try:
            return is_wanted(host_of(f"https://{authority}/"))
        except ValueError:
            return None

    def refuse(headers: Mapping[str, str]) -> str | None:
        kind = headers.get("warc-type", "").lower()
        if kind not in ("response", "resource"):
            return f"{kind if kind in _KINDS else 'unknown'} record"
        authority = _AUTHORITY.match(_target(headers))
        ours = is_ours(authority[1]) if authority else None
        if ours is None:
            return "no web address"
        return None if ours else OTHER_HOSTS

    for found in read_records(path, refuse, moved):
        if isinstance(found, Skipped):
            yield PassedOver(why=found.why)
        elif isinstance(found, Damage):
            yield _unusable(found, path.name)
        else:
            yield _read_record(found, f"{path.name} at {found.offset}")


def _target(headers: Mapping[str, str]) -> str:
    return headers.get("warc-target-uri", "").strip("<> ")


def _unusable(damage: Damage, name: str) -> Unusable:
    url: str | None = _target(damage.headers)
    try:
        url_key(url or "")
    except ValueError:
        url = None
    origin = f"{name} at {damage.offset}"
    return Unusable(origin=origin, url=url, detail=damage.detail, is_damage=True)


def _read_record(record: Record, origin: str) -> Found:
    url = _target(record.headers)
    try:
        key = url_key(url)
    except ValueError:
        return PassedOver(why="no web address")
    kind = record.headers["warc-type"]
    if not kind.islower():  # readers know the types by their exact names, ours among them
        return Unusable(origin=origin, url=url, detail=f"WARC-Type is not in lower case: {kind}")
    content = io.BytesIO(record.content)
    status: int | None = None
    headers: Headers = ()
    content_type = record.headers.get("content-type")
    if kind == "response":
        status, headers = take_http_head(content)
        content_type = _named(headers, "content-type")
    if status not in (200, None):
        return PassedOver(why=f"HTTP {status}")
    if content_type and "html" not in content_type.lower():
        return PassedOver(why="not HTML")
    return _read_page(record, origin, (url, key), status, headers, content.read())


def take_http_head(content: io.BytesIO) -> tuple[int, Headers]:
    """Read the status line and headers off an answer; 0 where it has no status."""
    if regular := _REGULAR.match(content.getbuffer()):
        content.seek(regular.end())
        lines = regular[2].decode("ascii").split("\r\n")[:-1]
        fields = (line.partition(":") for line in lines)
        return int(regular[1]), tuple((name, value.strip()) for name, _, value in fields)
    try:
        head = _HTTP.parse(content)
    except EOFError:
        return 0, ()
    code = head.get_statuscode() or ""
    status = int(code) if re.fullmatch(r"[1-9][0-9]{2}", code) else 0
    return status, tuple((str(name), str(value)) for name, value in head.headers)


def _named(headers: Headers, name: str) -> str | None:
    return next((value for key, value in headers if key.lower() == name), None)


def _read_page(
    record: Record,
    origin: str,
    address: tuple[str, str],
    status: int | None,
    headers: Headers,
    raw: bytes,
) -> Capture | Unusable:
    url, key = address
    if record.length > len(record.content):
        detail = f"more than {MAX_BODY_BYTES >> 20} MB"
        return Unusable(origin=origin, url=url, detail=detail, reason="too_large")
    try:
        body = decode_body(raw, headers, MAX_BODY_BYTES)
    except TooLargeError as error:
        return Unusable(origin=origin, url=url, detail=str(error), reason="too_large")
    except CutBodyError as error:
        return Unusable(origin=origin, url=url, detail=str(error))
    record_id = record.headers.get("warc-record-id", "").strip("<> ")
    if not record_id:
        return Unusable(origin=origin, url=url, detail="record without WARC-Record-ID")
    kind: Literal["response", "resource"] = "resource" if status is None else "response"
    return Capture(
        origin=origin,
        url=url,
        url_key=key,
        kind=kind,
        record_id=record_id,
        fetched_at=warc_moment(record.headers.get("warc-date")),
        page_sha256=hashlib.sha256(body).hexdigest(),
        body_bytes=len(body),
        status=status,
        etag=_named(headers, "etag"),
        last_modified=_named(headers, "last-modified"),
        member=lambda: record.member or _pack(record),
    )


def _pack(record: Record) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS + 16)
    return packer.compress(record.head + record.content + b"\r\n\r\n") + packer.flush()


def warc_moment(text: str | None) -> datetime | None:
    """Read a WARC-Date; None where it is none."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
