"""What is said of the archive, held by a reader and a checker that are not ours."""

import gzip
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
from crawlers.records import SAME_PAYLOAD
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
