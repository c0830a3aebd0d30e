"""Whether a lake is what is published: every table, row by row, without any hash."""

from pathlib import Path

from warehouse.connection import published_file
from warehouse.lake.connect import open_lake
from warehouse.lake.place import Lake

Rows = list[tuple[object, ...]]


def ask(lake: Lake, query: str) -> Rows:
    with open_lake(lake) as con:
        return con.execute(query).fetchall()


def assert_same(home: Path, lake: Lake) -> None:
    with open_lake(lake, snapshot=published_file(home)) as con:
        names = con.execute(
            "select table_name from duckdb_tables() where database_name = 'news' order by 1"
        ).fetchall()
        assert len(names) > 20
        for (name,) in names:
            for one, other in (("lake", "news"), ("news", "lake")):
                off = con.execute(f"from {one}.{name} except all from {other}.{name}").fetchall()
                assert off == [], (name, one)
