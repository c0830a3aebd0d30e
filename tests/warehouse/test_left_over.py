"""Which pages that were never had a live crawl is told to ask, and when."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawlers.job import CrawlJob
from crawlers.ledger import read_job
from crawlers.page import FailReason, ListedItem
from crawlers.urls import key_hash
from tests.warehouse.batches import (
    HOST,
    START,
    BatchMaker,
    Line,
    failed,
    page,
    rejected,
    skipped,
    text,
)
from tests.warehouse.planning import catalogue, plan, publish
from tests.warehouse.test_backfill import sliced
from warehouse.load import load_batch
from warehouse.memory import CARRIED


@pytest.fixture
def home(tmp_path: Path) -> Path:
    catalogue(tmp_path, "mountain")
    return tmp_path


def load(home: Path, hour: int, *lines: Line, past: bool = False) -> None:
    kind = {"dag": "backfill", "found_by": "backfill"} if past else {}
    load_batch(BatchMaker(home, hour, **kind).source(*lines).write())  # type: ignore[arg-type]
    publish(home)


def job(home: Path, hour: float) -> CrawlJob:
    return read_job(plan(home, hour, force=True)[0], "mountain")


def wanted(home: Path, hour: float) -> list[str]:
    return [one.url.removeprefix(HOST) for one in job(home, hour).deferred]


def hours_wanted(home: Path, *hours: float) -> list[float]:
    return [hour for hour in hours if wanted(home, hour)]


def test_what_a_batch_left_is_wanted_though_later_ones_never_heard_of_it(home: Path) -> None:
    load(home, 1, skipped("/left"), skipped("/down", "host_resting"))
    load(home, 2, page("/other", text("o"), hour=2))
    load(home, 3)
    assert wanted(home, 4) == ["/down", "/left"]


def test_what_a_batch_left_is_wanted_though_it_was_loaded_after_a_later_one(home: Path) -> None:
    load(home, 2, page("/other", text("o"), hour=2), page("/both", text("b"), hour=2))
    load(home, 1, skipped("/left"), skipped("/both"))
    assert wanted(home, 4) == ["/left"]


def test_what_a_held_batch_left_is_wanted_once_it_is_accepted(home: Path) -> None:
    refused = [rejected(f"/no/{n}", hour=1) for n in range(12)]
    held = BatchMaker(home, 1).source(*refused, skipped("/left")).write()
    load_batch(held)
    load(home, 2, page("/other", text("o"), hour=2))
    assert wanted(home, 3) == []
    load_batch(held, accept_source="mountain", why="looked at them")
    publish(home)
    assert wanted(home, 4) == ["/left"]


def test_what_was_had_or_refused_since_is_no_more_wanted(home: Path) -> None:
    load(home, 1, *(skipped(path) for path in ("/had", "/robots", "/no", "/left")))
    load(home, 2, page("/had", text("h"), hour=2), skipped("/robots", "robots"), rejected("/no"))
    assert wanted(home, 4) == ["/left"]


def test_plan_names_as_many_pages_left_over_as_a_few_crawls_ask_and_counts_the_others(
    home: Path,
) -> None:
    with (home / "sources" / "mountain.yml").open("a") as file:
        file.write("politeness: {max_pages: 1}\n")
    load(home, 1, skipped("/undated"), skipped("/z"), *(_dated(f"/{n}", n) for n in range(4)))
    planned = job(home, 4)
    assert [one.url.removeprefix(HOST) for one in planned.deferred] == ["/3", "/2", "/1", "/0"]
    assert len(planned.deferred) == CARRIED
    hashes = sorted(key_hash(f"{HOST}{path}") for path in ("/undated", "/z"))
    assert list(planned.deferred_hashes) == hashes


def _dated(path: str, hours: int) -> Line:
    item = ListedItem(title="On time", published_at=START + timedelta(hours=hours))
    line = skipped(path)
    return replace(line, fetch=replace(line.fetch, item=item))


@pytest.mark.parametrize("reason", ["http_4xx", "tls", "bad_response"])
def test_page_that_is_refused_is_asked_at_growing_distances_until_it_is_given_up(
    home: Path, reason: FailReason
) -> None:
    load(home, 1, failed("/shut", reason))
    assert hours_wanted(home, 1.5, 2) == [2]
    load(home, 2, failed("/shut", reason))
    assert hours_wanted(home, 3, 4.9, 5) == [5]
    load(home, 5, failed("/shut", reason))
    assert hours_wanted(home, 16, 17) == [17]
    load(home, 60, failed("/shut", reason))
    assert hours_wanted(home, 61, 200, 999) == []
    assert [one.is_gone for one in job(home, 62).known] == [True]


def test_page_that_is_not_there_yet_has_one_more_look(home: Path) -> None:
    load(home, 1, failed("/early", "gone"))
    assert hours_wanted(home, 2, 4.9, 5, 30) == [5, 30]
    load(home, 5, failed("/early", "gone"))
    assert hours_wanted(home, 9, 17, 99) == []


def test_pages_that_were_blocked_are_asked_one_a_batch_after_the_daily_probe(home: Path) -> None:
    load(home, 1, *(failed(f"/{n}", "blocked") for n in range(3)))
    assert hours_wanted(home, 2, 25) == []
    assert wanted(home, 27) == ["/0"]
    assert len(job(home, 27.5).known) == 2, "the others are asked where they are listed"
    load(home, 27, page("/0", text("o"), hour=27))
    assert wanted(home, 28) == ["/1"]


@pytest.mark.parametrize("reason", ["too_large", "private_address", "redirect_loop"])
def test_page_that_cannot_be_had_at_all_is_not_asked_again(home: Path, reason: FailReason) -> None:
    load(home, 1, failed("/never", reason))
    assert hours_wanted(home, 2, 5, 30) == []


def test_what_failed_in_a_backfill_is_the_backfills(home: Path) -> None:
    load(home, 1, failed("/past", "http_5xx"), failed("/lost", "gone"), past=True)
    planned = job(home, 5)
    assert (planned.deferred, planned.known) == ((), ())
    slice_ = sliced(home, "/past", "/lost")
    assert [one.url for one in slice_.deferred] == [f"{HOST}/past"]
