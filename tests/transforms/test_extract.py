"""extract_source() over a real batch, and pages that try to take the rest along."""

import gzip
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawlers.batch import Batch, new_batch_id
from crawlers.imports import import_paths
from crawlers.job import JOB_JSON, KnownPage
from crawlers.ledger import read_fetches, read_job
from tests.transforms.pages import SOURCE, article_html, html, ld, make_page, story
from transforms.article import Article
from transforms.batch_files import read_articles, read_rejections
from transforms.extract import extract_source
from transforms.extract_page import ExtractError
from transforms.guard import Guard, OverLimitError, PageDiedError
from transforms.pipeline import transform_page
from transforms.rejection import Reason
from transforms.version import extractor_version

SOURCE_ID = "web:valley.example"


def import_pages(folder: Path, pages: dict[str, str], run: str = "x") -> Batch:
    lines = []
    for name, markup in pages.items():
        (folder / f"{name}.html.gz").write_bytes(
            gzip.compress(markup.encode("utf-8", "surrogateescape"))
        )
        lines.append(
            {"id": name, "file": f"{name}.html.gz", "url": f"https://valley.example/{name}"}
        )
    manifest = folder / "manifest.jsonl"
    manifest.write_text("".join(json.dumps(line) + "\n" for line in lines))
    batch = Batch(
        id=new_batch_id(datetime(2026, 3, 10, tzinfo=UTC), "test", run), home=folder / "h"
    )
    import_paths(batch, [manifest], sources=[], run_id=run)
    return batch


def test_every_fetched_page_becomes_an_article_or_a_rejection(tmp_path: Path) -> None:
    pages = {
        "bridge": article_html(),
        "school": html(f"<article><h1>School opens</h1>{story()}</article>"),
        "gone": html("<h1>Page not found</h1><p>Nothing here.</p>", title="Page not found"),
        "hollow": html("<div id=app></div>"),
    }
    batch = import_pages(tmp_path, pages)
    report = extract_source(batch, SOURCE_ID)
    assert (report.articles, report.kept_from_feed) == (2, 0)
    assert dict(report.rejections) == {"soft_404": 1, "no_text": 1}
    assert report.line.startswith(f"{SOURCE_ID}: 2 articles, 2 rejected (")
    folder = batch.extract_folder(SOURCE_ID)
    articles = list(read_articles(folder / "articles.parquet"))
    rejections = list(read_rejections(folder / "rejections.parquet"))
    keys = {fetch.url_key for fetch in read_fetches(batch, SOURCE_ID)}
    assert {one.url_key for one in articles} | {one.url_key for one in rejections} == keys
    written = json.loads(batch.status("extract", SOURCE_ID).read_text())
    assert written["line"] == report.line


def test_a_source_with_hostile_pages_keeps_all_its_others(tmp_path: Path) -> None:
    clock = '<meta name="date" content="March 9, 2026 10:00 +99:99">'
    half = '{"@type":"NewsArticle","headline":"Flood \\ud83d"}'
    deep = f'{{"@type":"NewsArticle","author":{"[" * 900}{"]" * 900}}}'
    hostile = {
        "clock": article_html(clock),
        "half": article_html(ld(half)),
        "deep": article_html(ld(deep)),
        "charset": '<meta charset="idna">\udcff' + article_html(),
        "scraps": "<html><body>\udcff\udcfe<div>" + "<table><td>" * 5_000,
    }
    good = {f"good-{number}": article_html() for number in range(3)}
    batch = import_pages(tmp_path, {"good": article_html(), **hostile, **good})
    report = extract_source(batch, SOURCE_ID)
    assert report.articles + sum(count for _, count in report.rejections) == 9
    made = read_articles(batch.extract_folder(SOURCE_ID) / "articles.parquet")
    names = {article.url.rpartition("/")[2] for article in made}
    assert names >= {"good", *good, "clock", "half", "deep", "charset"}


def test_extracting_again_writes_the_same_files(tmp_path: Path) -> None:
    batch = import_pages(tmp_path, {"bridge": article_html(), "hollow": html("<p></p>")})
    folder = batch.extract_folder(SOURCE_ID)
    seen = []
    for _ in range(2):
        extract_source(batch, SOURCE_ID)
        seen.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert seen[0] == seen[1]


