"""Analysts read while batches come in: an old snapshot or the new one, whole, and no error."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.whole_way.conftest import NOBODY, Life, open_home, reading
from tests.whole_way.walk import rows
from warehouse.connection import snapshot_file
from warehouse.publish import publish_snapshot

CARELESS = """
import os, sys, duckdb
con = duckdb.connect(sys.argv[1])
con.execute("set wal_autocheckpoint = '1GB'")
con.execute("delete from articles")
con.execute("create table mine as select 1 as one")
os._exit(0)
"""


def test_reader_saw_each_state_whole_and_no_error(life: Life) -> None:
    assert life.reading is not None
    assert life.reading.errors == []
    assert life.reading.reads > 30
    assert life.reading.uid == (NOBODY if os.getuid() == 0 else os.getuid())
    published = [
        rows(snapshot, "select snapshot_id from snapshot")[0][0] for snapshot in life.snapshots
    ]
    assert set(life.reading.seen) <= set(published)
    assert life.reading.seen == sorted(life.reading.seen, key=published.index)
    assert len(life.reading.seen) >= 2


def test_reader_stays_calm_while_snapshots_follow_one_another(life: Life) -> None:
    with open_home() as home:
        shutil.copytree(life.home, home, ignore=shutil.ignore_patterns("archive", "batches"))
        with reading(snapshot_file(home)) as seen:
            for _ in range(12):
                publish_snapshot(home)
    assert seen[0].errors == []
    assert seen[0].reads > 10


def test_stray_log_beside_the_snapshot_cannot_poison_the_next_one(
    life: Life, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(life.home, home, ignore=shutil.ignore_patterns("archive", "batches"))
    public = snapshot_file(home)
    count = "select count(*) from articles"
    before = rows(public, count)
    public.chmod(0o644)  # root needs no such right: a careless root is just as careless
    subprocess.run([sys.executable, "-c", CARELESS, str(public)], check=True)
    stray = public.with_name(f"{public.name}.wal")
    assert stray.stat().st_size > 0
    assert rows(public, count) == [(0,)], "the log is no poison, so this test proves nothing"
    report = publish_snapshot(home)
    assert report.strays == (stray.name,)
    assert not stray.exists()
    assert rows(public, count) == before
    assert rows(public, "from information_schema.tables where table_name = 'mine'") == []
