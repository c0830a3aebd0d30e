from pathlib import Path

import pytest

from tests.warehouse.lake.begun import publish_lake
from tests.warehouse.lake.postgres import PASSWORD, Postgres
from tests.warehouse.lake.same import ask, assert_same
from tests.warehouse.texts import Text, prose, put
from warehouse.connection import WarehouseError, open_writer
from warehouse.lake.connect import open_lake
from warehouse.lake.folder import MARKER
from warehouse.lake.place import Lake, LakeAway, LakeEmpty
from warehouse.lake.publish import fill_lake, keep_up
from warehouse.lake.standing import read_standing
from warehouse.lake.verify import verify_lake
from warehouse.publish import publish_snapshot

TABLES = "select schema_name || '.' || table_name from duckdb_tables() where database_name = 'lake'"
THEIRS = """
create table articles as select 7 as x;
create table kept as select 8 as x;
create view seen as from kept;
create macro twice(x) as x * 2
"""
ANALYSTS = """
create table notes as select 'mine' as note;
create view my_notes as from notes;
create macro thrice(x) as x * 3;
create schema own;
create table own.zz as select 1 as x
"""


def quiet(_line: str) -> None:
    pass


def fill(home: Path, number: int = 1) -> None:
    with open_writer(home) as con:
        put(con, [Text(id=number, body=prose(number))], batch=f"b{number}")
    publish_snapshot(home)


def make_theirs(lake: Lake) -> None:
    with open_lake(lake, may_create=True) as con:
        con.execute(THEIRS)


def test_a_folder_that_has_anything_in_it_becomes_no_lake(tmp_path: Path, lake: Lake) -> None:
    fill(tmp_path)
    foreign = lake.data / "deep" / "theirs.parquet"
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"x")
    for _ in range(2):
        with pytest.raises(WarehouseError, match=r"is not empty, .* KHABAR_LAKE_DATA"):
            fill_lake(tmp_path, lake, quiet)
    assert foreign.read_bytes() == b"x"
    foreign.unlink()
    foreign.parent.rmdir()
    fill_lake(tmp_path, lake, quiet)
    assert_same(tmp_path, lake)


def test_two_lakes_do_not_share_a_folder(tmp_path: Path, lake: Lake, server: Postgres) -> None:
    fill(tmp_path)
    fill_lake(tmp_path, lake, quiet)
    other = Lake(address=server.make_database(), password=PASSWORD, data=lake.data)
    with pytest.raises(WarehouseError, match="is not empty"):
        fill_lake(tmp_path, other, quiet)
    elsewhere = Lake(address=other.address, password=PASSWORD, data=tmp_path / "second")
    fill_lake(tmp_path, elsewhere, quiet)
    mark = (lake.data / MARKER).read_text()
    (elsewhere.data / MARKER).write_text(mark)
    with pytest.raises(WarehouseError, match="is another lake's"):
        verify_lake(elsewhere, quiet)
    (elsewhere.data / MARKER).unlink()
    with pytest.raises(LakeAway, match="is it mounted"):
        fill_lake(tmp_path, elsewhere, quiet)


def test_a_lake_of_somebody_else_is_left_as_it_is(tmp_path: Path, lake: Lake) -> None:
    fill(tmp_path)
    make_theirs(lake)
    for publish in (publish_lake, lambda home, one: fill_lake(home, one, quiet)):
        with pytest.raises(WarehouseError, match="holds the table articles, which no publish"):
            publish(tmp_path, lake)
    assert ask(lake, "select x, twice(x) from articles union all from (select 1, 2)") == [
        (7, 14), (1, 2)]  # fmt: skip
    fill_lake(tmp_path, lake, quiet, may_replace=True)
    assert_same(tmp_path, lake)
    assert ask(lake, "select x, twice(x) from seen") == [(8, 16)]


def test_what_analysts_made_in_the_lake_stays(tmp_path: Path, lake: Lake) -> None:
    fill(tmp_path)
    fill_lake(tmp_path, lake, quiet)
    with open_lake(lake) as con:
        con.execute(ANALYSTS)
        con.execute("update lake_parts set digest = 'older' where part = ''")  # so it is dressed
    fill(tmp_path, 2)
    publish_lake(tmp_path, lake)
    fill_lake(tmp_path, lake, quiet)
    verify_lake(lake, quiet)
    assert_same(tmp_path, lake)
    assert ask(lake, "select note, thrice(2), (select x from own.zz) from my_notes") == [
        ("mine", 6, 1)]  # fmt: skip


@pytest.mark.parametrize(
    ("forge", "named"),
    [
        ("drop view daily_coverage", "view daily_coverage"),
        ("create or replace macro local_day(x) as 'forged'", "macro local_day"),
        ("comment on column articles.body is 'forged'", "table articles"),
    ],
)
def test_what_is_wrong_beside_the_rows_is_named_and_put_right(
    forge: str, named: str, tmp_path: Path, lake: Lake
) -> None:
    fill(tmp_path)
    fill_lake(tmp_path, lake, quiet)
    with open_lake(lake) as con:
        con.execute(forge)
    with pytest.raises(WarehouseError, match=rf"its {named} is not as it .*khabar lake fill"):
        verify_lake(lake, quiet)
    fill_lake(tmp_path, lake, quiet)
    verify_lake(lake, quiet)


def test_a_lake_that_cannot_be_used_stops_no_publish(tmp_path: Path, lake: Lake) -> None:
    make_theirs(lake)
    with open_writer(tmp_path) as con:
        put(con, [Text(id=1, body=prose(1))], batch="b1")
    publish_snapshot(tmp_path)
    told = str(keep_up(tmp_path, lake))
    assert "the lake did not get it, the file is published" in told
    assert "which no publish made" in told
    standing = read_standing(tmp_path)
    assert standing is not None
    assert "which no publish made" in str(standing.why)


def test_a_publish_fills_no_empty_lake_and_says_what_does(tmp_path: Path, lake: Lake) -> None:
    fill(tmp_path)
    told = keep_up(tmp_path, lake)
    assert "run `khabar lake fill`" in str(told)
    assert not lake.data.exists()
    standing = read_standing(tmp_path)
    assert standing is not None
    assert standing.behind_since is not None
    with pytest.raises(LakeEmpty):
        verify_lake(lake, quiet)
