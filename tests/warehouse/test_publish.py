import hashlib
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import time
from importlib.metadata import version
from pathlib import Path

import duckdb
import pytest

from crawlers.batch import Batch
from tests.warehouse.batches import BatchMaker, page, text
from tests.warehouse.texts import Text, prose, put
from warehouse import proved_copy, publish
from warehouse.connection import (
    WarehouseBroken,
    open_snapshot,
    open_writer,
    snapshot_file,
    warehouse_file,
)
from warehouse.load import load_batch
from warehouse.proved_copy import copy_proved
from warehouse.publish import DiskFull, publish_snapshot
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


def fill(home: Path, number: int) -> None:
    with open_writer(home) as con:
        put(con, [Text(id=number, body=prose(number))], batch=f"b{number}")


def count(home: Path) -> int:
    with open_snapshot(home) as con:
        return int(con.execute("select count(*) from articles").fetchall()[0][0])


def run(code: str, *arguments: object) -> "subprocess.Popen[str]":
    """Run Python in a child."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


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
    assert "1 articles and 1 stories" in report.line
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


@pytest.mark.slow
def test_a_publish_killed_at_any_moment_leaves_a_whole_snapshot_and_can_be_run_again(
    tmp_path: Path,
) -> None:
    fill(tmp_path, 1)
    publish_snapshot(tmp_path)
    (tmp_path / "published" / ".news.json.7.part").write_text("cut off by a kill")
    code = """
    import sys
    from pathlib import Path
    from warehouse.publish import publish_snapshot
    print("go", flush=True)
    while True:
        publish_snapshot(Path(sys.argv[1]))
    """
    for number in range(2, 6):
        fill(tmp_path, number)
        child = run(code, tmp_path)
        assert child.stdout is not None
        assert child.stdout.readline() == "go\n"
        time.sleep(0.07 * number)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        assert count(tmp_path) in (number - 1, number)
        publish_snapshot(tmp_path)
        assert count(tmp_path) == number
    names = sorted(path.name for path in (tmp_path / "published").iterdir())
    assert names == ["news.duckdb", "news.duckdb.tmp", "news.json"]


STEPS = ("write_snapshot", "copy_proved", "_compare", "write_json", "_replace")
KILLED_BEFORE = """
import os, signal, sys
from pathlib import Path
from warehouse import publish
for step in map(str.strip, sys.stdin):
    child = os.fork()
    if not child:
        setattr(publish, step, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        publish.publish_snapshot(Path(sys.argv[1]))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def test_a_publish_killed_before_any_step_leaves_the_old_snapshot(
    tmp_path: Path,
) -> None:
    fill(tmp_path, 1)
    publish_snapshot(tmp_path)
    child = run(KILLED_BEFORE, tmp_path)
    assert child.stdin is not None
    assert child.stdout is not None
    for number, step in enumerate(STEPS, 2):
        fill(tmp_path, number)
        child.stdin.write(f"{step}\n")
        child.stdin.flush()
        assert child.stdout.readline() == f"{-signal.SIGKILL}\n", step
        assert count(tmp_path) == number - 1, step
        card = json.loads((tmp_path / "published" / "news.json").read_bytes())
        assert card["counts"]["articles"] == number - 1, step
        publish_snapshot(tmp_path)
        assert count(tmp_path) == number
        names = sorted(path.name for path in (tmp_path / "published").iterdir())
        assert names == ["news.duckdb", "news.duckdb.tmp", "news.json"], step
    assert child.communicate(timeout=60) == ("", "")


def test_a_full_disk_is_told_in_one_line_and_leaves_the_old_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, 1)
    publish_snapshot(tmp_path)
    fill(tmp_path, 2)
    monkeypatch.setattr(publish, "SPARE_BYTES", 1 << 60)
    monkeypatch.setattr(publish, "copy_proved", lambda *_: pytest.fail("copied first"))
    with pytest.raises(DiskFull, match=r"published: [\d,]+ MB free, a new .* needs [\d,]+ MB"):
        publish_snapshot(tmp_path)
    assert count(tmp_path) == 1


def test_a_copy_that_reads_back_otherwise_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, 1)
    publish_snapshot(tmp_path)
    fill(tmp_path, 2)
    part = tmp_path / "published" / ".news.duckdb.part"

    write = os.pwrite

    def write_and_flip(file: int, block: bytes, place: int) -> int:
        flipped = bytes([block[0] ^ 1]) + block[1:] if place else block
        return write(file, flipped, place)

    monkeypatch.setattr(os, "pwrite", write_and_flip)
    with pytest.raises(WarehouseBroken, match=r"reads back otherwise than warehouse.duckdb before"):
        publish_snapshot(tmp_path)
    monkeypatch.undo()
    assert not part.exists()
    assert count(tmp_path) == 1


def test_a_copy_in_many_stretches_and_short_writes_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, write = tmp_path / "old", tmp_path / "new", os.pwrite
    old.write_bytes(os.urandom(3_000_001))
    monkeypatch.setattr(proved_copy, "STRETCH_BYTES", 600_000)
    monkeypatch.setattr(os, "pwrite", lambda file, block, at: write(file, block[:70_000], at))
    digest = copy_proved(old, new)
    assert new.read_bytes() == old.read_bytes()
    assert digest == hashlib.sha256(old.read_bytes()).hexdigest()


def test_a_copy_that_lost_rows_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, 1)
    publish_snapshot(tmp_path)
    fill(tmp_path, 2)

    def copy_and_lose(private: Path, part: Path) -> str:
        with duckdb.connect(str(private)) as con:
            con.execute("delete from articles where article_id = 2")
        return copy_proved(private, part)

    monkeypatch.setattr(publish, "copy_proved", copy_and_lose)
    with pytest.raises(WarehouseBroken, match="articles has 1 rows, the warehouse 2"):
        publish_snapshot(tmp_path)
    assert count(tmp_path) == 1
    assert [path.name for path in (tmp_path / "published").glob(".*")] == []


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
