import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from crawlers.batch import Batch
from crawlers.job import SiteLine
from tests.warehouse.batches import (
    BatchMaker,
    again,
    failed,
    on,
    page,
    rejected,
    rows,
    same,
    text,
)
from warehouse.connection import open_writer, warehouse_file
from warehouse.dedup import dedup_batch
from warehouse.load import load_batch
from warehouse.rebuild import rebuild_warehouse
from warehouse.rebuild_losses import NotRebuildable
from warehouse.schema import metadata

SAME = {
    # When this very file was filled, how fast, and whether by what dedup had written before: a
    # rebuild writes decisions anew before each load.
    "batches.loaded_at": "null",
    "batches.report": 'json_merge_patch(report, \'{"seconds": 0, "used_decisions": true}\')',
    "state.changed_at": "null",
}


def everything(home: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every column of every row of every table, but for what tells of the file, not the news."""
    tables = {}
    for table in metadata.sorted_tables:
        columns = [SAME.get(f"{table.name}.{c.name}", c.name) for c in table.columns]
        asked = f"select {', '.join(columns)} from {table.name} order by all"  # noqa: S608
        tables[table.name] = rows(home, asked)
    return tables


def load(batch: Batch) -> None:
    dedup_batch(batch)
    load_batch(batch)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Load batches with all that is hard to repeat: versions, merges, copies, acceptances."""
    home = tmp_path_factory.mktemp("filled")
    first = page("/a", text("a"), hour=0)
    one = BatchMaker(home, 0).source(
        first,
        page("/b", text("b"), hour=0, published=on("2026-08-01")),
        page("/?p=7", text("p"), hour=0),
        rejected("/tag/hills"),
        failed("/c", feed="A feed told of c and of nothing else at all"),
    )
    one.source(page("/x", text("x"), hour=0), id="valley", miscount=1)
    load(one.write())
    two = BatchMaker(home, 5).source(
        page("/a", text("a", but="changed"), hour=5),
        same("/b", text("b"), hour=5),
        page("/copy", f"agency {text('b')}", hour=5),
        page("/seven", text("p", but="seen"), hour=5),
        learnt=[SiteLine(line="Follow the hills", place="end", pages=5)],
    )
    two.source(page("/dead", text("d"), hour=5), id="river", crawl=False, extract=False)
    load(two.write())
    load_batch(one.batch, accept_source="valley", why="the spider counts a twin twice")
    three = BatchMaker(home, 9).source(
        page("/a", text("a"), hour=9),
        page("/?p=7", text("p"), hour=9, also=[("https://mountain.example/seven", "final")]),
        page("/copy-of-x", f"agency {text('x')}", hour=9),
        again("/b", text("b", 70), record_of=page("/b", text("b"), hour=0), extractor="x2"),
        learnt=[SiteLine(line="Follow the hills", place="end", pages=7)],
    )
    load(three.write())
    return home


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "home"))


def test_a_rebuilt_warehouse_equals_the_old_one_row_for_row(home: Path) -> None:
    before = everything(home)
    report = rebuild_warehouse(home)
    after = everything(home)
    for name, held in before.items():
        assert after[name] == held, name
    assert (report.batches, report.accepted) == (3, 1)
    assert report.counts["articles"] == len(before["articles"])
    assert report.kept_as == "warehouse.before-rebuild.duckdb"
    assert (home / report.kept_as).is_file()
    assert not (home / "rebuild").exists()
    kinds = ("article_versions", "article_merges", "signatures", "rejections", "site_lines")
    for name in (*kinds, "batch_sources", "article_matches"):
        assert before[name], f"{name} has no row to compare"


def test_a_source_that_was_crawled_and_accepted_late_is_rebuilt_as_it_came(tmp_path: Path) -> None:
    dead = BatchMaker(tmp_path, 0).source(page("/a", text("a")))
    dead.source(id="river", crawl=False, extract=False)
    load(dead.write())
    load(BatchMaker(tmp_path, 2).source(page("/b", f"agency {text('r')}", hour=2)).write())
    late = BatchMaker(tmp_path, 0).source(
        page("/r", text("r"), hour=0, host="https://river.example"), id="river"
    )
    load_batch(late.batch, accept_source="river", why="crawled again by hand")
    before = everything(tmp_path)
    assert rebuild_warehouse(tmp_path).accepted == 1
    assert everything(tmp_path) == before


KILLED = """
import os, signal, sys
from pathlib import Path
from crawlers.batch import Batch
from warehouse import load

home, batch_id, where = sys.argv[1:]
setattr(load, where, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
load.load_batch(Batch(id=batch_id, home=Path(home)), accept_source="valley", why="a twin")
"""


