"""verify_lake(): every row of the lake is read, and held against what its publishes proved."""

from collections.abc import Callable
from dataclasses import dataclass

from warehouse.errors import WarehouseBroken
from warehouse.lake.connect import open_lake
from warehouse.lake.dress import read_dress
from warehouse.lake.ledger import DRESS, Ledger, filled_ledger, own_tables, read_whole
from warehouse.lake.parts import WHOLE, Digests, as_whole
from warehouse.lake.place import Lake

_HELD = "SELECT snapshot_id FROM lake.snapshot"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What was read."""

    line: str
    snapshot_id: str
    tables: int
    rows: int


def held_snapshot(lake: Lake) -> str:
    """Say which published snapshot the lake holds.

    Raises:
        LakeAway: it cannot be reached.
        LakeEmpty: there is none, or its first fill was killed.
        WarehouseError: it cannot be used.
    """
    with open_lake(lake) as con:
        filled_ledger(con, lake)
        [(snapshot_id,)] = con.execute(_HELD).fetchall()
    return str(snapshot_id)


def verify_lake(lake: Lake, tell: Callable[[str], None]) -> VerifyReport:
    """Read the lake as any reader could; nothing at home is needed.

    Raises:
        LakeAway: it cannot be reached.
        LakeEmpty: nothing was ever filled into it.
        WarehouseBroken: naming a file that is missing, a part whose rows are not those that were
            published, or a view, macro or comment that is not.
    """
    with open_lake(lake) as con:
        con.execute("BEGIN")  # one state of it, whatever is published meanwhile
        noted = filled_ledger(con, lake)
        found = read_whole(con, tell, own_tables(noted))
        dress = noted.pop(DRESS)
        _prove_rows(lake, noted, found)
        _prove_dress(lake, dress, read_dress(con, dress))
        [(snapshot_id,)] = con.execute(_HELD).fetchall()
    rows = sum(count for digests in found.values() for count, _ in digests.values())
    return VerifyReport(
        line=f"{lake}: all {rows:,} rows of {len(found)} tables are as they were published, "
        f"snapshot {snapshot_id}",
        snapshot_id=snapshot_id,
        tables=len(found),
        rows=rows,
    )


def _prove_rows(lake: Lake, noted: Ledger, found: Ledger) -> None:
    for table in sorted(noted.keys() | found.keys()):
        known, held = noted.get(table, {}), found.get(table, {})
        if known.keys() == {WHOLE}:  # an older Khabar may have noted it
            held = as_whole(held)
        off = known.items() ^ held.items()
        if off:
            raise WarehouseBroken(
                f"{lake}: {table}, {min(part for part, _ in off)}: holds other rows than were "
                "published; `khabar lake fill` puts them right"
            )


def _prove_dress(lake: Lake, noted: Digests, found: Digests) -> None:
    for name in sorted(noted.keys() - {""}):
        if noted[name] != found.get(name):
            raise WarehouseBroken(
                f"{lake}: its {name} is not as it was published, or what is said of it; "
                "`khabar lake fill` puts it right"
            )
