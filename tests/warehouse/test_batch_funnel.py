# ruff: noqa: S608 (no words but our own)
from pathlib import Path

import pytest

from tests.warehouse.batches import BatchMaker, failed, page, rejected, same, skipped, text
from warehouse.connection import connect, open_snapshot
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

VALLEY = "https://valley.example"
OUTCOMES = "new + updated + unchanged + rejected + failed + skipped"
Row = tuple[object, ...]


def ask(home: Path, query: str) -> list[Row]:
    publish_snapshot(home)
    with open_snapshot(home) as con:
        return con.execute(query).fetchall()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two batches: a mixed one with a miscount and a dead crawl, then one that asks again."""
    folder = tmp_path_factory.mktemp("funnel")
    first = BatchMaker(folder, 1).source(
        page("/a", text("a"), hour=1), page("/b", text("b"), hour=1), rejected("/section", hour=1),
        failed("/down"), skipped("/robot", "robots"), failed("/kept", feed=text("k")),
        known_not_due=3,
    )  # fmt: skip
    valley = page("/v", text("v"), host=VALLEY)
    first.source(valley, id="valley", miscount=1, known_not_due=2, host=VALLEY)
    first.source(id="hill", crawl=False, extract=False)
    load_batch(first.write())
    second = BatchMaker(folder, 30).source(
        page("/a", text("a", but="more"), hour=30, listed=False), same("/b", text("b"), hour=30),
        page("/c", text("c"), hour=30),
    )  # fmt: skip
    load_batch(second.write())
    return folder


def test_every_row_balances_and_is_the_ledgers(home: Path) -> None:
    unequal = (
        "select * from batch_funnel where miscounted <> 0 "
        "or listed + revisited <> known_not_due + held_back + miscounted + lines "
        f"or lines <> {OUTCOMES} or lines <> fetched + not_modified + failed + skipped "
        "or least(fetched, not_modified, held_back, revisited) < 0"
    )
    assert ask(home, unequal) == []
    counted = ask(
        home,
        "select batch_id, source_id, count(*), count(*) filter (where outcome = 'new'), "
        "count(*) filter (where outcome = 'rejected'), count(*) filter (where not is_listed), "
        "count(*) filter (where status = 304) from fetches group by all order by all",
    )
    told = ask(
        home,
        "select batch_id, source_id, lines, new, rejected, revisited, not_modified "
        "from batch_funnel where lines > 0 order by all",
    )
    assert told == counted
    assert len(told) == 2
    articles = ask(home, "select (select sum(new + kept_from_feed) from batch_funnel), count(*) "
                   "from articles")  # fmt: skip
    assert articles == [(4, 4)]


def test_each_source_of_each_batch_has_a_row_held_and_died_ones_too(home: Path) -> None:
    told = ask(
        home,
        "select load_number, source_id, status, listed, known_not_due, held_back, revisited, "
        "fetched, not_modified, new, updated, unchanged, rejected, failed, skipped "
        "from batch_funnel order by load_number, source_id",
    )
    assert told == [
        (1, "hill", "failed", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        (1, "mountain", "loaded", 9, 3, 0, 0, 3, 0, 2, 0, 0, 1, 2, 1),
        (1, "valley", "held", 4, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        (2, "mountain", "loaded", 2, 0, 0, 1, 2, 1, 1, 1, 1, 0, 0, 0),
    ]
    reasons = ask(home, "select source_id, reason is not null from batch_funnel "
                  "where status <> 'loaded' order by 1")  # fmt: skip
    assert reasons == [("hill", True), ("valley", True)]


def test_a_source_that_is_released_says_by_how_much_it_was_miscounted(tmp_path: Path) -> None:
    batch = (
        BatchMaker(tmp_path, 1)
        .source(page("/v", text("v"), host=VALLEY), id="valley", miscount=1, host=VALLEY)
        .write()
    )
    load_batch(batch)
    load_batch(batch, accept_source="valley", why="counted by hand")
    asked = "select status, accepted_why, listed, held_back, miscounted, lines from batch_funnel"
    assert ask(tmp_path, asked) == [("loaded", "counted by hand", 2, 0, 1, 1)]
    with connect(tmp_path / "published" / "news.duckdb", read_only=True) as con:
        assert con.execute("select count(*) from fetches").fetchone() == (1,)
