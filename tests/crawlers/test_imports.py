import gzip
import html
import io
import json
import os
import re
import tempfile
import zlib
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawlers import foreign_warcs
from crawlers.archive import read_page
from crawlers.batch import Batch, new_batch_id
from crawlers.captures import Capture, ImportRefusedError, Unusable
from crawlers.catalogue import Entrance, Source, index_hosts, source_of_host
from crawlers.crawl import crawl_source
from crawlers.foreign_warcs import read_warc_pages
from crawlers.implicit import implicit_source
from crawlers.import_shelf import Shelf
from crawlers.imports import ImportReport, import_paths
from crawlers.ledger import LedgerError, read_fetches, read_job, read_manifest
from crawlers.saved_pages import record_member
from crawlers.urls import key_hash

SHARED = Path(__file__).parents[2].parent / "shared"
HTML = b"<html><body><p>The bridge at Tor Ghar is open again.</p></body></html>"
DAWN = Source(
    id="dawn", name="Dawn", home="https://dawn.test/", languages=("en",),
    timezone="Asia/Karachi", hosts=("dawn.test", "www.dawn.test"),
    entrances=(Entrance(kind="feed", url="https://dawn.test/feed"),),
)  # fmt: skip


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    home = tmp_path / "home"
    return Batch(id=new_batch_id(datetime(2026, 11, 22, tzinfo=UTC), "import", "one"), home=home)


def take(batch: Batch, *paths: Path, capture: int = 1) -> ImportReport:
    return import_paths(batch, paths, sources=[DAWN], run_id="one", capture=capture)


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


def member_offsets(warc: Path) -> list[int]:
    return [match.start() for match in re.finditer(b"\x1f\x8b\x08", warc.read_bytes())]


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
    assert not [one for one in read_warc_pages(warc, tmp_path) if isinstance(one, Unusable)]
    pages = [one for one in read_warc_pages(warc, tmp_path) if isinstance(one, Capture)]
    warc.write_bytes(warc.read_bytes()[:-40])
    found = list(read_warc_pages(warc, tmp_path))
    told = [one.detail for one in found if isinstance(one, Unusable)]
    assert told[-1].startswith("breaks off in its last record, at byte ")
    assert len([one for one in found if isinstance(one, Capture)]) <= len(pages)


def save(folder: Path, name: str, body: bytes) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(body) if name.endswith(".gz") else body)
    return name


def write_manifest(folder: Path, *entries: object) -> Path:
    path = folder / "manifest.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), "utf-8")
    return path


def test_every_line_of_a_manifest_is_accounted_for(batch: Batch, tmp_path: Path) -> None:
    save(tmp_path, "a.html.gz", HTML)
    save(tmp_path, "b.html", HTML + b"b")
    save(tmp_path, "broken.html.gz", HTML)
    (tmp_path / "broken.html.gz").write_bytes((tmp_path / "broken.html.gz").read_bytes()[:30])
    manifest = write_manifest(
        tmp_path,
        {"id": "a", "file": "a.html.gz", "url": "https://dawn.test/a"},
        {"id": "b", "file": "b.html", "url": "../relative.html"},
        {"id": "gone", "file": "gone.html", "url": "https://dawn.test/gone"},
        {"id": "broken", "file": "broken.html.gz", "url": "https://dawn.test/broken"},
        {"id": "thief", "file": "../../etc/passwd", "url": "https://dawn.test/thief"},
        ["not", "an", "object"],
        {"id": "twin", "file": "a.html.gz", "url": "http://dawn.test/a/#top"},
    )
    report = take(batch, manifest)
    assert account(batch) == {
        "a": "imported", "b": "imported", "gone": "bad", "broken": "bad", "thief": "bad",
        "manifest.jsonl line 6": "bad", "twin": "twin",
    }  # fmt: skip
    outcomes = Counter(line.disposition for line in read_fetches(batch, "dawn"))
    assert outcomes == {"fetched": 1, "failed": 3}
    assert (report.pages, report.twins, report.bad, report.unaddressed) == (2, 1, 4, 1)


@pytest.mark.parametrize("host", ["www.hill.test", "HILL.test", "www.hill.test:443"])
def test_source_owns_its_hosts_with_and_without_www(
    batch: Batch, tmp_path: Path, host: str
) -> None:
    save(tmp_path, "a.html", HTML)
    hill = replace(DAWN, id="hill", hosts=("hill.test",))
    manifest = write_manifest(tmp_path, {"file": "a.html", "url": f"https://{host}/story/1"})
    report = import_paths(batch, [manifest], sources=[DAWN, hill], run_id="one")
    assert report.sources == ("hill",)


