"""What the newsroom's access log says of our manners, outlet by outlet."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from crawlers.catalogue import Politeness, load_catalogue
from crawlers.crawl import crawl_source
from khabar.newsroom.faults import Fault
from khabar.newsroom.running import RunningTown, running_town
from tests.crawlers.distance import assert_arrived_apart
from tests.crawlers.outlet import plan

pytestmark = pytest.mark.usefixtures("warm_crawls")

CALM, WALLED, BUSY = "tirwal_chronicle", "valley_herald", "tirwal_ghag"
DELAYS = {CALM: 0.25, WALLED: 1.0, BUSY: 0.25}
"""The walled outlet is asked twice only."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTown]:
    """Three outlets, each crawled by two batches at once, and by a third one afterwards."""
    home = tmp_path_factory.mktemp("home")
    with running_town(articles=8) as running:
        running.misbehave(WALLED, Fault(kind="block"))
        running.misbehave(BUSY, Fault(kind="status", status=429, retry_after=1, times=1))
        found, _ = load_catalogue([running.sources_folder])
        sources = [
            replace(one, politeness=Politeness(delay_seconds=DELAYS[one.id]))
            for one in found if one.id in DELAYS
        ]  # fmt: skip
        for runs in ("12", "3"):
            work = [(plan(home, one, run=run), one.id) for one in sources for run in runs]
            with ThreadPoolExecutor(6) as pool:
                list(pool.map(lambda of: crawl_source(*of), work))
        yield running


def visits(town: RunningTown, outlet: str) -> Iterator[tuple[str, float, int]]:
    return ((v.path, v.at.timestamp(), v.status) for v in town.log if v.outlet == outlet)


@pytest.mark.parametrize("outlet", [CALM, WALLED, BUSY])
def test_requests_keep_the_distance_whoever_asks(town: RunningTown, outlet: str) -> None:
    assert_arrived_apart([at for _, at, _ in visits(town, outlet)], DELAYS[outlet])


@pytest.mark.parametrize("outlet", [CALM, WALLED, BUSY])
def test_robots_comes_first_in_each_crawl(town: RunningTown, outlet: str) -> None:
    paths = [path for path, _, _ in visits(town, outlet)]
    assert paths[0] == "/robots.txt"
    assert paths.count("/robots.txt") == (1 if outlet == WALLED else 3)


def test_each_page_is_asked_once_a_crawl(town: RunningTown) -> None:
    counts = Counter(path for path, _, _ in visits(town, CALM))
    assert set(counts.values()) == {3}


def test_blocking_outlet_is_asked_once_in_three_crawls(town: RunningTown) -> None:
    assert [status for _, _, status in visits(town, WALLED)] == [200, 403]


def test_busy_outlet_is_asked_again_after_the_wait_it_named(town: RunningTown) -> None:
    seen = list(visits(town, BUSY))
    at = next(number for number, (_, _, status) in enumerate(seen) if status == 429)
    refused, again = seen[at], seen[at + 1]
    assert refused[0] == again[0]
    assert again[1] - refused[1] > 0.95


def test_everybody_is_told_who_asks(town: RunningTown) -> None:
    agents = {visit.user_agent for visit in town.log}
    (agent,) = agents
    assert agent.startswith("Khabar/")
    assert agent.endswith("(+https://khabar.invalid/contact)")
