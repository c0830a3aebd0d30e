"""Search at a million articles in three languages, against a bare scan of their bodies."""

import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from rich.console import Console
from rich.table import Table

from tests.bench.archive import fill_warehouse
from tests.bench.figure import WALL, Figure, take_turns
from warehouse.connection import connect, open_writer, snapshot_file, warehouse_file
from warehouse.publish import publish_snapshot
from warehouse.search_texts import index_texts

ARTICLES = 1_000_000
ARRIVALS = 10_000
BARE = "select count(*) from articles where contains(body, 'پولیس')"
RECENT = "since := date '2026-05-02'"
ASKED = {
    "two words, last 90 days (reach .3)": f"from search('پولیس بنوں', {RECENT})",
    "two words, all time (reach .7)": "from search('پولیس بنوں')",
    "a common word, last 90 days": f"from search('پولیس', {RECENT})",
    "a joined form, all time": "from search('خیبرپختونخوا')",
}
_NEWEST = """
delete from search_texts where article_id in (
    select article_id from articles order by dated_at desc limit {count})
"""


def print_search(console: Console) -> None:
    """Print what a search takes, and what a load pays for it."""
    table = Table("search", "ours", "bare", "ratio", title=f"search in {ARTICLES:,} articles")
    with console.status("measuring search"), TemporaryDirectory() as folder:
        home = Path(folder)
        fill_warehouse(home, ARTICLES)
        cost = _index(home)
        publish_snapshot(home)
        figures = _ask(home)
    for one in figures:
        table.add_row(one.what, f"{one.ours:.3f} s", f"{one.bare:.3f} s", f"{one.ratio:.2f}")
    console.print(table)
    console.print(cost)


def _index(home: Path) -> str:
    before = warehouse_file(home).stat().st_size
    with open_writer(home) as con:
        built = _seconds_of_index(con)
        con.execute("checkpoint")
        con.execute(_NEWEST.format(count=ARRIVALS))
        added = _seconds_of_index(con)
        same = _seconds_of_index(con)
        con.execute("checkpoint")
    size = (warehouse_file(home).stat().st_size - before) / ARTICLES
    return (
        f"words for search: {size:.0f} bytes an article; folding all {built:.0f} s, "
        f"{ARRIVALS:,} new ones {added:.2f} s, none {same:.2f} s"
    )


def _seconds_of_index(con: duckdb.DuckDBPyConnection) -> float:
    began = time.perf_counter()
    index_texts(con)
    return time.perf_counter() - began


def _ask(home: Path) -> list[Figure]:
    figures = []
    with connect(snapshot_file(home), read_only=True) as con:
        for what, query in ASKED.items():
            ours, bare = take_turns(
                partial(_run, con, query),
                partial(_run, con, BARE),
                WALL,
            )
            figures.append(Figure(what=what, ours=ours, bare=bare, unit="s"))
    return figures


def _run(con: duckdb.DuckDBPyConnection, query: str) -> None:
    con.execute(query).fetchall()
