from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from crawlers.batch import MANIFEST_JSON, write_whole
from crawlers.ledger import read_job, read_manifest
from crawlers.page import Poll
from tests.warehouse.batches import (
    HOST,
    START,
    BatchMaker,
    Line,
    failed,
    on,
    outcomes,
    page,
    rejected,
    rows,
    same,
    text,
)
from tests.warehouse.mixed import mixed
from warehouse.checks import prove_warehouse
from warehouse.connection import open_writer
from warehouse.load import load_batch


def test_every_line_has_one_outcome_and_the_sums_are_those_of_the_lines(tmp_path: Path) -> None:
    batch = mixed(tmp_path).write()
    report = load_batch(batch)
    assert outcomes(tmp_path, batch) == {
        "/a": "new",
        "/b": "new",
        "/section": "rejected",
        "/down": "failed",
        "/robot": "skipped",
        "/kept": "failed",
    }
    (source,) = report.sources
    assert (source.listed, source.known_not_due, source.fetched, source.archived) == (9, 3, 3, 3)
    assert (source.new, source.rejected, source.failed, source.skipped) == (2, 1, 2, 1)
    assert source.kept_from_feed == 1
    assert rows(tmp_path, "SELECT count(*) FROM articles") == [(3,)]
    assert rows(tmp_path, "SELECT reason FROM rejections") == [("listing",)]
    assert rows(tmp_path, "SELECT state_number FROM state") == [(1,)]
    assert report.line.startswith(f"loaded {batch.id}: 2 new, 1 rejected, 2 failed, 1 skipped")


def test_an_entrance_keeps_what_its_last_answer_said(tmp_path: Path) -> None:
    good = Poll(
        source_id="", entrance=f"{HOST}/feed", kind="feed", polled_at=START, status=200,
        etag='"1"', item_hashes=(1, 2), newest_at=START,
    )  # fmt: skip
    later = START + timedelta(hours=2)
    load_batch(BatchMaker(tmp_path, 1).source(polls=[good]).write())
    bad = replace(
        good, polled_at=later, reason="timeout", etag=None, item_hashes=(), newest_at=None
    )
    load_batch(BatchMaker(tmp_path, 2).source(polls=[bad]).write())
    state = "SELECT etag, item_hashes, failure_weight, answered_at, newest_at FROM entrances"
    assert rows(tmp_path, state) == [('"1"', [1, 2], 0.5, START, START)]
    late = replace(good, polled_at=START + timedelta(hours=1), etag='"late"')
    load_batch(BatchMaker(tmp_path, 3).source(polls=[late]).write())
    assert rows(tmp_path, state)[0][0] == '"1"'
    empty = replace(good, polled_at=later + timedelta(hours=1), etag='"2"', item_hashes=())
    load_batch(BatchMaker(tmp_path, 4).source(polls=[empty]).write())
    assert rows(tmp_path, state)[0][:3] == ('"2"', [1, 2], 0.0)


def test_an_entrance_is_due_an_interval_after_its_batch_began(tmp_path: Path) -> None:
    part = Poll(
        source_id="", entrance=f"{HOST}/1.xml", kind="sitemap", part_of=f"{HOST}/index.xml",
        polled_at=START + timedelta(hours=1.2), status=200, new_items=3,
    )  # fmt: skip
    index = replace(
        part, entrance=f"{HOST}/index.xml", part_of=None, next_interval_minutes=90.0,
        is_stale=True, stands_in_for=f"{HOST}/feed",
    )  # fmt: skip
    load_batch(BatchMaker(tmp_path, 1).source(polls=[part, index]).write())
    told = "SELECT interval_minutes, next_at, is_stale, part_of FROM entrances ORDER BY entrance"
    assert rows(tmp_path, told) == [
        (None, None, False, f"{HOST}/index.xml"),
        (90.0, START + timedelta(hours=2.5), True, None),
    ]
    told = "SELECT new_items, is_stale, part_of, stands_in_for, next_interval_minutes FROM polls"
    assert rows(tmp_path, f"{told} ORDER BY entrance") == [
        (3, False, f"{HOST}/index.xml", None, None),
        (3, True, None, f"{HOST}/feed", 90.0),
    ]


