"""What the page says where load, publish or a file of the pipeline is what broke."""

from pathlib import Path

import pytest

from tests.warehouse.batches import BatchMaker, page, text
from tests.warehouse.two_outlets import NOW, published, told, two_outlets
from warehouse.connection import snapshot_file, warehouse_file
from warehouse.dedup import dedup_batch
from warehouse.incidents import open_incident
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot
from warehouse.refused_plan import keep_refusal
from warehouse.room import DiskLow
from warehouse.summary import summarise_batch


def test_it_speaks_where_load_broke_and_nothing_was_ever_published(tmp_path: Path) -> None:
    batch = two_outlets(tmp_path)
    dedup_batch(batch)
    summarise_batch(batch)
    health = told(tmp_path)
    assert health.sentence.startswith("1 of 2 fine, nothing is published, the newest run is red")
    red = f"the newest run, {batch.id}, is red: load did not end; see its log"
    assert health.alarms[0].startswith(red)
    assert "nothing is published yet" in health.alarms[1]
    river, mountain = health.sources
    assert river.state == "failed: http_5xx: HTTP 503"
    assert mountain.in_batch is not None
    assert (mountain.in_batch.funnel.extracted, mountain.in_batch.funnel.new) == (1, None)


def test_it_speaks_where_publish_broke_and_analysts_see_the_last_snapshot(tmp_path: Path) -> None:
    published(tmp_path)
    later = two_outlets(tmp_path, 8)
    dedup_batch(later)
    load_batch(later)
    summarise_batch(later)
    health = told(tmp_path)
    assert health.newest is not None
    assert (health.newest.batch_id, health.newest.stage) == (later.id, "loaded")
    red = f"the newest run, {later.id}, is red: publish did not end"
    assert health.alarms[0].startswith(red)
    assert health.published_at is not None
    assert {row.source_id: row.state for row in health.sources}["mountain"] == "fine"
    assert {row.source_id: bool(row.days) for row in health.sources}["mountain"]


def test_it_speaks_where_the_snapshot_is_no_warehouse(tmp_path: Path) -> None:
    published(tmp_path)
    snapshot_file(tmp_path).unlink()
    snapshot_file(tmp_path).write_bytes(b"no warehouse at all" * 1000)
    health = told(tmp_path)
    assert "the published snapshot cannot be read" in health.alarms[-1]
    assert "news.duckdb" in health.alarms[-1]
    assert health.sources[1].state == "fine"
    assert health.sources[1].days == ()


def test_a_red_run_of_one_outlet_is_over_with_the_next_green_one(tmp_path: Path) -> None:
    broken = BatchMaker(tmp_path, 7).source(page("/a", text("a"), hour=7)).write()
    summarise_batch(broken)
    assert "the newest run is red" in told(tmp_path).sentence
    done = BatchMaker(tmp_path, 8).source(page("/b", text("b"), hour=8)).write()
    dedup_batch(done)
    load_batch(done)
    publish_snapshot(tmp_path, done.id)
    summarise_batch(done)
    assert "red" not in told(tmp_path).sentence


def test_a_status_file_that_is_damaged_hides_no_other_outlet(tmp_path: Path) -> None:
    batch = published(tmp_path)
    batch.status("load").write_bytes(b"{")
    health = told(tmp_path)
    assert {row.source_id: row.state for row in health.sources} == {
        "river": "failed: http_5xx: HTTP 503",
        "mountain": "fine",
    }


@pytest.mark.parametrize("how", ["cut off", "missing", "no database"])
def test_a_lost_snapshot_is_what_the_sentence_names(tmp_path: Path, how: str) -> None:
    published(tmp_path)
    public = snapshot_file(tmp_path)
    public.chmod(0o644)
    if how == "missing":
        public.unlink()
    else:
        whole = public.read_bytes()
        public.write_bytes(whole[: len(whole) * 9 // 10] if how == "cut off" else b"no" * 20_000)
    health = told(tmp_path)
    says = "is missing" if how == "missing" else "cannot be read"
    assert f", the published snapshot {says}, " in health.sentence
    assert health.sentence.endswith(", one new problem")
    assert "`khabar publish` makes it" in health.alarms[-1]
    assert "make demo" not in health.alarms[-1]
    open_incident(tmp_path, None, "unreadable", "it is", NOW)
    assert told(tmp_path).sentence.endswith(", one new problem")
    publish_snapshot(tmp_path)
    assert ", published " in told(tmp_path).sentence


def test_a_lost_warehouse_and_a_run_that_opened_no_batch_are_said(tmp_path: Path) -> None:
    published(tmp_path)
    warehouse_file(tmp_path).rename(tmp_path / "aside")
    health = told(tmp_path)
    assert ", the warehouse cannot be used, one new problem" in health.sentence
    assert "warehouse.duckdb: is missing, but " in health.alarms[-1]
    assert "put it back or run `khabar rebuild`" in health.alarms[-1]
    (tmp_path / "aside").rename(warehouse_file(tmp_path))
    with pytest.raises(DiskLow), keep_refusal(tmp_path, NOW, is_of_all=True):
        raise DiskLow("the disk is full")
    health = told(tmp_path)
    said = "the last run of all outlets is red, the newest run opened no batch, one new problem"
    assert said in health.sentence
    at = "06:30 UTC (11:30 PKT)"
    assert health.alarms[-1] == f"the newest run opened no batch, {at}: the disk is full"
    with keep_refusal(tmp_path, NOW, is_of_all=True):
        pass
    assert "opened no batch" not in told(tmp_path).sentence


def test_a_first_run_that_opened_no_batch_is_what_is_said(tmp_path: Path) -> None:
    with pytest.raises(DiskLow), keep_refusal(tmp_path, NOW, is_of_all=True):
        raise DiskLow("the disk is full")
    health = told(tmp_path)
    assert health.sentence == "Nothing has run yet: the newest run opened no batch"
    assert health.alarms[-1].endswith(": the disk is full")
