"""own_folder(): the lake's folder is its alone, for tidying removes whatever it knows not."""

from pathlib import Path

import duckdb

from warehouse.errors import WarehouseError
from warehouse.lake.place import Lake, LakeAway, LakeEmpty

MARKER = ".khabar-lake"
"""Says in the folder whose it is."""
# Made with the catalogue, and the same after a dump of it is put back.
_ID = """
SELECT schema_uuid::VARCHAR FROM __ducklake_metadata_lake.ducklake_schema
WHERE schema_name = 'main'
"""
_IS_BEGUN = "SELECT count(*) > 0 FROM duckdb_tables() WHERE database_name = 'lake'"


def check_vacant(folder: Path) -> None:
    """Refuse a folder that has anything in it.

    Raises:
        WarehouseError: naming it.
    """
    if folder.exists() and any(folder.iterdir()):
        raise WarehouseError(
            f"{folder}: is not empty, and a lake tidies away what is not its own; set "
            "KHABAR_LAKE_DATA to an empty folder"
        )


def own_folder(con: duckdb.DuckDBPyConnection, lake: Lake, *, may_create: bool) -> None:
    """See that the folder is this catalogue's; with `may_create`, take one that is nobody's yet.

    Raises:
        LakeAway: it is not marked, as where it is not mounted.
        LakeEmpty: nothing was ever filled into it.
        WarehouseError: it is another lake's.
    """
    [(lake_id,)] = con.execute(_ID).fetchall()
    marker = lake.data / MARKER
    if not marker.exists() and con.execute(_IS_BEGUN).fetchall() == [(False,)]:
        if not may_create:
            raise LakeEmpty(lake)
        check_vacant(lake.data)
        lake.data.mkdir(parents=True, exist_ok=True)
        with marker.open("x") as file:  # of two lakes at once, one fails here
            file.write(lake_id)
    if not marker.exists():
        raise LakeAway(f"{lake}: {lake.data} has no {MARKER}; is it mounted?")
    if marker.read_text() != lake_id:
        raise WarehouseError(
            f"{lake}: {lake.data} is another lake's; set KHABAR_LAKE_DATA to its own folder"
        )