def test_a_feeds_word_is_kept_until_the_page_comes(tmp_path: Path) -> None:
    load_batch(BatchMaker(tmp_path, 1).source(failed("/k", feed=text("k"))).write())
    assert rows(tmp_path, "SELECT outcome, reason, is_kept_from_feed, article_id IS NOT NULL "
                          "FROM fetches") == [("failed", "timeout", True, True)]  # fmt: skip
    kept = "SELECT article_id, body_from, version_count, archive_record_id IS NULL FROM articles"
    ((article_id, *_),) = before = rows(tmp_path, kept)
    assert before == [(article_id, "feed", 1, True)]
    batch = BatchMaker(tmp_path, 2).source(page("/k", text("long", 300), hour=2)).write()
    load_batch(batch)
    assert outcomes(tmp_path, batch) == {"/k": "updated"}
    assert rows(tmp_path, kept) == [(article_id, "page", 1, False)]
    third = BatchMaker(tmp_path, 3).source(failed("/k", feed=text("k"))).write()
    assert load_batch(third).kept_from_feed == 0
    assert rows(tmp_path, kept) == [(article_id, "page", 1, False)]


def test_a_body_of_json_ld_is_a_pages(tmp_path: Path) -> None:
    line = page("/j", text("j"))
    assert line.article is not None
    said = replace(line, article=replace(line.article, body_from="json-ld"))
    batch = BatchMaker(tmp_path, 1).source(said).write()
    load_batch(batch)
    assert outcomes(tmp_path, batch) == {"/j": "new"}
    kept = "SELECT body_from, version_count, archive_record_id IS NULL FROM articles"
    assert rows(tmp_path, kept) == [("json-ld", 1, False)]
    changed = BatchMaker(tmp_path, 2).source(page("/j", text("other", 300), hour=2)).write()
    load_batch(changed)
    assert outcomes(tmp_path, changed) == {"/j": "updated"}
    assert rows(tmp_path, kept) == [("page", 2, False)]


def test_every_article_is_dated_on_the_outlets_own_calendar(tmp_path: Path) -> None:
    dated = page("/d", text("d"), hour=20, published=on("2026-07-30"))
    load_batch(BatchMaker(tmp_path, 20).source(dated, page("/u", text("u"), hour=20)).write())
    assert rows(tmp_path, "SELECT date_basis, dated_at::VARCHAR, dated_on::VARCHAR FROM articles "
                          "ORDER BY dated_at") == [
        ("published", "2026-07-29 19:00:00+00", "2026-07-30"),
        ("first_seen", "2026-08-01 20:00:00+00", "2026-08-02"),
    ]  # fmt: skip


def test_an_earlier_capture_moves_the_date_of_an_undated_article(tmp_path: Path) -> None:
    load_batch(BatchMaker(tmp_path, 5).source(page("/u", text("u"), hour=5)).write())
    load_batch(BatchMaker(tmp_path, 6).source(page("/u", text("u"), hour=2)).write())
    assert rows(tmp_path, "SELECT hour(dated_at), hour(first_seen_at) FROM articles") == [(2, 2)]


def test_an_article_is_gone_when_seen_missing_twice_and_not_once_it_is_back(
    tmp_path: Path,
) -> None:
    def look(hour: int, line: Line) -> object:
        load_batch(BatchMaker(tmp_path, hour).source(line).write())
        return rows(tmp_path, "SELECT hour(gone_at) FROM articles")[0][0]

    assert look(1, page("/x", text("x"), hour=1)) is None
    assert look(2, failed("/x", "gone")) is None
    assert look(3, same("/x", text("x"), hour=3)) is None
    assert look(4, failed("/x", "gone")) is None
    assert look(5, failed("/x", "gone")) == 5
    assert look(6, failed("/x", "gone")) == 5
    assert look(7, same("/x", text("x"), hour=7)) is None


