from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from crawlers.batch import Batch
from crawlers.ledger import read_job
from tests.warehouse.batches import (
    BatchMaker,
    page,
    text,
)
from tests.warehouse.planning import at, catalogue, looked, plan, poll
from warehouse import migrations
from warehouse.connection import (
    NoSnapshot,
    WarehouseBroken,
    open_snapshot,
    snapshot_file,
    warehouse_file,
)
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot
from warehouse.rebuild import rebuild_warehouse
from warehouse.refused_plan import read_refusal
from warehouse.schema import SCHEMA_VERSION
from warehouse.snapshot_age import find_trouble, read_schema
from warehouse.summary import summarise_batch


def test_snapshot_of_an_older_khabar_is_planned_from(tmp_path: Path) -> None:
    catalogue(tmp_path, "mountain")
    looked(tmp_path, 1, replace(poll(1), next_interval_minutes=240))
    with duckdb.connect(str(snapshot_file(tmp_path))) as con:
        for name in ("interval_minutes", "next_at", "is_stale", "part_of", "is_cut_short"):
            con.execute(f"ALTER TABLE entrances DROP COLUMN {name}")
    assert plan(tmp_path, 1.8)[1].due == ()
    assert plan(tmp_path, 1.95)[1].due == ("mountain",)


def test_the_schema_says_the_number_of_its_newest_migration() -> None:
    folder = Path(migrations.__file__).parent / "versions"
    assert max(int(path.name[:4]) for path in folder.glob("0*.py")) == SCHEMA_VERSION


@pytest.fixture
def known(tmp_path: Path) -> Path:
    """A home of one outlet, of which 300 articles are loaded and published."""
    home = tmp_path / "home"
    lines = [page(f"/{n}", text(f"a{n}x"), hour=1) for n in range(300)]
    load_batch(BatchMaker(home, 1).source(*lines, polls=[poll(1)]).write())
    catalogue(home, "mountain")
    publish_snapshot(home)
    return home


def _known_to(home: Path, batch: Batch) -> int:
    job = read_job(Batch(id=batch.id, home=home), "mountain")
    return len(job.known) + len(job.known_hashes)


def _cut(path: Path, share: float) -> None:
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.truncate(int(path.stat().st_size * share))


def _spoil_blocks(path: Path) -> None:
    """Leave what is read when it is opened, the first block and the last: only a plan finds it."""
    first, size = 12288 + 262144, path.stat().st_size - 262144
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.seek(first)
        file.write(b"\x5a" * (size - first))


@pytest.mark.parametrize("how", ["gone", "head", "half", "nearly", "blocks"])
def test_a_lost_snapshot_is_made_anew_and_nothing_known_is_forgotten(known: Path, how: str) -> None:
    if how == "gone":
        snapshot_file(known).unlink()
    elif how == "blocks":
        _spoil_blocks(snapshot_file(known))
        assert read_schema(known) == SCHEMA_VERSION
    else:
        _cut(snapshot_file(known), {"head": 0.001, "half": 0.5, "nearly": 0.9}[how])
    batch, report = plan(known, 4)
    assert _known_to(known, batch) == 300
    with open_snapshot(known) as con:
        assert con.execute("SELECT count(*), sum(length(body)) > 0 FROM articles").fetchall() == [
            (300, True)
        ]
    said = "was missing" if how == "gone" else "could not be read"
    assert f"the published snapshot {said}" in report.line
    assert "made anew from the warehouse: check the disk" in report.line
    assert summarise_batch(batch).line.endswith(str(report.renewed))
    assert plan(known, 8)[1].renewed is None


def test_where_both_files_are_lost_a_loaded_batch_tells_that_it_is_no_new_home(known: Path) -> None:
    snapshot_file(known).unlink()
    warehouse_file(known).unlink()
    loaded = next(known.glob("batches/*/status/load.json"))
    said = rf"is missing, but {loaded} is there; put it back or run `khabar rebuild`$"
    with pytest.raises(WarehouseBroken, match=said):
        plan(known, 4)
    with pytest.raises(NoSnapshot, match=said):
        open_snapshot(known)
    assert find_trouble(known) == getattr(read_refusal(known), "why", "")
    rebuild_warehouse(known)
    assert _known_to(known, plan(known, 5)[0]) == 300


def test_where_the_warehouse_is_lost_too_it_says_so_and_asks_nobody(known: Path) -> None:
    _cut(snapshot_file(known), 0.5)
    cut = snapshot_file(known).read_bytes()
    warehouse_file(known).rename(known / "aside.duckdb")
    with pytest.raises(WarehouseBroken, match=r"is missing, but .*run `khabar rebuild`"):
        plan(known, 4)
    assert snapshot_file(known).read_bytes() == cut
    refused = read_refusal(known)
    assert refused is not None
    assert (refused.at, "khabar rebuild" in refused.why) == (at(4), True)
    (known / "aside.duckdb").rename(warehouse_file(known))
    plan(known, 5, only=("mountain",))
    assert read_refusal(known) == refused  # what is asked alone tells nothing of all
    plan(known, 6)
    assert read_refusal(known) is None
