"""`khabar parse --compare`, as an operator would call it."""

import hashlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import duckdb
import psutil
import pytest

from crawlers.batch import Batch
from crawlers.job import SiteLine
from tests.khabar.command import Done, assert_one_line, khabar, settings_of
from tests.khabar.test_import_command import article, write_warc
from transforms import guard_pool
from transforms.article import Article
from transforms.batch_files import (
    read_articles,
    read_rejections,
    write_articles,
    write_rejections,
    write_site_lines,
)
from transforms.rejection import Reason, Rejection
from warehouse.connection import snapshot_file

PAGES = 8
ARTICLES = "articles.parquet"
SOURCE = """
name: Valley
home: https://v.test/
languages: [en]
timezone: Asia/Karachi
entrances:
  - feed: https://v.test/feed/
"""
KEYS = [
    "line", "archived", "looked_at", "alike", "changed", "articles", "rehashed", "fields", "flips",
    "gained", "lost", "versions", "sources", "not_compared", "unread", "unread_pages", "left_out",
]  # fmt: skip


class Valley:
    """A home with one outlet's imported pages, and the outlet's source file."""

    def __init__(self, folder: Path) -> None:
        self.home, self.catalogue = folder / "home", folder / "catalogue"
        [self.batch_id] = [path.name for path in (self.home / "batches").iterdir()]
        self.extracted = Batch(id=self.batch_id, home=self.home).extract_folder("valley")

    def hint(self, lines: str) -> None:
        (self.catalogue / "valley.yml").write_text(f"{SOURCE}{lines}")

    def call(self, *words: str) -> Done:
        return khabar(self.home, *words, catalogue=str(self.catalogue))

    def compare(self, *words: str, code: int = 0) -> dict[str, Any]:
        done = self.call("parse", "--compare", *words, "--json")
        assert (done.returncode, done.stderr) == (code, "")
        found: dict[str, Any] = json.loads(done.stdout)
        assert list(found) == KEYS
        return found

    def digest(self) -> str:
        paths = sorted(path for path in self.home.rglob("*") if path.is_file())
        told = [f"{path} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in paths]
        return "\n".join(told)

    def rewrite(self, mend: Callable[[Article], Article | Rejection]) -> None:
        """Let the batch's files say that its extraction had read otherwise."""
        made = [mend(one) for one in read_articles(self.extracted / ARTICLES)]
        rejections = list(read_rejections(self.extracted / "rejections.parquet"))
        rejections += [one for one in made if isinstance(one, Rejection)]
        articles = [one for one in made if isinstance(one, Article)]
        write_articles(self.extracted / ARTICLES, articles)
        write_rejections(self.extracted / "rejections.parquet", rejections)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compare")
    (folder / "catalogue").mkdir()
    (folder / "catalogue" / "valley.yml").write_text(SOURCE)
    captures = [(f"https://v.test/{n}", n, f"2019-05-{n + 10}") for n in range(PAGES)]
    write_warc(folder / "x.warc.gz", *captures)
    settings = {"catalogue": str(folder / "catalogue")}
    done = khabar(folder / "home", "import", "--all", str(folder / "x.warc.gz"), **settings)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def valley(imported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Valley:
    # A worker takes longer to start than eight pages to read.
    monkeypatch.setattr(guard_pool, "WORKERS", 1)
    copytree(imported, tmp_path, dirs_exist_ok=True)
    return Valley(tmp_path)


def refused(one: Article) -> Rejection:
    return Rejection(
        source_id=one.source_id, url=one.url, url_key=one.url_key, final_url=one.final_url,
        fetched_at=one.fetched_at, page_sha256=one.page_sha256 or "", record_id=one.record_id or "",
        reason=Reason.LISTING, detail="a \x1b[31mlisting", title=one.title,
        extractor_version="khabar1+old",
    )  # fmt: skip


def test_nothing_changes_while_code_and_source_file_are_the_same(valley: Valley) -> None:
    before = valley.digest()
    for name in ("valley", valley.batch_id):
        done = valley.call("parse", "--compare", name)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[0] == f"all {PAGES} pages come out alike"
    assert valley.digest() == before


def test_mended_source_file_shows_exactly_what_it_changes(valley: Valley) -> None:
    valley.hint("hints:\n  - prune: p:nth-of-type(2)\n")
    before = valley.digest()
    for name in ("valley", valley.batch_id):
        found = valley.compare(name)
        assert (found["changed"], found["articles"], found["rehashed"]) == (PAGES,) * 3
        [body] = found["fields"]
        assert (body["field"], body["pages"], body["share"]) == ("body", PAGES, 1.0)
        assert len(body["samples"]) == 3
        for sample in body["samples"]:
            [line] = sample["lines"]
            number = int(sample["url"].rpartition("/")[2])
            assert (line["sign"], sample["more"]) == ("-", 0)
            assert f"<p>{line['text']}</p>".encode() in article(number)
            assert line["text"].endswith("before the winter begins.")
            assert "says report 2" in line["text"]
        assert (found["lost"]["pages"], found["gained"]["pages"]) == (PAGES, 0)
        assert all(one["after"] < one["before"] for one in found["lost"]["greatest"])
        [version] = found["versions"]
        assert version["before"] != version["after"]
    assert valley.digest() == before


def test_what_an_older_extractor_had_stored_in_a_batch_is_shown(valley: Valley) -> None:
    def older(one: Article) -> Article | Rejection:
        if one.url.endswith("/0"):
            return refused(one)
        if one.url.endswith("/1"):
            return replace(one, title=f"{one.title} | \x1b[31mValley", extractor_version="old")
        return one

    valley.rewrite(older)
    found = valley.compare(valley.batch_id)
    assert found["line"] == (
        f"{PAGES - 2} of {PAGES} pages come out alike; 2 change: title 1, "
        "rejected pages that would be articles 1"
    )
    [flip] = found["flips"]
    assert (flip["before"], flip["after"], flip["pages"]) == ("listing", "article", 1)
    assert flip["samples"][0]["url"] == "https://v.test/0"
    assert {one["before"] for one in found["versions"]} > {"khabar1+old", "old"}
    shown = valley.call("parse", "--compare", valley.batch_id).stdout
    assert "\x1b" not in shown
    assert "rejected (listing) → article: 1 page" in shown
    assert "    - The road is mended | \\x1b[31mValley\n    + The road is mended\n" in shown
    assert "extractor old → khabar" in shown


def test_sites_own_lines_are_taken_out_as_an_extraction_would(valley: Valley) -> None:
    bodies = {one.url: one.body or "" for one in read_articles(valley.extracted / ARTICLES)}
    line = bodies["https://v.test/2"].split("\n")[-1]
    learnt = SiteLine(line=line, place="end", pages=5)
    write_site_lines(valley.extracted / "site_lines.parquet", "valley", [learnt])
    found = valley.compare(valley.batch_id)
    [body] = found["fields"]
    [sample] = body["samples"]
    assert sample["url"] == "https://v.test/2"
    assert [(one["sign"], one["text"]) for one in sample["lines"]] == [("-", line)]
    assert found["versions"][0]["before"] != found["versions"][0]["after"]


def test_rejection_that_only_the_pages_together_had_told_stands(valley: Valley) -> None:
    shared = "4 addresses have this text, such as https://v.test/1"
    valley.rewrite(lambda one: replace(refused(one), reason=Reason.SOFT_404, detail=shared))
    found = valley.compare(valley.batch_id)
    assert found["line"] == f"all {PAGES} pages come out alike"


def test_what_an_older_extractor_had_published_is_shown(valley: Valley) -> None:
    file = snapshot_file(valley.home)
    file.chmod(0o644)
    with duckdb.connect(str(file)) as con:
        con.execute("UPDATE articles SET tags = ['a', 'b'], tags_from = 'meta' WHERE url LIKE '%3'")
    found = valley.compare("valley")
    changes = {one["field"]: one["samples"] for one in found["fields"]}
    assert set(changes) == {"tags", "tags_from"}
    assert [one["text"] for one in changes["tags"][0]["lines"]] == ["a", "b"]
    assert found["not_compared"] == ["canonical_url"]


def test_credits_that_nobody_had_read_are_not_compared(valley: Valley) -> None:
    file = snapshot_file(valley.home)
    file.chmod(0o644)
    with duckdb.connect(str(file)) as con:
        con.execute("UPDATE articles SET credited_source = 'APP'")
    assert [one["field"] for one in valley.compare("valley")["fields"]] == ["credited_source"]
    with duckdb.connect(str(file)) as con:
        con.execute("UPDATE articles SET extractor_version = 'khabar4+x'")
    found = valley.compare("valley")
    assert found["fields"] == []
    unread = ["credited_from", "credited_source", "credited_words"]
    assert found["not_compared"] == ["canonical_url", *unread]


def test_rejected_pages_of_the_snapshot_are_looked_at_too(valley: Valley) -> None:
    file = snapshot_file(valley.home)
    file.chmod(0o644)
    with duckdb.connect(str(file)) as con:
        con.execute(
            "INSERT INTO rejections BY NAME SELECT r.batch_id, r.source_id, r.url_key, r.url, "
            "r.final_url, 'listing' AS reason, 'looks it' AS detail, r.fetched_at, r.page_sha256, "
            "r.archive_record_id, 'old' AS extractor_version FROM archive_records r "
            "WHERE r.url LIKE '%/5'"
        )
        con.execute("DELETE FROM articles WHERE url LIKE '%/5'")
        con.execute("UPDATE archive_records SET article_id = NULL WHERE url LIKE '%/5'")
    found = valley.compare("valley")
    assert (found["looked_at"], found["changed"]) == (PAGES, 1)
    [flip] = found["flips"]
    assert (flip["before"], flip["after"]) == ("listing", "article")


def test_a_part_of_the_pages_is_spread_over_time_and_that_is_said(valley: Valley) -> None:
    valley.hint("hints:\n  - prune: p:nth-of-type(2)\n")
    found = valley.compare("valley", "--pages", "3")
    assert (found["looked_at"], found["archived"]) == (3, PAGES)
    assert f"looked at 3 of {PAGES} archived pages" in found["line"]
    days = sorted(one["url"][-1] for one in found["lost"]["greatest"])
    assert days == ["0", "3", str(PAGES - 1)]


def test_page_that_is_not_in_the_archive_is_named_and_the_others_compared(valley: Valley) -> None:
    [warc] = (valley.home / "archive").rglob("*.warc.gz")
    whole = warc.read_bytes()
    warc.write_bytes(whole[: len(whole) * 2 // 3])
    found = valley.compare("valley", code=1)
    assert 0 < found["unread"] < PAGES
    assert found["looked_at"] == PAGES - found["unread"]
    assert found["unread_pages"][0]["url"].startswith("https://v.test/")
    assert warc.name in found["unread_pages"][0]["why"]
    warc.unlink()
    done = valley.call("parse", "--compare", "valley")
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        1, f"pages that cannot be read: {PAGES}",
    )  # fmt: skip


def test_source_that_cannot_be_compared_leaves_the_others_of_its_batch(valley: Valley) -> None:
    batch = Batch(id=valley.batch_id, home=valley.home)
    manifest = json.loads(batch.manifest.read_text())
    manifest["sources"].append("hills")
    batch.manifest.write_text(json.dumps(manifest))
    found = valley.compare(valley.batch_id, code=1)
    assert (found["looked_at"], found["alike"]) == (PAGES, PAGES)
    [why] = found["left_out"]
    assert "hills" in why
    assert f"not compared: {why}" in valley.call("parse", "--compare", valley.batch_id).stdout


def test_what_cannot_be_compared_is_one_clear_line(valley: Valley, tmp_path: Path) -> None:
    unknown = valley.call("parse", "--compare", "nobody")
    assert_one_line(unknown, "nobody: is neither a batch", "nor a source")
    none = "20260101T000000Z-run-00000000"
    assert_one_line(valley.call("parse", "--compare", none), f"no batch {none}")
    whole = (valley.extracted / ARTICLES).read_bytes()
    (valley.extracted / ARTICLES).write_bytes(whole[: len(whole) // 2])
    undone = valley.call("parse", "--compare", valley.batch_id)
    assert_one_line(undone, "is not extracted whole", f"khabar extract {valley.batch_id} valley")
    valley.hint("nonsense: 1\n")
    assert_one_line(valley.call("parse", "--compare", "valley"), "valley.yml", "nonsense")
    fresh = khabar(tmp_path / "new", "parse", "--compare", "valley", catalogue=str(tmp_path))
    assert_one_line(fresh, "valley: is neither")


def test_known_source_without_a_snapshot_is_one_clear_line(valley: Valley, tmp_path: Path) -> None:
    done = khabar(tmp_path / "new", "parse", "--compare", "valley", catalogue=str(valley.catalogue))
    assert_one_line(done, "nothing is published yet")


def test_it_can_be_stopped_at_any_moment_and_leaves_nothing_behind(valley: Valley) -> None:
    before = valley.digest()
    env = settings_of(valley.home, catalogue=str(valley.catalogue))
    env |= {"PYTHONPATH": str(Path(__file__).parents[2])}
    words = [sys.executable, "-m", "khabar.cli", "parse", "--compare", "valley"]
    process = psutil.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not (children := process.children()):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.decode().splitlines()[-1] == "stopped; nothing was changed"
    assert psutil.wait_procs(children, timeout=10)[1] == []
    assert valley.digest() == before


def test_help_says_what_it_compares(valley: Valley) -> None:
    said = valley.call("parse", "--help").stdout
    for words in ("--compare", "--pages", "writes nothing", "khabar parse --compare dawn mashriq"):
        assert words in said
