import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest

from tests.khabar.command import assert_one_line, khabar
from tests.warehouse.batches import BatchMaker, again, on, page, rows, text
from tests.warehouse.filled import fill
from warehouse import compact
from warehouse.compact import ORDERS, compact_warehouse
from warehouse.connection import WarehouseBroken, open_snapshot, open_writer, warehouse_file
from warehouse.dedup import dedup_batch
from warehouse.digest import table_digest
from warehouse.load import load_batch
from warehouse.migrate import current_revision
from warehouse.publish import publish_snapshot
from warehouse.schema import metadata
from warehouse.views import create_views

DESCRIBE = """
SELECT table_name, column_name, data_type, is_nullable, comment FROM duckdb_columns()
WHERE NOT internal ORDER BY ALL"""


def quiet(_: str) -> None:
    pass


def write(home: Path, hour: int) -> None:
    """Load articles of shuffled dates, with a change and an extraction of old ones."""
    days = random.Random(hour).sample(range(1, 29), 8)  # noqa: S311
    pages = [
        page(
            f"/{hour}-{day}",
            text(f"سیلاب{hour}x{day}"),
            hour=hour,
            published=on(f"2026-07-{day:02}"),
        )
        for day in days
    ]
    pages.append(page("/often", text("often", but=f"amended{hour}"), hour=hour))
    batch = BatchMaker(home, hour).source(*pages).write()
    dedup_batch(batch)
    load_batch(batch)


def every_row(home: Path) -> dict[str, list[tuple[object, ...]]]:
    names = [table.name for table in metadata.sorted_tables]
    return {name: rows(home, f"FROM {name} ORDER BY ALL") for name in names}


def but_for_clock_and_paths(home: Path) -> dict[str, list[tuple[object, ...]]]:
    told = every_row(home)
    for name in ("batches", "batch_sources", "state"):
        del told[name]
    return told


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("made") / "home"
    for hour in (1, 2, 3):
        write(home, hour)
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "home"))


def test_every_row_comment_and_the_state_stay_and_rows_are_sorted(home: Path) -> None:
    before, described = every_row(home), rows(home, DESCRIBE)
    state = rows(home, "FROM state")
    assert rows(home, "SELECT dated_at FROM articles ORDER BY rowid") != rows(
        home, "SELECT dated_at FROM articles ORDER BY dated_at"
    )
    report = compact_warehouse(home, quiet)
    assert every_row(home) == before
    assert (rows(home, DESCRIBE), rows(home, "FROM state")) == (described, state)
    for table, order in ORDERS.items():
        columns = ", ".join(order)
        assert rows(home, f"SELECT {columns} FROM {table} ORDER BY rowid") == rows(  # noqa: S608
            home,
            f"SELECT {columns} FROM {table} ORDER BY {columns}",  # noqa: S608
        ), table
    assert report.rows >= sum(map(len, before.values()))
    assert report.bytes_after == warehouse_file(home).stat().st_size
    assert not (home / "compact").exists()


