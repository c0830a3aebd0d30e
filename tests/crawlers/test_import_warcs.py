import gzip
import io
import tracemalloc
import zlib
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from warcio.recordloader import ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeadersParser
from warcio.warcwriter import WARCWriter

from crawlers import warc_stream
from crawlers.batch import Batch
from crawlers.captures import Capture, Unusable
from crawlers.foreign_warcs import read_warc_pages, take_http_head
from crawlers.implicit import implicit_source
from crawlers.import_inputs import Reading
from crawlers.imports import import_paths
from crawlers.ledger import read_fetches, read_job, read_manifest
from crawlers.warc_stream import Damage, Record, read_fields, read_records
from tests.crawlers.foreign import (
    DAWN,
    HTML,
    account,
    add_page,
    bodies,
    member_offsets,
    take,
    write_warc,
)


def test_record_of_one_gzip_member_is_copied_byte_for_byte(batch: Batch, tmp_path: Path) -> None:
    warc = tmp_path / "foreign.warc.gz"
    write_warc(warc)
    take(batch, warc)
    for line in read_fetches(batch, "dawn"):
        assert line.record is not None
        ours = (batch.home / "archive" / line.record.file).read_bytes()
        member = ours[line.record.offset : line.record.offset + line.record.length]
        assert member in warc.read_bytes()
        assert zlib.decompressobj(31).decompress(member).startswith(b"WARC/")


def test_uncompressed_warc_and_one_gzip_stream_give_the_same_pages(
    batch: Batch, tmp_path: Path
) -> None:
    write_warc(tmp_path / "members.warc.gz")
    write_warc(tmp_path / "plain.warc", is_gzip=False)
    (tmp_path / "stream.warc.gz").write_bytes(gzip.compress((tmp_path / "plain.warc").read_bytes()))
    found = []
    for name in ("members.warc.gz", "plain.warc", "stream.warc.gz"):
        one = Batch(id=batch.id, home=tmp_path / f"home of {name}")
        found.append(bodies(one, take(one, tmp_path / name)))
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 4


def test_damaged_record_is_reported_and_those_after_it_are_read(
    batch: Batch, tmp_path: Path
) -> None:
    warc = tmp_path / "foreign.warc.gz"
    write_warc(warc)
    data, members = bytearray(warc.read_bytes()), member_offsets(warc)
    middle = (members[2] + members[3]) // 2
    data[middle : middle + 20] = b"\x00" * 20
    warc.write_bytes(bytes(data))
    report = take(batch, warc)
    assert report.bad >= 1
    urls = set(bodies(batch, report))
    assert {"https://www.dawn.test/news/one", "https://www.dawn.test/news/three"} <= urls
    assert "https://www.dawn.test/news/two" not in urls


def test_truncated_warc_keeps_what_is_whole(batch: Batch, tmp_path: Path) -> None:
    warc = tmp_path / "cut.warc.gz"
    write_warc(warc)
    members = [
        m for m in range(warc.stat().st_size) if warc.read_bytes()[m : m + 3] == b"\x1f\x8b\x08"
    ]
    warc.write_bytes(warc.read_bytes()[: members[3] + 40])
    report = take(batch, warc)
    assert set(bodies(batch, report)) == {
        "https://www.dawn.test/news/one", "https://www.dawn.test/news/two"
    }  # fmt: skip


@pytest.mark.parametrize("packed", [True, False])
def test_warc_that_breaks_off_says_so_and_its_cut_page_is_no_article(
    tmp_path: Path, packed: bool
) -> None:
    warc = tmp_path / ("cut.warc.gz" if packed else "cut.warc")
    write_warc(tmp_path / "whole.warc.gz")
    whole = (tmp_path / "whole.warc.gz").read_bytes()
    warc.write_bytes(whole if packed else gzip.decompress(whole))
    assert not [one for one in read_warc_pages(warc) if isinstance(one, Unusable)]
    pages = [one for one in read_warc_pages(warc) if isinstance(one, Capture)]
    warc.write_bytes(warc.read_bytes()[:-40])
    found = list(read_warc_pages(warc))
    told = [one.detail for one in found if isinstance(one, Unusable)]
    assert told[-1].startswith("breaks off in its last record, at byte ")
    assert len([one for one in found if isinstance(one, Capture)]) <= len(pages)


