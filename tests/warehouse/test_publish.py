import hashlib
import json
import os
import re
import shutil
import stat
from importlib.metadata import version
from pathlib import Path

import duckdb
import pytest

from crawlers.batch import Batch
from tests.warehouse.batches import BatchMaker, page, text
from tests.warehouse.filled import count, fill, run
from tests.warehouse.texts import prose
from warehouse.connection import (
    open_snapshot,
    open_writer,
    snapshot_file,
    warehouse_file,
)
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot
from warehouse.rebuild import rebuild_warehouse

AS_NOBODY = "import duckdb, json, os; os.setgid(65534); os.setuid(65534)\n"
"""Imports first: the other user may not be able to read this Python's folder."""
READ = """
import duckdb, json, sys, time
seen, deadline = set(), time.monotonic() + 60
while len(seen) < int(sys.argv[2]) and time.monotonic() < deadline:
    with duckdb.connect(sys.argv[1], read_only=True) as con:
        counts = json.loads(con.execute("select counts from snapshot").fetchone()[0])
        (articles,) = con.execute("select count(*) from articles").fetchone()
        (placed,) = con.execute("select count(*) from story_articles").fetchone()
        assert articles == placed == counts["articles"] == counts["story_articles"]
        assert con.execute("select count(*) from story_timeline").fetchone() == (articles,)
        if not seen:
            print("ready", flush=True)
        seen.add(articles)
print(json.dumps(sorted(seen)))
"""