def test_host_that_two_sources_share_but_for_www_goes_to_the_one_that_names_it() -> None:
    bare, www = (replace(DAWN, id=name, hosts=(f"{name}.test",)) for name in ("hill", "www.hill"))
    for index in (index_hosts([bare, www]), index_hosts([www, bare])):
        assert source_of_host("www.hill.test", index) is www
        assert source_of_host("hill.test", index) is bare


def test_gzip_bomb_is_read_to_a_bound_and_under_the_home_only(
    batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign_warcs, "MIN_ROOM_BYTES", 1 << 20)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    write_warc(tmp_path / "plain.warc", is_gzip=False)
    bomb = (tmp_path / "plain.warc").read_bytes() + b"\0" * (256 << 20)
    (tmp_path / "bomb.warc.gz").write_bytes(gzip.compress(bomb, 9))
    room: list[int] = []

    def look(_: int) -> None:
        room.extend(path.stat().st_size for path in batch.folder.rglob("unpacked-*"))

    report = import_paths(
        batch, [tmp_path / "bomb.warc.gz"], sources=[DAWN], run_id="one", tell=look
    )
    assert len(bodies(batch, report)) == 4
    assert 0 < max(room) <= 100 * (tmp_path / "bomb.warc.gz").stat().st_size < len(bomb)
    account = (batch.folder / "import.jsonl").read_text("utf-8")
    assert "unpacks to more than 100 times its size" in account
    assert not list(batch.folder.rglob("unpacked-*"))


def test_address_with_line_ends_adds_no_header_to_the_archive(batch: Batch, tmp_path: Path) -> None:
    url = "https://dawn.test/a\r\nWARC-Record-ID: <urn:mine>\r\n\r\n\x7f"
    save(tmp_path, "a.html", HTML)
    head = html.escape(url.replace("/a", "/b")).replace("\r", "&#13;").replace("\n", "&#10;")
    save(tmp_path, "b.html", f'<link rel="canonical" href="{head}">'.encode())
    take(batch, write_manifest(tmp_path, {"file": "a.html", "url": url}, {"file": "b.html"}))
    [warc] = batch.home.rglob("*.warc.gz")
    heads = [one.partition(b"\r\n\r\n")[0] for one in members(warc)]
    assert len(heads) == 2
    assert [head.count(b"\r\nWARC-Record-ID: ") for head in heads] == [1, 1]
    with pytest.raises(ValueError, match="X: a WARC header is one line"):
        record_member({"X": "a\nb"}, b"")


def members(warc: Path) -> list[bytes]:
    rest, found = warc.read_bytes(), []
    while rest:
        unpacker = zlib.decompressobj(31)
        found.append(unpacker.decompress(rest))
        rest = unpacker.unused_data
    return found


ODD_HOSTS = ("https://_/1", "http://-/x", f"https://{'a' * 300}/x", f"https://{'a' * 64}.test/x")


@pytest.mark.parametrize("url", ODD_HOSTS)
def test_odd_host_is_one_bad_line_and_the_rest_is_taken(
    batch: Batch, tmp_path: Path, url: str
) -> None:
    for name in ("odd.html", "lost.html", "good.html"):
        save(tmp_path, name, HTML)
    (tmp_path / "lost.html").unlink()
    manifest = write_manifest(
        tmp_path,
        {"id": "odd", "file": "odd.html", "url": url},
        {"id": "lost", "file": "lost.html", "url": url},
        {"id": "good", "file": "good.html", "url": "https://dawn.test/good"},
    )
    assert take(batch, manifest).bad == 2
    assert account(batch) == {"odd": "bad", "lost": "bad", "good": "imported"}


def test_longest_host_that_can_be_gets_its_files(batch: Batch, tmp_path: Path) -> None:
    host = ".".join(["a" * 49] * 4)
    save(tmp_path, "a.html", HTML)
    entry = {"file": "a.html", "url": f"https://{host}/x"}
    assert take(batch, write_manifest(tmp_path, entry)).sources == (f"web:{host}",)