def test_gzip_bomb_is_read_to_a_bound_in_little_memory(
    batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warc_stream, "MIN_ROOM_BYTES", 1 << 20)
    write_warc(tmp_path / "plain.warc", is_gzip=False)
    with gzip.open(tmp_path / "bomb.warc.gz", "wb", 9) as bomb:
        bomb.write((tmp_path / "plain.warc").read_bytes())
        for _ in range(256):
            bomb.write(bytes(1 << 20))
    tracemalloc.start()
    report = take(batch, tmp_path / "bomb.warc.gz")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(bodies(batch, report)) == 4
    assert peak < 130 << 20
    told = (batch.folder / "import.jsonl").read_text("utf-8")
    assert "unpacks to more than 100 times its size" in told


def test_foreign_warc_gives_its_pages_to_the_source_of_their_host(
    batch: Batch, tmp_path: Path
) -> None:
    warc = tmp_path / "foreign.warc.gz"
    write_warc(warc)
    report = take(batch, warc)
    assert report.sources == ("dawn", "web:elsewhere.co.uk")
    assert report.pages == 4
    assert dict(report.passed_over) == {
        "HTTP 301": 1, "not HTML": 1, "request record": 1, "warcinfo record": 1
    }  # fmt: skip
    assert bodies(batch, report)["https://news.elsewhere.co.uk/a"] == HTML
    assert read_job(batch, "dawn").source == DAWN
    assert read_job(batch, "web:elsewhere.co.uk").source == implicit_source("elsewhere.co.uk")


def test_imported_line_says_what_the_archive_said(batch: Batch, tmp_path: Path) -> None:
    write_warc(tmp_path / "foreign.warc.gz")
    take(batch, tmp_path / "foreign.warc.gz")
    line = next(one for one in read_fetches(batch, "dawn") if one.url.endswith("/one"))
    assert line.fetched_at == datetime(2019, 5, 4, 3, 2, 1, tzinfo=UTC)
    assert (line.status, line.etag, line.entrance, line.listed) == (200, '"e1"', None, False)
    manifest = read_manifest(batch)
    assert (manifest.found_by, manifest.dag, len(manifest.sources)) == ("import", "import", 2)


def test_record_id_given_twice_is_accounted_for_and_the_rest_is_taken(
    batch: Batch, tmp_path: Path
) -> None:
    with (tmp_path / "twice.warc.gz").open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        for name in ("one", "two"):
            add_page(writer, f"https://dawn.test/{name}", HTML + name.encode(), record_id="<urn:x>")
        add_page(writer, "https://dawn.test/three", HTML)
    report = take(batch, tmp_path / "twice.warc.gz")
    assert (report.pages, report.bad) == (2, 1)
    failed = [line for line in read_fetches(batch, "dawn") if line.disposition == "failed"]
    assert [(line.url, line.reason) for line in failed] == [
        ("https://dawn.test/two", "bad_response")
    ]
    assert "repeats the WARC-Record-ID" in str(failed[0].detail)


def test_pages_of_the_catalogues_hosts_are_taken_and_records_of_others_counted(
    batch: Batch, tmp_path: Path
) -> None:
    write_warc(tmp_path / "foreign.warc.gz")
    report = import_paths(batch, [tmp_path / "foreign.warc.gz"], sources=[DAWN], run_id="one")
    assert report.sources == ("dawn",)
    assert dict(report.passed_over) == {
        "HTTP 301": 1, "other hosts": 2, "request record": 1, "warcinfo record": 1
    }  # fmt: skip
    assert set(account(batch).values()) == {"imported"}
    assert len(account(batch)) == report.pages == 3


