"""Every outlet of the bundled newsroom, crawled as an operator's sources would be."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crawlers.archive import read_page
from crawlers.catalogue import load_catalogue
from crawlers.crawl import crawl_source
from crawlers.ledger import read_fetches, read_polls
from khabar.newsroom.running import running_town
from tests.crawlers.outlet import plan

pytestmark = pytest.mark.usefixtures("warm_crawls")


def test_each_kind_of_outlet_is_crawled_whole(tmp_path: Path) -> None:
    with running_town(articles=12) as town:
        sources, errors = load_catalogue([town.sources_folder])
        assert not errors
        batches = {source.id: plan(tmp_path, source) for source in sources}
        with ThreadPoolExecutor(3) as pool:
            reports = list(pool.map(lambda s: crawl_source(batches[s.id], s.id), sources))
    assert len(reports) >= 7
    kinds = set()
    for report in reports:
        batch = batches[report.source_id]
        fetches = read_fetches(batch, report.source_id)
        assert report.listed == sum(line.listed for line in fetches), report.line
        assert report.fetched == len(fetches) >= 12, report.line
        pages = [read_page(tmp_path, report.source_id, line) for line in fetches]
        assert all(len(page.body) > 1000 for page in pages)
        kinds |= {poll.kind for poll in read_polls(batch, report.source_id)}
    assert kinds == {"feed", "sitemap", "listing"}