@pytest.mark.parametrize("where", ["check_warehouse", "write_json"])
def test_an_acceptance_that_was_killed_is_rebuilt_only_where_it_is_real(
    tmp_path: Path, where: str
) -> None:
    one = BatchMaker(tmp_path, 0).source(page("/a", text("a"), hour=0))
    load(one.source(page("/x", text("x"), hour=0), id="valley", miscount=1).write())
    command = [sys.executable, "-c", KILLED, str(tmp_path), one.batch.id, where]
    root = Path(__file__).parents[2]
    assert subprocess.run(command, cwd=root, check=False).returncode == -signal.SIGKILL
    is_real = where == "write_json"
    if is_real:
        with pytest.raises(NotRebuildable, match="no note that valley was accepted"):
            rebuild_warehouse(tmp_path)
        load_batch(one.batch)
    load(BatchMaker(tmp_path, 5).source(page("/b", text("b"), hour=5)).write())
    before = everything(tmp_path)
    assert rebuild_warehouse(tmp_path).accepted == is_real
    assert everything(tmp_path) == before


def test_a_rebuild_needs_no_old_warehouse_nor_a_readable_one(home: Path) -> None:
    before = everything(home)
    warehouse_file(home).write_bytes(b"not a database")
    log = home / "warehouse.duckdb.wal"
    log.write_bytes(b"nor a log")
    rebuild_warehouse(home)
    assert everything(home) == before
    assert not log.exists()
    warehouse_file(home).unlink()
    assert rebuild_warehouse(home).kept_as is None
    assert everything(home) == before


def test_a_batch_whose_files_are_gone_stops_the_rebuild_before_it_begins(home: Path) -> None:
    batch_id = rows(home, "select batch_id from batches where load_number = 2")[0][0]
    before = everything(home)
    shutil.move(home / "batches" / str(batch_id), home / "elsewhere")
    with pytest.raises(NotRebuildable, match=str(batch_id)):
        rebuild_warehouse(home)
    assert everything(home) == before


# The first has a source that was accepted.
@pytest.mark.parametrize("number", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("lost", "is_load_told"),
    [(".", False), ("batch.json", False), ("crawl", False), ("status/load.json", True)],
)
def test_a_batch_without_a_report_is_mended_by_what_the_line_says(
    home: Path, tmp_path: Path, number: int, lost: str, is_load_told: bool
) -> None:
    query = f"select batch_id from batches where load_number = {number}"  # noqa: S608
    batch = Batch(id=str(rows(home, query)[0][0]), home=home)
    kept = shutil.copytree(batch.folder, tmp_path / "kept")
    batch.status("load").unlink()
    place = batch.folder / lost
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
    with pytest.raises(NotRebuildable, match=batch.id) as caught:
        rebuild_warehouse(home)
    assert (f"run `khabar load {batch.id}`" in str(caught.value)) == is_load_told
    assert ("put its folder back" in str(caught.value)) != is_load_told
    if is_load_told:
        load_batch(batch)
    else:
        shutil.copytree(kept, batch.folder, dirs_exist_ok=True)
    assert rebuild_warehouse(home).batches == 3


@pytest.mark.parametrize("damaged", ["", '{"x', "{}"])
def test_a_damaged_report_of_a_load_is_named_and_mended_by_what_the_line_says(
    home: Path, damaged: str
) -> None:
    before = everything(home)
    newest = rows(home, "select batch_id from batches order by load_number desc limit 1")[0][0]
    batch = Batch(id=str(newest), home=home)
    batch.status("load").write_text(damaged)
    with pytest.raises(NotRebuildable) as caught:
        rebuild_warehouse(home)
    assert str(caught.value).startswith(f"{batch.status('load')}: is damaged; while the ")
    if damaged:
        load_batch(batch)
        assert rebuild_warehouse(home).batches == 3
    else:
        warehouse_file(home).unlink()
        batch.status("load").unlink()
        assert rebuild_warehouse(home).batches == 2
        load_batch(batch)
    assert everything(home) == before


def test_a_rebuild_leaves_the_batches_files_as_they_were(home: Path) -> None:
    files = {path: path.read_bytes() for path in (home / "batches").rglob("*") if path.is_file()}
    rebuild_warehouse(home)
    now = {path: path.read_bytes() for path in (home / "batches").rglob("*") if path.is_file()}
    assert now == files


