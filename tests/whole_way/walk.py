"""The whole way by hand: one batch from plan to snapshot, and the rows it leaves."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from crawlers.batch import Batch
from crawlers.ledger import read_manifest
from khabar.newsroom.running import RunningTown
from khabar.run import finish, gather, open_batch, plan_by_hand
from khabar.settings import Settings
from tests.crawlers.outlet import Outlet, feed
from warehouse.connection import connect, warehouse_file
from warehouse.schema import metadata

Row = tuple[Any, ...]
OF_THE_FILE: Mapping[str, Collection[str]] = {
    "batches": ("loaded_at", "report"),  # when and how fast this very file was filled
    "state": ("changed_at",),
}


class Nobody:
    """Watches a batch without a word."""

    def source(self, source_id: str, state: str, *, is_done: bool = False) -> None:
        pass

    def stage(self, name: str, line: str) -> None:
        pass


def reach(town: RunningTown, home: Path) -> Settings:
    return Settings(
        home=home, catalogue=town.sources_folder, loopback=" ".join(sorted(town.loopback))
    )


def settle(outlet: Outlet, home: Path, listed: Sequence[str], **entry: object) -> Settings:
    """Let a small outlet's feed list pages, and write its source file."""
    outlet.routes["/feed"] = feed(outlet.base, listed)
    catalogue = home / "catalogue"
    catalogue.mkdir(parents=True, exist_ok=True)
    source = {
        "name": "Valley", "home": f"{outlet.base}/", "languages": ["en"],
        "timezone": "Asia/Karachi", "entrances": [{"feed": f"{outlet.base}/feed"}],
        "hosts": [outlet.host], "interval_minutes": 5, "politeness": {"delay_seconds": 0},
    }  # fmt: skip
    (catalogue / "valley.yml").write_text(yaml.safe_dump(source | entry))
    return Settings(home=home, catalogue=catalogue, loopback=outlet.host)


def name_batch(home: Path, after: timedelta = timedelta()) -> tuple[Batch, str]:
    """Name a batch, some time from now: crawls decide by their batch's clock."""
    return open_batch(home, "run", datetime.now(UTC) + after)


def plan(
    settings: Settings, batch: Batch, run_id: str, only: Sequence[str] = (), *, force: bool
) -> Batch:
    """Plan all outlets, or some; where forced, their known pages are asked however young."""
    plan_by_hand(settings, batch, run_id, only, force=force)
    return batch


def run_batch(
    town: RunningTown,
    home: Path,
    only: Sequence[str] = (),
    *,
    after: timedelta = timedelta(),
    force: bool = True,
) -> Batch:
    """Take a batch the whole way."""
    batch = plan(reach(town, home), *name_batch(home, after), only, force=force)
    outcomes = gather(batch, read_manifest(batch).sources, Nobody())
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    summary = finish(batch, Nobody())
    assert summary.published, summary.line
    return batch


def tables(home: Path, without: Collection[str] = ()) -> dict[str, list[Row]]:
    """Read every row of every table, but for columns that tell of the file or are left out."""
    found = {}
    with closing(connect(warehouse_file(home), read_only=True)) as con:
        for table in metadata.sorted_tables:
            left_out = {*OF_THE_FILE.get(table.name, ()), *without}
            kept = ", ".join(c.name for c in table.columns if c.name not in left_out)
            found[table.name] = con.execute(
                f"select {kept} from {table.name} order by all"  # noqa: S608 (our own names)
            ).fetchall()
    return found


def rows(file: Path, query: str, *values: object) -> list[Row]:
    """Ask a DuckDB file."""
    with closing(connect(file, read_only=True)) as con:
        return con.execute(query, list(values)).fetchall()


def differences(one: dict[str, list[Row]], other: dict[str, list[Row]]) -> Iterator[str]:
    """Tell tables apart, a line a row."""
    for name, held in one.items():
        yield from (f"{name}: lost {row}" for row in held if row not in other[name])
        yield from (f"{name}: came {row}" for row in other[name] if row not in held)
        if len(held) != len(other[name]):
            yield f"{name}: {len(held)} rows, then {len(other[name])}"
