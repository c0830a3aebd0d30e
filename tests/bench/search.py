"""Search at a million articles in three languages, against a bare scan of their bodies."""

import time
from functools import partial
from pathlib import Path

import duckdb

from tests.bench.figure import WALL, Figure, take_turns
from warehouse.connection import connect, open_writer, snapshot_file
from warehouse.search_texts import index_texts

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


def measure_search(home: Path) -> list[Figure]:
    """Search the published snapshot of a stocked warehouse."""
    with connect(snapshot_file(home), read_only=True) as con:
        taken = {
            what: take_turns(partial(_run, con, query), partial(_run, con, BARE), WALL)
            for what, query in ASKED.items()
        }
    return [
        Figure(what=f"search, {what} (bare: contains)", ours=ours, bare=bare, unit="s")
        for what, (ours, bare) in taken.items()
    ]


def measure_words(home: Path) -> str:
    """Say what a load pays for it; the newest articles' words are made anew."""
    with open_writer(home) as con:
        con.execute(_NEWEST.format(count=ARRIVALS))
        added = _seconds_of_index(con)
        same = _seconds_of_index(con)
        con.execute("checkpoint")
    return f"words for search: of {ARRIVALS:,} new articles {added:.2f} s, of none {same:.2f} s"


def _seconds_of_index(con: duckdb.DuckDBPyConnection) -> float:
    began = time.perf_counter()
    index_texts(con)
    return time.perf_counter() - began


def _run(con: duckdb.DuckDBPyConnection, query: str) -> None:
    con.execute(query).fetchall()
