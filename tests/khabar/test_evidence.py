import errno
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from html import escape
from pathlib import Path

import pytest
import surt as stock_surt
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawlers.archive import ArchiveError
from crawlers.ledger import read_manifest
from khabar import evidence
from khabar.citation import read_citations
from khabar.evidence_records import EvidenceRefusedError, find_captures, read_proved
from khabar.run import finish, gather
from khabar.wacz import surt
from tests.crawlers.outlet import Answer, Outlet
from tests.khabar.command import assert_one_line, khabar, settings_of
from tests.khabar.test_export import small_disk
from tests.khabar.test_import_command import article
from tests.warehouse.batches import BatchMaker, failed, page, text
from tests.whole_way.test_small_outlet import story
from tests.whole_way.walk import Nobody, name_batch, plan, settle
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot
from warehouse.query import open_session

pytestmark = pytest.mark.usefixtures("warm_guards")

__all__ = ["small_disk"]

ROOT = Path(__file__).parents[2]

EVIL = 'Dam <b>"opens"</b> {"url": "x"} \u202e\u2028 &amp;'
LISTED = ["/news/1", "/?p=2", "/news/3", "/news/4", "/news/5", "/news/6"]


def printed(number: int, title: str, text: str = "", *, packed: bool = False) -> Answer:
    body = (
        f"<html><head><title>{escape(title)}</title></head><body><article><h1>{escape(title)}</h1>"
        f"<p>{text or story(number)}</p></article></body></html>"
    ).encode()
    headers = {"Content-Encoding": "gzip"} if packed else {}
    return Answer(gzip.compress(body) if packed else body, headers=headers)


def moved(to: str) -> Answer:
    return Answer(status=301, headers={"Location": to})


def pass_through(outlet: Outlet, home: Path, after: timedelta) -> None:
    """Take a batch the whole way that asks for every page."""
    batch = plan(settle(outlet, home, LISTED), *name_batch(home, after), force=True)
    gather(batch, read_manifest(batch).sources, Nobody())
    finish(batch, Nobody())


def write_warc(path: Path, url: str, body: bytes, date: str | None) -> None:
    with path.open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], "HTTP/1.1")
        record = writer.create_warc_record(
            url, "response", payload=io.BytesIO(body), http_headers=head
        )
        if date is None:
            record.rec_headers.remove_header("WARC-Date")
        else:
            record.rec_headers.replace_header("WARC-Date", date)
        writer.write_record(record)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of an outlet that redirects, changes a page, moves one, and leaves one as it is."""
    folder = tmp_path_factory.mktemp("evidence")
    home, outlet = folder / "home", Outlet()
    outlet.routes |= {
        "/news/1": printed(1, "Dam 1 opens"),
        "/?p=2": moved("/go/2"),
        "/go/2": moved("/news/2"),
        "/news/2": printed(2, "Dam 2 opens"),
        "/news/3": printed(3, EVIL, packed=True),
        "/news/4": printed(4, "Dam 4 opens"),
        "/news/5": printed(4, "Dam 4 opens"),
        "/news/6": replace(printed(6, "Dam 6 opens"), headers={"ETag": '"6"'}),
    }
    pass_through(outlet, home, timedelta())
    outlet.routes["/news/1"] = printed(1, "Dam 1 bursts", text=story(11))
    outlet.routes["/news/4"] = printed(4, "Dam 4 leaks", text=story(14))
    outlet.routes["/news/5"] = moved("/news/4")
    outlet.routes["/news/6"] = Answer(status=304)
    pass_through(outlet, home, timedelta(hours=20))
    first, last = (
        datetime.fromisoformat(str(row["at"]))
        for row in asked(home, "SELECT fetched_at::VARCHAR AS at FROM archive_records "
                               "WHERE url LIKE '%/news/3' ORDER BY 1")
    )  # fmt: skip
    between = f"{first + (last - first) / 2:%Y-%m-%dT%H:%M:%S.%fZ}"
    write_warc(folder / "x.warc.gz", f"{outlet.base}/news/3", article(1), between)
    write_warc(folder / "y.warc.gz", f"{outlet.base}/news/9", article(2), None)
    done = khabar(home, "import", "--all", str(folder / "x.warc.gz"), str(folder / "y.warc.gz"))
    assert done.returncode == 0, done.stderr
    yield home
    outlet.close()


def asked(home: Path, query: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in khabar(home, "sql", query, "--json").stdout.splitlines()]


def id_of(home: Path, path: str) -> str:
    query = f"SELECT article_id FROM article_urls WHERE url_key LIKE '%{path}'"  # noqa: S608
    return str(asked(home, query)[0]["article_id"])


def bundled(home: Path, out: Path, *words: str) -> zipfile.ZipFile:
    done = khabar(home, "evidence", *words, "-o", str(out))
    assert done.returncode == 0, done.stderr
    return zipfile.ZipFile(out)


def lines(bundle: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in bundle.read(name).decode().removesuffix("\n").split("\n")]


def lines_of_index(bundle: zipfile.ZipFile) -> list[dict[str, str]]:
    text = bundle.read("indexes/index.cdx").decode()
    return [json.loads(line.split(" ", 2)[2]) for line in text.splitlines()]


def records(bundle: zipfile.ZipFile) -> list[tuple[str, str]]:
    stream = io.BytesIO(bundle.read("archive/data.warc.gz"))
    return [
        (one.rec_type, one.rec_headers.get_header("WARC-Target-URI") or "")
        for one in ArchiveIterator(stream)
    ]


def paths(bundle: zipfile.ZipFile) -> list[tuple[str, str]]:
    return [(kind, url.partition("//")[2].partition("/")[2]) for kind, url in records(bundle)]


def stock(*words: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def whole(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything of the home that can be bundled."""
    out = tmp_path_factory.mktemp("whole") / "all.wacz"
    ids = [id_of(home, f"/news/{n}") for n in (1, 2, 3, 4)]
    bundled(home, out, *ids, "--versions").close()
    return out


