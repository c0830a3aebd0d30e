"""Finds a few rows of a big table without reading all of its wide columns."""

from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

VECTOR_ROWS = 2_048
"""What DuckDB decompresses at once; rows as near as this are read together."""
MOST_STRETCHES = 500


def find_stretches(
    con: duckdb.DuckDBPyConnection, table: str, keys: str, key: str = "article_id"
) -> str:
    """Write the condition, on its rowid, of the stretches of a table where rows of some keys lie.

    A semi-join by article_id alone decompresses every body to keep a hundred of them: DuckDB skips
    rows by the bounds of a block, and ids are scattered. Of rowid it knows the bounds.
    """
    rows = con.execute(
        f"select rowid from {table} where {key} in ({keys}) order by rowid"  # noqa: S608 (our own words)
    ).fetchnumpy()["rowid"]
    return write_stretches(rows)


def write_stretches(rows: NDArray[Any]) -> str:
    """Write the condition, on its rowid, of the stretches of a table where these rows lie."""
    if not len(rows):
        return "false"
    gaps = np.diff(rows)
    # Only the widest are left out. The widest of all is that before the rows which the transaction
    # itself has written: they are numbered far beyond all others.
    least = np.sort(gaps)[-MOST_STRETCHES] if len(gaps) >= MOST_STRETCHES else 0
    ends = np.flatnonzero(gaps > max(VECTOR_ROWS, least))
    firsts, lasts = rows[np.r_[0, ends + 1]], rows[np.r_[ends, len(rows) - 1]]
    return " or ".join(
        # One row alone would be an equality, which DuckDB does not look up in the bounds.
        f"(rowid >= {first} and rowid <= {max(last, first + 1)})"
        for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)
    )
