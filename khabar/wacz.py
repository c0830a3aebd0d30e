"""WACZ 1.1.1: web archive records in a ZIP file, with an index and what proves every byte."""

import hashlib
import json
import re
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import BinaryIO, Final, Self
from urllib.parse import urlsplit

from crawlers.members import Member

VERSION: Final = "1.1.1"
ARCHIVE: Final = "archive/data.warc.gz"
INDEX: Final = "indexes/index.cdx"
PAGES: Final = "pages/pages.jsonl"
PACKAGE: Final = "datapackage.json"
_ARCHIVE_NAME: Final = ARCHIVE.rpartition("/")[2]
_WWW: Final = re.compile(r"www\d*\.")
_TO_KEY: Final = str.maketrans({" ": "%20", "\n": "%0a", "\r": "%0d", "\t": "%09"})


class WaczWriter:
    """Writes the files of a bundle one after another, stored as they are."""

    def __init__(self, out: BinaryIO, created: datetime) -> None:
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_STORED)
        self._created = created.astimezone(UTC)
        self._resources: list[dict[str, str | int]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # While its file is open: one that is left open writes when it is collected, too late.
        self._zip.close()

    def add(self, path: str, pieces: Iterable[bytes]) -> str:
        """Write one file from its pieces; give its SHA-256 as WACZ writes it."""
        info = zipfile.ZipInfo(path, self._created.timetuple()[:6])
        info.external_attr = 0o644 << 16
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w") as file:
            for piece in pieces:
                digest.update(piece)
                size += file.write(piece)
        told = f"sha256:{digest.hexdigest()}"
        name = path.rpartition("/")[2]
        self._resources.append({"name": name, "path": path, "hash": told, "bytes": size})
        return told

    def add_proof(self, **told: str) -> None:
        """Write, last, what proves the other files, with what is told of them."""
        package = {
            "profile": "data-package",
            "wacz_version": VERSION,
            "created": f"{self._created:%Y-%m-%dT%H:%M:%SZ}",
            **told,
            "resources": self._resources,
        }
        proof = self.add(PACKAGE, [json.dumps(package, indent=1).encode()])
        digest = {"path": PACKAGE, "hash": proof}
        self.add("datapackage-digest.json", [json.dumps(digest, indent=1).encode()])


def page_list(pages: Iterable[object]) -> Iterable[bytes]:
    """Write pages/pages.jsonl: a head, then a page a line, in ASCII."""
    head = {"format": "json-pages-1.0", "id": "pages", "title": "Articles"}
    return (json.dumps(row).encode() + b"\n" for row in (head, *pages))


def index_line(member: Member, offset: int) -> str:
    """Write a record's line of the index (CDXJ), where it has an address and a date."""
    moment = f"{member.at:%Y%m%d%H%M%S}"
    mime = re.split(r"[;\s]", (member.mime or "").strip(), maxsplit=1)[0]
    told = {
        "url": member.url,
        "mime": "warc/revisit" if member.kind == "revisit" else mime or None,
        "status": member.status,
        "digest": member.digest,
        "length": str(len(member.data)),
        "offset": str(offset),
        "filename": _ARCHIVE_NAME,
        "recordDigest": f"sha256:{hashlib.sha256(member.data).hexdigest()}",
    }
    kept = {name: value for name, value in told.items() if value is not None}
    return f"{surt(member.url)} {moment} {json.dumps(kept)}\n"


def surt(url: str) -> str:
    """Turn an address into the key that indexes are sorted by: `org,example)/path?query`."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return url.translate(_TO_KEY)
    name = ",".join(reversed(_WWW.sub("", host, count=1).split(".")))
    default = {"http": 80, "https": 443}.get(parts.scheme)
    place = "" if port in (None, default) else f":{port}"
    path = parts.path.lower().rstrip("/") or "/"
    query = "&".join(sorted(parts.query.lower().split("&")))
    return f"{name}{place}){path}{'?' if query else ''}{query}".translate(_TO_KEY)
