import subprocess
import sys
import textwrap
import time
from pathlib import Path

import duckdb
import pytest
from alembic import command
from sqlalchemy import URL, create_engine
from sqlalchemy.pool import NullPool

from warehouse import migrate
from warehouse.connection import (
    CONFIG,
    NoSnapshot,
    WarehouseBroken,
    WarehouseError,
    WriterBusy,
    open_snapshot,
    open_writer,
    snapshot_file,
    warehouse_file,
)
from warehouse.query import QueryFailed, sql_rows
from warehouse.schema import metadata


def test_a_new_warehouse_has_every_table_and_column_with_its_comment(tmp_path: Path) -> None:
    with open_writer(tmp_path) as con:
        missing = con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE comment IS NULL "
            "UNION ALL SELECT table_name || '.' || column_name FROM duckdb_columns() "
            "WHERE comment IS NULL AND NOT internal"
        ).fetchall()
        tables = {
            name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        }
    assert sorted(missing) == [("alembic_version",), ("alembic_version.version_num",)]
    assert set(metadata.tables) <= tables


def test_the_migrations_lead_to_the_schema_and_nothing_else(tmp_path: Path) -> None:
    with open_writer(tmp_path):
        pass
    url = URL.create("duckdb", database=str(warehouse_file(tmp_path)))
    with create_engine(url, poolclass=NullPool).connect() as connection:
        command.check(migrate.config(connection))


def test_bodies_are_stored_compressed_in_a_format_that_older_clients_read(tmp_path: Path) -> None:
    with open_writer(tmp_path) as con:
        (tags,) = con.execute("SELECT tags FROM duckdb_databases() WHERE NOT internal").fetchall()[
            0
        ]
        con.execute(
            "INSERT INTO article_versions SELECT i, 1, now(), now(), '', repeat('snow ' || i, 99), "
            "[], NULL, NULL, 9, i, 'x', 'x', 'x', 'x' FROM range(30000) t(i)"
        )
        con.execute("CHECKPOINT")
        used = con.execute(
            "SELECT DISTINCT compression FROM pragma_storage_info('article_versions') "
            "WHERE column_name = 'body' AND segment_type = 'VARCHAR'"
        ).fetchall()
    assert tags == {"storage_version": "v1.2.0+"}
    assert used == [("ZSTD",)]


def test_times_are_utc_no_extension_is_fetched_and_no_bar_is_drawn(tmp_path: Path) -> None:
    with open_writer(tmp_path) as con:
        settings = dict(
            con.execute(
                "SELECT name, value FROM duckdb_settings() WHERE name IN "
                "('TimeZone', 'autoinstall_known_extensions', 'autoload_known_extensions', "
                "'enable_progress_bar')"
            ).fetchall()
        )
    assert settings == {
        "TimeZone": "UTC",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "enable_progress_bar": "false",
    }


def test_a_second_writer_is_told_who_holds_the_warehouse(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(f"""
            import time, pathlib
            from warehouse.connection import open_writer
            with open_writer(pathlib.Path({str(tmp_path)!r}), doing="loading batch X"):
                print("held", flush=True)
                time.sleep(60)
        """)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        began = time.monotonic()
        with (
            pytest.raises(WriterBusy, match=f"process {holder.pid} is loading batch X"),
            open_writer(tmp_path, wait_seconds=0.5),
        ):
            pass
        assert 0.4 < time.monotonic() - began < 5
    finally:
        holder.kill()
        holder.wait()
    with open_writer(tmp_path, wait_seconds=1):
        pass


def test_a_reader_inside_the_private_file_is_named(tmp_path: Path) -> None:
    with open_writer(tmp_path):
        pass
    reader = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(f"""
            import time, duckdb
            con = duckdb.connect({str(warehouse_file(tmp_path))!r}, read_only=True)
            print("open", flush=True)
            time.sleep(60)
        """)],
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "open\n"
        with pytest.raises(WriterBusy, match=f"process {reader.pid}"), open_writer(tmp_path):
            pass
    finally:
        reader.kill()
        reader.wait()


def test_a_full_disk_is_told_from_a_file_that_is_missing(tmp_path: Path) -> None:
    copy = "COPY (SELECT range FROM range(100000)) TO '/dev/full' (FORMAT csv)"
    with pytest.raises(WarehouseError, match="make room on the disk"), open_writer(tmp_path) as con:
        con.execute(copy)
    with pytest.raises(duckdb.IOException, match="No files found"), open_writer(tmp_path) as con:
        con.execute("FROM read_parquet('/nowhere/articles.parquet')")


def test_a_file_that_is_no_database_is_refused_and_left_untouched(tmp_path: Path) -> None:
    path = warehouse_file(tmp_path)
    path.write_bytes(b"my thesis, the only copy " * 500)
    before = path.read_bytes()
    with (
        pytest.raises(WarehouseBroken, match=r"warehouse\.duckdb") as caught,
        open_writer(tmp_path),
    ):
        pass
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before


