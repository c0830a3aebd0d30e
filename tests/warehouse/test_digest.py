import duckdb
import pytest

from warehouse.digest import table_digest

ROWS = "(1, ['a'], NULL), (2, [], 'b')"


def digest(rows: str) -> tuple[int, ...]:
    with duckdb.connect() as con:
        con.execute('CREATE TABLE "a""b" (id BIGINT, names VARCHAR[], word VARCHAR)')
        con.execute(f'INSERT INTO "a""b" VALUES {rows}')  # noqa: S608 (the rows of this file)
        return table_digest(con, 'a"b')


def test_a_tables_digest_does_not_hang_on_the_order_of_its_rows() -> None:
    assert digest(ROWS) == digest("(2, [], 'b'), (1, ['a'], NULL)")


@pytest.mark.parametrize(
    "other",
    ["(1, ['a'], NULL)", "(1, ['a'], NULL), (2, NULL, 'b')", "(1, ['a'], ''), (2, [], 'b')",
     "(1, ['a'], 'b'), (2, [], NULL)", "(1, ['a'], NULL), (2, [], 'b'), (2, [], 'b')"],
)  # fmt: skip
def test_another_value_null_or_row_makes_another_digest(other: str) -> None:
    assert digest(other) != digest(ROWS)