def test_a_rebuild_killed_half_way_changes_nothing_and_can_be_run_again(home: Path) -> None:
    before = everything(home)
    code = (
        "import sys; from pathlib import Path; from warehouse.rebuild import rebuild_warehouse; "
        "print('go', flush=True); rebuild_warehouse(Path(sys.argv[1]))"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "go\n"
    while not (home / "rebuild" / "warehouse.duckdb").exists():
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert everything(home) == before
    with open_writer(home):
        assert not (home / "rebuild").exists()
    rebuild_warehouse(home)
    assert everything(home) == before


def test_a_rebuild_that_is_interrupted_leaves_nothing(home: Path) -> None:
    before = everything(home)

    def stop(done: int, total: int, batch_id: str) -> None:
        del total, batch_id
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild_warehouse(home, stop)
    assert not (home / "rebuild").exists()
    assert everything(home) == before


@pytest.mark.parametrize(
    "lost",
    [
        "archive/mountain/2026/08/x.warc.gz",
        "batches/*/batch.json",
        "batches/*/plan/mountain.json",
        "batches/*/status/crawl.mountain.json",
        "batches/*/crawl/mountain/1.fetches.jsonl",
        "batches/*/extract/mountain/articles.parquet",
    ],
)
@pytest.mark.parametrize("is_old_there", [True, False], ids=["warehouse", "no warehouse"])
def test_a_missing_file_is_named_and_nothing_is_changed(
    home: Path, lost: str, is_old_there: bool
) -> None:
    before = warehouse_file(home).read_bytes()
    if not is_old_there:
        warehouse_file(home).unlink()
    path = sorted(home.glob(lost))[1 if "*" in lost else 0]
    path.unlink()
    with pytest.raises(NotRebuildable, match=str(path)) as caught:
        rebuild_warehouse(home)
    assert "\n" not in str(caught.value)
    assert warehouse_file(home).exists() == is_old_there
    assert not is_old_there or warehouse_file(home).read_bytes() == before


def test_files_that_are_not_those_that_were_loaded_are_refused(home: Path) -> None:
    ledger = sorted(home.glob("batches/*/crawl/mountain/1.fetches.jsonl"))[2]
    ledger.write_bytes(ledger.read_bytes() + b"\n")
    with pytest.raises(NotRebuildable, match="files of mountain are not those"):
        rebuild_warehouse(home)


def test_a_warehouse_of_a_newer_khabar_or_a_strangers_is_not_replaced(home: Path) -> None:
    with open_writer(home) as con:
        con.execute("update alembic_version set version_num = '9999'")
    before = warehouse_file(home).read_bytes()
    with pytest.raises(NotRebuildable, match="newer Khabar"):
        rebuild_warehouse(home)
    assert warehouse_file(home).read_bytes() == before
    warehouse_file(home).unlink()
    with duckdb.connect(str(warehouse_file(home))) as con:
        con.execute("create table sales as select 1 as x")
    before = warehouse_file(home).read_bytes()
    with pytest.raises(NotRebuildable, match="sales"):
        rebuild_warehouse(home)
    assert warehouse_file(home).read_bytes() == before


def test_a_crawl_that_ended_after_its_death_was_loaded_and_not_accepted_stays_out(
    tmp_path: Path,
) -> None:
    one = BatchMaker(tmp_path, 0).source(page("/a", text("a"), hour=0))
    one.source(id="river", crawl=False, extract=False)
    load(one.write())
    late = BatchMaker(tmp_path, 0).source(
        page("/r", text("r"), hour=0, host="https://river.example"), id="river"
    )
    assert late.batch == one.batch
    before = everything(tmp_path)
    rebuild_warehouse(tmp_path)
    after = everything(tmp_path)
    # The digest of a dead crawl's files, which cannot be told from those that came after.
    differ = {name for name, held in before.items() if after[name] != held}
    assert differ <= {"batches", "batch_sources"}
    told = "select source_id, status, reason, fetched, listed from batch_sources order by all"
    assert rows(tmp_path, told) == [
        ("mountain", "loaded", None, 1, 1), ("river", "failed", "crawl_died", 0, 0),
    ]  # fmt: skip


def test_a_rebuild_tells_how_far_it_is(home: Path) -> None:
    told: list[tuple[int, int, str]] = []
    rebuild_warehouse(home, lambda done, total, batch_id: told.append((done, total, batch_id)))
    ids = [one for (one,) in rows(home, "select batch_id from batches order by load_number")]
    assert told == [(0, 4, ids[0]), (1, 4, ids[1]), (2, 4, ids[0]), (3, 4, ids[2])]


def test_loads_go_on_after_a_rebuild_in_the_same_order(home: Path) -> None:
    rebuild_warehouse(home)
    batch = BatchMaker(home, 20).source(page("/z", text("z"), hour=20)).write()
    load(batch)
    assert json.loads(batch.status("load").read_bytes())["load_number"] == 4
    with open_writer(home) as con:
        numbers = con.execute("select load_number from batches order by 1").fetchall()
    assert numbers == [(1,), (2,), (3,), (4,)]
