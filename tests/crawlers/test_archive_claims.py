"""What is said of the archive, held by a reader and a checker that are not ours."""

import gzip
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from crawlers.archive import ArchiveWriter, part_of, salvage
from crawlers.batch import Batch
from crawlers.crawl import crawl_source
from crawlers.job import KnownPage
from crawlers.journal import warc_path
from crawlers.ledger import read_fetches
from crawlers.page import ArchiveRecord
from crawlers.records import NOT_MODIFIED, SAME_PAYLOAD
from crawlers.urls import ascii_url, url_key
from tests.crawlers.foreign import HTML, save, take, write_manifest
from tests.crawlers.outlet import Answer, Outlet, article, feed, plan, source
from tests.crawlers.test_archive import exchange

PAGES = {name: article(name).body for name in ("/news/plain", "/news/packed")}


def check(warc: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Run `warcio check` on a file; return what it says of each digest."""

    class Options:
        inputs = [str(warc)]  # noqa: RUF012
        verbose = True

    checker = Checker(Options())
    checker.process_all()
    said = capsys.readouterr().out
    assert checker.exit_value == 0, said
    assert "fail" not in said
    return said


def records(warc: Path, kind: str) -> list[Any]:
    """Read the records of one type, with their payloads."""
    with warc.open("rb") as file:
        return [
            (record, record.content_stream().read())
            for record in ArchiveIterator(file)
            if record.rec_type == kind
        ]


def serve(outlet: Outlet) -> None:
    outlet.routes["/feed"] = feed(outlet.base, PAGES)
    outlet.routes["/news/plain"] = Answer(PAGES["/news/plain"])
    headers = {"Content-Encoding": "gzip"}
    outlet.routes["/news/packed"] = Answer(gzip.compress(PAGES["/news/packed"]), headers=headers)


def test_another_reader_reads_what_the_outlet_served_byte_for_byte(
    outlet: Outlet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    serve(outlet)
    batch = plan(tmp_path, source(outlet))
    crawl_source(batch, "valley")
    warc = warc_path(batch, "valley", 1)
    assert check(warc, capsys).count("digest pass") > 8
    read = {
        record.rec_headers.get_header("WARC-Target-URI").removeprefix(outlet.base): body
        for record, body in records(warc, "response")
    }
    assert {name: read[name] for name in PAGES} == PAGES
    assert len(records(warc, "request")) == len(records(warc, "response"))


def test_revisit_names_the_record_that_has_its_bytes(
    outlet: Outlet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    serve(outlet)
    first = plan(tmp_path, source(outlet))
    crawl_source(first, "valley")
    lines = read_fetches(first, "valley")
    long_ago = datetime.now(UTC) - timedelta(hours=20)
    known = tuple(
        KnownPage(
            url=line.url, url_key=line.url_key, etag=None, last_modified=None,
            page_sha256=line.page_sha256, first_seen_at=long_ago, dated_at=long_ago,
            last_fetched_at=long_ago, is_gone=False, record=line.record,
        )
        for line in lines
    )  # fmt: skip
    assert check(warc_path(first, "valley", 1), capsys).count("metadata") > len(lines)
    second = plan(tmp_path / "second", source(outlet), known=known, is_forced=True)
    assert crawl_source(second, "valley").not_modified == 2
    warc = warc_path(second, "valley", 1)
    check(warc, capsys)
    revisits = [record.rec_headers for record, _ in records(warc, "revisit")]
    assert len(revisits) == 2
    assert {one.get_header("WARC-Profile") for one in revisits} == {SAME_PAYLOAD}
    originals = records(warc_path(first, "valley", 1), "response")
    by_id = {one.rec_headers.get_header("WARC-Record-ID"): one.rec_headers for one, _ in originals}
    for one in revisits:
        original = by_id[one.get_header("WARC-Refers-To")]
        for mine, theirs in (
            ("WARC-Refers-To-Target-URI", "WARC-Target-URI"),
            ("WARC-Payload-Digest", "WARC-Payload-Digest"),
        ):
            assert one.get_header(mine) == original.get_header(theirs)


def test_record_of_a_304_passes_the_check_and_holds_no_bytes(
    outlet: Outlet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    serve(outlet)
    outlet.routes["/news/plain"] = Answer(status=304, headers={"ETag": '"1"'})
    key = url_key(f"{outlet.base}/news/plain")
    long_ago = datetime.now(UTC) - timedelta(hours=20)
    record = ArchiveRecord(
        record_id="urn:uuid:6f1c2d3e", file="x.warc.gz", offset=0, length=9, kind="response"
    )
    known = KnownPage(
        url=f"{outlet.base}/news/plain", url_key=key, etag='"1"', last_modified=None,
        page_sha256="0" * 64, first_seen_at=long_ago, dated_at=long_ago,
        last_fetched_at=long_ago, is_gone=False, record=record,
    )  # fmt: skip
    batch = plan(tmp_path, source(outlet), known=(known,), is_forced=True)
    assert crawl_source(batch, "valley").not_modified == 1
    warc = warc_path(batch, "valley", 1)
    assert check(warc, capsys).count("metadata") >= 3
    ((revisit, body),) = records(warc, "revisit")
    headers = revisit.rec_headers
    assert (body, headers.get_header("WARC-Profile")) == (b"", NOT_MODIFIED)
    assert headers.get_header("WARC-Refers-To") == "<urn:uuid:6f1c2d3e>"
    assert headers.get_header("WARC-Refers-To-Target-URI") == known.url
    assert headers.get_header("WARC-Payload-Digest") is None


def test_no_target_uri_holds_what_no_uri_may(outlet: Outlet, tmp_path: Path) -> None:
    odd = "/news/a b\u202e31m{x}خبر"
    path = ascii_url(outlet.base + odd).removeprefix(outlet.base)
    outlet.routes["/feed"] = feed(outlet.base, [odd, "/news/moved"])
    outlet.routes[path] = article("1")
    outlet.routes["/news/moved"] = Answer(status=302, headers={"Location": "/news/a {b}"})
    outlet.routes["/news/a%20%7Bb%7D"] = article("2")
    batch = plan(tmp_path, source(outlet))
    assert crawl_source(batch, "valley").fetched == 2
    warc = warc_path(batch, "valley", 1)
    for kind in ("request", "response", "metadata"):
        for record, _ in records(warc, kind):
            target = record.rec_headers.get_header("WARC-Target-URI")
            assert re.fullmatch(r"[\x21-\x7e]+", target), target
            assert not re.search(r'[{}<>"]', target), target
    assert {line.url for line in read_fetches(batch, "valley")} == {
        outlet.base + path,
        f"{outlet.base}/news/moved",
    }


def test_reading_an_archive_of_others_prints_nothing_of_it(tmp_path: Path) -> None:
    warc = tmp_path / "odd.warc"
    warc.write_bytes(
        b"WARC/1.1\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        b"WARC-Target-URI: http://e.pk/a \x1b[31m b\r\nWARC-Date: 2026-11-22T00:00:00Z\r\n"
        b"Content-Length: 0\r\n\r\n\r\n\r\n"
    )
    program = (
        "import crawlers.archive as a, sys; f = open(sys.argv[1], 'rb');"
        "print(len(list(a.ArchiveIterator(f))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(warc)], capture_output=True, text=True, check=True
    )
    assert (done.stdout.strip(), done.stderr) == ("1", "")


def test_records_of_saved_pages_pass_the_check_with_their_digests(
    batch: Batch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(tmp_path, "a.html", HTML)
    take(batch, write_manifest(tmp_path, {"file": "a.html", "url": "https://dawn.test/a"}))
    [warc] = batch.home.rglob("*.warc.gz")
    assert check(warc, capsys).count("digest pass") == 1
    assert [body for _, body in records(warc, "resource")] == [HTML]


def test_part_cut_at_each_byte_of_its_last_records_is_salvaged(tmp_path: Path) -> None:
    writer = ArchiveWriter(tmp_path / "archive" / "a.warc.gz", home=tmp_path, software="test")
    for body in (HTML, HTML * 9):
        writer.commit(writer.prepare([exchange(body)], revisit=None))
    writer.close()
    whole = (tmp_path / "archive" / "a.warc.gz").read_bytes()
    with (tmp_path / "archive" / "a.warc.gz").open("rb") as file:
        archive = ArchiveIterator(file)
        ends = [*[archive.get_record_offset() for _ in archive][1:], len(whole)]
    assert len(ends) == 5  # warcinfo, and two answers with their requests
    for cut in range(ends[2], len(whole) + 1):
        copy = tmp_path / "copy.warc.gz"
        part_of(copy).write_bytes(whole[:cut])
        kept = max(end for end in ends if end <= cut)
        assert salvage(copy) == cut - kept
        assert copy.read_bytes() == whole[:kept]
