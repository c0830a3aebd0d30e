"""renew_snapshot(): what a plan reads has this version's schema, or is published again first."""

from contextlib import closing
from pathlib import Path

import duckdb

from warehouse.connection import NoSnapshot, WarehouseBroken, open_snapshot, snapshot_file
from warehouse.publish import publish_snapshot
from warehouse.schema import SCHEMA_VERSION


def renew_snapshot(home: Path) -> None:
    """Migrate and publish again where an older Khabar published: plans read columns it had not.

    Raises:
        WarehouseBroken: a newer Khabar published it; it is left untouched.
    """
    try:
        with closing(open_snapshot(home)) as con:
            row = con.execute("select schema_version from snapshot").fetchone()
    except (NoSnapshot, duckdb.CatalogException):  # none, or one that says nothing of itself
        return
    found = SCHEMA_VERSION if row is None else int(row[0])
    if found > SCHEMA_VERSION:
        raise WarehouseBroken(
            f"{snapshot_file(home)}: was published by a newer Khabar (schema {found}); update this "
            "one"
        )
    if found < SCHEMA_VERSION:
        publish_snapshot(home)
