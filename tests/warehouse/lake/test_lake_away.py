import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
import pytest

from tests.khabar.command import khabar
from tests.warehouse.lake.begun import publish_both
from tests.warehouse.lake.postgres import PASSWORD, Postgres
from tests.warehouse.lake.same import ask, assert_same
from tests.warehouse.texts import Text, prose, put
from warehouse.connection import open_writer
from warehouse.lake.ledger import Ledger, write_ledger
from warehouse.lake.place import Lake, LakeAway, LakeEmpty
from warehouse.lake.publish import fill_lake, publish_lake
from warehouse.lake.standing import Standing, read_standing
from warehouse.lake.tidy import tidy_lake
from warehouse.lake.verify import held_snapshot, verify_lake
from warehouse.lease import hold_lease
from warehouse.publish import publish_snapshot

PUBLISHING = """
import sys
from pathlib import Path
from warehouse.lake.place import Lake
from warehouse.lake.publish import fill_lake, publish_lake
home, address, password, data = sys.argv[1:]
publish_lake(Path(home), Lake(address=address, password=password, data=Path(data)))
print("published", flush=True)
"""
READING = """
import sys, time
from pathlib import Path
from warehouse.lake.connect import open_lake
from warehouse.lake.place import Lake
seen, until = set(), time.monotonic() + 120
with open_lake(Lake(address=sys.argv[1], password=sys.argv[2], data=Path(sys.argv[3]))) as con:
    while len(seen) < int(sys.argv[4]) and time.monotonic() < until:
        con.execute("begin")
        (articles,) = con.execute("select count(*) from articles").fetchone()
        (placed,) = con.execute("select count(*) from story_articles").fetchone()
        (told,) = con.execute("select (counts->>'articles')::int from snapshot").fetchone()
        con.execute("commit")
        assert articles == placed == told, (articles, placed, told)
        if not seen:
            print("ready", flush=True)
        seen.add(articles)
print(sorted(seen))
"""


FILLING = """
import os, sys
from pathlib import Path
from warehouse.lake import connect, publish
from warehouse.lake.place import Lake
home, address, password, data, module, name = sys.argv[1:]
setattr(sys.modules[module], name, lambda *_, **__: os.kill(os.getpid(), 9))
lake = Lake(address=address, password=password, data=Path(data))
publish.fill_lake(Path(home), lake, print)
"""


def fill(home: Path, number: int, *, count: int = 1) -> None:
    first = 100 * number
    with open_writer(home) as con:
        texts = [Text(id=n, body=prose(n)) for n in range(first, first + count)]
        put(con, texts, batch=f"b{number}")


@contextmanager
def child(code: str, *arguments: object) -> "Iterator[subprocess.Popen[str]]":
    made = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield made
    finally:
        made.kill()
        made.communicate()


@pytest.fixture
def own_server(server: Postgres) -> Iterator[Postgres]:
    yield server
    server.stop()
    server.start()


def test_a_publish_without_its_lake_is_caught_up_by_the_next(
    tmp_path: Path, lake: Lake, own_server: Postgres
) -> None:
    fill(tmp_path, 1)
    assert "version 1" in publish_both(tmp_path, lake)
    own_server.stop()
    began = datetime.now(UTC)
    for number in (2, 3):
        fill(tmp_path, number)
        told = publish_both(tmp_path, lake)
        assert "nothing is lost" in told
        assert PASSWORD not in told
        assert told.count("\n") == 0
    standing = read_standing(tmp_path)
    assert standing is not None
    assert standing.behind_since is not None
    assert began <= standing.behind_since < began + timedelta(minutes=1)
    own_server.start()
    publish_both(tmp_path, lake)
    assert_same(tmp_path, lake)
    assert read_standing(tmp_path) == Standing(snapshot_id=held_snapshot(lake))


def test_what_was_committed_before_a_crash_comes_with_the_next(tmp_path: Path, lake: Lake) -> None:
    fill(tmp_path, 1)
    publish_both(tmp_path, lake)
    fill(tmp_path, 2)  # loaded, and killed before the file was published
    fill(tmp_path, 3)
    publish_snapshot(tmp_path)  # and killed before the lake's turn
    fill(tmp_path, 4)
    publish_both(tmp_path, lake)
    assert_same(tmp_path, lake)
    assert ask(lake, "select count(*) from articles") == [(4,)]


def test_a_wrong_password_is_said_and_never_shown(tmp_path: Path, lake: Lake) -> None:
    fill(tmp_path, 1)
    wrong = replace(lake, password="hunter2'not this")
    told = publish_both(tmp_path, wrong)
    assert "password authentication failed" in told
    for shown in (told, repr(wrong), str(wrong), repr(read_standing(tmp_path))):
        assert "hunter2" not in shown
        assert "not this" not in shown


def test_a_folder_that_is_not_mounted_is_not_made(tmp_path: Path, lake: Lake) -> None:
    fill(tmp_path, 1)
    publish_both(tmp_path, lake)
    lake.data.rename(tmp_path / "elsewhere")
    fill(tmp_path, 2)
    assert "nothing is lost" in publish_both(tmp_path, lake)
    assert not lake.data.exists()
    (tmp_path / "elsewhere").rename(lake.data)
    publish_both(tmp_path, lake)
    assert_same(tmp_path, lake)