def knows(batch: Batch, before: Batch, extractor_version: str) -> None:
    """Let the batch's job know the page that an earlier batch fetched."""
    fetch = read_fetches(before, SOURCE_ID)[0]
    known = KnownPage(
        url=fetch.url,
        url_key=fetch.url_key,
        etag=None,
        last_modified=None,
        page_sha256=fetch.page_sha256,
        first_seen_at=datetime(2026, 3, 9, tzinfo=UTC),
        dated_at=None,
        last_fetched_at=datetime(2026, 3, 9, tzinfo=UTC),
        is_gone=False,
        record=fetch.record,
        extractor_version=extractor_version,
    )
    job = replace(read_job(batch, SOURCE_ID), known=(known,))
    batch.job(SOURCE_ID).write_bytes(JOB_JSON.dump_json(job))


@pytest.mark.parametrize(("version", "rows"), [("an older one", 2), ("", 1)])
def test_the_capture_before_is_read_again_where_an_older_extractor_had_read_it(
    tmp_path: Path, version: str, rows: int
) -> None:
    before = import_pages(tmp_path, {"bridge": article_html()}, run="before")
    batch = import_pages(tmp_path, {"bridge": html(f"<h1>Open at last</h1>{story()}")})
    today = extractor_version(read_job(batch, SOURCE_ID).source)
    knows(batch, before, version or today)
    report = extract_source(batch, SOURCE_ID)
    assert (report.articles, report.read_again) == (1, rows - 1)
    assert ("1 earlier capture read again" in report.line) == (rows == 2)
    articles = list(read_articles(batch.extract_folder(SOURCE_ID) / "articles.parquet"))
    old = read_fetches(before, SOURCE_ID)[0].record
    assert old is not None
    assert [one.record_id for one in articles[1:]] == [old.record_id] * (rows - 1)
    assert {one.extractor_version for one in articles} == {today}


def test_a_page_lost_from_the_archive_is_accounted_for(tmp_path: Path) -> None:
    batch = import_pages(tmp_path, {"bridge": article_html(), "school": article_html()})
    fetch = read_fetches(batch, SOURCE_ID)[0]
    assert fetch.record is not None
    with (batch.home / "archive" / fetch.record.file).open("r+b") as file:
        file.truncate(fetch.record.offset + fetch.record.length)
    report = extract_source(batch, SOURCE_ID)
    assert report.articles + sum(count for _, count in report.rejections) == 2
    assert dict(report.rejections) == {"broken": 1}


def _die() -> None:
    os.abort()


def _hang() -> None:
    time.sleep(60)


def _compute() -> None:
    while True:
        pass


def _gorge() -> None:
    bytearray(1 << 36)


@pytest.mark.parametrize(
    ("attack", "word"),
    [
        (_die, "SIGABRT"),
        (_hang, "longer than 3 s"),
        (_compute, "2 s of processor"),
        (_gorge, "of memory"),
    ],
)
def test_a_call_that_dies_costs_only_itself(attack: object, word: str) -> None:
    assert callable(attack)
    with Guard(seconds=2, patience=3 if attack is _hang else 60) as guard:
        with pytest.raises(OverLimitError, match=word):
            guard.call(attack)
        assert guard.call(len, "next") == 4


def _fail() -> None:
    raise KeyError("a mistake of ours")


def _be_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _be_killed_once(marker: Path) -> str:
    if not marker.exists():
        marker.touch()
        _be_killed()
    return "lives"


def test_a_child_that_was_killed_is_replaced_and_asked_again(tmp_path: Path) -> None:
    with Guard() as guard:
        assert guard.call(_be_killed_once, tmp_path / "killed") == "lives"


@pytest.mark.parametrize(("attack", "word"), [(_fail, "mistake of ours"), (_be_killed, "SIGKILL")])
def test_what_is_not_the_pages_fault_is_no_limit(attack: object, word: str) -> None:
    assert callable(attack)
    with Guard() as guard:
        with pytest.raises(PageDiedError, match=word) as caught:
            guard.call(attack)
        assert not isinstance(caught.value, OverLimitError)
        assert guard.call(len, "next") == 4


