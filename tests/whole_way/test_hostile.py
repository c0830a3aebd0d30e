"""Hostile outlets: the batch ends, the others are loaded, and the ledger names the reason."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.batch import Batch
from crawlers.urls import url_key
from khabar.newsroom.faults import Fault
from khabar.newsroom.running import RunningTown, running_town
from tests.khabar.command import assert_one_line, khabar
from tests.whole_way.walk import Row, rows, run_batch
from warehouse.connection import snapshot_file
from warehouse.summary import summarise_batch

VICTIM, WALLED, BUSY = "mountain_ledger", "roznama_tirwal", "tirwal_ghag"
PAGE_FAULTS = {
    0: (Fault(kind="status", status=500), "failed", "http_5xx"),
    1: (Fault(kind="reset"), "failed", "reset"),
    2: (Fault(kind="endless"), "failed", "too_large"),
    3: (Fault(kind="huge"), "failed", "too_large"),
    5: (Fault(kind="redirect_loop"), "failed", "redirect_loop"),
    6: (Fault(kind="empty"), "rejected", "empty"),
    7: (Fault(kind="html"), "rejected", "no_text"),
    8: (Fault(kind="slow", seconds=60), "failed", "timeout"),
}
"""Articles of the victim: how each misbehaves, and what the ledger must say of it."""
ENTRANCE_FAULTS = {
    "tirwal_chronicle": (Fault(kind="html", paths="/feed/*"), "not_a_feed"),
    "valley_herald": (Fault(kind="empty", paths="/atom.xml"), "broken_feed"),
    "roznama_tirwal": (Fault(kind="status", status=500), "http_5xx"),
    "mountain_ledger": (Fault(kind="redirect_loop"), "redirect_loop"),
    "awaz_wadi": (Fault(kind="reset"), "reset"),
    "tirwal_ghag": (Fault(kind="status", status=429, retry_after=600), "http_429"),
}
MOST_SECONDS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Siege:
    """Three batches of a town: pages misbehave, then entrances, then all is well again."""

    town: RunningTown
    home: Path
    pages: Batch
    entrances: Batch
    healed: Batch
    seconds: float
    """How long the first took."""


@pytest.fixture(scope="module")
def siege(
    tmp_path_factory: pytest.TempPathFactory, warm_crawls: None, warm_guards: None
) -> Iterator[Siege]:
    home = tmp_path_factory.mktemp("siege") / "home"
    with running_town(articles=12, now=datetime.now(UTC) - timedelta(days=2)) as town:
        limit_minutes(town, VICTIM, 0.5)
        for index, (fault, _, _) in PAGE_FAULTS.items():
            fault.paths = path_of(town, VICTIM, index)
            town.misbehave(VICTIM, fault)
        town.misbehave(WALLED, Fault(kind="html", paths="/urdu/*"))
        town.misbehave(BUSY, Fault(kind="status", status=429, retry_after=600, paths="/pa/*"))
        began = time.monotonic()
        pages = run_batch(town, home)
        seconds = time.monotonic() - began
        town.heal()
        end_rests(home)
        for outlet, (fault, _) in ENTRANCE_FAULTS.items():
            town.misbehave(outlet, fault)
        entrances = run_batch(town, home)
        town.heal()
        end_rests(home)
        limit_minutes(town, VICTIM, 10)
        healed = run_batch(town, home)
        yield Siege(
            town=town, home=home, pages=pages, entrances=entrances, healed=healed, seconds=seconds
        )


def end_rests(home: Path) -> None:
    """Let those hosts be asked again that asked for ten minutes' rest."""
    for path in (home / "locks").glob("host-*.json"):
        path.unlink()


def limit_minutes(town: RunningTown, outlet: str, minutes: float) -> None:
    """Give an outlet little time, so that an answer that drips is given up soon."""
    path = town.sources_folder / f"{outlet}.yml"
    lines = path.read_text("utf-8").splitlines()
    kept = [f"  max_minutes: {minutes}" if "max_minutes" in line else line for line in lines]
    path.write_text("\n".join(kept), "utf-8")


def path_of(town: RunningTown, outlet: str, index: int) -> str:
    return town.url(outlet, index).removeprefix(town.outlets[outlet].origin)


def ask(siege: Siege, query: str, *values: object) -> list[Row]:
    return rows(snapshot_file(siege.home), query, *values)


_LINE = "select outcome, reason from fetches where batch_id = ? and url_key = ?"


