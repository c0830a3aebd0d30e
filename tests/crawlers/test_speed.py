import pytest

from tests.bench import figure
from tests.bench.crawl import measure_crawl, measure_memory, measure_start

MOST_OF_A_BARE_SPIDER = 1.6
MOST_SECONDS_TO_START = 2.0
MOST_MEGABYTES = 50.0


@pytest.mark.slow
def test_page_costs_little_more_than_a_bare_spider_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure, "RUNS", 3)
    for one in measure_crawl():
        assert one.ratio <= MOST_OF_A_BARE_SPIDER, one


@pytest.mark.slow
def test_fifty_thousand_known_pages_hardly_delay_a_crawl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure, "RUNS", 3)
    start = measure_start()
    assert start.ours - start.bare < MOST_SECONDS_TO_START, start


@pytest.mark.slow
def test_memory_stays_flat_from_a_thousand_to_fifty_thousand_pages() -> None:
    memory = measure_memory()
    assert memory.ours - memory.bare < MOST_MEGABYTES, memory
