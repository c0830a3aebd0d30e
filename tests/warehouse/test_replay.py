"""Pages that were rejected, and are articles when they are read again."""

import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from crawlers.batch import Batch, Reprocess
from crawlers.ledger import read_job
from crawlers.page import Fetch
from crawlers.urls import url_key
from tests.warehouse.batches import (
    HOST,
    BatchMaker,
    Line,
    again,
    outcomes,
    page,
    rejected,
    rows,
    same,
    skipped,
    text,
)
from tests.warehouse.test_rebuild import everything
from tests.warehouse.test_reprocess import RUN, ingest, news, prepare, reprocess, revert
from transforms.rejection import Rejection
from warehouse.connection import open_snapshot
from warehouse.dedup import dedup_batch
from warehouse.load import load_batch
from warehouse.load_again import load_again
from warehouse.publish import publish_snapshot
from warehouse.rebuild import rebuild_warehouse
from warehouse.reprocess import stored_rows

LEDGER = "SELECT batch_id, url_key, outcome, reason FROM fetches ORDER BY ALL"
SEEN = "SELECT first_seen_at, fetched_at, version_count FROM articles"
REPROCESSES = (
    "SELECT source_id, reason, reverts, became_articles, batch_became_articles FROM reprocesses"
)
JUDGED = "SELECT url, extractor_version FROM archive_records ORDER BY url DESC"
ROW = (
    "SELECT title, first_seen_at, fetched_at, found_by, version_count, extractor_version "
    "FROM articles ORDER BY first_seen_at"
)


def replayed(line: Line, body: str, extractor: str = "x2", **said: str) -> Line:
    """What today's extractor reads of a page that was rejected."""
    assert line.fetch.record is not None
    path = line.fetch.url.removeprefix(HOST)
    told = again(path, body, record_of=page(path, body), extractor=extractor, **said)
    assert told.article is not None
    article = replace(
        told.article, record_id=line.fetch.record.record_id, fetched_at=line.fetch.fetched_at,
        page_sha256=line.fetch.page_sha256,
    )  # fmt: skip
    return replace(told, article=article)


def still(line: Line, extractor: str = "x2") -> Line:
    assert line.rejection is not None
    judged = replace(line.rejection, extractor_version=extractor)
    return Line(fetch=line.fetch, rejection=judged, is_again=True)


def test_rejected_page_becomes_the_article_that_it_was_when_it_was_captured(tmp_path: Path) -> None:
    first = rejected("/x", hour=1)
    ingest(tmp_path, 1, first, page("/y", text("y"), hour=1))
    ingest(tmp_path, 2, page("/copy", text("a", but="end"), hour=2))
    ledger, before = rows(tmp_path, LEDGER), news(tmp_path)
    done = reprocess(tmp_path, 5, replayed(first, text("a")))
    assert done.again is not None
    assert (done.again.became, done.again.written, done.again.reason) == (1, 1, "cleaner texts")
    assert "1 rejected pages became articles" in done.line
    made = rows(tmp_path, f"{ROW[:-22]} WHERE url LIKE '%/x'")
    at = first.fetch.fetched_at
    assert made == [("A headline", at, at, "live", 1, "x2")]
    assert rows(tmp_path, LEDGER) == ledger, "what the ledger said of it then stays"
    asked = "SELECT earliest_article_id = (SELECT article_id FROM articles WHERE url LIKE '%/x'), "
    stories = rows(tmp_path, f"{asked} article_count FROM stories WHERE article_count > 1")
    assert stories == [(True, 2)], "it takes its place by when it was first seen"
    news(tmp_path)
    revert(tmp_path, 6, done.batch_id)
    assert news(tmp_path) == before
    publish_snapshot(tmp_path)
    with closing(open_snapshot(tmp_path)) as con:
        told = con.execute(REPROCESSES).fetchall()
    assert told == [
        (None, "it was worse", done.batch_id, None, -1), ("mountain", "cleaner texts", None, 1, 1),
    ]  # fmt: skip
    again_there = reprocess(tmp_path, 7, replayed(first, text("a")))
    assert again_there.again is not None
    assert again_there.again.became == 1
    held = everything(tmp_path)
    rebuild_warehouse(tmp_path)
    assert everything(tmp_path) == held