def test_garbage_between_records_is_reported_and_skipped(batch: Batch, tmp_path: Path) -> None:
    warc = tmp_path / "foreign.warc.gz"
    write_warc(warc)
    data, starts = warc.read_bytes(), member_offsets(warc)
    garbage = b"<html>\x1f\x8b\x08 no member" + bytes(range(256)) * 200
    pieces = [data[one:end] for one, end in zip(starts, [*starts[1:], len(data)], strict=True)]
    warc.write_bytes(garbage.join(pieces))
    report = take(batch, warc)
    assert len(bodies(batch, report)) == 4
    assert report.bad == len(pieces) - 1


@pytest.mark.parametrize("packed", [True, False])
def test_warc_cut_at_any_byte_gives_its_whole_records_and_says_so(
    tmp_path: Path, packed: bool
) -> None:
    write_warc(tmp_path / "whole.warc", is_gzip=packed)
    whole = (tmp_path / "whole.warc").read_bytes()
    read = list(read_records(tmp_path / "whole.warc", lambda _: None, lambda _: None))
    starts = [one.offset for one in read if isinstance(one, Record)]
    lengths = [end - start for start, end in pairwise([*starts, len(whole)])]
    ends = [start + length for start, length in zip(starts, lengths, strict=True)]
    tail = 0 if packed else 4  # two line ends after a record, which say nothing
    for cut in range(6, len(whole), 3):
        (tmp_path / "cut.warc").write_bytes(whole[:cut])
        found = list(read_records(tmp_path / "cut.warc", lambda _: None, lambda _: None))
        records = [one for one in found if isinstance(one, Record)]
        assert len(records) == sum(end - tail <= cut for end in ends)
        damage = [one.detail for one in found if isinstance(one, Damage)]
        is_between = any(end - tail <= cut <= end for end in ends)
        assert len(damage) == (not is_between), (cut, damage)
        assert all(one.startswith("breaks off in its last record") for one in damage)


@pytest.mark.parametrize("packed", [True, False])
def test_no_damage_stops_the_reading(tmp_path: Path, packed: bool) -> None:
    write_warc(tmp_path / "x.warc", is_gzip=packed)
    whole = (tmp_path / "x.warc").read_bytes()
    chance = Random(1)  # noqa: S311 (the same damage every time)
    lost = 0
    for _ in range(300):
        spoilt = bytearray(whole)
        for _ in range(3):
            spoilt[chance.randrange(6, len(whole))] = chance.randrange(256)
        (tmp_path / "x.warc").write_bytes(spoilt)
        pages = [one for one in read_warc_pages(tmp_path / "x.warc") if isinstance(one, Capture)]
        lost += 4 - len(pages)
        assert all(one.member() for one in pages)
    assert lost / 300 < 3  # each damage costs the record that it hits, seldom a second


def test_memory_does_not_grow_with_the_file(batch: Batch, tmp_path: Path) -> None:
    chance, peaks = Random(1), []  # noqa: S311 (the same file every time)
    for count in (50, 1_000):
        with (tmp_path / f"{count}.warc").open("wb") as out:
            writer = WARCWriter(out, gzip=False)
            for number in range(count):
                add_page(writer, f"https://dawn.test/{number}", chance.randbytes(30_000))
        tracemalloc.start()
        take(Batch(id=batch.id, home=tmp_path / str(count)), tmp_path / f"{count}.warc")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 1_000 * 1_000  # of 28 MB more: an address and a record id a page


