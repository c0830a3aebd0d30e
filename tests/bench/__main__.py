"""Prints every figure as a table."""

from rich.console import Console
from rich.table import Table

from tests.bench.crawl import measure_crawl, measure_memory, measure_start
from tests.bench.extraction import measure_extraction
from tests.bench.imports import measure_imports
from tests.bench.warehouse import measure_warehouse


def main() -> None:
    """Measure, and print ours beside the bare counterpart."""
    console = Console()
    with console.status("measuring crawls"):
        figures = [*measure_crawl(), measure_start(), measure_memory()]
    with console.status("measuring extraction"):
        figures.append(measure_extraction())
    with console.status("measuring imports"):
        figures += measure_imports()
    with console.status("measuring load and publish"):
        figures += measure_warehouse()
    table = Table("figure", "ours", "bare", "ratio", title="one run on this machine")
    for one in figures:
        table.add_row(
            one.what, f"{one.ours:.4f} {one.unit}", f"{one.bare:.4f} {one.unit}", f"{one.ratio:.2f}"
        )
    console.print(table)


main()
