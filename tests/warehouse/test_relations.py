"""What a text is to its story stays right whichever of them comes last."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.forms import told
from tests.warehouse.texts import Text, prose, put, rows
from warehouse.connection import open_writer

FULL = prose(1, 400)
BRIEF = " ".join(FULL.split()[:160])


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_writer(tmp_path) as connection:
        yield connection


def relations(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    found = "select article_id, relation, matched_as, matched_to from story_articles order by 1"
    assert rows(con, "select count(distinct story_id) from story_articles") == [(1,)]
    return rows(con, found)


def test_a_text_that_holds_the_earliest_whole_is_its_copy_and_no_excerpt(
    con: duckdb.DuckDBPyConnection,
) -> None:
    put(con, [Text(id=1, body=BRIEF), Text(id=2, body=FULL, hours=3)])
    assert relations(con) == [(1, "earliest_known", None, None), (2, "copy", "whole", 1)]


def test_a_brief_is_an_excerpt_of_the_full_text_that_proves_to_be_older(
    con: duckdb.DuckDBPyConnection,
) -> None:
    put(con, [Text(id=1, body=BRIEF, hours=8)])
    put(con, [Text(id=2, body=FULL, hours=9, dated_hours=1)], batch="b2")
    assert relations(con) == [(1, "excerpt", "excerpt", 2), (2, "earliest_known", None, None)]


def test_a_full_text_is_no_excerpt_of_the_brief_that_proves_to_be_older(
    con: duckdb.DuckDBPyConnection,
) -> None:
    put(con, [Text(id=1, body=FULL, hours=8)])
    put(con, [Text(id=2, body=BRIEF, hours=9, dated_hours=1)], batch="b2")
    assert relations(con) == [(1, "copy", "whole", 2), (2, "earliest_known", None, None)]


def test_updates_stay_updates_and_copies_copies_when_older_articles_come(
    con: duckdb.DuckDBPyConnection,
) -> None:
    high, low = told("attack, en", later=True), told("attack, en")
    put(con, [Text(id=1, body=high, hours=20)])
    put(con, [Text(id=2, body=f"{high} Agencies", hours=21)], batch="b2")
    put(con, [Text(id=3, body=low, hours=22, dated_hours=9)], batch="b3")
    assert [row[:3] for row in relations(con)] == [
        (1, "update", "update"),
        (2, "copy", "copy"),
        (3, "earliest_known", None),
    ]
    put(con, [Text(id=4, body=f"{low} Agencies", hours=23, dated_hours=5)], batch="b4")
    assert relations(con) == [
        (1, "update", "update", 3),
        (2, "copy", "copy", 1),
        (3, "copy", "copy", 4),
        (4, "earliest_known", None, None),
    ]
