"""Finds a few rows of a big table without reading all of its wide columns."""

import duckdb
import numpy as np

VECTOR_ROWS = 2_048
"""What DuckDB decompresses at once; rows as near as this are read together."""
MOST_STRETCHES = 500


def find_stretches(con: duckdb.DuckDBPyConnection, table: str, article_ids: str) -> str:
    """Write the condition, on its rowid, of the stretches of a table where some articles lie.

    A semi-join by article_id alone decompresses every body to keep a hundred of them: DuckDB skips
    rows by the bounds of a block, and ids are scattered. Of rowid it knows the bounds.
    """
    rows = con.execute(
        f"select rowid from {table} where article_id in ({article_ids}) order by rowid"  # noqa: S608 (our own words)
    ).fetchnumpy()["rowid"]
    if not len(rows):
        return "false"
    gap = max(VECTOR_ROWS, int(rows[-1] - rows[0]) // MOST_STRETCHES)
    ends = np.flatnonzero(np.diff(rows) > gap)
    firsts, lasts = rows[np.r_[0, ends + 1]], rows[np.r_[ends, len(rows) - 1]]
    return " or ".join(
        # One row alone would be an equality, which DuckDB does not look up in the bounds.
        f"(rowid >= {first} and rowid <= {max(last, first + 1)})"
        for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)
    )