@pytest.mark.slow
def test_killed_at_any_moment_the_lake_is_the_old_or_the_new(tmp_path: Path, lake: Lake) -> None:
    fill(tmp_path, 1)
    publish_both(tmp_path, lake)
    fill(tmp_path, 2, count=20)
    publish_snapshot(tmp_path)
    began = time.monotonic()
    with child(PUBLISHING, tmp_path, lake.address, PASSWORD, lake.data) as one:
        assert one.wait(120) == 0
    whole, was_cut = time.monotonic() - began, 0
    for number in range(3, 13):
        fill(tmp_path, number, count=20)
        publish_snapshot(tmp_path)
        before = ask(lake, "select count(*) from articles")
        with child(PUBLISHING, tmp_path, lake.address, PASSWORD, lake.data) as one:
            time.sleep(whole * number / 13)
            os.kill(one.pid, signal.SIGKILL)
            said = one.communicate()[0]
        found = ask(lake, "select (select count(*) from articles), (counts->>'articles')::int, "
                    "(select count(*) from story_articles) from snapshot")  # fmt: skip
        assert len(set(found[0])) == 1
        assert found[0][0] in (before[0][0], 1 + 20 * (number - 1))
        was_cut += said == ""
        publish_lake(tmp_path, lake)
        assert_same(tmp_path, lake)
    assert was_cut > 0


@pytest.mark.slow
def test_who_reads_while_it_is_published_sees_a_whole_state(tmp_path: Path, lake: Lake) -> None:
    fill(tmp_path, 1)
    publish_both(tmp_path, lake)
    with child(READING, lake.address, PASSWORD, lake.data, 4) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
        for number in range(2, 7):
            fill(tmp_path, number)
            publish_both(tmp_path, lake)
        out, err = reader.communicate(timeout=150)
    assert (reader.returncode, err) == (0, "")
    assert len(json.loads(out)) >= 4


@pytest.mark.slow
def test_of_two_publishers_of_one_warehouse_one_waits(tmp_path: Path, lake: Lake) -> None:
    fill(tmp_path, 1)
    publish_both(tmp_path, lake)
    fill(tmp_path, 2, count=20)
    publish_snapshot(tmp_path)
    with (
        child(PUBLISHING, tmp_path, lake.address, PASSWORD, lake.data) as one,
        child(PUBLISHING, tmp_path, lake.address, PASSWORD, lake.data) as other,
    ):
        ends = [made.communicate(timeout=150) for made in (one, other)]
    assert [out for out, _ in ends] == ["published\n", "published\n"], ends
    assert_same(tmp_path, lake)


@pytest.mark.slow
def test_of_two_publishers_that_know_nothing_of_each_other_one_gives_way(
    tmp_path: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, 1)
    publish_both(tmp_path, lake)
    fill(tmp_path, 2, count=20)
    publish_snapshot(tmp_path)

    def write_late(con: duckdb.DuckDBPyConnection, ledger: Ledger) -> None:
        write_ledger(con, ledger)
        monkeypatch.setattr("warehouse.lake.publish.write_ledger", write_ledger)
        (tmp_path / "locks" / "lake.lock").rename(tmp_path / "locks" / "elsewhere")
        publish_lake(tmp_path, lake)  # as another machine's that shares no lock

    monkeypatch.setattr("warehouse.lake.publish.write_ledger", write_late)
    with pytest.raises(LakeAway, match="onflict"):
        publish_lake(tmp_path, lake)
    assert_same(tmp_path, lake)


@pytest.mark.parametrize("at", ["connect own_folder", "publish merge_tables", "publish quoted"])
def test_a_first_fill_that_was_killed_left_no_lake_and_everybody_names_the_mend(
    tmp_path: Path, lake: Lake, at: str
) -> None:
    fill(tmp_path, 1)
    publish_snapshot(tmp_path)
    module, name = at.split()
    where = (lake.address, PASSWORD, lake.data, f"warehouse.lake.{module}", name)
    with child(FILLING, tmp_path, *where) as filling:
        _, told = filling.communicate(timeout=60)
        assert filling.returncode == -signal.SIGKILL, told
    for ask_it in (
        lambda: held_snapshot(lake),
        lambda: verify_lake(lake, lambda _: None),
        lambda: tidy_lake(lake, datetime.now(UTC)),
        lambda: publish_lake(tmp_path, lake),
    ):
        with pytest.raises(LakeEmpty, match="run `khabar lake fill`"):
            ask_it()
    fill_lake(tmp_path, lake, lambda _: None)
    assert_same(tmp_path, lake)


def test_the_commands_need_a_lake_and_say_so(tmp_path: Path) -> None:
    publish_snapshot(tmp_path)
    done = khabar(tmp_path, "lake", "verify")
    assert done.returncode == 1
    assert "KHABAR_PUBLISH names no lake" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_one_command_fills_the_lake_and_doctor_knows_of_it(tmp_path: Path, lake: Lake) -> None:
    secret = PASSWORD.replace("'", "\\'")
    publish = f"ducklake:postgres:{lake.address} password='{secret}'"
    say = partial(khabar, tmp_path, publish=publish, lake_data=str(lake.data))
    fill(tmp_path, 1, count=3)
    publish_snapshot(tmp_path)
    assert "there is none yet; run `khabar lake fill`" in say("lake", "verify").stderr
    filled = say("lake", "fill")
    assert (filled.returncode, filled.stderr) == (0, "")
    assert "3 articles, version 1" in filled.stdout
    assert_same(tmp_path, lake)
    assert "as they were published" in say("lake", "verify").stdout
    assert "files are" in say("lake", "tidy").stdout
    assert "holds what is published" in say("doctor").stdout
    fill(tmp_path, 2)
    publish_snapshot(tmp_path)
    told = say("doctor").stdout
    assert "run `khabar publish`" in " ".join(told.split())
    with hold_lease(tmp_path, of="lake", doing="publishing to the lake"):
        meanwhile = " ".join(say("doctor").stdout.split())
    assert f"process {os.getpid()} publishing to the lake now" in meanwhile
    assert "run `khabar publish`" not in meanwhile
    done = say("publish")
    assert "version 2" in done.stdout
    assert PASSWORD not in told + done.stdout + done.stderr
