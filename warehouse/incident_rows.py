"""Copies incidents from their files into the table `incidents`, for analysts."""

from dataclasses import astuple, fields
from pathlib import Path

import duckdb

from warehouse.incident_files import Incident
from warehouse.past_incidents import list_all_incidents

_COLUMNS = ", ".join(field.name for field in fields(Incident))
_MARKS = ", ".join("?" for _ in fields(Incident))


def copy_incidents(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    """Let the table say what the home's files say; write nothing where it does already."""
    wanted = sorted(map(astuple, list_all_incidents(home)))
    con.execute("SET TimeZone = 'UTC'")
    found = con.execute(f"select {_COLUMNS} from incidents order by incident_id").fetchall()  # noqa: S608 (our own names)
    if found == wanted:
        return
    con.execute("begin")
    con.execute("delete from incidents")
    if wanted:
        con.executemany(f"insert into incidents ({_COLUMNS}) values ({_MARKS})", wanted)  # noqa: S608 (our own names)
    con.execute("commit")