def test_a_guard_that_was_closed_starts_no_child_again() -> None:
    with Guard() as guard:
        guard.call(len, "first")
    with pytest.raises(RuntimeError, match="closed"):
        guard.call(len, "next")


class OneAttack(Guard):
    """Does something else to the first page that is asked for."""

    def __init__(self, attack: Callable[..., Any]) -> None:
        super().__init__(seconds=1)
        self._attack: Callable[..., Any] | None = attack

    def call(self, function: Callable[..., Any], *arguments: object) -> Any:
        attack, self._attack = self._attack, None
        return super().call(attack) if attack is not None else super().call(function, *arguments)


@pytest.mark.parametrize("attack", [_fail, _be_killed])
def test_what_is_not_the_pages_fault_fails_the_source_until_it_is_run_again(
    tmp_path: Path, attack: Callable[[], None]
) -> None:
    batch = import_pages(tmp_path, {"bridge": article_html(), "school": article_html()})
    with OneAttack(attack) as guard, pytest.raises(ExtractError, match=r"valley\.example/bridge"):
        extract_source(batch, SOURCE_ID, guard)
    assert not batch.extract_folder(SOURCE_ID).exists()
    assert not batch.status("extract", SOURCE_ID).exists()
    report = extract_source(batch, SOURCE_ID)
    assert (report.articles, report.rejections) == (2, ())


@pytest.mark.parametrize("attack", [_compute, _gorge, _die])
def test_a_page_over_a_limit_costs_only_itself(tmp_path: Path, attack: Callable[[], None]) -> None:
    batch = import_pages(tmp_path, {"bridge": article_html(), "school": article_html()})
    with OneAttack(attack) as guard:
        report = extract_source(batch, SOURCE_ID, guard)
    assert (report.articles, dict(report.rejections)) == (1, {"broken": 1})


def test_a_page_that_waits_for_a_crowded_machine_is_not_broken() -> None:
    with Guard(seconds=0.5) as guard:
        assert guard.call(time.sleep, 1.5) is None


def test_a_library_that_prints_does_not_get_among_the_answers() -> None:
    with Guard() as guard:
        guard.call(print, "noise")
        assert guard.call(len, "next") == 4


UNREADABLE = {Reason.EMPTY, Reason.NO_TEXT, Reason.BROKEN}
WHY_REFUSED = {"one line": {Reason.TOO_LARGE}}
TEXT = "<p>" + "word " * 200 + "</p>"
HOSTILE = {
    "nested": "<html><body>" + "<div>" * 100_000 + TEXT,
    "one line": f"<html><body><p>{'word ' * 1_000_000}</p>",
    "unclosed": "<html><body>" + "<p>word " * 50_000,
    "attributes": "<html><body " + 'a="b" ' * 100_000 + ">" + TEXT,
    "comments": "<!-- -->" * 20_000 + "<html><body>" + TEXT,
    "nul": f"<html><body>\x00\x00{TEXT}\x00",
    "xml": f'<?xml version="1.0" encoding="utf-16"?><html xmlns="x"><body>{TEXT}</body></html>',
    "entities": "<html><body>" + "&#x110000;&bogus;&amp;" * 1_000 + TEXT,
    "surrogates": f"<html><body>&#xd800;{TEXT}",
    "title": f"<html><head><title>{'| a ' * 20_000}</title></head><body>{TEXT}",
    "names": f'<html><head><meta name="author" content="{"by and " * 20_000}"></head><body>{TEXT}',
    "keywords": f'<html><head><meta name="keywords" content="{"a," * 50_000}"></head><body>{TEXT}',
    "date": f'<html><head><meta name="date" content="{"1" * 50_000}"></head><body>{TEXT}',
    "year one": f'<meta name="date" content="0001-01-01T00:00:00+05:00"><body>{TEXT}',
    "frameset": "<html><frameset><frame src=a></frameset></html>",
    "headings": "<html><body>" + "<h1>a</h1>" * 20_000 + TEXT,
}


def test_hostile_pages_are_each_accounted_for() -> None:
    with Guard() as guard:
        for name, markup in HOSTILE.items():
            made = guard.call(transform_page, make_page(markup, "https://valley.example/a"), SOURCE)
            if not isinstance(made, Article):
                assert made.reason in WHY_REFUSED.get(name, UNREADABLE), name