def test_readers_see_every_snapshot_whole_and_never_an_error(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    publish_snapshot(tmp_path)
    reader = run(READ, tmp_path / "published" / "news.duckdb", 6)
    assert reader.stdout is not None
    assert reader.stdout.readline() == "ready\n"
    for number in range(2, 12):
        fill(tmp_path, number)
        publish_snapshot(tmp_path)
    out, err = reader.communicate(timeout=90)
    assert (reader.returncode, err) == (0, "")
    assert len(json.loads(out)) >= 6


def test_a_reader_keeps_its_snapshot_and_a_new_one_sees_the_next(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    publish_snapshot(tmp_path)
    with open_snapshot(tmp_path) as old:
        told = old.execute("select snapshot_id from snapshot").fetchall()
        for number in range(2, 5):
            fill(tmp_path, number)
            assert count(tmp_path) == 1  # DuckDB shares one open file a process
            publish_snapshot(tmp_path)
            assert old.execute("select count(*), min(body) from articles").fetchall() == [
                (1, prose(1))
            ]
            assert old.execute("select snapshot_id from snapshot").fetchall() == told
            child = run(READ, tmp_path / "published" / "news.duckdb", 1)
            assert child.communicate(timeout=60)[0].splitlines()[-1] == f"[{number}]"


def test_the_report_the_card_and_the_file_say_the_same(tmp_path: Path) -> None:
    batch = Batch(id="20261122T060000Z-run-0a1b2c3d", home=tmp_path)
    fill(tmp_path, 1)
    report = publish_snapshot(tmp_path, batch.id)
    public = tmp_path / "published" / "news.duckdb"
    card = json.loads(public.with_name("news.json").read_bytes())
    assert card == json.loads(batch.status("publish").read_bytes())
    assert card["snapshot_id"] == report.snapshot_id
    assert card["sha256"] == hashlib.sha256(public.read_bytes()).hexdigest()
    assert card["bytes"] == public.stat().st_size
    assert card["counts"]["articles"] == report.counts["articles"] == 1
    assert "1 article and 1 story" in report.line
    with open_snapshot(tmp_path) as con:
        found = con.execute(
            "select snapshot_id, batch_id, schema_version, code_version, catalogue_version, "
            "input_sha256, counts from snapshot"
        ).fetchall()
        assert found == [
            (
                report.snapshot_id, report.batch_id, report.schema_version, report.code_version,
                report.catalogue_version, report.input_sha256, json.dumps(report.counts),
            )
        ]  # fmt: skip
    assert re.fullmatch(re.escape(version("khabar")) + r"\+[0-9a-f]{12}", report.code_version)
    assert stat.S_IMODE(public.stat().st_mode) == 0o444
    assert stat.S_IMODE(public.parent.stat().st_mode) == 0o755
    names = sorted(path.name for path in public.parent.iterdir())
    assert names == ["news.duckdb", "news.duckdb.tmp", "news.json"]


def test_publishing_again_without_a_change_gives_the_same_rows(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    first, second = publish_snapshot(tmp_path), publish_snapshot(tmp_path)
    assert first.counts == second.counts
    assert count(tmp_path) == 1


def leave_a_log(public: Path) -> bytes:
    """Make the write-ahead log of a careless read-write open of the public file."""
    other = public.with_name("other.duckdb")
    shutil.copyfile(public, other)
    child = run(
        """
        import duckdb, os, sys
        con = duckdb.connect(sys.argv[1])
        con.execute("set wal_autocheckpoint = '1GB'")
        con.execute("delete from articles")
        os._exit(0)
        """,
        other,
    )
    assert child.wait(60) == 0
    log = other.with_name("other.duckdb.wal").read_bytes()
    assert log
    other.unlink()
    other.with_name("other.duckdb.wal").unlink()
    return log


def test_a_stray_log_is_removed_and_reported_and_cannot_poison_the_next_snapshot(
    tmp_path: Path,
) -> None:
    fill(tmp_path, 1)
    publish_snapshot(tmp_path)
    public = tmp_path / "published" / "news.duckdb"
    stray = public.with_name("news.duckdb.wal")
    stray.write_bytes(leave_a_log(public))
    fill(tmp_path, 2)
    report = publish_snapshot(tmp_path)
    assert report.strays == ("news.duckdb.wal",)
    assert "stray news.duckdb.wal" in report.line
    assert not stray.exists()
    assert count(tmp_path) == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's rights need root to be tried")
def test_another_user_reads_the_snapshot_and_cannot_leave_a_log_beside_it(tmp_path: Path) -> None:
    for folder in (tmp_path, *list(tmp_path.parents)[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    fill(tmp_path, 1)
    publish_snapshot(tmp_path)
    public = tmp_path / "published" / "news.duckdb"
    careless = run(AS_NOBODY + "import sys; duckdb.connect(sys.argv[1])", public)
    assert "Cannot open file" in careless.communicate(timeout=60)[1]
    forger = run(AS_NOBODY + "import sys; open(sys.argv[1] + '.wal', 'wb')", public)
    assert "PermissionError" in forger.communicate(timeout=60)[1]
    assert not public.with_name("news.duckdb.wal").exists()
    fill(tmp_path, 2)
    assert publish_snapshot(tmp_path).strays == ()
    reader = run(AS_NOBODY + READ, public, 1)
    out, err = reader.communicate(timeout=90)
    assert (out.splitlines()[-1:], err) == (["[2]"], "")


def test_the_public_file_is_byte_for_byte_the_private_one(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    report = publish_snapshot(tmp_path)
    private = warehouse_file(tmp_path).read_bytes()
    assert snapshot_file(tmp_path).read_bytes() == private
    assert report.sha256 == hashlib.sha256(private).hexdigest()


def test_two_snapshots_of_the_same_input_are_told_by_one_digest(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    batch = BatchMaker(one, 1).source(page("/a", text("a"))).write()
    shutil.copytree(one, other)
    for home in (one, other):
        load_batch(Batch(id=batch.id, home=home))
    first = publish_snapshot(one)
    assert first.input_sha256 == publish_snapshot(other).input_sha256
    assert first.catalogue_version == publish_snapshot(other).catalogue_version
    load_batch(BatchMaker(one, 2).source(page("/b", text("b"), hour=2)).write())
    second = publish_snapshot(one)
    assert second.input_sha256 != first.input_sha256
    rebuild_warehouse(one)
    assert publish_snapshot(one).input_sha256 == second.input_sha256


def test_what_a_source_file_says_is_told_by_the_catalogue_version(tmp_path: Path) -> None:
    load_batch(BatchMaker(tmp_path, 1).source(page("/a", text("a"))).write())
    before = publish_snapshot(tmp_path)
    with open_writer(tmp_path) as con:
        con.execute("update sources set definition = '{}'")
    after = publish_snapshot(tmp_path)
    assert after.catalogue_version != before.catalogue_version
    assert (after.input_sha256, after.code_version) == (before.input_sha256, before.code_version)


def test_views_of_an_older_version_are_not_published_again(tmp_path: Path) -> None:
    publish_snapshot(tmp_path)
    with open_writer(tmp_path) as con:
        con.execute("create view forgotten as select 1; create macro forgotten() as 1")
        con.execute("drop view gone_articles; create view gone_articles as select 0 as old")
        con.execute("drop macro table search; create macro search(q) as 1")
        con.execute("update snapshot set code_version = '0.0.9+0123456789ab'")
    publish_snapshot(tmp_path)
    with open_snapshot(tmp_path) as con:
        assert con.execute("from search('x')").fetchall() == []
        assert con.execute("from gone_articles").fetchall() == []
        with pytest.raises(duckdb.CatalogException):
            con.execute("from forgotten")
        with pytest.raises(duckdb.CatalogException):
            con.execute("select forgotten()")


def test_an_empty_warehouse_publishes_an_empty_snapshot(tmp_path: Path) -> None:
    report = publish_snapshot(tmp_path)
    assert report.batch_id is None
    assert count(tmp_path) == 0
    assert not warehouse_file(tmp_path).with_name("warehouse.duckdb.wal").exists()


LARGE = "SELECT md5(n::VARCHAR) AS a FROM range(3_000_000) t(n) ORDER BY a LIMIT 1 OFFSET 1_000_000"


def test_a_stock_client_spills_nowhere_but_to_a_folder_of_its_own(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    left = tmp_path / "published" / "news.duckdb.tmp"
    left.mkdir(parents=True)
    publish_snapshot(tmp_path)
    file = str(tmp_path / "published" / "news.duckdb")
    with duckdb.connect(file, read_only=True, config={"memory_limit": "40MB"}) as con:
        with pytest.raises(duckdb.IOException, match="path exists but is not a directory"):
            con.execute(LARGE).fetchall()
        assert "SET temp_directory = " in left.read_text()
        con.execute(f"SET temp_directory = '{tmp_path / 'own'}'")
        assert len(con.execute(LARGE).fetchall()) == 1
