"""renew_snapshot(): what a plan reads is whole and of this version, or is published again first."""

import logging
import os
from contextlib import closing
from pathlib import Path

import duckdb

from warehouse.connection import (
    NoSnapshot,
    WarehouseBroken,
    find_remains,
    open_snapshot,
    snapshot_file,
    warehouse_file,
)
from warehouse.errors import explain, one_line
from warehouse.place import find_loss, find_no_database
from warehouse.publish import publish_snapshot
from warehouse.schema import SCHEMA_VERSION

log = logging.getLogger("khabar.snapshot")


def renew_snapshot(home: Path) -> str | None:
    """Publish again where the snapshot is missing, damaged or an older Khabar's.

    A plan that took a snapshot that was lost for a home where nothing is known would ask every
    outlet for all again. Returns what was found and done; None where all is as it should be.

    Raises:
        WarehouseError: the warehouse cannot be read either, or a newer Khabar published the
            snapshot: it is left untouched.
    """
    try:
        found = read_schema(home)
    except NoSnapshot:
        if (lost := find_lost_warehouse(home)) is not None:
            raise WarehouseBroken(lost) from None
        if not os.path.lexists(warehouse_file(home)):
            return None
        return publish_anew(home, "was missing")
    except WarehouseBroken as error:
        if not os.access(snapshot_file(home), os.R_OK):
            raise
        return publish_anew(home, f"could not be read ({one_line(error)})")
    if found is not None and found > SCHEMA_VERSION:
        raise WarehouseBroken(
            f"{snapshot_file(home)}: was published by a newer Khabar (schema {found}); update this "
            "one"
        )
    if found is not None and found < SCHEMA_VERSION:
        publish_snapshot(home)
    return None


def publish_anew(home: Path, found: str) -> str:
    """Publish from the warehouse what was lost; say what was found, since disks that fail go on."""
    publish_snapshot(home)
    line = f"the published snapshot {found}; it was made anew from the warehouse: check the disk"
    log.warning("%s", line)
    return line


def read_schema(home: Path) -> int | None:
    """See that the snapshot can be read to its end; return its schema, None where it names none.

    Raises:
        NoSnapshot: there is none.
        WarehouseBroken: it is damaged, or cut off.
    """
    path = snapshot_file(home)
    with closing(open_snapshot(home)) as con:
        try:
            loss = find_loss(path, con)
            row = con.execute("select schema_version from snapshot").fetchone()
        except duckdb.CatalogException:
            return None
        except duckdb.Error as error:
            raise explain(path, error) from error
    if loss is not None:
        raise WarehouseBroken(f"{path}: {loss}; `khabar publish` makes it anew")
    return SCHEMA_VERSION if row is None else int(row[0])


def find_trouble(home: Path) -> str | None:
    """Say what cannot be used of the two files, with the mend; None where all is well, or new."""
    trouble = None
    try:
        read_schema(home)
    except NoSnapshot as error:
        trouble = str(error) if os.path.lexists(warehouse_file(home)) else None
    except WarehouseBroken as error:
        trouble = str(error)
    return find_lost_warehouse(home) or trouble


def find_lost_warehouse(home: Path) -> str | None:
    """Say why the warehouse cannot be one, told by its first bytes: to open it stops its writer."""
    private = warehouse_file(home)
    if not os.path.lexists(private):
        return find_remains(home)
    stranger = find_no_database(private)
    return None if stranger is None else f"{private}: {stranger}"
