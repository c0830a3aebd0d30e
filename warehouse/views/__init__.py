"""Analysts' views and macros: one SQL file each, laid over the tables of a snapshot."""

from pathlib import Path

import duckdb

FOLDER = Path(__file__).parent


def create_views(con: duckdb.DuckDBPyConnection) -> None:
    """Create every view and macro; macros first, since views use them.

    The files name no database, so that the snapshot works under any file name.
    """
    scripts = [path.read_text("utf-8") for path in sorted(FOLDER.glob("*.sql"))]
    for script in sorted(scripts, key=lambda text: not text.startswith("create macro")):
        con.execute(script)


def lend_view(con: duckdb.DuckDBPyConnection, name: str, *, over: str) -> None:
    """Create a view for the writer's own session, over a temp table in place of `articles`.

    So both reckon alike, and the writer only of the articles that it has touched.
    """
    view = (FOLDER / f"{name}.sql").read_text("utf-8").split(";\n")[0]
    view = view.replace("create view", "create or replace temp view", 1)
    con.execute(view.replace("from articles a", f"from {over} a"))
