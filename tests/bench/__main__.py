"""Prints every figure as a table."""

from rich.console import Console
from rich.table import Table

from tests.bench.crawl import measure_crawl, measure_memory, measure_start
from tests.bench.extraction import measure_extraction
from tests.bench.figure import tabulate
from tests.bench.health import print_health
from tests.bench.imports import measure_imports
from tests.bench.million import print_million
from tests.bench.quality import SHARED, Quality, houses_in_gold, measure_quality
from tests.bench.scaling import print_scaling
from tests.quality.story_score import FORMS_TOGETHER, read_groups, score_stories
from warehouse.grouping import LooseText, group_texts


def main() -> None:
    """Measure, and print ours beside the bare counterpart."""
    console = Console()
    with console.status("measuring crawls"):
        figures = [*measure_crawl(), measure_start(), measure_memory()]
    with console.status("measuring extraction"):
        figures.append(measure_extraction())
    with console.status("measuring imports"):
        figures += measure_imports()
    console.print(tabulate("one run on this machine", figures))
    print_million(console)
    print_health(console)
    print_scaling(console)
    print_story_quality(console)
    with console.status("measuring the quality of extraction"):
        print_quality(console, measure_quality())


def print_story_quality(console: Console) -> None:
    """Print which copies share a story with an earlier text, by kind, and which pairs are wrong."""
    corpus = SHARED / "corpus" / "dedup.jsonl.gz"
    if not corpus.exists():
        console.print(f"no figures on the quality of stories: {corpus} is missing")
        return
    with console.status("measuring the quality of stories"):
        lines = read_groups(corpus)
        grouped = group_texts(LooseText(id=line["id"], text=line["text"]) for line in lines)
        scores = score_stories(lines, grouped)
    table = Table("measure", "right", "of", "share", "reach", title="stories of dedup.jsonl")
    for one in scores:
        share = "" if one.what == FORMS_TOGETHER else f"{one.share:.4f}"
        goal = "" if one.goal is None else f"{one.goal:g}"
        table.add_row(one.what, str(one.right), str(one.count), share, goal)
    console.print(table)


def print_quality(console: Console, measured: list[Quality]) -> None:
    """Print the table of an extraction's quality, or that its pages are missing."""
    if not measured:
        console.print(f"no figures on quality: {SHARED / 'corpus'} is missing")
        return
    table = Table(
        "measure", "set", "pages", "trafilatura", "ours", "reach", "stretch",
        title="extraction, one run on the same pages",
    )  # fmt: skip
    for one in measured:
        marks = [f"{mark:.3f}" if mark is not None else "–" for mark in (one.bare, one.ours)]
        goals = [f"{goal:g}" if goal is not None else "" for goal in (one.reach, one.stretch)]
        table.add_row(one.what, one.pages, str(one.count), *marks, *goals)
    console.print(table)
    for name in ("fundus", "trafilatura"):
        console.print(f"{name}: {houses_in_gold(name)} golds name a house, not a person, as author")


if __name__ == "__main__":
    main()
