import os
import shutil
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

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
    skipped,
    text,
)
from warehouse import stories
from warehouse.checks import CheckFailed, SourceNotLoadable, prove_warehouse
from warehouse.connection import open_writer
from warehouse.load import LoadRefused, load_batch
from warehouse.summary import summarise_batch


def _dump(home: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows, but for the clock of the load."""
    tables = [str(name) for (name,) in rows(home, "SELECT table_name FROM duckdb_tables()")]
    found = {table: rows(home, f"FROM {table} ORDER BY ALL") for table in tables}
    found["batches"] = rows(home, "SELECT * EXCLUDE (loaded_at, report) FROM batches ORDER BY ALL")
    found["state"] = rows(home, "SELECT state_number FROM state")
    return found


def _mixed(home: Path, hour: int = 1) -> BatchMaker:
    return BatchMaker(home, hour).source(
        page("/a", text("a"), hour=hour),
        page("/b", text("b"), hour=hour),
        rejected("/section", hour=hour),
        failed("/down"),
        skipped("/robot", "robots"),
        failed("/kept", feed=text("k")),
        known_not_due=3,
    )


def test_every_line_has_one_outcome_and_the_sums_are_those_of_the_lines(tmp_path: Path) -> None:
    batch = _mixed(tmp_path).write()
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


def test_a_miscounted_source_is_held_and_the_others_load(tmp_path: Path) -> None:
    maker = BatchMaker(tmp_path, 1).source(page("/a", text("a")), id="mountain", miscount=1)
    maker.source(page("/v", text("v"), host="https://valley.example"), id="valley")
    report = load_batch(maker.write())
    assert report.held == ("mountain",)
    assert rows(tmp_path, "SELECT source_id FROM articles") == [("valley",)]
    assert rows(tmp_path, "SELECT count(*) FROM fetches WHERE source_id = 'mountain'") == [(0,)]
    (reason,) = rows(tmp_path, "SELECT reason FROM batch_sources WHERE status = 'held'")[0]
    assert "listed 2 articles, but the ledger has 1 lines" in str(reason)


def test_a_held_source_is_released_with_a_reason_and_becomes_what_it_would_have_been(
    tmp_path: Path,
) -> None:
    batch = _mixed(tmp_path / "held").source(
        page("/v", text("v"), host="https://valley.example"), id="valley", miscount=5
    ).write()  # fmt: skip
    load_batch(batch)
    with pytest.raises(LoadRefused, match="say why"):
        load_batch(batch, accept_source="valley")
    report = load_batch(batch, accept_source="valley", why="the feed repeats itself")
    assert report.held == ()
    assert report.new == 3
    released = "SELECT accepted_why, status FROM batch_sources WHERE source_id = 'valley'"
    assert rows(tmp_path / "held", released) == [("the feed repeats itself", "loaded")]
    assert rows(tmp_path / "held", "SELECT state_number FROM state") == [(2,)]
    with pytest.raises(LoadRefused, match="valley is not held"):
        load_batch(batch, accept_source="valley", why="again")
    assert load_batch(batch).was_loaded_before


def test_too_many_rejections_hold_a_source(tmp_path: Path) -> None:
    pages = [page(f"/{n}", text(f"t{n}")) for n in range(3)]
    bad = [rejected(f"/s{n}") for n in range(7)]
    report = load_batch(BatchMaker(tmp_path, 1).source(*pages, *bad).write())
    assert report.held == ("mountain",)
    assert "7 of 10" in str(report.sources[0].reason)
    few = BatchMaker(tmp_path, 2).source(*pages[:1], *bad[:6]).write()
    assert load_batch(few).held == ()


def test_a_page_that_extraction_lost_holds_its_source_and_cannot_be_accepted(
    tmp_path: Path,
) -> None:
    batch = BatchMaker(tmp_path, 1).source(page("/a", text("a")), lose=1).write()
    assert "extraction lost 1 fetched pages" in str(load_batch(batch).sources[0].reason)
    with pytest.raises(SourceNotLoadable, match="run `khabar extract` again"):
        load_batch(batch, accept_source="mountain", why="never mind")
    mended = BatchMaker(tmp_path, 1).source(page("/a", text("a"))).write()
    assert load_batch(mended, accept_source="mountain", why="extracted again").new == 1


def test_a_crawl_that_died_is_said_and_stops_nobody(tmp_path: Path) -> None:
    maker = BatchMaker(tmp_path, 1).source(crawl=False, extract=False)
    maker.source(page("/v", text("v"), host="https://valley.example"), id="valley")
    report = load_batch(maker.write())
    assert report.failed == ("mountain",)
    dead = "SELECT status, reason, listed FROM batch_sources WHERE source_id = 'mountain'"
    assert rows(tmp_path, dead) == [("failed", "crawl_died", 0)]
    assert report.new == 1


def test_a_crawl_that_failed_is_failed_to_load_and_summary_alike(tmp_path: Path) -> None:
    lines = (page("/a", text("a")), failed("/b", "gone"), failed("/c"))
    batch = BatchMaker(tmp_path, 1).source(*lines, failed="http_5xx: HTTP 503").write()
    report = load_batch(batch)
    assert report.failed == ("mountain",)
    assert report.line.endswith("1 new, 1 failed, 1 answered gone; failed: mountain")
    summary = summarise_batch(batch)
    assert summary.sources[0].state == "failed: http_5xx: HTTP 503"
    assert "1 pages rejected" not in summary.line
    assert "0 pages rejected, 1 failed, 1 answered gone" in summary.line
    assert summary.sources[0].failures == 1
    assert report.sources[0].failed == 2


def test_what_was_archived_before_a_crawl_died_is_loaded(tmp_path: Path) -> None:
    lines = (page("/a", text("a")), failed("/b"), rejected("/s"))
    batch = BatchMaker(tmp_path, 1).source(*lines, failed="crawl_died", miscount=-3).write()
    report = load_batch(batch)
    (source,) = report.sources
    assert (source.status, source.reason) == ("failed", "crawl_died")
    assert (source.listed, source.fetched, source.archived) == (3, 2, 2)
    assert (source.new, source.rejected, source.failed) == (1, 1, 1)
    assert outcomes(tmp_path, batch) == {"/a": "new", "/b": "failed", "/s": "rejected"}
    assert load_batch(batch).was_loaded_before
    with pytest.raises(LoadRefused, match="mountain is not held"):
        load_batch(batch, accept_source="mountain", why="it died")
    BatchMaker(tmp_path, 1).source(page("/c", text("c")), failed="crawl_died").write()
    with pytest.raises(LoadRefused, match="with other files of mountain"):
        load_batch(batch)


def test_a_crawl_that_died_is_held_until_its_pages_are_extracted(tmp_path: Path) -> None:
    lines = (page("/a", text("a")),)
    dead = BatchMaker(tmp_path, 1).source(*lines, failed="crawl_died", extract=False).write()
    assert load_batch(dead).held == ("mountain",)
    BatchMaker(tmp_path, 1).source(*lines, failed="crawl_died").write()
    report = load_batch(dead, accept_source="mountain", why="extracted")
    assert (report.new, report.failed) == (1, ("mountain",))


def test_an_outlet_that_cannot_be_reached_keeps_its_polls(tmp_path: Path) -> None:
    poll = Poll(source_id="", entrance=f"{HOST}/feed", kind="feed", polled_at=START, reason="dns")
    report = load_batch(BatchMaker(tmp_path, 1).source(polls=[poll], failed="dns").write())
    assert report.failed == ("mountain",)
    assert rows(tmp_path, "SELECT reason FROM polls") == [("dns",)]
    assert rows(tmp_path, "SELECT failure_weight, answered_at FROM entrances") == [(0.25, None)]


def test_a_crawl_that_died_leaves_its_looks(tmp_path: Path) -> None:
    well = Poll(
        source_id="", entrance=f"{HOST}/feed", kind="feed", polled_at=START, status=200,
        item_hashes=(1,), next_interval_minutes=60,
    )  # fmt: skip
    dead = replace(well, entrance=f"{HOST}/map.xml", status=404, reason="gone", item_hashes=())
    died = BatchMaker(tmp_path, 1).source(skipped("/left"), polls=[well, dead], failed="crawl_died")
    assert load_batch(died.write()).failed == ("mountain",)
    assert rows(tmp_path, "SELECT reason FROM polls ORDER BY ALL") == [("gone",), (None,)]
    state = "SELECT failure_weight, item_hashes, interval_minutes FROM entrances ORDER BY entrance"
    assert rows(tmp_path, state) == [(0, [1], 60), (1, [], 60)]


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


def test_the_same_batch_again_changes_nothing_and_says_the_same(tmp_path: Path) -> None:
    batch = _mixed(tmp_path).write()
    first = load_batch(batch)
    before = _dump(tmp_path)
    assert load_batch(batch) == replace(first, was_loaded_before=True)
    assert _dump(tmp_path) == before


def test_other_files_under_a_known_id_are_refused(tmp_path: Path) -> None:
    batch = _mixed(tmp_path).write()
    load_batch(batch)
    BatchMaker(tmp_path, 1).source(page("/other", text("o"))).write()
    before = _dump(tmp_path)
    with pytest.raises(LoadRefused, match="loaded already, with other files of mountain"):
        load_batch(batch)
    assert _dump(tmp_path) == before


STRAY_VERSION = """
INSERT INTO article_versions BY NAME
SELECT article_id, 1 AS version_number, seen_from, seen_to, authors, word_count, content_hash,
       extractor_version, archive_record_id, page_sha256, batch_id
FROM articles WHERE body_from = 'page' LIMIT 1
"""
STRAY_POLL = """
INSERT INTO polls BY NAME SELECT batch_id, source_id, 'x' AS entrance, 'feed' AS kind,
       loaded_at AS polled_at, 0 AS items, 0 AS matched
FROM batches JOIN batch_sources USING (batch_id) LIMIT 1
"""


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Load a batch once, for all that goes wrong with the next."""
    home = tmp_path_factory.mktemp("begun")
    load_batch(BatchMaker(home, 0).source(page("/z", text("z"), hour=0)).write())
    return home


@pytest.mark.parametrize(
    ("harm", "promise"),
    [
        ("UPDATE archive_records SET article_id = NULL", "an article without its archive record"),
        ("UPDATE fetches SET outcome = 'new' WHERE outcome = 'failed'", "no outcome"),
        ("UPDATE batch_sources SET failed = failed + 1", "sums of a source"),
        ("INSERT INTO article_urls FROM article_urls LIMIT 1", "+3 addresses, but +4 rows came"),
        ("INSERT INTO article_merges VALUES (7, 8, '', '')", "+0 merged ids, but +1 rows came"),
        ("INSERT INTO archive_records FROM archive_records LIMIT 1", "archive records, but +4"),
        ("DELETE FROM fetches WHERE batch_id LIKE '%T000000Z%'", "+6 ledger lines, but +5"),
        ("INSERT INTO rejections FROM rejections", "+1 rejections, but +2 rows came"),
        (STRAY_POLL, "+0 polls, but +1 rows came"),
        ("INSERT INTO story_articles FROM story_articles LIMIT 1", "+3 places in stories, but +4"),
        ("UPDATE articles SET version_count = 2", "versions do not add up"),
        ("UPDATE story_articles SET story_id = 7", "in no story"),
        ("INSERT INTO articles BY NAME SELECT * REPLACE (7 AS article_id) FROM articles LIMIT 1",
         "its ledger says +3 articles, but +4"),
        (STRAY_VERSION, "+3 rows came"),
        ("UPDATE rejections SET url_key = 'x'", "a rejected line without its rejection"),
    ],
)  # fmt: skip
def test_a_broken_promise_rolls_the_whole_batch_back(
    begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str, promise: str
) -> None:
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    before = _dump(tmp_path)

    def write_and_harm(con: duckdb.DuckDBPyConnection, batch_id: str) -> None:
        apply_stories(con, batch_id)
        con.execute(harm)

    apply_stories = stories.apply_stories
    monkeypatch.setattr(stories, "apply_stories", write_and_harm)
    batch = _mixed(tmp_path).write()
    with pytest.raises(CheckFailed) as caught:
        load_batch(batch)
    assert promise in str(caught.value)
    assert "\n" not in str(caught.value)
    assert _dump(tmp_path) == before
    monkeypatch.undo()
    assert load_batch(batch).new == 2


KILLED = """
import os, signal, sys
from pathlib import Path
from crawlers.batch import Batch
from warehouse import checks, load

home, batch_id, where = sys.argv[1:]
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
if where == "staged":
    load.decide = die
elif where == "written":
    load.check_warehouse = die
else:
    load.write_json = die
load.load_batch(Batch(id=batch_id, home=Path(home)))
"""


@pytest.mark.parametrize("where", ["staged", "written", "committed"])
def test_a_load_that_was_killed_ends_as_an_undisturbed_one(tmp_path: Path, where: str) -> None:
    dumps = []
    first = BatchMaker(tmp_path / "calm", 0).source(page("/a", text("z"), hour=0)).write()
    second = _mixed(tmp_path / "calm").write()
    shutil.copytree(tmp_path / "calm", tmp_path / "killed")
    for name in ("calm", "killed"):
        home = tmp_path / name
        load_batch(replace(first, home=home))
        batch = replace(second, home=home)
        if name == "killed":
            child = subprocess.run(
                [sys.executable, "-c", textwrap.dedent(KILLED), str(home), batch.id, where],
                cwd=Path(__file__).parents[2],
                env=os.environ,
                check=False,
            )
            assert child.returncode == -signal.SIGKILL
        assert load_batch(batch).was_loaded_before == (name == "killed" and where == "committed")
        dumps.append(_dump(home))
    assert dumps[0] == dumps[1]


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
