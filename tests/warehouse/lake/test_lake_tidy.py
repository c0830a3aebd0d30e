from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.warehouse.lake.begun import publish_lake
from tests.warehouse.lake.same import ask, assert_same
from tests.warehouse.texts import Text, prose, put
from warehouse.connection import WarehouseError, open_writer
from warehouse.lake.place import Lake
from warehouse.lake.tidy import KEPT_DAYS, READ_DAYS, tidy_lake
from warehouse.lake.verify import verify_lake
from warehouse.publish import publish_snapshot

OLD = "select count(*) from articles at (version => 2)"


def quiet(_line: str) -> None:
    pass


def publish(home: Path, lake: Lake, number: int) -> None:
    with open_writer(home) as con:
        put(con, [Text(id=number, body=prose(number), hours=number)], batch=f"b{number}")
    publish_snapshot(home)
    publish_lake(home, lake)


def files(lake: Lake) -> int:
    return len(list(lake.data.rglob("*.parquet")))


@pytest.mark.slow
def test_small_files_become_large_ones_and_old_versions_go(tmp_path: Path, lake: Lake) -> None:
    for number in range(1, 5):
        publish(tmp_path, lake, number)
    stray = lake.data / "main" / "articles" / "of_a_killed_publish.parquet"
    stray.write_bytes(b"x")
    now = datetime.now(UTC)
    report = tidy_lake(lake, now)
    assert report.files_now < report.files_before
    assert stray.exists()  # a publish may be writing it
    assert ask(lake, OLD) == [(2,)]
    assert_same(tmp_path, lake)
    verify_lake(lake, quiet)

    tidy_lake(lake, now + timedelta(days=KEPT_DAYS - 1))
    assert ask(lake, OLD) == [(2,)]
    assert not stray.exists()
    many = files(lake)
    tidy_lake(lake, now + timedelta(days=KEPT_DAYS + 1))
    tidy_lake(lake, now + timedelta(days=KEPT_DAYS + 1 + READ_DAYS))
    with pytest.raises(WarehouseError, match="version"):
        ask(lake, OLD)
    assert files(lake) < many
    assert_same(tmp_path, lake)
    publish(tmp_path, lake, 5)
    assert_same(tmp_path, lake)
    verify_lake(lake, quiet)