def test_stock_tools_open_and_verify_it(whole: Path, tmp_path: Path) -> None:
    assert "the passed WACZ is valid" in stock("wacz", "validate", "-f", str(whole)).stdout
    with zipfile.ZipFile(whole) as bundle:
        bundle.extractall(tmp_path)
        assert {info.compress_type for info in bundle.infolist()} == {zipfile.ZIP_STORED}
    warc = str(tmp_path / "archive" / "data.warc.gz")
    stock("warcio.cli", "check", warc)
    # -p makes it read each record's member, whose digest -d adds.
    index = stock("cdxj_indexer.main", "--sort", "-p", "-d", warc).stdout
    ours = (tmp_path / "indexes" / "index.cdx").read_text("utf-8")
    assert len(ours.splitlines()) >= 8
    assert [line for line in ours.splitlines() if "warc/revisit" not in line] == [
        line for line in index.splitlines() if "warc/revisit" not in line
    ]


def test_a_byte_that_was_changed_is_noticed(whole: Path, tmp_path: Path) -> None:
    data = bytearray(whole.read_bytes())
    data[200] ^= 1
    (tmp_path / "x.wacz").write_bytes(data)
    command = [sys.executable, "-m", "wacz", "validate", "-f", str(tmp_path / "x.wacz")]
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0


def test_members_are_those_of_the_archive(home: Path, whole: Path) -> None:
    with zipfile.ZipFile(whole) as bundle:
        data = bundle.read("archive/data.warc.gz")
        cited = lines(bundle, "khabar/citations.jsonl")
    archive = [path.read_bytes() for path in sorted((home / "archive").rglob("*.warc.gz"))]
    iterator = ArchiveIterator(io.BytesIO(data))
    places = []
    for record in iterator:
        record.content_stream().read()
        iterator.read_to_end()
        places.append((iterator.get_record_offset(), iterator.get_record_length()))
    assert sum(length for _, length in places) == len(data)
    assert len(places) >= 15
    for offset, length in places:
        assert any(data[offset : offset + length] in one for one in archive)
    for one in cited:
        lies = (home / "archive" / one["archive_file"]).read_bytes()[int(one["offset_bytes"]) :]
        assert one["archive_record_id"].encode() in gzip.GzipFile(fileobj=io.BytesIO(lies)).read(
            400
        )


def test_each_page_is_found_by_its_index_and_has_the_cited_bytes(whole: Path) -> None:
    with zipfile.ZipFile(whole) as bundle:
        data = bundle.read("archive/data.warc.gz")
        index_text = bundle.read("indexes/index.cdx").decode()
        head, *pages = lines(bundle, "pages/pages.jsonl")
        cited = lines(bundle, "khabar/citations.jsonl")
    assert head["format"] == "json-pages-1.0"
    index = [line.split(" ", 2) for line in index_text.splitlines()]
    digests = {one["archive_record_id"]: one["page_sha256"] for one in cited}
    found = 0
    for shown in pages:
        moment = "".join(filter(str.isdigit, shown["ts"]))
        bodies = set()
        for entry in (json.loads(rest) for _, at, rest in index if at == moment):
            if entry["url"] == shown["url"] and entry["mime"] != "warc/revisit":
                record = next(iter(ArchiveIterator(io.BytesIO(data[int(entry["offset"]) :]))))
                bodies.add(hashlib.sha256(record.content_stream().read()).hexdigest())
        assert digests[shown["archive_record_id"]] in bodies
        found += 1
    assert found >= 5
    assert index == sorted(index)


