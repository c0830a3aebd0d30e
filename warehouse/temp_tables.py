"""Temp tables of rows that Python has decided."""

import duckdb
import pyarrow as pa


def replace_table(con: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    """Create a temp table, or replace it, from Arrow rows."""
    con.register("incoming", rows)
    con.execute(f"create or replace temp table {name} as from incoming")
    con.unregister("incoming")