def test_record_that_is_not_alone_in_its_member_gets_one_of_its_own(
    batch: Batch, tmp_path: Path
) -> None:
    write_warc(tmp_path / "plain.warc", is_gzip=False)
    (tmp_path / "x.warc.gz").write_bytes(gzip.compress((tmp_path / "plain.warc").read_bytes()))
    take(batch, tmp_path / "x.warc.gz")
    for line in read_fetches(batch, "dawn"):
        assert line.record is not None
        warc = batch.home / "archive" / line.record.file
        member = warc.read_bytes()[line.record.offset :][: line.record.length]
        plain = gzip.decompress(member)
        assert plain in (tmp_path / "plain.warc").read_bytes()
        assert plain.startswith(b"WARC/")


def test_reading_tells_how_far_it_has_come(batch: Batch, tmp_path: Path) -> None:
    write_warc(tmp_path / "a.warc.gz")
    write_warc(tmp_path / "b.warc", is_gzip=False)
    told: list[Reading] = []

    def tell(now: Reading) -> None:
        told.append(now)

    paths = [tmp_path / "a.warc.gz", tmp_path / "b.warc"]
    import_paths(batch, paths, sources=[DAWN], run_id="one", tell=tell)
    assert [one.records for one in told] == list(range(1, 17))
    total = sum(path.stat().st_size for path in paths)
    assert {one.total_bytes for one in told} == {total}
    assert [one.read_bytes for one in told] == sorted(one.read_bytes for one in told)
    assert 0 < told[0].read_bytes < paths[0].stat().st_size
    assert told[-1].read_bytes == total


@pytest.mark.parametrize("kind", ["Response", "RESOURCE"])
def test_type_that_no_reader_knows_is_unreadable(batch: Batch, tmp_path: Path, kind: str) -> None:
    write_warc(tmp_path / "plain.warc", is_gzip=False)
    one = (tmp_path / "plain.warc").read_bytes()
    odd = one.replace(b"WARC-Type: response", f"WARC-Type: {kind}".encode(), 1)
    (tmp_path / "odd.warc").write_bytes(odd)
    report = take(batch, tmp_path / "odd.warc")
    assert (report.pages, report.bad) == (3, 1)
    assert len(bodies(batch, report)) == 3
    told = (batch.folder / "import.jsonl").read_text("utf-8")
    assert f"WARC-Type is not in lower case: {kind}" in told


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX:\r\nX: b \t\r\n\r\n",
        b"HTTP/1.0 404\r\nA:b:c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\nA: b\n\n",
        b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nD : e\r\nnone\r\n\r\n",
        b"HTTP/2 200\r\nA: \xd8\xae\r\n\r\n",
        b"HTTP/1.1  200 OK\r\n: b\r\n\r\n",
        b"HTTP/1.1 200OK\r\nA: b\rC: d\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\x00\x0b\r\n\r\n",
        b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: b",
    ],
)
def test_every_head_is_read_as_the_library_reads_it_out_of_our_archive(head: bytes) -> None:
    ours, theirs = io.BytesIO(head + b"<p>"), io.BytesIO(head + b"<p>")
    status, headers = take_http_head(ours)
    read = StatusAndHeadersParser(ArcWarcRecordLoader.HTTP_TYPES, verify=False).parse(theirs)
    assert headers == tuple(read.headers)
    assert str(status or "") == (read.get_statuscode() if status else "")
    assert ours.read() == theirs.read()


@pytest.mark.parametrize(
    ("head", "headers"),
    [
        (b"WARC/1.0\r\nA: b\r\na: c\r\nB:\r\n\r\n", {"a": "b", "b": ""}),
        (b"WARC/1.0\nA: b\na: c\nB:\n\n", {"a": "b", "b": ""}),
        (b"WARC/1.0\r\nA: b\r\n c\r\nD : e:f\r\nnone\r\n\r\n", {"a": "b c", "d": "e:f"}),
        (b"WARC/1.0\r\nA: \xd8\xae\xff\r\n\r\n", {"a": "خ\ufffd"}),
        (b"WARC/1.0\r\n\r\n", {}),
    ],
)
def test_headers_of_a_record_are_read_whatever_their_form(
    head: bytes, headers: dict[str, str]
) -> None:
    assert read_fields(head) == headers
