"""A small outlet whose pages have a line that its source file may learn to leave out."""

import shutil
from copy import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawlers.batch import Batch
from crawlers.ledger import read_manifest
from khabar.run import finish, gather
from tests.crawlers.outlet import Answer, Outlet
from tests.whole_way.walk import Nobody, name_batch, plan, rows, settle
from warehouse.connection import snapshot_file
from warehouse.incidents import list_incidents
from warehouse.summary import BatchSummary
from warehouse.watch import watch

CHANGED = [{"prune": ".promo"}]
OTHER = [{"prune": ".nothing"}]
"""A version of its own that changes no page."""
NAMES = ("dam", "road", "school", "mill", "bridge")
HOUR = timedelta(hours=1)


def print_page(name: str, *, has_promo: bool = True) -> Answer:
    lines = "".join(
        f"<p>{' '.join(f'{name}{part}word{n} was told.' for n in range(12))}</p>"
        for part in range(6)
    )
    promo = f"Win a radio of your own with our {name} quiz, ends when the last set is gone."
    said = f'<p class="promo">{promo}</p>' if has_promo else ""
    return Answer(
        f"<html><head><title>News of {name}</title></head><body><article><h1>News of {name}</h1>"
        f"{said}{lines}</article></body></html>".encode()
    )


class Valley:
    """A small outlet, and a home that has had one batch of it."""

    def __init__(self, outlet: Outlet, home: Path, promos: int) -> None:
        self.outlet, self.home, self.hour = outlet, home, -48
        self.listed: list[str] = []
        self.errors: list[BaseException] = []
        for number, name in enumerate(NAMES):
            self.publish(name, has_promo=number < promos)
        self.pass_through()

    def settled(self, home: Path) -> "Valley":
        """Go on in a copy of this home; the outlet is the same one."""
        shutil.copytree(self.home, home, dirs_exist_ok=True)
        again = copy(self)
        again.home, again.listed = home, list(self.listed)
        return again

    def publish(self, name: str, *, has_promo: bool = True) -> None:
        self.outlet.routes[f"/news/{name}"] = print_page(name, has_promo=has_promo)
        self.listed.append(f"/news/{name}")

    def collect(self, *, force: bool = True, **entry: object) -> Batch:
        self.hour += 1
        settings = settle(self.outlet, self.home, self.listed, **entry)
        batch = plan(settings, *name_batch(self.home, self.hour * HOUR), force=force)
        outcomes = gather(batch, read_manifest(batch).sources, Nobody())
        self.errors = [one.error for one in outcomes if one.error]
        return batch

    def pass_through(self, *, force: bool = True, **entry: object) -> tuple[Batch, BatchSummary]:
        batch = self.collect(force=force, **entry)
        assert self.errors == []
        return batch, finish(batch, Nobody())

    def titles(self) -> set[object]:
        return {one for (one,) in rows(snapshot_file(self.home), "select title from articles")}

    def watch(self) -> list[str]:
        now = datetime.now(UTC) + self.hour * HOUR
        watch(self.home, [self.home / "catalogue"], now, disk_floor_mb=0, has_lake=False)
        return [one.kind for one in list_incidents(self.home, is_open=True)]
