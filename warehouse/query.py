"""One query of a user, kept to the snapshot."""

from pathlib import Path
from typing import Final

import duckdb

from warehouse.connection import CONFIG, WarehouseError, explain, one_line, published_file

SEAL: Final = (
    "USE news",
    "SET TimeZone = 'UTC'",
    "SET allow_persistent_secrets = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
"""Keeps a query to the snapshot (duckdb.org/docs/stable/operations_manual/securing_duckdb)."""


class QueryFailed(WarehouseError):  # noqa: N818 (says what is so)
    """A user's query that DuckDB refused."""


def sql_rows(home: Path, query: str) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """Run one query on the snapshot; return the columns' names and the rows.

    The query reaches no other file and changes no setting.

    Raises:
        NoSnapshot: nothing was published yet.
        QueryFailed: with DuckDB's own words, on one line.
    """
    with _open_sealed(home) as connection:
        try:
            result = connection.sql(query)
            if result is None:
                return (), []
            return tuple(result.columns), result.fetchall()
        except duckdb.Error as error:
            raise QueryFailed(one_line(error)) from None


def _open_sealed(home: Path) -> duckdb.DuckDBPyConnection:
    """Attach the snapshot to an instance of its own.

    Settings belong to the instance, and all who open one file in a process share one.
    """
    path = published_file(home)
    config = {k: v for k, v in CONFIG.items() if k[0] == "a"} | {
        "temp_directory": str(home / "tmp")
    }
    connection = duckdb.connect(":memory:", config=config)
    try:
        connection.execute("ATTACH '{}' AS news (READ_ONLY)".format(str(path).replace("'", "''")))
        for setting in SEAL:
            connection.execute(setting)
    except duckdb.Error as error:
        connection.close()
        raise explain(path, error) from None
    return connection
