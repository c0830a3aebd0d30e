"""Analysts' views and macros: one SQL file each, laid over the tables of a snapshot."""

from collections.abc import Iterable
from pathlib import Path

import duckdb

FOLDER = Path(__file__).parent
_MIGRATIONS_OWN = """
comment on table alembic_version is
    'Which schema this file has: one row, of the migrations; see schema_version in snapshot';
comment on column alembic_version.version_num is 'Number of the newest migration the file has had'
"""


def create_views(con: duckdb.DuckDBPyConnection) -> None:
    """Create every view and macro, those first that others use: macros, macros of tables, views.

    The files name no database, so that the snapshot works under any file name.
    """
    for script in ordered_scripts():
        con.execute(script)


def ordered_scripts() -> list[str]:
    """Read the files of all views and macros, those first that others use."""
    scripts = [path.read_text("utf-8") for path in sorted(FOLDER.glob("*.sql"))]
    return sorted(scripts, key=_rank)


def refresh_views(con: duckdb.DuckDBPyConnection) -> None:
    """Replace every view and macro of the file, also those that an older version left in it.

    Alembic's own table, which no migration makes, gets its comments here as well.
    """
    views = "select view_name from duckdb_views() where not internal and not temporary"
    for (name,) in con.execute(views).fetchall():
        con.execute(f"drop view {_quoted(name)}")
    macros = (
        "select distinct function_name, function_type from duckdb_functions() "
        "where not internal and database_name = current_database()"
    )
    for name, kind in con.execute(macros).fetchall():
        con.execute(f"drop {'macro table' if kind == 'table_macro' else 'macro'} {_quoted(name)}")
    create_views(con)
    con.execute(_MIGRATIONS_OWN)  # the one table that is not in schema.py


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _rank(script: str) -> tuple[bool, bool]:
    first = script.partition("\n")[0]
    return not first.startswith("create macro"), first.endswith(" as table")


def lend_view(con: duckdb.DuckDBPyConnection, name: str, *, over: str) -> None:
    """Create a view for the writer's own session, over a temp table in place of `articles`.

    So both reckon alike, and the writer only of the articles that it has touched.
    """
    view = (FOLDER / f"{name}.sql").read_text("utf-8").split(";\n")[0]
    view = view.replace("create view", "create or replace temp view", 1)
    con.execute(view.replace("from articles a", f"from {over} a"))


def lend_macros(con: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    """Create macros for the writer's own session, so that both read a text alike."""
    for name in names:
        script = (FOLDER / f"{name}.sql").read_text("utf-8")
        for statement in script.split(";\n"):
            if statement.startswith("create macro"):
                con.execute(statement.replace("create macro", "create or replace temp macro", 1))
