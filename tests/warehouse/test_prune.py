from datetime import timedelta
from pathlib import Path

from crawlers.batch import (
    MANIFEST_JSON,
    Batch,
    BatchManifest,
    new_batch_id,
    write_json,
    write_whole,
)
from tests.warehouse.batches import BatchMaker, page, text
from warehouse.connection import open_writer
from warehouse.dedup import dedup_batch
from warehouse.load import load_batch
from warehouse.prune import KEPT_FOR, prune_batches
from warehouse.rebuild import rebuild_warehouse
from warehouse.snapshot import count_tables


def loaded(home: Path) -> Batch:
    batch = BatchMaker(home, 1).source(page("/a", text("سیلاب"))).write()
    dedup_batch(batch)
    load_batch(batch)
    return batch


def planned_nothing(like: Batch, sources: tuple[str, ...] = ()) -> Batch:
    batch = Batch(id=new_batch_id(like.started_at, "ingest", repr(sources)), home=like.home)
    manifest = BatchManifest(
        batch_id=batch.id, dag="ingest", run_id="x", found_by="live", sources=sources,
        code_version="1",
    )  # fmt: skip
    write_whole(batch.manifest, MANIFEST_JSON.dump_json(manifest))
    write_json(batch.status("plan"), {"line": "nothing due"})
    return batch


def test_rebuild_gives_the_same_rows_after_a_pruning(tmp_path: Path) -> None:
    batch = loaded(tmp_path)
    with open_writer(tmp_path, doing="counting") as con:
        before = count_tables(con)
    line = prune_batches(tmp_path, batch.started_at + KEPT_FOR)
    assert line.startswith("pruned the decisions of 1 loaded batch,")
    assert not batch.decisions.exists()
    assert rebuild_warehouse(tmp_path).counts == before
    assert load_batch(batch).was_loaded_before


def test_young_batches_stay_as_they_are(tmp_path: Path) -> None:
    batch = loaded(tmp_path)
    empty = planned_nothing(batch)
    prune_batches(tmp_path, batch.started_at + KEPT_FOR - timedelta(seconds=1))
    assert batch.decisions.is_dir()
    assert empty.folder.is_dir()


def test_old_batch_without_anything_due_goes_and_one_that_never_ended_stays(
    tmp_path: Path,
) -> None:
    batch = loaded(tmp_path)
    empty, died = planned_nothing(batch), planned_nothing(batch, ("dawn",))
    line = prune_batches(tmp_path, batch.started_at + 2 * KEPT_FOR)
    assert "and 1 batch of which nothing was due" in line
    assert not empty.folder.exists()
    assert died.manifest.is_file()
    assert batch.manifest.is_file()
