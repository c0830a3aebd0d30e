from dataclasses import replace
from pathlib import Path

import pytest

from crawlers.page import Poll
from tests.warehouse.batches import (
    HOST,
    START,
    BatchMaker,
    failed,
    outcomes,
    page,
    rejected,
    rows,
    skipped,
    text,
)
from tests.warehouse.mixed import mixed
from warehouse.checks import SourceNotLoadable
from warehouse.load import LoadRefused, load_batch
from warehouse.summary import summarise_batch


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
    batch = mixed(tmp_path / "held").source(
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
    assert "1 page rejected" not in summary.line
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