def test_it_belongs_to_the_article_that_has_its_address_meanwhile(tmp_path: Path) -> None:
    first, second = rejected("/x", hour=1), rejected("/x", hour=3)
    ingest(tmp_path, 1, first)
    ingest(tmp_path, 2, page("/x", text("b"), hour=2))
    ingest(tmp_path, 3, second)
    before = news(tmp_path)
    done = reprocess(tmp_path, 5, replayed(first, text("a")), replayed(second, text("b"), "x1"))
    assert done.again is not None
    assert (done.again.became, done.again.joined) == (0, 0)
    seen = (first.fetch.fetched_at, second.fetch.fetched_at)
    found = rows(tmp_path, SEEN)
    assert found == [(*seen, 2)]
    back = revert(tmp_path, 6, done.batch_id)
    assert back.again is not None
    assert news(tmp_path) == before
    revert(tmp_path, 7, back.batch_id)
    found = rows(tmp_path, SEEN)
    assert found == [(*seen, 2)]
    held = everything(tmp_path)
    rebuild_warehouse(tmp_path)
    assert everything(tmp_path) == held


def test_a_page_that_was_asked_again_and_had_not_changed_is_one_version(tmp_path: Path) -> None:
    first, unsent = rejected("/x", hour=1), same("/x", "no article at /x", hour=3)
    ingest(tmp_path, 1, first)
    ingest(tmp_path, 3, unsent)
    assert rows(tmp_path, "SELECT count(*) FROM rejections") == [(2,)]
    publish_snapshot(tmp_path)
    home = BatchMaker(tmp_path, 3).batch
    chosen = stored_rows(tmp_path, read_job(home, "mountain"), Reprocess(reason="x"))
    records = [one.record_id for one in chosen.pages]
    assert len(records) == 2
    reprocess(tmp_path, 5, replayed(first, text("a")), replayed(unsent, text("a")))
    asked = "SELECT version_count, seen_from, seen_to FROM articles"
    assert rows(tmp_path, asked) == [(1, first.fetch.fetched_at, unsent.fetch.fetched_at)]
    news(tmp_path)


def test_pages_that_are_rejected_still_are_not_read_again_and_again(tmp_path: Path) -> None:
    first = rejected("/tag", hour=1)
    batch = ingest(tmp_path, 1, first)
    before = news(tmp_path)
    done = reprocess(tmp_path, 2, still(first))
    assert done.again is not None
    assert [(one.source_id, one.still_rejected) for one in done.again.sources] == [("mountain", 1)]
    publish_snapshot(tmp_path)
    rejudged = Reprocess(reason="x", made_by="x1")
    assert list(stored_rows(tmp_path, read_job(batch, "mountain"), rejudged).pages) == []
    revert(tmp_path, 3, done.batch_id)
    assert news(tmp_path) == before


def test_a_revert_leaves_what_a_later_reprocess_has_judged(tmp_path: Path) -> None:
    tag, other = rejected("/tag", hour=1), rejected("/other", hour=1)
    ingest(tmp_path, 1, tag, other)
    done = reprocess(tmp_path, 2, still(tag), still(other))
    reprocess(tmp_path, 3, still(tag, "x3"))
    back = revert(tmp_path, 4, done.batch_id)
    assert rows(tmp_path, JUDGED) == [(f"{HOST}/tag", "x3"), (f"{HOST}/other", "x1")]
    revert(tmp_path, 5, back.batch_id)
    assert rows(tmp_path, JUDGED) == [(f"{HOST}/tag", "x3"), (f"{HOST}/other", "x2")]
    held = everything(tmp_path)
    rebuild_warehouse(tmp_path)
    assert everything(tmp_path) == held


def test_a_page_that_proves_two_articles_to_be_one_stays_rejected(tmp_path: Path) -> None:
    first = rejected("/x", hour=1)
    ingest(tmp_path, 1, first, page("/y", text("a"), hour=1))
    ingest(tmp_path, 2, page("/x", text("a"), hour=2))
    before = rows(tmp_path, "SELECT article_id, url, version_count FROM articles ORDER BY 1")
    line = replayed(first, text("a"))
    assert line.article is not None
    told = page("/x", text("a"), canonical=f"{HOST}/y").article
    assert told is not None
    torn = replace(line.article, canonical_url=told.canonical_url, keys=told.keys)
    done = reprocess(tmp_path, 5, replace(line, article=torn))
    assert done.again is not None
    assert (done.again.torn, done.again.written) == (1, 0)
    assert (
        rows(tmp_path, "SELECT article_id, url, version_count FROM articles ORDER BY 1") == before
    )
    news(tmp_path)


def test_a_twin_finds_the_article_that_it_waited_for_and_loses_it_again(tmp_path: Path) -> None:
    first, twin = rejected("/x", hour=1), skipped("/amp/x", "twin")
    waiting = replace(twin, fetch=replace(twin.fetch, final_url=url_key(f"{HOST}/x"), listed=False))
    ingest(tmp_path, 1, first, waiting)
    before = news(tmp_path)
    done = reprocess(tmp_path, 5, replayed(first, text("a")))
    addresses = rows(tmp_path, "SELECT how FROM article_urls ORDER BY 1")
    assert addresses == [("asked",), ("rule",)]
    found = "SELECT count(*) FROM fetches WHERE article_id IS NOT NULL"
    assert rows(tmp_path, found) == [(1,)]
    revert(tmp_path, 6, done.batch_id)
    assert news(tmp_path) == before


