"""What a warehouse of a million articles takes, and one of a tenth: `... million` for it alone."""

from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from tests.bench.archive import stock_warehouse
from tests.bench.figure import tabulate
from tests.bench.loads import fill_bare, measure_loads
from tests.bench.questions import measure_questions
from tests.bench.search import measure_search, measure_words
from tests.bench.size import print_size
from tests.bench.stock import sign_shards
from tests.bench.stories import STORED, print_stories
from tests.bench.wire import SHARD
from warehouse.connection import warehouse_file


def print_million(console: Console) -> None:
    """Stock warehouses with the same reports, then measure all that is asked of them."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with console.status("signing a million reports: some minutes"):
            build = sign_shards(folder, range(STORED[-1] // SHARD))
        stocks = {}
        for count in STORED:
            with console.status(f"stocking a warehouse with {count:,} of them"):
                stocks[count] = stock_warehouse(folder / str(count), folder, count)
        home, smaller = folder / str(STORED[-1]), folder / str(STORED[-2])
        for one in (smaller, home):
            fill_bare(one)
        print_size(console, warehouse_file(home))
        print_stories(console, folder, build, stocks)
        with console.status("measuring loads, publishing, questions and search"):
            figures = [*measure_loads(smaller, home), *measure_questions(home)]
            figures += measure_search(home)
        console.print(tabulate(f"a warehouse of {STORED[-1]:,} articles", figures))
        console.print(measure_words(home))


if __name__ == "__main__":
    print_million(Console())
