"""What an import is given: WARC files of another house, and saved pages."""

import gzip
import io
import json
import re
import zlib
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawlers.archive import read_page
from crawlers.batch import Batch
from crawlers.catalogue import Entrance, Source
from crawlers.import_account import ImportReport
from crawlers.imports import import_paths
from crawlers.later import Later
from crawlers.ledger import read_fetches

HTML = b"<html><body><p>The bridge at Tor Ghar is open again.</p></body></html>"
DAWN = Source(
    id="dawn", name="Dawn", home="https://dawn.test/", languages=("en",),
    timezone="Asia/Karachi", hosts=("dawn.test", "www.dawn.test"),
    entrances=(Entrance(kind="feed", url="https://dawn.test/feed"),),
)  # fmt: skip


def take(batch: Batch, *paths: Path, later: Later | None = None) -> ImportReport:
    return import_paths(batch, paths, sources=[DAWN], run_id="one", is_all=True, later=later)


def bodies(batch: Batch, report: ImportReport) -> dict[str, bytes]:
    return {
        fetch.url: read_page(batch.home, source_id, fetch).body
        for source_id in report.sources
        for fetch in read_fetches(batch, source_id)
        if fetch.disposition == "fetched"
    }


def account(batch: Batch) -> dict[str, str]:
    lines = (batch.folder / "import.jsonl").read_text("utf-8").splitlines()
    return {entry["origin"]: entry["outcome"] for entry in map(json.loads, lines)}


def write_warc(path: Path, *, is_gzip: bool = True) -> None:
    """Write what a crawler of another house leaves: requests, images, redirects among the pages."""
    with path.open("wb") as out:
        writer = WARCWriter(out, gzip=is_gzip)
        writer.write_record(writer.create_warcinfo_record("x.warc.gz", {"software": "other"}))
        for name in ("one", "two", "three"):
            add_page(writer, f"https://www.dawn.test/news/{name}", HTML + name.encode())
        add_page(writer, "https://cdn.elsewhere.co.uk/a.png", b"PNG", content_type="image/png")
        add_page(writer, "https://dawn.test/old", b"", status="301 Moved")
        add_page(writer, "https://news.elsewhere.co.uk/a", gzip.compress(HTML), encoding="gzip")
        request = StatusAndHeaders("GET / HTTP/1.1", [("Host", "dawn.test")], is_http_request=True)
        writer.write_record(
            writer.create_warc_record("https://dawn.test/", "request", http_headers=request)
        )


def add_page(
    writer: WARCWriter,
    url: str,
    body: bytes,
    *,
    status: str = "200 OK",
    content_type: str = "text/html; charset=utf-8",
    encoding: str | None = None,
    date: str = "2019-05-04T03:02:01Z",
    record_id: str | None = None,
) -> None:
    headers = [("Content-Type", content_type), ("ETag", '"e1"')]
    headers += [("Content-Encoding", encoding)] if encoding else []
    record = writer.create_warc_record(
        url,
        "response",
        payload=io.BytesIO(body),
        http_headers=StatusAndHeaders(status, headers, protocol="HTTP/1.1"),
        warc_headers_dict={"WARC-Date": date}
        | ({"WARC-Record-ID": record_id} if record_id else {}),
    )
    writer.write_record(record)


def member_offsets(warc: Path) -> list[int]:
    return [match.start() for match in re.finditer(b"\x1f\x8b\x08", warc.read_bytes())]


def save(folder: Path, name: str, body: bytes) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(body) if name.endswith(".gz") else body)
    return name


def write_manifest(folder: Path, *entries: object) -> Path:
    path = folder / "manifest.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), "utf-8")
    return path


def members(warc: Path) -> list[bytes]:
    rest, found = warc.read_bytes(), []
    while rest:
        unpacker = zlib.decompressobj(31)
        found.append(unpacker.decompress(rest))
        rest = unpacker.unused_data
    return found