def test_file_that_cannot_be_opened_is_one_bad_line(batch: Batch, tmp_path: Path) -> None:
    save(tmp_path, "good.html", HTML)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    names = ("a\0b", "pipe", "loop", ".", "x" * 300)
    entries = [{"file": name, "url": "https://dawn.test/x"} for name in names]
    report = take(batch, write_manifest(tmp_path, *entries, {"file": "good.html"}))
    assert (report.bad, report.pages) == (len(names), 1)


def test_one_file_at_two_addresses_is_two_records(batch: Batch, tmp_path: Path) -> None:
    save(tmp_path, "a.html", HTML)
    urls = ("https://dawn.test/a", "https://dawn.test/b")
    entries = [{"id": "same", "file": "a.html", "url": url} for url in urls]
    assert take(batch, write_manifest(tmp_path, *entries)).pages == 2
    records = {line.record.record_id for line in read_fetches(batch, "dawn") if line.record}
    assert len(records) == 2


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


def test_page_of_50_mb_is_a_failed_line_and_not_archived(batch: Batch, tmp_path: Path) -> None:
    save(tmp_path, "huge.html.gz", b" " * (51 << 20))
    manifest = write_manifest(
        tmp_path, {"id": "huge", "file": "huge.html.gz", "url": "https://dawn.test/huge"}
    )
    assert take(batch, manifest).bad == 1
    [line] = read_fetches(batch, "dawn")
    assert (line.disposition, line.reason, line.record) == ("failed", "too_large", None)


CANONICAL = '<link href="https://dawn.test/c?a=1&amp;b=2" rel="canonical">'
RELATIVE = (
    '<link rel="canonical" href="../x"><meta content="https://dawn.test/og" property="og:url">'
)
MIRRORED = (
    "<!-- Mirrored from dawn.test/1/amp/ by HTTrack Website Copier/3.x [XR&CO'2014], "
    "Tue, 28 Aug 2018 17:51:31 GMT -->" + CANONICAL
)


@pytest.mark.parametrize(
    ("given", "head", "url"),
    [
        ("https://dawn.test/given", CANONICAL, "https://dawn.test/given"),
        ("index.html", CANONICAL, "https://dawn.test/c?a=1&b=2"),
        ("", RELATIVE, "https://dawn.test/og"),
        ("../i.html", MIRRORED, "https://dawn.test/1/amp/"),
    ],
)
def test_address_is_the_best_that_is_known(
    batch: Batch, tmp_path: Path, given: str, head: str, url: str
) -> None:
    save(tmp_path, "p.html", f"<html><head>{head}</head>".encode())
    take(batch, write_manifest(tmp_path, {"file": "p.html", "url": given}))
    [line] = read_fetches(batch, "dawn")
    assert line.url == url
    is_mirrored = "HTTrack" in head
    assert (line.fetched_at == datetime(2018, 8, 28, 17, 51, 31, tzinfo=UTC)) is is_mirrored


