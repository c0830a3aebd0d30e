import hashlib
import json
import os
import signal
import time
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.filled import count, fill, run
from warehouse import proved_copy, publish
from warehouse.connection import (
    WarehouseBroken,
)
from warehouse.proved_copy import copy_proved
from warehouse.publish import DiskFull, publish_snapshot


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