def test_requests_and_redirects_come_with_a_page(home: Path, tmp_path: Path) -> None:
    with bundled(home, tmp_path / "x.wacz", id_of(home, "/news/2")) as bundle:
        assert paths(bundle) == [
            ("warcinfo", ""),
            ("response", "?p=2"), ("request", "?p=2"),
            ("response", "go/2"), ("request", "go/2"),
            ("response", "news/2"), ("request", "news/2"),
        ]  # fmt: skip
        _, shown = lines(bundle, "pages/pages.jsonl")
        assert shown["url"].endswith("/news/2")


def test_versions_each_have_their_page(home: Path, tmp_path: Path) -> None:
    number = id_of(home, "/news/1")
    with bundled(home, tmp_path / "new.wacz", number) as bundle:
        assert [one["title"] for one in lines(bundle, "pages/pages.jsonl")[1:]] == ["Dam 1 bursts"]
        assert paths(bundle).count(("response", "news/1")) == 1
    with bundled(home, tmp_path / "all.wacz", number, "--versions") as bundle:
        titles = [one["title"] for one in lines(bundle, "pages/pages.jsonl")[1:]]
        assert titles == ["Dam 1 opens", "Dam 1 bursts"]
        assert paths(bundle).count(("response", "news/1")) == 2
        stored = bundle.read("khabar/citations.jsonl").decode().splitlines()
    assert stored == khabar(home, "cite", number, "--versions", "--json").stdout.splitlines()


def test_looks_that_found_nothing_new_come_with_what_has_their_bytes(
    home: Path, tmp_path: Path
) -> None:
    number = id_of(home, "/news/3")
    with bundled(home, tmp_path / "x.wacz", number, "--versions") as bundle:
        kinds = [kind for kind, _ in paths(bundle)]
        assert kinds.count("revisit") == 1
        assert kinds.count("response") == 2  # the original, and what was imported
        _, *pages = lines(bundle, "pages/pages.jsonl")
        assert pages[0]["page_sha256"] == pages[2]["page_sha256"] != pages[1]["page_sha256"]
    with open_session(home) as session:
        cited = read_citations(session, [int(number)], is_each=True)
        captures = find_captures(home, session, cited, is_each=True)
    (again,) = [one for one in captures if one.kind == "revisit"]
    assert len(captures) == 3
    assert again.page_sha256 == pages[0]["page_sha256"]


def test_answer_not_modified_is_there_and_leads_nobody_to_an_empty_page(
    home: Path, tmp_path: Path
) -> None:
    with bundled(home, tmp_path / "x.wacz", id_of(home, "/news/6"), "--versions") as bundle:
        kinds = [kind for kind, _ in paths(bundle)]
        (entry,) = lines_of_index(bundle)
    assert (kinds.count("response"), kinds.count("revisit")) == (1, 1)
    assert entry["status"] == "200"


def test_merged_id_leads_to_its_article_and_twice_the_same_is_once(
    home: Path, tmp_path: Path
) -> None:
    old = str(asked(home, "SELECT old_article_id FROM article_merges")[0]["old_article_id"])
    with bundled(home, tmp_path / "x.wacz", old, old, id_of(home, "/news/4")) as bundle:
        cited = lines(bundle, "khabar/citations.jsonl")
        assert [str(one["asked_id"]) for one in cited] == [old, id_of(home, "/news/4")]
        assert len({one["article_id"] for one in cited}) == 1
        answers = [one for one in paths(bundle) if one == ("response", "news/4")]
        assert len(answers) == 1


def test_hostile_titles_stay_in_their_strings_and_name_no_file(home: Path, whole: Path) -> None:
    with zipfile.ZipFile(whole) as bundle:
        assert bundle.namelist() == [
            "archive/data.warc.gz", "indexes/index.cdx", "pages/pages.jsonl",
            "khabar/citations.jsonl", "datapackage.json", "datapackage-digest.json",
        ]  # fmt: skip
        titles = [one["title"] for one in lines(bundle, "pages/pages.jsonl")[1:]]
        assert any('Dam <b>"opens"</b> {"url": "x"}' in title for title in titles)
        for name in ("pages/pages.jsonl", "indexes/index.cdx", "datapackage.json"):
            assert bundle.read(name).isascii()


