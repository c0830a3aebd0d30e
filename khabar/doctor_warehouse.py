"""What `khabar doctor` looks at in what was loaded: batches, snapshot, lake."""

from datetime import UTC, datetime, timedelta

from khabar.locks import find_holder
from khabar.settings import Settings
from warehouse.connection import WarehouseError, open_snapshot, snapshot_file, warehouse_file
from warehouse.lake.verify import held_snapshot
from warehouse.rebuild_steps import read_steps
from warehouse.schema import SCHEMA_VERSION
from warehouse.snapshot_age import find_trouble

MAX_AGE = timedelta(hours=26)
"""Of the snapshot: `maintain` publishes each night, whatever else goes on."""


def look_at_batches(settings: Settings, _now: datetime) -> tuple[bool, str]:
    """Tell whether all that was loaded can be replayed."""
    try:
        steps = read_steps(settings.home)
    except WarehouseError as error:
        return False, str(error)
    loads = sum(step.source_id is None for step in steps)
    return True, f"{loads:,} were loaded; `khabar rebuild` can replay them"


def look_at_snapshot(settings: Settings, now: datetime) -> tuple[bool, str]:
    """Tell whether warehouse and snapshot can be read, and how old what analysts see is."""
    file = snapshot_file(settings.home)
    if trouble := find_trouble(settings.home):
        return False, trouble
    if not warehouse_file(settings.home).is_file():
        return True, "nothing was loaded yet"
    try:
        with open_snapshot(settings.home) as con:
            row = con.execute("SELECT schema_version, published_at FROM snapshot").fetchone()
    except WarehouseError as error:
        return False, str(error)
    if row is None or int(row[0]) > SCHEMA_VERSION:
        return False, f"{file}: a newer Khabar published it; update this one"
    wal = file.with_name(f"{file.name}.wal")
    if wal.exists():
        return False, f"{wal}: somebody opened the snapshot to write; run `khabar publish`"
    age = now - row[1]
    at = f"published {row[1].astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if age > MAX_AGE:
        hours = age / timedelta(hours=1)
        return False, f"{at}, {hours:,.0f} hours ago; see `khabar status`, then `khabar publish`"
    return True, at


def look_at_lake(settings: Settings, _now: datetime) -> tuple[bool, str]:
    """Tell how far the lake is behind."""
    lake = settings.lake
    if lake is None:
        return True, "none; KHABAR_PUBLISH names one"
    try:
        held = held_snapshot(lake)
        with open_snapshot(settings.home) as con:
            [(published,)] = con.execute("SELECT snapshot_id FROM snapshot").fetchall()
    except WarehouseError as error:
        return False, str(error)
    if held != published:
        behind = f"{lake}: holds {held}, and {published} is published"
        if holder := find_holder(settings.home / "locks" / "lake.lock"):
            return True, f"{behind}; process {holder} now"
        return False, f"{behind}; run `khabar publish`"
    return True, f"{lake}: holds what is published"
