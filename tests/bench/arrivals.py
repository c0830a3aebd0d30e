"""Batches of reports that arrive at a stocked warehouse, as crawls and extraction leave them."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from crawlers.batch import Batch
from crawlers.page import ListedItem
from tests.bench.stock import address, headline
from tests.bench.wire import Report, make_arrivals, make_shard
from tests.warehouse.batches import BatchMaker, Line, page
from transforms.article import Moment


def write_batch(home: Path, count: int, hour: int = 0) -> Batch:
    """Write a batch of so many new articles of every outlet; some are made of stored ones."""
    of_outlet: defaultdict[int, list[Report]] = defaultdict(list)
    for report in make_arrivals(make_shard(0), count):
        of_outlet[report.outlet].append(report)
    maker = BatchMaker(home, count + hour)
    for outlet, reports in sorted(of_outlet.items()):
        host = f"https://outlet{outlet}.test"
        lines = [_line(one, host, hour) for one in reports]
        maker.source(*lines, id=f"outlet{outlet}", host=host)
    return maker.write()


def _line(report: Report, host: str, hour: int) -> Line:
    title = headline(report)
    path = address(report).removeprefix(host)
    line = page(path, report.body, title=title, host=host, hour=hour)
    at = line.fetch.fetched_at
    if line.article is None or at is None:
        raise AssertionError(path)
    published = Moment(at=at, on=at.date(), precision="second", origin="meta")
    item = ListedItem(title=title, published_at=at, summary=report.body[:180])
    return replace(
        line,
        article=replace(line.article, published=published, language=report.language),
        fetch=replace(line.fetch, entrance=f"{host}/feed", item=item),
    )