def test_an_article_that_was_asked_again_since_is_not_taken_away(tmp_path: Path) -> None:
    first = rejected("/x", hour=1)
    ingest(tmp_path, 1, first)
    done = reprocess(tmp_path, 5, replayed(first, text("a")))
    resting = skipped("/x", "host_resting")
    ingest(tmp_path, 6, replace(resting, fetch=replace(resting.fetch, listed=True)))
    before = news(tmp_path)
    back = revert(tmp_path, 7, done.batch_id)
    assert back.again is not None
    assert back.again.became == 0
    assert news(tmp_path) == before


def test_only_rejected_pages_are_chosen_where_only_they_are_wanted(tmp_path: Path) -> None:
    batch = ingest(tmp_path, 1, rejected("/tag", hour=1), page("/y", text("y"), hour=1))
    publish_snapshot(tmp_path)
    job = read_job(batch, "mountain")
    everything_ = list(stored_rows(tmp_path, job, Reprocess(reason="x")).pages)
    only = list(stored_rows(tmp_path, job, Reprocess(reason="x", only_rejected=True)).pages)
    assert len(everything_) == 2
    assert [isinstance(one.outcome, Rejection) for one in only] == [True]
    assert isinstance(only[0].fetch, Fetch)


def test_an_ordinary_batch_leaves_a_rejected_page_to_a_reprocess(tmp_path: Path) -> None:
    first, now = rejected("/x", hour=1), page("/x", text("a"), hour=2, extractor="x2")
    ingest(tmp_path, 1, first)
    batch = ingest(tmp_path, 2, now, replayed(first, text("a")))
    assert outcomes(tmp_path, batch) == {"/x": "new"}
    assert rows(tmp_path, SEEN) == [(now.fetch.fetched_at, now.fetch.fetched_at, 1)]
    changed = page("/x", text("b"), hour=3, extractor="x2")
    assert outcomes(tmp_path, ingest(tmp_path, 3, changed)) == {"/x": "updated"}
    before = news(tmp_path)
    done = reprocess(tmp_path, 5, replayed(first, text("a")))
    assert rows(tmp_path, SEEN) == [(first.fetch.fetched_at, changed.fetch.fetched_at, 2)]
    revert(tmp_path, 6, done.batch_id)
    assert news(tmp_path) == before
    held = everything(tmp_path)
    rebuild_warehouse(tmp_path)
    assert everything(tmp_path) == held


def test_an_ordinary_batch_makes_no_version_of_a_rejected_page(tmp_path: Path) -> None:
    first, second = page("/x", text("a"), hour=1), rejected("/x", hour=2)
    ingest(tmp_path, 1, first)
    ingest(tmp_path, 2, second)
    third = page("/x", text("c"), hour=3, extractor="x2")
    cleaner = again("/x", text("a"), record_of=first, extractor="x2")
    batch = BatchMaker(tmp_path, 3).source(third, cleaner, replayed(second, text("b"))).write()
    assert dedup_batch(batch).pages == 2
    report = load_batch(batch)
    assert report.used_decisions
    assert outcomes(tmp_path, batch) == {"/x": "updated"}
    assert rows(tmp_path, SEEN) == [(first.fetch.fetched_at, third.fetch.fetched_at, 2)]
    ingest(tmp_path, 4, page("/x", text("d"), hour=4, extractor="x2"))
    assert rows(tmp_path, "SELECT version_count FROM articles") == [(3,)]
    news(tmp_path)
    held = everything(tmp_path)
    rebuild_warehouse(tmp_path)
    assert everything(tmp_path) == held


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.5, 0.8, 0.9, 0.95])
def test_killed_at_any_moment_it_brings_each_article_once(tmp_path: Path, share: float) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    first, tag = rejected("/x", hour=1), rejected("/tag", hour=1)
    ingest(one, 1, first, tag, page("/y", text("y"), hour=1))
    batch = prepare(one, 3, replayed(first, text("a")), still(tag))
    shutil.copytree(one, other)
    command = [sys.executable, "-c", RUN, str(one), batch.id]
    began = time.monotonic()
    subprocess.run(command, check=True)
    took = time.monotonic() - began
    killed = subprocess.Popen([*command[:3], str(other), batch.id])
    time.sleep(took * share)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    load_again(Batch(id=batch.id, home=other))
    assert everything(other) == everything(one)
    assert rows(other, "SELECT count(*) FROM articles") == [(2,)]
