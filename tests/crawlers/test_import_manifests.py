import html
import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawlers.batch import Batch
from crawlers.imports import import_paths
from crawlers.ledger import read_fetches
from crawlers.saved_pages import record_member
from crawlers.sites import index_hosts, source_of_url, sources_of_host
from tests.crawlers.foreign import DAWN, HTML, account, bodies, members, save, take, write_manifest


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
        assert sources_of_host("www.hill.test", index) == (www,)
        assert sources_of_host("hill.test", index) == (bare,)


def test_outlets_that_share_a_host_are_told_apart_by_their_article_rules() -> None:
    urdu, pashto = (
        replace(DAWN, id=name, hosts=("www.bbc.test",), article=f"/{name}/")
        for name in ("urdu", "pashto")
    )
    index = index_hosts([pashto, urdu])
    for path, source in (("/urdu/1", urdu), ("/pashto/1", pashto), ("/news/1", pashto)):
        assert source_of_url(f"https://bbc.test{path}", "bbc.test", index) is source, path
    assert source_of_url("https://dawn.test/1", "dawn.test", index) is None


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


SHARED = Path(__file__).parents[2].parent / "shared"


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/pages")
def test_real_pages_of_pakistan_are_all_accounted_for(batch: Batch) -> None:
    report = take(batch, SHARED / "pages" / "pakistan")
    assert Counter(account(batch).values()) == {"imported": 311, "twin": 28, "later": 2}
    assert len(bodies(batch, report)) == 311


def test_saved_pages_are_taken_whatever_their_host(batch: Batch, tmp_path: Path) -> None:
    save(tmp_path, "a.html", HTML)
    manifest = write_manifest(tmp_path, {"file": "a.html", "url": "https://hill.test/a"})
    report = import_paths(batch, [manifest], sources=[DAWN], run_id="one")
    assert (report.sources, report.passed_over) == (("web:hill.test",), ())
