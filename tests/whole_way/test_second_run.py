"""A run two hours after the first asks little, and misses nothing that the rules want."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from crawlers.batch import Batch
from crawlers.urls import url_key
from khabar.newsroom.running import running_town
from khabar.newsroom.truth import Truth
from tests.whole_way.walk import rows, run_batch
from warehouse.connection import snapshot_file

pytestmark = pytest.mark.usefixtures("warm_crawls", "warm_guards")

TWO_HOURS = timedelta(hours=2)
SHARE = 0.2


def test_second_run_two_hours_later_asks_a_fifth_and_loses_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running_town() as town:
        run_batch(town, home, force=False)
        first = Counter(visit.path for visit in town.log)
        before = {truth.url: truth for truth in town.truth()}
        passed = town.advance(2)
        batch = run_batch(town, home, force=False, after=TWO_HOURS)
        second = list(town.log)[first.total() :]
        assert 0 < len(second) <= SHARE * first.total()
        ledger: dict[object, object] = dict(
            rows(
                snapshot_file(home), "select url_key, outcome from fetches where batch_id = ?",
                batch.id,
            )
        )  # fmt: skip
        young = 0
        for truth in town.truth():
            asked = [ledger[key] for key in map(url_key, truth.urls) if key in ledger]
            assert len(asked) <= 1, "a twin was asked beside its page"
            if truth.gone is not None:
                continue
            if truth.url not in before:
                assert asked in (["new"], ["rejected"])
            elif truth.published_precision == "second" and is_due_again(truth, batch):
                is_changed = truth.level != before[truth.url].level
                assert asked in (["updated" if is_changed else "unchanged"], ["rejected"])
                young += 1
        assert len(passed.new) >= 3
        assert young >= 3


def is_due_again(truth: Truth, batch: Batch) -> bool:
    """Tell whether two hours are half the age of an article; a minute is left for the crawls."""
    return batch.started_at - truth.published_at <= 2 * TWO_HOURS - timedelta(minutes=1)


@pytest.mark.slow
def test_hours_that_pass_cost_little_each_and_lose_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running_town(articles=24) as town:
        run_batch(town, home, force=False)
        first = len(town.log)
        for step in range(1, 5):
            before = len(town.log)
            town.advance(2)
            run_batch(town, home, force=False, after=step * TWO_HOURS)
            assert len(town.log) - before <= 0.4 * first
        keys = {key for (key,) in rows(snapshot_file(home), "select url_key from fetches")}
        for truth in town.truth():
            if truth.gone is None:
                assert set(map(url_key, truth.urls)) & keys, truth.url
        asked = Counter(visit.path for visit in town.log if "robots" not in visit.path)
        looks = max(count for path, count in asked.items() if path.endswith(".html"))
        assert looks <= 4, "an article was asked each time, as if its last look were long ago"