def test_a_strangers_database_is_refused_and_left_untouched(tmp_path: Path) -> None:
    with duckdb.connect(str(warehouse_file(tmp_path))) as con:
        con.execute("CREATE TABLE sales AS SELECT 1 AS x")
    before = warehouse_file(tmp_path).read_bytes()
    with pytest.raises(WarehouseBroken, match="sales"), open_writer(tmp_path):
        pass
    assert warehouse_file(tmp_path).read_bytes() == before


def test_a_newer_schema_is_refused_and_left_untouched(tmp_path: Path) -> None:
    with open_writer(tmp_path) as con:
        con.execute("UPDATE alembic_version SET version_num = '9999'")
    before = warehouse_file(tmp_path).read_bytes()
    with pytest.raises(WarehouseBroken, match="newer Khabar"), open_writer(tmp_path):
        pass
    assert warehouse_file(tmp_path).read_bytes() == before


def test_an_empty_database_is_migrated_after_a_copy(tmp_path: Path) -> None:
    duckdb.connect(str(warehouse_file(tmp_path))).close()
    with open_writer(tmp_path) as con:
        assert con.execute("SELECT count(*) FROM articles").fetchone() == (0,)
    assert (tmp_path / "warehouse.schema-none.duckdb").exists()


def test_an_older_warehouse_keeps_its_looks_and_learns_to_plan_them(tmp_path: Path) -> None:
    url = URL.create("duckdb", database=str(warehouse_file(tmp_path)))
    config = {"config": dict(CONFIG)}
    with create_engine(url, poolclass=NullPool, connect_args=config).begin() as connection:
        command.upgrade(migrate.config(connection), "0003")
    with duckdb.connect(str(warehouse_file(tmp_path))) as old:
        old.execute(
            "INSERT INTO polls BY NAME SELECT 'b' AS batch_id, 's' AS source_id, 'e' AS entrance, "
            "'feed' AS kind, now() AS polled_at, 5 AS items, 4 AS matched, true AS overlapped"
        )
        old.execute(
            "INSERT INTO entrances BY NAME SELECT 's' AS source_id, 'e' AS entrance, "
            "'feed' AS kind, now() AS polled_at, 1.5 AS failure_weight, [7] AS item_hashes, "
            "'b' AS batch_id"
        )
    with open_writer(tmp_path) as con:
        told = "SELECT items, overlapped, new_items, is_stale, part_of FROM polls"
        assert con.execute(told).fetchall() == [(5, True, None, None, None)]
        told = "SELECT failure_weight, item_hashes, interval_minutes, next_at FROM entrances"
        assert con.execute(told).fetchall() == [(1.5, [7], None, None)]
    assert (tmp_path / "warehouse.schema-0003.duckdb").exists()


def test_a_wal_without_its_warehouse_cannot_poison_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "warehouse.duckdb.wal").write_bytes(b"stray")
    with pytest.raises(WarehouseBroken, match="without its"), open_writer(tmp_path):
        pass


def test_no_snapshot_is_said_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(NoSnapshot, match="khabar run"):
        open_snapshot(tmp_path)


def test_a_users_wrong_query_gives_one_line(tmp_path: Path) -> None:
    snapshot_file(tmp_path).parent.mkdir()
    with duckdb.connect(str(snapshot_file(tmp_path))) as con:
        con.execute("CREATE TABLE t AS SELECT 1 AS x")
    assert sql_rows(tmp_path, "SELECT x FROM t") == (("x",), [(1,)])
    for query in ("SELEC", "DROP TABLE t", "SELECT nope FROM t"):
        with pytest.raises(QueryFailed) as caught:
            sql_rows(tmp_path, query)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "query",
    [
        "COPY t TO '{file}'",
        "ATTACH '{file}'",
        "EXPORT DATABASE '{file}'",
        "SELECT * FROM read_text('{secret}')",
        "PRAGMA profiling_output = '{file}'",
        "SET enable_external_access = true",
        "CREATE TABLE u AS SELECT 1 AS x",
    ],
)
def test_a_users_query_reaches_no_other_file(tmp_path: Path, query: str) -> None:
    snapshot_file(tmp_path).parent.mkdir()
    with duckdb.connect(str(snapshot_file(tmp_path))) as con:
        con.execute("CREATE TABLE t AS SELECT 1 AS x")
    (tmp_path / "secret.txt").write_text("mine")
    file = tmp_path / "out"
    with pytest.raises(QueryFailed):
        sql_rows(tmp_path, query.format(file=file, secret=tmp_path / "secret.txt"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["published", "secret.txt"]
    assert [path.name for path in (tmp_path / "published").iterdir()] == ["news.duckdb"]


def test_a_sealed_query_leaves_other_readers_of_the_process_as_they_were(tmp_path: Path) -> None:
    snapshot_file(tmp_path).parent.mkdir()
    with duckdb.connect(str(snapshot_file(tmp_path))) as con:
        con.execute("CREATE TABLE t AS SELECT 1 AS x")
    with open_snapshot(tmp_path) as other:
        assert sql_rows(tmp_path, "SELECT x, current_setting('TimeZone') FROM t")[1] == [(1, "UTC")]
        other.execute("SET threads = 1")
        with open_snapshot(tmp_path) as third:
            assert third.execute("SELECT x FROM t").fetchall() == [(1,)]