def test_nothing_is_overwritten_and_other_names_are_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "x.wacz").write_text("mine")
    number = id_of(home, "/news/1")
    for name, said in (("x.wacz", "is there already"), ("x.zip", "name it .wacz")):
        done = khabar(home, "evidence", number, "-o", str(tmp_path / name))
        assert_one_line(done, name, said)
    assert (tmp_path / "x.wacz").read_text() == "mine"
    done = khabar(home, "evidence", number, "-o", str(tmp_path / "no" / "y.wacz"))
    assert_one_line(done, "y.wacz", "no such file")
    assert [path.name for path in tmp_path.iterdir()] == ["x.wacz"]


def test_more_than_a_bundle_may_hold_is_refused(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = khabar(home, "evidence", *map(str, range(1_001)), "-o", str(tmp_path / "x.wacz"))
    assert_one_line(done, "1,001 ids are more than 1,000")
    for most in (9, 2_000):  # less than the page; less than the page with what goes with it
        monkeypatch.setattr(evidence, "MAX_BYTES", most)
        done = khabar(home, "evidence", id_of(home, "/news/2"), "-o", str(tmp_path / "x.wacz"))
        assert_one_line(done, "make several bundles")
    assert list(tmp_path.iterdir()) == []


def test_missing_and_damaged_archive_files_are_named_and_leave_nothing(
    home: Path, tmp_path: Path
) -> None:
    number = id_of(home, "/news/2")
    query = f"SELECT r.* FROM archive_records r WHERE article_id = {number}"  # noqa: S608
    row = asked(home, query)[0]
    warc = home / "archive" / str(row["file"])
    kept, at = warc.read_bytes(), int(str(row["offset_bytes"]))
    bad = bytearray(kept)
    bad[at + 200] ^= 1
    before = bytearray(kept)
    before[at - 300] ^= 1  # of the redirects before it
    try:
        for damaged in (bytes(bad), kept[: at + 100], bytes(before), kept[:at]):
            warc.write_bytes(damaged)
            done = khabar(home, "evidence", number, "-o", str(tmp_path / "x.wacz"))
            assert_one_line(
                done, f"archive/{row['file']}", "put that file", "`khabar restore DEST`"
            )
        # As people call it: what Python says when it tidies up goes past the command.
        command = (sys.executable, "-m", "khabar.cli", "evidence", number)
        ended = subprocess.run(
            [*command, "-o", str(tmp_path / "x.wacz")], env=settings_of(home), cwd=ROOT,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ended.returncode == 1
        assert len(ended.stderr.splitlines()) == 1, ended.stderr
        warc.unlink()
        done = khabar(home, "evidence", number, "-o", str(tmp_path / "x.wacz"))
        assert_one_line(done, f"archive/{row['file']} at", "the file is missing; put", "restore")
    finally:
        warc.write_bytes(kept)
    assert list(tmp_path.iterdir()) == []


def test_citation_of_a_page_whose_file_is_damaged_or_gone_says_so(home: Path) -> None:
    number = id_of(home, "/news/2")
    query = f"SELECT file, offset_bytes FROM archive_records WHERE article_id = {number}"  # noqa: S608
    row = asked(home, query)[0]
    warc = home / "archive" / str(row["file"])
    whole = khabar(home, "cite", number)
    assert whole.stderr == ""
    kept = warc.read_bytes()
    hurt = bytearray(kept)
    hurt[int(str(row["offset_bytes"])) + 200] ^= 1
    try:
        for damaged in (bytes(hurt), None):
            warc.write_bytes(damaged) if damaged else warc.unlink()
            done = khabar(home, "cite", number)
            assert (done.returncode, done.stdout) == (0, whole.stdout)
            (said,) = done.stderr.splitlines()
            assert f"archive/{row['file']} at {row['offset_bytes']}" in said
            assert "`khabar restore DEST`" in said
    finally:
        warc.write_bytes(kept)
    (home / "archive").rename(home / "elsewhere")  # who has but the published file has none
    try:
        assert khabar(home, "cite", number).stderr == ""
    finally:
        (home / "elsewhere").rename(home / "archive")


def test_redirects_are_found_without_reading_their_file_from_its_start(
    home: Path, tmp_path: Path
) -> None:
    number = id_of(home, "/news/2")
    query = f"SELECT file FROM archive_records WHERE article_id = {number}"  # noqa: S608
    warc = home / "archive" / str(asked(home, query)[0]["file"])
    kept = warc.read_bytes()
    hurt = bytearray(kept)
    hurt[500] ^= 1  # of what the outlet said of its robots
    try:
        warc.write_bytes(hurt)
        with bundled(home, tmp_path / "x.wacz", number) as bundle:
            assert ("response", "go/2") in paths(bundle)
    finally:
        warc.write_bytes(kept)


@pytest.mark.parametrize("has_links", [True, False])
def test_file_that_came_meanwhile_is_not_overwritten(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    out, number = tmp_path / "x.wacz", int(id_of(home, "/news/2"))

    def write_theirs(*_: int) -> None:
        out.write_text("theirs")

    if not has_links:
        monkeypatch.setattr(Path, "hardlink_to", refuse_link)
    with pytest.raises(EvidenceRefusedError, match="is there already"):
        evidence.write_evidence(home, [number], out, is_each=False, moved=write_theirs)
    assert [path.name for path in tmp_path.iterdir()] == ["x.wacz"]
    assert out.read_text() == "theirs"
    out.unlink()
    evidence.write_evidence(home, [number], out, is_each=False)
    assert [path.name for path in tmp_path.iterdir()] == ["x.wacz"]
    assert zipfile.is_zipfile(out)


def refuse_link(*_: object) -> None:
    raise PermissionError(errno.EPERM, "Operation not permitted")


def test_bytes_that_are_not_those_of_the_snapshot_do_not_go_in(home: Path) -> None:
    with open_session(home) as session:
        cited = read_citations(session, [int(id_of(home, "/news/2"))], is_each=False)
        (capture,) = find_captures(home, session, cited, is_each=False)
    assert len(list(read_proved(home, [capture]))) == 7
    for other in (
        replace(capture, page_sha256="0" * 64),
        replace(capture, archive_record_id="urn:uuid:other"),
        replace(capture, length_bytes=capture.length_bytes + 1),
        replace(capture, kind="revisit"),
    ):
        with pytest.raises(ArchiveError, match=f"archive/{capture.file} at {capture.offset_bytes}"):
            list(read_proved(home, [other]))


def test_record_without_a_date_is_refused_by_its_name(home: Path, tmp_path: Path) -> None:
    done = khabar(home, "evidence", id_of(home, "/news/9"), "-o", str(tmp_path / "x.wacz"))
    assert_one_line(done, "has no WARC-Date")
    assert list(tmp_path.iterdir()) == []


def test_article_without_a_page_is_named(tmp_path: Path) -> None:
    line = failed("/b", feed=text("told", 60))
    load_batch(BatchMaker(tmp_path, 0).source(page("/a", text("read")), line).write())
    publish_snapshot(tmp_path)
    query = "SELECT article_id FROM articles WHERE archive_record_id IS NULL"
    number = str(asked(tmp_path, query)[0]["article_id"])
    done = khabar(tmp_path, "evidence", number, "-o", str(tmp_path / "x.wacz"))
    assert_one_line(done, f"article {number} has no archived page", "leave it out")
    assert_one_line(khabar(tmp_path, "evidence", "7", "-o", str(tmp_path / "x.wacz")), "id 7")
    assert not (tmp_path / "x.wacz").exists()


def test_full_disk_is_one_line_and_leaves_nothing(home: Path, small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(os.urandom(12 << 10))
    done = khabar(home, "evidence", id_of(home, "/news/2"), "-o", str(small_disk / "x.wacz"))
    assert_one_line(done, str(small_disk / "x.wacz"), "the disk is full")
    assert [path.name for path in small_disk.iterdir()] == ["filler"]


@pytest.mark.parametrize(
    "url",
    [
        "https://www.Dawn.example/news/1/", "http://dawn.example:80/", "https://a.example",
        "https://www2.a.example:8443/A/B?b=2&a=1", "https://a.example/?", "http://u:p@a.example/x",
        "https://a.example/%D8%B3%DB%8C/", "http://127.0.0.1:8080/?p=7#top",
    ],
)  # fmt: skip
def test_keys_of_the_index_are_those_that_stock_tools_look_up(url: str) -> None:
    assert surt(url) == stock_surt.surt(url)


@pytest.mark.parametrize("url", ["http://[::1", "https://a.example/a b\nc d", "x y", ""])
def test_no_address_can_break_a_line_of_the_index(url: str) -> None:
    assert not set(surt(url)) & set(" \n\r\t")