def test_small_slices_give_the_same_order(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = every_row(home)
    monkeypatch.setattr(compact, "SLICE_ROWS", 3)
    compact_warehouse(home, quiet)
    assert every_row(home) == before
    assert rows(home, "SELECT article_id FROM articles ORDER BY rowid") == rows(
        home, "SELECT article_id FROM articles ORDER BY dated_at, article_id"
    )


def test_file_is_still_one_that_old_clients_open_and_migrations_know(home: Path) -> None:
    with duckdb.connect(str(warehouse_file(home)), read_only=True) as con:
        revision = current_revision(con)
    compact_warehouse(home, quiet)
    with duckdb.connect(str(warehouse_file(home)), read_only=True) as con:
        assert current_revision(con) == revision
        tags = con.execute("SELECT tags FROM duckdb_databases() WHERE NOT internal").fetchall()
        assert tags[0][0]["storage_version"].startswith("v1.2.0")


def test_bodies_stay_compressed(tmp_path: Path) -> None:
    with open_writer(tmp_path) as con:
        con.execute("CREATE TABLE long (body VARCHAR USING COMPRESSION zstd)")
        con.execute("INSERT INTO long SELECT repeat('سیلاب ' || range, 300) FROM range(5000)")
    compact_warehouse(tmp_path, quiet)
    found = rows(
        tmp_path,
        "SELECT DISTINCT compression FROM pragma_storage_info('long') "
        "WHERE segment_type = 'VARCHAR'",
    )
    assert found == [("ZSTD",)]


def test_room_of_deleted_rows_is_given_back(tmp_path: Path) -> None:
    with open_writer(tmp_path) as con:
        con.execute("CREATE TABLE long AS SELECT md5(range::VARCHAR) AS t FROM range(300_000)")
        con.execute("CHECKPOINT")
        con.execute("DELETE FROM long WHERE hash(t) % 10 > 0")
    report = compact_warehouse(tmp_path, quiet)
    assert report.bytes_after < report.bytes_before / 2
    assert f"to {report.bytes_after / 1e6:.1f} MB" in report.line
    assert rows(tmp_path, "SELECT free_blocks FROM pragma_database_size()") == [(0,)]


def test_loading_goes_on_as_if_nothing_had_been(home: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(home, tmp_path / "other"))
    compact_warehouse(home, quiet)
    for each in (home, other):
        for hour in (4, 5):
            write(each, hour)
        often = page("/often", text("often", but="amended5"), hour=5)
        cleaner = again("/often", text("often", 60), record_of=often, extractor="x2")
        load_batch(BatchMaker(each, 6).source(cleaner, page("/z", text("z"), hour=6)).write())
    assert but_for_clock_and_paths(home) == but_for_clock_and_paths(other)


def test_next_publish_gives_analysts_the_sorted_file(home: Path) -> None:
    compact_warehouse(home, quiet)
    publish_snapshot(home)
    with open_snapshot(home) as con:
        found = con.execute("SELECT dated_at FROM articles ORDER BY rowid").fetchall()
    assert found == sorted(found)


def test_views_macros_and_what_else_lies_in_the_file_are_kept(home: Path) -> None:
    with open_writer(home) as con:
        create_views(con)
        con.execute("CREATE TABLE mine (a INTEGER NOT NULL, b VARCHAR DEFAULT 'x')")
        con.execute("COMMENT ON TABLE mine IS 'ours'")
        con.execute("INSERT INTO mine VALUES (2, NULL), (1, 'b')")
    compact_warehouse(home, quiet)
    assert rows(home, "FROM mine") == [(2, None), (1, "b")]
    assert rows(home, "SELECT count(*) FROM story_timeline") == rows(
        home, "SELECT count(*) FROM articles"
    )
    assert rows(home, "SELECT count(*) > 0 FROM search('سیلاب1x')") is not None


def test_any_column_that_differs_is_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = warehouse_file(home).read_bytes()
    with duckdb.connect(str(warehouse_file(home)), read_only=True) as con:
        digest = table_digest(con, "articles")
        found = con.execute("FROM articles WHERE url LIKE '%/often'")
        names = [column[0] for column in found.description]
        given = [name for name, value in zip(names, found.fetchall()[0], strict=True)
                 if value is not None]  # fmt: skip
        assert len(given) > 25
        for name in given:
            less = f"CASE WHEN url NOT LIKE '%/often' THEN {name} END AS {name}"
            bent = f"SELECT * REPLACE ({less}) FROM articles"  # noqa: S608
            con.execute(f"CREATE OR REPLACE TEMP VIEW bent AS {bent}")
            assert table_digest(con, "bent") != digest, name
    whole = compact._prove

    def lose(old: Path, fresh: Path, digests: dict[str, tuple[int, ...]]) -> None:
        with duckdb.connect(str(fresh)) as con:
            con.execute("UPDATE articles SET title = title || '.' WHERE url LIKE '%/often'")
        whole(old, fresh, digests)

    monkeypatch.setattr(compact, "_prove", lose)
    with pytest.raises(WarehouseBroken, match=r"articles differs from warehouse\.duckdb"):
        compact_warehouse(home, quiet)
    assert warehouse_file(home).read_bytes() == before
    assert not (home / "compact").exists()


def test_full_disk_is_one_line_before_anything_is_written(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compact, "SPARE_BYTES", 1 << 60)
    before = warehouse_file(home).read_bytes()
    assert_one_line(khabar(home, "compact"), "MB free, a compaction needs", "khabar compact")
    assert warehouse_file(home).read_bytes() == before


def test_command_says_what_it_gave_back(home: Path) -> None:
    done = khabar(home, "compact", "--json")
    assert (done.returncode, '"bytes_after"' in done.stdout) == (0, True), done.stderr
    assert "compacted the warehouse from" in khabar(home, "compact").stdout


@pytest.mark.parametrize(
    "waits", [(2, 6), pytest.param(range(2, 20), marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_compaction_killed_at_any_moment_leaves_the_warehouse_whole(
    tmp_path: Path, waits: Iterable[int]
) -> None:
    fill(tmp_path, 1)
    code = """if True:
        import sys
        from pathlib import Path
        from warehouse.compact import compact_warehouse
        print("go", flush=True)
        while True:
            compact_warehouse(Path(sys.argv[1]), lambda _: None)
    """
    for number in waits:
        fill(tmp_path, number)
        before = every_row(tmp_path)
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "go\n"
        time.sleep(0.11 * number)
        child.kill()
        child.communicate()
        assert every_row(tmp_path) == before
    compact_warehouse(tmp_path, quiet)
    assert every_row(tmp_path) == before
    assert not (tmp_path / "compact").exists()


def test_what_a_killed_compaction_left_goes_with_the_next_who_writes(home: Path) -> None:
    left = home / "compact"
    left.mkdir()
    (left / "sorted.duckdb").write_bytes(b"0" * 100)
    publish_snapshot(home)
    assert not left.exists()
    assert rows(home, "SELECT count(*) FROM articles") != [(0,)]
