"""The ledger and the archive's records say an address once, in files of an older Khabar, too."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from alembic import command
from sqlalchemy import URL, NullPool, create_engine

from tests.warehouse.batches import HOST, BatchMaker, Line, failed, page, rejected, rows, text
from warehouse import migrate
from warehouse.connection import CONFIG, open_writer, warehouse_file
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot
from warehouse.rebuild import rebuild_warehouse

TABLES = ("fetches", "archive_records", "rejections")
WORDS = "from search_texts order by all"
NOWHERE_ELSE = dict.fromkeys(("/direct", "/section"))
LED_AWAY = {"/login": f"{HOST}/wall", "/short": f"{HOST}/long"}
PACKED = {"fetches": {"url", "item"}, "archive_records": {"url", "file"}}


def at(line: Line, final_url: str) -> Line:
    """The same page, had at another address than the one asked."""
    assert line.rejection is not None
    return Line(
        fetch=replace(line.fetch, final_url=final_url),
        rejection=replace(line.rejection, final_url=final_url),
    )


def dump(home: Path) -> list[list[tuple[object, ...]]]:
    """All rows in their order, and the columns in theirs."""
    columns = "select column_name, is_nullable, comment from duckdb_columns() where table_name = "
    return [rows(home, f"from {one}") for one in TABLES] + [
        rows(home, f"{columns}'{one}' order by column_index") for one in TABLES
    ]


def final_urls(home: Path, table: str) -> dict[str, object]:
    found = rows(home, f"select url, final_url from {table}")  # noqa: S608 (our own name)
    return {str(url).removeprefix(HOST): final for url, final in found}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A warehouse with pages that were had where they were asked, and others."""
    maker = BatchMaker(tmp_path, 1).source(
        page("/direct", text("a"), hour=1),
        page("/short", text("b"), hour=1, also=[(f"{HOST}/long", "final")]),
        rejected("/section", hour=1),
        at(rejected("/login", hour=1), f"{HOST}/wall"),
        failed("/down"),
        failed("/kept", feed=text("k")),
    )
    load_batch(maker.write())
    return tmp_path


def test_final_url_is_said_only_where_a_page_was_had_elsewhere(home: Path) -> None:
    of_records = NOWHERE_ELSE | LED_AWAY
    assert final_urls(home, "archive_records") == of_records
    assert final_urls(home, "fetches") == of_records | dict.fromkeys(("/down", "/kept"))
    assert final_urls(home, "rejections") == {"/section": None, "/login": LED_AWAY["/login"]}


def test_a_rebuild_of_the_same_batches_makes_equal_rows(home: Path) -> None:
    before = dump(home)
    rebuild_warehouse(home)
    assert dump(home) == before


def test_an_older_file_becomes_what_a_load_makes_today(home: Path) -> None:
    before, words = dump(home), rows(home, WORDS)
    url = URL.create("duckdb", database=str(warehouse_file(home)))
    settings = {"config": dict(CONFIG)}
    with create_engine(url, poolclass=NullPool, connect_args=settings).begin() as connection:
        command.downgrade(migrate.config(connection), "0013")
    had_there = {path: f"{HOST}{path}" for path in NOWHERE_ELSE}
    assert final_urls(home, "archive_records") == LED_AWAY | had_there
    with open_writer(home):
        pass
    assert dump(home) == before
    publish_snapshot(home)
    assert rows(home, WORDS) == words


@pytest.mark.parametrize("table", PACKED)
def test_what_is_long_and_seldom_read_is_packed_by_zstd(home: Path, table: str) -> None:
    with duckdb.connect(str(warehouse_file(home)), read_only=True) as con:
        packed = con.execute(
            "select column_name from pragma_storage_info(?) "
            "where compression = 'ZSTD' and segment_type <> 'VALIDITY'",
            [table],
        ).fetchall()
    assert {name for (name,) in packed} == PACKED[table]
