# ruff: noqa: S608 (numbers of our own)

import re
from pathlib import Path

import duckdb
import pytest

from tests.test_worked_questions import QUESTIONS
from tests.warehouse.batches import BatchMaker, page, text
from tests.warehouse.lake.begun import publish_lake
from tests.warehouse.lake.same import ask, assert_same
from tests.warehouse.texts import Text, prose, put
from tests.worked_world import write_world
from warehouse.compact import compact_warehouse
from warehouse.connection import WarehouseError, open_writer, snapshot_file
from warehouse.lake.connect import open_lake
from warehouse.lake.ledger import Ledger, write_ledger
from warehouse.lake.merge import _NEW
from warehouse.lake.place import Lake
from warehouse.lake.publish import fill_lake
from warehouse.lake.standing import NOBODY_CAME, Standing, read_standing
from warehouse.lake.verify import verify_lake
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot
from warehouse.rebuild import rebuild_warehouse
from warehouse.schema import metadata
from warehouse.views import FOLDER

CHANGES = """
delete from signatures where article_id % 2 = 0;
update articles set body = null, tags = [] where article_id % 3 = 0;
update articles set dated_on = date '2024-02-29' where article_id % 3 = 1;
insert into article_urls from article_urls limit 2;
insert into article_urls from article_urls limit 1;
"""
AS_IT_WAS = """
insert into lake_parts
select table_name, 'all', sum(row_count), sum(digest::hugeint)::varchar
from lake_parts where table_name = $name group by table_name
"""
PARTS = "select part from lake_parts where table_name = '{}'"
COLUMNS = """
select concat(table_name, '.', column_name), comment from duckdb_columns()
where database_name = 'lake'
"""
MACROS = """
select function_name, function_type from duckdb_functions() where database_name = 'lake'
"""


def quiet(_line: str) -> None:
    pass


def load(home: Path, hour: int, *names: str, toll: int = 1) -> None:
    maker = BatchMaker(home, hour)
    lines = [page(f"/{name}", f"{toll} dead. {text(name)}", hour=hour) for name in names]
    maker.source(*lines)
    load_batch(maker.write())
    publish_snapshot(home)


def test_the_lake_is_the_snapshot_whatever_became_of_it(tmp_path: Path, lake: Lake) -> None:
    load(tmp_path, 1, "a", "b", "c")
    first = publish_lake(tmp_path, lake)
    assert (first.removed, first.version) == (0, 1)
    assert_same(tmp_path, lake)
    load(tmp_path, 800, "a", "d", toll=2)
    second = publish_lake(tmp_path, lake)
    assert second.version == 2
    assert 0 < second.removed < second.added < first.added
    assert_same(tmp_path, lake)
    assert "as they were published" in verify_lake(lake, quiet).line


@pytest.mark.slow
def test_the_lake_follows_rebuilds_and_changes_without_a_key(tmp_path: Path, lake: Lake) -> None:
    load(tmp_path, 1, "a", "b", "c")
    load(tmp_path, 800, "a", "d", toll=2)
    publish_lake(tmp_path, lake)
    compact_warehouse(tmp_path, quiet)
    rebuild_warehouse(tmp_path)
    publish_snapshot(tmp_path)
    publish_lake(tmp_path, lake)
    assert_same(tmp_path, lake)
    with open_writer(tmp_path) as con:
        con.execute(CHANGES)
    publish_snapshot(tmp_path)
    publish_lake(tmp_path, lake)
    assert_same(tmp_path, lake)
    assert "as they were published" in verify_lake(lake, quiet).line


def test_a_lake_that_is_up_to_date_gets_no_version(tmp_path: Path, lake: Lake) -> None:
    load(tmp_path, 1, "a")
    first, held = publish_lake(tmp_path, lake), publish_lake(tmp_path, lake)
    again = fill_lake(tmp_path, lake, quiet)
    assert [first.version, held.version, again.version] == [1, 1, 1]
    proved = [" and proved, in" in report.line for report in (first, held, again)]
    assert proved == [True, False, True]
    assert "holds what is published already; nothing was read" in held.line
    assert (again.added, again.removed) == (0, 0)


