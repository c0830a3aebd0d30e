from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.khabar.command import assert_one_line, khabar
from tests.warehouse.batches import BatchMaker, page, text
from warehouse import publish
from warehouse.checks import CheckFailed
from warehouse.connection import WarehouseBroken, connect, open_snapshot, open_writer
from warehouse.connection import snapshot_file as public
from warehouse.connection import warehouse_file as private
from warehouse.load import load_batch
from warehouse.proved_copy import copy_proved
from warehouse.publish import publish_snapshot
from warehouse.scan import scan_copy

BLOCK_BYTES = 256 << 10
HEADERS_BYTES = 3 * 4096
BLOCKS = """
from pragma_storage_info('articles') select block_id where persistent and block_id >= 0
group by block_id having bool_and(column_name = 'body') order by block_id
"""
HUGE = "update articles set body = (select string_agg(md5(n::varchar), '') from range(50000) t(n))"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose first batch is published, and whose second waits."""
    load_batch(BatchMaker(tmp_path, 1).source(page("/a", text("a"))).write())
    publish_snapshot(tmp_path)
    load_batch(BatchMaker(tmp_path, 2).source(page("/b", text("b"), hour=2)).write())
    return tmp_path


@pytest.fixture
def huge_home(home: Path) -> Path:
    """One whose bodies fill blocks of their own, which nothing else has a reason to read."""
    with open_writer(home) as con:
        con.execute(HUGE)
    return home


def flip(path: Path) -> None:
    """Flip a bit in a block that holds bodies, as a disk may."""
    with connect(path, read_only=True) as con:
        ((block,), *_) = con.execute(BLOCKS).fetchall()
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.seek(HEADERS_BYTES + block * BLOCK_BYTES + 5_000)
        (byte,) = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte ^ 4]))


def articles(home: Path) -> int:
    with open_snapshot(home) as con:
        return int(con.execute("select count(*) from articles").fetchall()[0][0])


def copying(monkeypatch: pytest.MonkeyPatch, then: Callable[[Path], None]) -> None:
    """Do something to each copy once it has been compared."""

    def copy_and(old: Path, new: Path) -> str:
        digest = copy_proved(old, new)
        then(new)
        return digest

    monkeypatch.setattr(publish, "copy_proved", copy_and)


def test_a_scan_reads_every_table_and_says_so(home: Path) -> None:
    told: list[str] = []
    report = publish_snapshot(home, scan=True, tell=told.append)
    assert report.was_scanned
    assert report.line.endswith("; every row was read and every promise proved")
    for file in ("warehouse.duckdb", "news.duckdb.part"):
        read = {line.split()[1] for line in told if line.endswith(f" of {file}")}
        assert {*report.counts, "snapshot", "alembic_version"} <= read
    assert articles(home) == 2
    assert not publish_snapshot(home).was_scanned


def test_a_torn_block_of_the_warehouse_is_one_clear_line_and_the_old_snapshot_stays(
    huge_home: Path,
) -> None:
    home = huge_home
    flip(private(home))
    before = public(home).read_bytes()
    done = khabar(home, "publish", "--scan")
    assert_one_line(done, "warehouse.duckdb: articles cannot be read", "khabar rebuild")
    assert public(home).read_bytes() == before
    assert sorted(one.name for one in public(home).parent.iterdir()) == [
        "news.duckdb", "news.duckdb.tmp", "news.json"
    ]  # fmt: skip


def test_a_torn_block_of_the_copy_is_found_and_the_old_snapshot_stays(
    huge_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copying(monkeypatch, flip)
    with pytest.raises(WarehouseBroken, match=r"news\.duckdb\.part: articles cannot be read") as no:
        publish_snapshot(huge_home, scan=True)
    assert "check the disk" in str(no.value)
    assert "\n" not in str(no.value)
    assert articles(huge_home) == 1


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ("update articles set section = 'sport'", "articles"),
        ("update batches set report = '{}'", "batches"),
        ("update fetches set detail = '' where detail is null", "fetches"),
        ("update snapshot set code_version = ''", "snapshot"),
        ("create table other (a int)", "other"),
    ],
)
def test_a_copy_that_says_something_else_is_found(
    home: Path, monkeypatch: pytest.MonkeyPatch, change: str, table: str
) -> None:
    def falsify(part: Path) -> None:
        part.chmod(0o644)
        with duckdb.connect(str(part)) as con:
            con.execute(change)

    copying(monkeypatch, falsify)
    with pytest.raises(WarehouseBroken, match=f"{table} is not as in warehouse.duckdb"):
        publish_snapshot(home, scan=True)
    assert articles(home) == 1


def test_a_broken_promise_keeps_the_old_snapshot_for_analysts(home: Path) -> None:
    with open_writer(home) as con:
        con.execute("delete from article_urls where url_key like '%/b'")
    with pytest.raises(CheckFailed, match=r"article without an address \(\d+\).*snapshot stays"):
        publish_snapshot(home, scan=True)
    assert articles(home) == 1


def test_rows_in_another_order_are_the_same(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.duckdb"
    with open_writer(home) as con:
        con.execute(f"attach '{other}' as other")
        for (table,) in con.execute("select table_name from duckdb_tables()").fetchall():
            con.execute(f"create table other.{table} as from {table} order by all desc")
    scan_copy(private(home), other, lambda _: None)
