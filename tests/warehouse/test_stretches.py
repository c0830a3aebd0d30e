"""Where a few rows of a big table lie: every one of them is found, and little else is read."""
# ruff: noqa: S608 (only numbers written here go into its statements)

from collections.abc import Iterator

import duckdb
import pytest

from warehouse.stretches import MOST_STRETCHES, find_stretches

STORED = 2_000_000


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE t AS SELECT range AS article_id FROM range({STORED})")
        yield con


def found(con: duckdb.DuckDBPyConnection, asked: str) -> tuple[int, int]:
    """Count the asked rows that lie in the stretches, and all rows that do."""
    where = find_stretches(con, "t", asked)
    rows = con.execute(
        f"SELECT count(*) FILTER (article_id IN ({asked})), count(*) FROM t WHERE {where}"
    ).fetchall()
    return rows[0]


def test_nothing_is_read_where_nothing_is_asked_for(con: duckdb.DuckDBPyConnection) -> None:
    assert found(con, "SELECT -1") == (0, 0)


@pytest.mark.parametrize("apart", [1, 700, 3_000, 90_000])
def test_all_rows_lie_in_the_stretches(con: duckdb.DuckDBPyConnection, apart: int) -> None:
    asked = f"SELECT unnest(range(5, {STORED}, {apart}))"
    assert found(con, asked)[0] == len(range(5, STORED, apart))
    assert find_stretches(con, "t", asked).count(" or ") < MOST_STRETCHES


def test_rows_that_the_transaction_wrote_do_not_join_those_before(
    con: duckdb.DuckDBPyConnection,
) -> None:
    con.execute("BEGIN")
    con.execute(f"INSERT INTO t SELECT range FROM range({STORED}, {STORED + 1000})")
    wanted, read = found(
        con, f"SELECT 7 UNION ALL SELECT 1900000 UNION ALL FROM range({STORED}, {STORED + 1000})"
    )
    assert wanted == 1002
    assert read < 1100
