import os
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.khabar.command import settings_of
from tests.warehouse.lake.begun import publish_lake
from tests.warehouse.lake.postgres import PASSWORD
from tests.warehouse.lake.same import ask, assert_same
from tests.warehouse.texts import Text, prose, put
from warehouse.connection import WarehouseError, open_writer
from warehouse.lake.place import Lake
from warehouse.lake.publish import keep_up
from warehouse.lake.tidy import KEPT_DAYS, READ_DAYS, tidy_lake
from warehouse.lake.verify import held_snapshot, verify_lake
from warehouse.lease import hold_lease
from warehouse.publish import publish_snapshot

TIDYING = """
import sys
from khabar.cli import main
sys.argv = ["khabar", "lake", "tidy"]
main()
"""
PUBLISHING = """
from khabar.settings import read_settings
from warehouse.lake.publish import publish_lake
publish_lake(read_settings().home, read_settings().lake)
"""
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


def command(code: str, home: Path, lake: Lake) -> "subprocess.Popen[str]":
    secret = PASSWORD.replace("'", "\\'")
    publish = f"ducklake:postgres:{lake.address} password='{secret}'"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=settings_of(home, publish=publish, lake_data=str(lake.data)),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def waits(process: "subprocess.Popen[str]", lock: Path) -> bool:
    assert process.poll() is None, process.communicate()
    return str(lock) in {file.path for file in psutil.Process(process.pid).open_files()}


@pytest.mark.slow
def test_of_a_publish_and_a_tidying_at_once_one_waits_and_nothing_is_lost(
    tmp_path: Path, lake: Lake
) -> None:
    for number in range(1, 5):
        publish(tmp_path, lake, number)
    with open_writer(tmp_path) as con:
        put(con, [Text(id=n, body=prose(n), hours=n) for n in range(5, 105)], batch="b5")
    snapshot_id, many = publish_snapshot(tmp_path).snapshot_id, files(lake)
    lock = tmp_path / "locks" / "lake.lock"
    with ExitStack() as stack:
        with hold_lease(tmp_path, of="lake", doing="a test"):  # till both want it
            both = [
                stack.enter_context(command(code, tmp_path, lake)) for code in (PUBLISHING, TIDYING)
            ]
            while not all(waits(one, lock) for one in both):
                time.sleep(0.1)
        told = [one.communicate(timeout=240) for one in both]
    assert [one.returncode for one in both] == [0, 0], told
    assert [err for _, err in told] == ["", ""]
    assert held_snapshot(lake) == snapshot_id
    assert_same(tmp_path, lake)
    verify_lake(lake, quiet)
    assert ask(lake, "select count(*) from articles at (version => 4)") == [(4,)]
    assert files(lake) > many  # of the old ones none is gone: somebody may be reading it


def test_who_finds_the_lake_tidied_for_too_long_is_told_and_nothing_is_lost(
    tmp_path: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, lake, 1)
    with open_writer(tmp_path) as con:
        put(con, [Text(id=2, body=prose(2), hours=2)], batch="b2")
    publish_snapshot(tmp_path)
    monkeypatch.setattr("warehouse.lake.publish.hold_lease", partial(hold_lease, wait_seconds=0.2))
    with hold_lease(tmp_path, of="lake", doing="tidying the lake"):
        told = str(keep_up(tmp_path, lake))
        tidy_lake(lake, datetime.now(UTC))
    assert f"process {os.getpid()} is tidying the lake" in told
    assert "the next publish brings the lake all of it" in told
    keep_up(tmp_path, lake)
    assert_same(tmp_path, lake)
    verify_lake(lake, quiet)
