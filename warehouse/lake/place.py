"""Where a lake lies: its catalogue in Postgres, its rows as Parquet in a folder that all share."""

from dataclasses import dataclass, field
from pathlib import Path

from warehouse.errors import WarehouseError


class LakeAway(WarehouseError):  # noqa: N818 (says what is so)
    """The lake cannot be reached now, or somebody else is writing it; the next publish may."""


class LakeEmpty(WarehouseError):  # noqa: N818 (says what is so)
    """Nothing was ever filled into it: what a publish merges is what has changed since."""

    def __init__(self, lake: "Lake") -> None:
        super().__init__(f"{lake}: there is none yet; run `khabar lake fill`, which makes it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lake:
    """What it takes to open a lake."""

    address: str
    """How libpq finds the catalogue, `host=… dbname=… user=…`, without the password."""
    password: str | None = field(default=None, repr=False)
    """None where libpq finds it by itself: in ~/.pgpass, or by a service."""
    data: Path
    """Folder of the Parquet files, under the same path on every machine."""

    def __str__(self) -> str:
        return f"the lake at {self.address}"