def test_page_without_address_gets_a_stable_one_of_its_own(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        save(tmp_path / folder, "x/ا b.html", HTML)
        save(tmp_path / folder, "y/ا b.html", HTML)
    urls = []
    for folder in ("first", "second"):
        home = tmp_path / f"home {folder}"
        batch = Batch(id="20261122T000000Z-import-00000000", home=home)
        manifest = write_manifest(tmp_path / folder, {"file": "x/ا b.html"}, {"file": "y/ا b.html"})
        report = take(batch, manifest)
        assert report.sources == ("web:saved.invalid",)
        urls.append([line.url for line in read_fetches(batch, "web:saved.invalid")])
    assert urls[0] == urls[1]
    assert len(set(urls[0])) == 2
    assert urls[0][0].startswith("https://saved.invalid/")


def test_later_captures_of_an_address_go_to_the_next_batches(tmp_path: Path) -> None:
    with (tmp_path / "aba.warc.gz").open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        for day, text in enumerate((b"A", b"A", b"B", b"A"), start=1):
            add_page(writer, "https://dawn.test/x", text, date=f"2019-05-0{day}T00:00:00Z")
    seen = []
    for capture in (1, 2, 3):
        batch = Batch(id=f"20261122T00000{capture}Z-import-00000000", home=tmp_path / "home")
        report = take(batch, tmp_path / "aba.warc.gz", capture=capture)
        seen.append((bodies(batch, report)["https://dawn.test/x"], report.later))
    assert seen == [(b"A", 2), (b"B", 1), (b"A", 0)]


def test_capture_that_the_archive_has_is_not_taken_in_twice(batch: Batch, tmp_path: Path) -> None:
    warc = tmp_path / "foreign.warc.gz"
    write_warc(warc)
    report = take(batch, warc)
    records = [line.record for one in report.sources for line in read_fetches(batch, one)]
    known = {key_hash(record.record_id) for record in records if record is not None}
    again = Batch(id="20261123T000000Z-import-00000000", home=batch.home)
    second = import_paths(again, [warc], sources=[DAWN], run_id="two", known=known)
    assert (second.pages, second.known, second.sources) == (0, 4, ())


def test_import_goes_on_after_the_captures_that_the_archive_has(tmp_path: Path) -> None:
    with (tmp_path / "abc.warc.gz").open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        for text in (b"A", b"B", b"C"):
            add_page(writer, "https://dawn.test/x", text, record_id=f"<urn:{text.decode()}>")
    known: set[int] = set()
    seen = []
    for number in (1, 2, 3):
        batch = Batch(id=f"20261122T00000{number}Z-import-00000000", home=tmp_path / "home")
        report = import_paths(
            batch, [tmp_path / "abc.warc.gz"], sources=[DAWN], run_id="one", known=known
        )
        seen.append((bodies(batch, report)["https://dawn.test/x"], report.known, report.later))
        known |= {key_hash(f"urn:{'ABC'[number - 1]}")}
    assert seen == [(b"A", 0, 2), (b"B", 1, 1), (b"C", 2, 0)]


def test_path_that_is_neither_is_refused_before_anything_is_written(
    batch: Batch, tmp_path: Path
) -> None:
    write_warc(tmp_path / "good.warc.gz")
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(ImportRefusedError, match=r"notes\.txt: is neither a WARC file nor"):
        take(batch, tmp_path / "good.warc.gz", tmp_path / "notes.txt")
    with pytest.raises(ImportRefusedError, match=r"missing\.warc: cannot be read"):
        take(batch, tmp_path / "missing.warc")
    assert not batch.folder.exists()


def test_import_that_was_cut_off_leaves_no_batch_and_can_be_done_again(
    batch: Batch, tmp_path: Path
) -> None:
    write_warc(tmp_path / "foreign.warc.gz")

    def stop(number: int) -> None:
        if number == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_paths(batch, [tmp_path / "foreign.warc.gz"], sources=[DAWN], run_id="one", tell=stop)
    assert not batch.manifest.exists()
    assert not (batch.home / "archive").exists()
    assert len(bodies(batch, take(batch, tmp_path / "foreign.warc.gz"))) == 4


@pytest.mark.parametrize("source_id", ["dawn", "web:elsewhere.co.uk"])
def test_import_killed_while_it_ends_leaves_no_batch_that_could_be_gone_on_with(
    batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source_id: str
) -> None:
    write_warc(tmp_path / "foreign.warc.gz")
    finish = Shelf.finish

    def killed(shelf: Shelf, one: str) -> None:
        if one == source_id:
            raise KeyboardInterrupt
        finish(shelf, one)

    monkeypatch.setattr(Shelf, "finish", killed)
    with pytest.raises(KeyboardInterrupt):
        take(batch, tmp_path / "foreign.warc.gz")
    assert not batch.manifest.exists()
    monkeypatch.undo()
    again = Batch(id="20261123T000000Z-import-00000000", home=batch.home)
    assert len(bodies(again, take(again, tmp_path / "foreign.warc.gz"))) == 4


def test_source_of_an_import_is_never_asked_for_its_pages(batch: Batch, tmp_path: Path) -> None:
    write_warc(tmp_path / "foreign.warc.gz")
    take(batch, tmp_path / "foreign.warc.gz")
    assert crawl_source(batch, "dawn").fetched == 3
    batch.status("crawl", "dawn").unlink()
    with pytest.raises(LedgerError, match="dawn: its import did not end; run `khabar import`"):
        crawl_source(batch, "dawn")


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/pages")
def test_real_pages_of_pakistan_are_all_accounted_for(batch: Batch) -> None:
    report = take(batch, SHARED / "pages" / "pakistan")
    assert Counter(account(batch).values()) == {"imported": 311, "twin": 28, "later": 2}
    assert len(bodies(batch, report)) == 311
