"""What the page says of one run: its funnel, before and after the load."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from crawlers.batch import MANIFEST_JSON, Batch, write_json, write_whole
from crawlers.ledger import read_manifest
from tests.warehouse.batches import BatchMaker, failed, page, rejected, text
from tests.warehouse.test_replay import replayed
from tests.warehouse.test_reprocess import ingest, prepare
from tests.warehouse.two_outlets import told, two_outlets
from warehouse.dedup import dedup_batch
from warehouse.health_files import SourceInBatch, list_batch_ids
from warehouse.health_runs import find_batches
from warehouse.load import load_batch
from warehouse.load_again import load_again
from warehouse.publish import publish_snapshot
from warehouse.summary import describe_loads, describe_reprocess, summarise_batch


def test_a_run_finds_its_batch_by_airflows_run_id(tmp_path: Path) -> None:
    run_id = "scheduled__2026-08-01T06:00:00+00:00"
    batch = Batch(id=BatchMaker(tmp_path, 6).batch.id, home=tmp_path)
    assert find_batches(tmp_path, "ingest", run_id) == ()
    made = two_outlets(tmp_path)
    assert find_batches(tmp_path, "ingest", "run6") == ()  # its manifest says "run"
    manifest = read_manifest(made)
    plain = MANIFEST_JSON.dump_python(manifest, mode="json") | {"run_id": "run6"}
    write_json(made.manifest, plain)
    (found,) = find_batches(tmp_path, "ingest", "run6")
    assert (found.batch_id, found.run_id) == (batch.id, "run6")
    assert find_batches(tmp_path, "maintain", "run6") == ()


def test_the_tab_of_a_reprocess_tells_of_pages_that_are_read_again(tmp_path: Path) -> None:
    first = rejected("/x", hour=1)
    ingest(tmp_path, 1, first)
    batch = prepare(tmp_path, 5, replayed(first, text("a")))
    manifest = MANIFEST_JSON.dump_python(read_manifest(batch), mode="json")
    write_json(batch.manifest, manifest | {"run_id": "run5"})
    (waits,) = find_batches(tmp_path, "reprocess", "run5")
    assert [one.state for one in waits.sources] == ["waits to be read again, or is being read"]
    report = {
        "read": 1, "changed": 1, "became": 1, "rejected": 0, "still_rejected": 2,
        "line": "mountain: 3 rows read again, 1 change",
    }  # fmt: skip
    write_json(batch.status("extract", "mountain"), report)
    (read,) = find_batches(tmp_path, "reprocess", "run5")
    assert [one.state for one in read.sources] == ["3 rows read again, 1 change; waits for load"]
    load_again(batch)
    publish_snapshot(tmp_path, batch.id)
    (done,) = find_batches(tmp_path, "reprocess", "run5")
    assert (done.is_over, done.sources[0].is_fine) == (True, True)
    assert "1 rejected pages became articles (why: cleaner texts)" in done.line
    funnel = done.sources[0].funnel
    assert (funnel.extracted, funnel.new, funnel.updated, funnel.rejected) == (1, 1, 0, 2)
    assert describe_reprocess(batch)["articles_new"] == 1


def test_loads_of_a_kind_are_counted_since_a_run_began(tmp_path: Path) -> None:
    began = datetime.now(UTC)
    made = BatchMaker(tmp_path, 1, dag="import", found_by="import")
    load_batch(made.source(page("/a", text("a"))).source(page("/b", text("b")), id="river").write())
    ingest(tmp_path, 2, page("/c", text("c"), hour=2))
    publish_snapshot(tmp_path)
    told = describe_loads(tmp_path, "import", began)
    assert (told["batch"], told["batches"], told["articles_new"]) == (made.batch.id, 1, 2)
    assert describe_loads(tmp_path, "import", began, "river")["articles_new"] == 1
    assert describe_loads(tmp_path, "import", datetime.now(UTC))["articles_new"] == 0


def in_batch(home: Path, source_id: str) -> SourceInBatch:
    row = next(one for one in told(home).sources if one.source_id == source_id)
    assert row.in_batch is not None
    return row.in_batch


def test_a_page_that_answered_gone_has_not_failed_before_the_load_nor_after(
    tmp_path: Path,
) -> None:
    lines = (page("/a", text("a")), failed("/f"), failed("/g", "gone"))
    batch = BatchMaker(tmp_path, 6).source(*lines, known_not_due=2).write()
    assert summarise_batch(batch).sources[0].failures == 1
    before = in_batch(tmp_path, "mountain").funnel
    assert (before.listed, before.asked_again, before.failed, before.gone) == (5, 0, 1, 1)
    dedup_batch(batch)
    load_batch(batch)
    summary = summarise_batch(batch)
    assert "1 failed, 1 answered gone" in summary.line
    assert summary.sources[0].failures == 1
    after = in_batch(tmp_path, "mountain").funnel
    assert (after.listed, after.asked_again, after.failed, after.gone) == (5, 0, 1, 1)


def test_a_held_outlet_shows_what_its_files_say_and_not_what_was_loaded(tmp_path: Path) -> None:
    lines = [rejected(f"/t{number}") for number in range(12)]
    extra = replace(lines[0].fetch, listed=False)
    lines[0] = replace(lines[0], fetch=extra)
    batch = BatchMaker(tmp_path, 6).source(*lines, failed("/f"), failed("/g", "gone")).write()
    write_json(
        batch.status("extract", "mountain"), {"articles": 0, "rejections": [["listing", 12]]}
    )
    dedup_batch(batch)
    load_batch(batch)
    summarise_batch(batch)
    held = in_batch(tmp_path, "mountain")
    assert held.is_held
    funnel = held.funnel
    assert (funnel.listed, funnel.asked_again, funnel.fetched, funnel.new) == (13, 1, 12, None)
    assert (funnel.extracted, funnel.rejected, funnel.failed, funnel.gone) == (0, 12, 1, 1)


def test_what_is_held_and_failed_is_said_alike_by_summary_and_page(tmp_path: Path) -> None:
    lines = [rejected(f"/t{number}") for number in range(12)]
    batch = BatchMaker(tmp_path, 6).source(*lines, failed="broken_feed: no element found").write()
    dedup_batch(batch)
    load_batch(batch)
    summary = summarise_batch(batch)
    both = (
        "held: 12 of 12 fetched pages are no articles; the source file allows 60 %; "
        "failed: broken_feed: no element found"
    )
    assert f"not: mountain ({both});" in summary.line
    assert summary.sources[-1].state == both
    assert in_batch(tmp_path, "mountain").state == both
    load_batch(batch, accept_source="mountain", why="they are galleries")
    assert in_batch(tmp_path, "mountain").state == "failed: broken_feed: no element found"
    assert in_batch(tmp_path, "mountain").funnel.rejected == 12


def test_a_report_that_changes_is_read_again(tmp_path: Path) -> None:
    batch = two_outlets(tmp_path)
    dedup_batch(batch)
    summarise_batch(batch)
    assert told(tmp_path).sources[1].state == "fine"
    batch.status("load").write_bytes(b"")
    write_whole(batch.status("summary"), batch.status("summary").read_bytes().replace(
        b'"fine"', b'"held: 61 % are no articles"'
    ))  # fmt: skip
    assert told(tmp_path).sources[0].state == "held: 61 % are no articles"


def test_a_batch_is_listed_as_soon_as_it_is_there_and_gone_when_it_is_not(tmp_path: Path) -> None:
    assert list_batch_ids(tmp_path) == ()
    folder = tmp_path / "batches"
    names = [f"20260801T00000{n}Z-ingest-0000000{n}" for n in range(3)]
    (folder / "no batch").mkdir(parents=True)
    for second, name in enumerate(names):
        (folder / name).mkdir()
        assert list_batch_ids(tmp_path)[0] == name
        os.utime(folder, (second, second))  # long settled: what was listed is kept
        assert list_batch_ids(tmp_path) == list_batch_ids(tmp_path)
    assert list_batch_ids(tmp_path) == tuple(reversed(names))
    (folder / names[0]).rmdir()
    assert list_batch_ids(tmp_path) == (names[2], names[1])