def test_an_unchanged_rejection_is_rejected_again(tmp_path: Path) -> None:
    load_batch(BatchMaker(tmp_path, 1).source(rejected("/s", hour=1)).write())
    again = BatchMaker(tmp_path, 2).source(same("/s", "no article at /s", hour=2)).write()
    load_batch(again)
    assert outcomes(tmp_path, again) == {"/s": "rejected"}
    assert rows(tmp_path, "SELECT count(*) FROM articles") == [(0,)]


def test_a_page_from_two_attempts_is_one_line(tmp_path: Path) -> None:
    maker = BatchMaker(tmp_path, 1).source(page("/a", text("a")), failed("/b"))
    folder = maker.batch.crawl_folder("mountain")
    lines = (folder / "1.fetches.jsonl").read_text()
    (folder / "2.fetches.jsonl").write_text(lines.replace('"failed"', '"skipped"'))
    batch = maker.write()
    load_batch(batch)
    assert outcomes(tmp_path, batch) == {"/a": "new", "/b": "failed"}


def test_a_batch_in_which_nothing_was_due_loads_as_nothing(tmp_path: Path) -> None:
    report = load_batch(BatchMaker(tmp_path, 1).write())
    assert report.line.endswith("nothing came")
    assert rows(tmp_path, "SELECT count(*) FROM batches") == [(1,)]


def test_a_walled_page_whose_text_came_with_the_feed_is_loaded_as_a_page(tmp_path: Path) -> None:
    walled = page("/w", text("w"), hour=1)
    assert walled.article is not None
    walled = replace(walled, article=replace(walled.article, body_from="feed"))
    batch = BatchMaker(tmp_path, 1).source(walled, failed("/k", feed=text("k"))).write()
    report = load_batch(batch)
    assert outcomes(tmp_path, batch) == {"/w": "new", "/k": "failed"}
    assert report.kept_from_feed == 1
    kept = "SELECT body_from, archive_record_id IS NOT NULL FROM articles ORDER BY url"
    assert rows(tmp_path, kept) == [("feed", False), ("feed", True)]
    load_batch(BatchMaker(tmp_path, 2).source(page("/w", text("v"), hour=2)).write())
    assert rows(tmp_path, "SELECT count(*) FROM article_versions") == [(1,)]


def test_stories_are_dated_anew_when_their_outlets_clock_is_set_right(tmp_path: Path) -> None:
    told = "SELECT earliest_from::VARCHAR FROM stories ORDER BY first_seen_at, story_id LIMIT 1"
    day = page("/d", text("d"), hour=1, published=on("2026-07-30"))
    load_batch(BatchMaker(tmp_path, 1).source(day, zone=None).write())
    assert rows(tmp_path, told) == [("2026-07-29 10:00:00+00",)]
    load_batch(BatchMaker(tmp_path, 2).source(page("/e", text("e"), hour=2)).write())
    assert rows(tmp_path, told) == [("2026-07-29 19:00:00+00",)]
    with open_writer(tmp_path) as con:
        prove_warehouse(con)


def test_stories_of_an_outlet_that_retired_are_dated_by_its_last_clock(tmp_path: Path) -> None:
    day = page("/d", text("d"), hour=1, published=on("2026-07-30"))
    first = BatchMaker(tmp_path, 1).source(day, zone=None).write()
    load_batch(first)
    second = BatchMaker(tmp_path, 2).source(page("/e", text("e"), hour=2), id="valley").write()
    source = replace(read_job(first, "mountain").source, timezone="Asia/Karachi", retired="closed")
    manifest = replace(read_manifest(second), retired=(source,))
    write_whole(second.manifest, MANIFEST_JSON.dump_json(manifest))
    load_batch(second)
    with open_writer(tmp_path) as con:
        prove_warehouse(con)
