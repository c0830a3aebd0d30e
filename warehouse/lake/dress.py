"""What the lake has beside its rows: views, macros and comments, as far as DuckLake keeps them."""

import hashlib

import duckdb

from warehouse.lake.connect import quoted
from warehouse.lake.ledger import LEDGER
from warehouse.lake.parts import named
from warehouse.views import ordered_scripts

_LEFT_OUT = ("comment on macro", "comment on column")
"""DuckLake has no room for these: comments of macros, and of the columns of views."""
_COMMENTS = """
SELECT table_name, NULL, comment FROM duckdb_tables() WHERE database_name = 'news'
UNION ALL
SELECT table_name, column_name, comment FROM duckdb_columns()
WHERE database_name = 'news' AND table_name IN (
    SELECT table_name FROM duckdb_tables() WHERE database_name = 'news')
ORDER BY ALL
"""
_VIEWS = "SELECT view_name FROM duckdb_views() WHERE database_name = 'lake' AND NOT internal"
_MACROS = """
SELECT DISTINCT function_name, function_type = 'table_macro' FROM duckdb_functions()
WHERE database_name = 'lake' AND NOT internal
"""


def dress_digest(con: duckdb.DuckDBPyConnection) -> str:
    """Digest all views, macros and comments that the lake shall have."""
    said = [*ordered_scripts(), *map(repr, con.execute(_COMMENTS).fetchall())]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def dress_lake(con: duckdb.DuckDBPyConnection) -> None:
    """Write them anew; the lake is the default database."""
    for (view,) in con.execute(_VIEWS).fetchall():
        con.execute(f"DROP VIEW lake.{named(view)}")
    for macro, is_table in con.execute(_MACROS).fetchall():
        con.execute(f"DROP MACRO {'TABLE ' if is_table else ''}lake.{named(macro)}")
    for script in ordered_scripts():
        for statement in script.split(";\n"):
            if statement.strip() and not statement.lstrip().startswith(_LEFT_OUT):
                con.execute(statement)
    for table, column, comment in con.execute(_COMMENTS).fetchall():
        if comment is not None and table != LEDGER:
            what = (
                f"COLUMN lake.{named(table)}.{named(column)}"
                if column
                else (f"TABLE lake.{named(table)}")
            )
            con.execute(f"COMMENT ON {what} IS {quoted(comment)}")