@pytest.mark.parametrize("index", PAGE_FAULTS, ids=lambda index: PAGE_FAULTS[index][0].kind)
def test_ledger_names_what_was_wrong_with_a_page(siege: Siege, index: int) -> None:
    _, outcome, reason = PAGE_FAULTS[index]
    found = ask(siege, _LINE, siege.pages.id, url_key(siege.town.url(VICTIM, index)))
    assert found == [(outcome, reason)]


def test_bad_pages_cost_only_themselves_and_little_time(siege: Siege) -> None:
    assert siege.seconds < MOST_SECONDS
    for index in (9, 10, 11):
        found = ask(siege, _LINE, siege.pages.id, url_key(siege.town.url(VICTIM, index)))
        assert found == [("new", None)]
    sums: dict[str, int] = dict(
        ask(
            siege,
            "select source_id, new from batch_sources where batch_id = ? and status = 'loaded'",
            siege.pages.id,
        )
    )
    for outlet in set(siege.town.outlets) - {VICTIM, WALLED, BUSY}:
        assert sums[outlet] >= 11, outlet


def test_host_that_asks_for_rest_gets_it_and_keeps_its_pages_for_later(siege: Siege) -> None:
    told: dict[str, int] = dict(
        ask(
            siege,
            "select reason, count(*) from fetches where batch_id = ? and source_id = ? group by 1",
            siege.pages.id,
            BUSY,
        )
    )
    assert set(told) == {"http_429", "host_resting"}
    assert sum(told.values()) == 12
    assert told["http_429"] <= 4
    lost = ask(siege, "select url from articles where source_id = ? and body_from <> 'page'", BUSY)
    assert lost == [], "pages of the resting host were forgotten"


@pytest.mark.parametrize("outlet", ENTRANCE_FAULTS)
def test_dead_entrance_fails_its_source_with_the_reason(siege: Siege, outlet: str) -> None:
    _, reason = ENTRANCE_FAULTS[outlet]
    polls = ask(siege, "select reason from polls where batch_id = ? and source_id = ?",
                siege.entrances.id, outlet)  # fmt: skip
    assert (reason,) in polls
    [(status, why)] = ask(siege, "select status, reason from batch_sources where batch_id = ? "
                          "and source_id = ?", siege.entrances.id, outlet)  # fmt: skip
    assert status == "failed"
    assert reason in str(why)
    summary = {one.source_id: one for one in summarise_batch(siege.entrances).sources}
    assert summary[outlet].state.startswith("failed: ")
    assert reason in summary[outlet].state


def test_outlet_that_is_well_is_loaded_beside_six_that_are_not(siege: Siege) -> None:
    query = "select status, unchanged + rejected, rejected from batch_sources where batch_id = ? "
    found = ask(siege, f"{query} and source_id = 'valley_newswire'", siege.entrances.id)
    assert found == [("loaded", 12, 1)]


def test_everything_is_there_once_the_town_is_well(siege: Siege) -> None:
    known: dict[str, str] = dict(
        ask(siege, "select url_key, body_from from article_urls join articles using (article_id)")
    )
    for truth in siege.town.truth():
        if truth.kind == "article" and truth.outlet != WALLED:
            assert {known.get(url_key(url)) for url in truth.urls} == {"page"}, truth.url


def test_source_of_rejected_pages_is_held_till_somebody_says_why_not(siege: Siege) -> None:
    [(status, why)] = ask(siege, "select status, reason from batch_sources where batch_id = ? "
                          "and source_id = ?", siege.pages.id, WALLED)  # fmt: skip
    assert status == "held"
    assert "12 of 12 fetched pages are no articles" in str(why)
    lines = "select outcome, reason from fetches where batch_id = ? and source_id = ?"
    assert ask(siege, lines, siege.pages.id, WALLED) == []
    words = ("load", siege.pages.id, "--source", WALLED)
    assert khabar(siege.home, *words).returncode != 0
    done = khabar(siege.home, *words, "--accept", "--why", "the outlet moved, seen by hand")
    assert done.returncode == 0, done.stderr
    assert khabar(siege.home, "publish").returncode == 0
    assert ask(siege, lines, siege.pages.id, WALLED) == [("rejected", "no_text")] * 12
    [(status, why)] = ask(siege, "select status, accepted_why from batch_sources where batch_id = "
                          "? and source_id = ?", siege.pages.id, WALLED)  # fmt: skip
    assert (status, why) == ("loaded", "the outlet moved, seen by hand")
    again = khabar(siege.home, *words, "--accept", "--why", "once more")
    assert_one_line(again, WALLED, "not held")
