from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.batches import lay_warehouse
from tests.warehouse.texts import Ask, Text, put, zones
from warehouse.connection import connect, open_writer
from warehouse.publish import publish_snapshot


@pytest.fixture
def ask(tmp_path: Path) -> Iterable[Ask]:
    lay_warehouse(tmp_path)
    opened: list[duckdb.DuckDBPyConnection] = []

    def publish(texts: Iterable[Text]) -> duckdb.DuckDBPyConnection:
        with open_writer(tmp_path) as con:
            zones(con, dawn="Asia/Karachi", jang="Asia/Karachi", kabul="Asia/Kabul",
                  apia="Pacific/Apia", lost=None)  # fmt: skip
            for number, text in enumerate(texts):
                put(con, [text], batch=f"b{number}")
        publish_snapshot(tmp_path)
        opened.append(connect(tmp_path / "published" / "news.duckdb", read_only=True))
        return opened[-1]

    yield publish
    for con in opened:
        con.close()
