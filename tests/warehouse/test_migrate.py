"""Before a migration there is a copy, after it nothing is missing, and a newer file is let be."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from alembic import command
from sqlalchemy import URL, NullPool, create_engine

from crawlers.batch import Batch
from tests.khabar.command import Done, assert_one_line, khabar
from tests.warehouse.batches import BatchMaker, page, rows, text
from warehouse import connection, migrate
from warehouse.connection import (
    CONFIG,
    WarehouseError,
    open_snapshot,
    open_writer,
    snapshot_file,
    warehouse_file,
)
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot
from warehouse.schema import SCHEMA_VERSION, metadata

ROOT = Path(__file__).parents[2]
OLD = "0010"
COLUMNS = """
    select table_name, column_name, data_type, is_nullable, column_default, comment
    from duckdb_columns() where not internal and table_name = any($tables) order by all"""
TABLES = (
    "select table_name, comment from duckdb_tables() where table_name = any($tables) order by 1"
)


def load(home: Path, hour: int) -> Batch:
    batch = BatchMaker(home, hour).source(page(f"/{hour}", text(f"t{hour}"), hour=hour)).write()
    load_batch(batch)
    return batch


def make_older(home: Path, revision: str = OLD) -> None:
    """Load and publish, then take the file back to an older schema."""
    load(home, 1)
    publish_snapshot(home)
    url = URL.create("duckdb", database=str(warehouse_file(home)))
    engine = create_engine(url, poolclass=NullPool, connect_args={"config": dict(CONFIG)})
    with engine.begin() as con:
        command.downgrade(migrate.config(con), revision)


def test_migrated_file_has_the_schemas_tables_columns_and_comments(tmp_path: Path) -> None:
    make_older(tmp_path / "migrated", "0001")
    with open_writer(tmp_path / "migrated"):
        pass
    made = tmp_path / "made.duckdb"
    with create_engine(URL.create("duckdb", database=str(made)), poolclass=NullPool).begin() as con:
        metadata.create_all(con)
    told = []
    for path in (warehouse_file(tmp_path / "migrated"), made):
        with duckdb.connect(str(path), read_only=True) as raw:
            tables = {"tables": list(metadata.tables)}
            told.append([raw.execute(query, tables).fetchall() for query in (TABLES, COLUMNS)])
    assert told[0] == told[1]
    assert len(told[0][0]) == len(metadata.tables)


def test_copy_before_a_migration_is_the_file_as_it_was_and_the_only_one(tmp_path: Path) -> None:
    make_older(tmp_path)
    before = warehouse_file(tmp_path).read_bytes()
    (tmp_path / "warehouse.schema-0003.duckdb").write_bytes(b"a copy of long ago")
    (tmp_path / ".warehouse.schema.part").write_bytes(b"a copy that was killed")
    with open_writer(tmp_path):
        pass
    assert (tmp_path / f"warehouse.schema-{OLD}.duckdb").read_bytes() == before
    assert [path.name for path in tmp_path.glob("*warehouse.schema*")] == [
        f"warehouse.schema-{OLD}.duckdb"
    ]
    load(tmp_path, 2)
    publish_snapshot(tmp_path)
    assert rows(tmp_path, "select count(*) from articles") == [(2,)]


def test_migration_without_room_is_one_line_and_leaves_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_older(tmp_path)
    before = warehouse_file(tmp_path).read_bytes()
    monkeypatch.setattr(connection, "SIZES_OF_MIGRATION", 10**9)
    with pytest.raises(WarehouseError, match="make room") as caught, open_writer(tmp_path):
        pass
    assert "\n" not in str(caught.value)
    assert warehouse_file(tmp_path).read_bytes() == before
    monkeypatch.undo()
    with open_writer(tmp_path):
        pass


KILLED = """
import os, signal, sys
from pathlib import Path
from warehouse import migrate
from warehouse.connection import open_writer

where = sys.argv[2]
if where == "copying":
    migrate.os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
else:
    real = migrate.command.upgrade
    def upgrade(*given):
        real(*given)
        os.kill(os.getpid(), signal.SIGKILL)
    migrate.command.upgrade = upgrade
with open_writer(Path(sys.argv[1])):
    pass
"""


@pytest.mark.parametrize("where", ["copying", "before the commit"])
def test_migration_that_is_killed_begins_again(tmp_path: Path, where: str) -> None:
    make_older(tmp_path)
    words = [sys.executable, "-c", KILLED, str(tmp_path), where]
    killed = subprocess.run(words, cwd=ROOT, check=False, env=os.environ | {"TZ": "UTC"})
    assert killed.returncode == -signal.SIGKILL
    revision = "select version_num from alembic_version"
    assert rows(tmp_path, revision) == [(OLD,)]
    load(tmp_path, 2)
    assert rows(tmp_path, revision) == [(migrate.newest_revision(),)]
    assert rows(tmp_path, "select count(*) from articles") == [(2,)]


def plan(home: Path) -> Done:
    (home / "sources").mkdir(exist_ok=True)
    (home / "sources" / "mountain.yml").write_text(
        "name: Mountain\nhome: https://mountain.example/\nlanguages: [en]\n"
        "timezone: Asia/Karachi\narticle: /.+\n"
        "entrances: [feed: https://mountain.example/feed]\n"
    )
    return khabar(home, "plan", "--force", contact="me@mountain.example")


def test_plan_after_an_update_reads_a_snapshot_of_the_new_schema(tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_older(home, "0003")
    stale = snapshot_file(home)
    stale.chmod(0o644)
    stale.write_bytes(warehouse_file(home).read_bytes())
    with duckdb.connect(str(stale)) as con:
        con.execute("UPDATE snapshot SET schema_version = 3")
    done = plan(home)
    assert done.returncode == 0, done.stderr
    assert "1 source due" in done.stdout
    with open_snapshot(home) as news:
        assert news.execute("SELECT schema_version FROM snapshot").fetchall() == [(SCHEMA_VERSION,)]


def test_plan_refuses_a_snapshot_of_a_newer_khabar(tmp_path: Path) -> None:
    home = tmp_path / "home"
    load(home, 1)
    publish_snapshot(home)
    snapshot_file(home).chmod(0o644)
    with duckdb.connect(str(snapshot_file(home))) as con:
        con.execute("UPDATE snapshot SET schema_version = 9999")
    before = snapshot_file(home).read_bytes()
    assert_one_line(plan(home), "news.duckdb", "newer Khabar")
    assert snapshot_file(home).read_bytes() == before


def test_no_command_writes_a_newer_file(tmp_path: Path) -> None:
    home = tmp_path / "home"
    batch = load(home, 1)
    publish_snapshot(home)
    with open_writer(home) as con:
        con.execute("UPDATE alembic_version SET version_num = '9999'")
    before, public = warehouse_file(home).read_bytes(), snapshot_file(home).read_bytes()
    commands = [
        ("dedup", batch.id), ("load", batch.id), ("publish",), ("rebuild",),
        ("backup", str(tmp_path / "dest")),
    ]  # fmt: skip
    for words in commands:
        assert_one_line(khabar(home, *words), "warehouse.duckdb", "newer Khabar")
        assert warehouse_file(home).read_bytes() == before, words
        assert snapshot_file(home).read_bytes() == public, words