def test_what_is_published_during_a_merge_stays_due(
    tmp_path: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(tmp_path, 1, "a")
    publish_lake(tmp_path, lake)
    load(tmp_path, 30, "b")

    def publish_meanwhile(con: duckdb.DuckDBPyConnection, ledger: Ledger) -> None:
        write_ledger(con, ledger)
        load(tmp_path, 60, "c")

    with monkeypatch.context() as patched:
        patched.setattr("warehouse.lake.publish.write_ledger", publish_meanwhile)
        merged = publish_lake(tmp_path, lake)
    standing = read_standing(tmp_path)
    assert standing is not None
    assert (standing.snapshot_id, standing.why) == (merged.snapshot_id, NOBODY_CAME)
    last = publish_lake(tmp_path, lake)
    assert read_standing(tmp_path) == Standing(snapshot_id=last.snapshot_id)


@pytest.mark.slow
def test_a_version_says_what_it_is_of_and_can_be_asked_later(tmp_path: Path, lake: Lake) -> None:
    load(tmp_path, 1, "a")
    old = publish_lake(tmp_path, lake)
    load(tmp_path, 30, "a", "b", toll=2)
    new = publish_lake(tmp_path, lake)
    count = f"select count(*), min(left(body, 1)) from articles at (version => {old.version})"
    assert ask(lake, count) == [(1, "1")]
    assert ask(lake, "select count(*), min(left(body, 1)) from articles") == [(2, "2")]
    told = "select snapshot_id, commit_message from lake.snapshots() where snapshot_id > 0"
    assert ask(lake, told) == [
        (old.version, f"published {old.snapshot_id}"),
        (new.version, f"published {new.snapshot_id}"),
    ]


@pytest.mark.slow
def test_what_outlets_may_write_comes_through(tmp_path: Path, lake: Lake) -> None:
    hostile = ["a\x00b", "'; drop table articles; --", "\u202e\ud7ff {} [] NULL $1 \\x00", ""]
    with open_writer(tmp_path) as con:
        put(con, [Text(id=n, body=prose(n)) for n in range(1, 5)])
        for number, said in enumerate(hostile, 1):
            con.execute(
                "update articles set title = ?, body = ?, tags = ?, source_id = ?, url = ? "
                "where article_id = ?", [said, said, [said, said], said, said, number],
            )  # fmt: skip
    publish_snapshot(tmp_path)
    publish_lake(tmp_path, lake)
    assert_same(tmp_path, lake)
    assert ask(lake, "select title from articles order by article_id") == [(x,) for x in hostile]


@pytest.mark.slow
def test_what_is_wrong_in_the_lake_is_named_and_put_right(tmp_path: Path, lake: Lake) -> None:
    load(tmp_path, 1, "a", "b")
    publish_lake(tmp_path, lake)
    with open_lake(lake) as con:
        con.execute("update articles set title = 'forged' where url like '%/a'")
    with pytest.raises(WarehouseError, match=r"articles, 2026-08: .*khabar lake fill"):
        verify_lake(lake, quiet)
    report = fill_lake(tmp_path, lake, quiet)
    assert (report.added, report.removed) == (1, 1)
    assert_same(tmp_path, lake)
    verify_lake(lake, quiet)


@pytest.mark.slow
def test_what_reads_back_otherwise_is_not_published(
    tmp_path: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(tmp_path, 1, "a")
    old = publish_lake(tmp_path, lake)
    load(tmp_path, 30, "b", "c")
    with monkeypatch.context() as patched:
        patched.setattr("warehouse.lake.merge._NEW", f"{_NEW} LIMIT 1")  # rows that were lost
        with pytest.raises(WarehouseError, match=r"reads back otherwise .* lake fill"):
            publish_lake(tmp_path, lake)
    assert ask(lake, "select snapshot_id from snapshot") == [(old.snapshot_id,)]
    verify_lake(lake, quiet)
    publish_lake(tmp_path, lake)
    assert_same(tmp_path, lake)


@pytest.mark.slow
def test_a_table_with_other_columns_is_made_anew(tmp_path: Path, lake: Lake) -> None:
    load(tmp_path, 1, "a", "b")
    publish_lake(tmp_path, lake)
    with open_lake(lake) as con:
        con.execute("alter table articles drop column section")
        con.execute("create table left_by_an_older_khabar as select 1 as x")
        con.execute("create view old_view as from articles")
        con.execute("insert into lake_parts values ('left_by_an_older_khabar', 'all', 1, '1')")
        con.execute("insert into lake_parts values ('views and comments', 'view old_view', 0, '')")
    publish_snapshot(tmp_path)
    publish_lake(tmp_path, lake)
    assert_same(tmp_path, lake)
    there = "select table_name from duckdb_tables() where database_name = 'lake'"
    assert ("left_by_an_older_khabar",) not in ask(lake, there)
    views = ask(lake, "select view_name from duckdb_views() where database_name = 'lake'")
    assert ("old_view",) not in views


def test_a_lake_of_an_older_khabar_is_proved_and_brought_over(tmp_path: Path, lake: Lake) -> None:
    load(tmp_path, 1, "a", "b")
    load(tmp_path, 800, "c")
    first = publish_lake(tmp_path, lake)
    older = ("article_urls", "stories", "story_articles", "batches", "article_matches")
    with open_lake(lake) as con:
        for table in older:  # one part each, as it was
            con.execute(AS_IT_WAS, {"name": table})
            con.execute("delete from lake_parts where table_name = $name and part <> 'all'",
                        {"name": table})  # fmt: skip
    assert ask(lake, PARTS.format("article_urls")) == [("all",)]
    verify_lake(lake, quiet)
    load(tmp_path, 801, "d")
    with open_writer(tmp_path) as con:
        con.execute("delete from article_urls")  # none of its parts is left
    publish_snapshot(tmp_path)
    report = publish_lake(tmp_path, lake)
    assert 0 < report.removed < report.added < first.added
    assert_same(tmp_path, lake)
    verify_lake(lake, quiet)
    assert ask(lake, PARTS.format("article_urls")) == []
    for table in ("stories", "story_articles", "batches"):
        assert len(ask(lake, PARTS.format(table))) == 2, table


@pytest.mark.slow
def test_another_warehouse_does_not_take_a_lake_by_mistake(tmp_path: Path, lake: Lake) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    load(ours, 1, "a")
    load(theirs, 2, "b")
    publish_lake(theirs, lake)
    with pytest.raises(WarehouseError, match=r"never loaded: .*fill --replace"):
        publish_lake(ours, lake)
    assert_same(theirs, lake)
    fill_lake(ours, lake, quiet, may_replace=True)
    assert_same(ours, lake)


def test_the_ten_questions_have_the_same_answers(tmp_path: Path, lake: Lake) -> None:
    write_world(tmp_path)
    publish_lake(tmp_path, lake)
    with (
        duckdb.connect(str(snapshot_file(tmp_path)), read_only=True) as news,
        open_lake(lake) as con,
    ):
        news.execute("SET TimeZone = 'UTC'")
        for number, query in QUESTIONS.items():
            wanted, found = news.execute(query), con.execute(query)
            assert [c[0] for c in found.description] == [c[0] for c in wanted.description]
            rows = found.fetchall()
            assert len(rows) > 0
            assert rows == wanted.fetchall(), number


def test_tables_and_views_say_in_the_lake_what_they_mean(tmp_path: Path, lake: Lake) -> None:
    load(tmp_path, 1, "a")
    publish_lake(tmp_path, lake)
    tables = dict(pairs(lake, "select table_name, comment from duckdb_tables()"))
    views = dict(pairs(lake, "select view_name, comment from duckdb_views() where not internal"))
    columns = dict(pairs(lake, COLUMNS))
    for table in metadata.sorted_tables:
        assert tables[table.name] == table.comment
        for column in table.columns:
            assert columns[f"{table.name}.{column.name}"] == column.comment
    scripts = "".join(path.read_text("utf-8") for path in FOLDER.glob("*.sql"))
    names = set(re.findall(r"^create view (\w+)", scripts, re.MULTILINE))
    assert {name for name, comment in views.items() if comment} == names
    assert tables["lake_parts"]
    macros = {name for name, _ in pairs(lake, MACROS)}
    assert macros == set(re.findall(r"^create macro (\w+)", scripts, re.MULTILINE))


def pairs(lake: Lake, query: str) -> list[tuple[str, str | None]]:
    return [(str(name), None if said is None else str(said)) for name, said in ask(lake, query)]
