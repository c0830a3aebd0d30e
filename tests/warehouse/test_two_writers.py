import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.khabar.command import settings_of
from tests.warehouse.batches import rows
from tests.warehouse.life import BALANCE, write_hour
from warehouse.connection import WriterBusy, open_writer
from warehouse.lease import hold_lease
from warehouse.load import load_batch

ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time
from pathlib import Path
from warehouse.lease import hold_lease
while True:
    with hold_lease(Path(sys.argv[1]), doing="loading batch X"):
        print("held", flush=True)
        time.sleep(float(sys.argv[2]))
"""


def hold(home: Path, seconds: float) -> "subprocess.Popen[str]":
    """Let another process hold the lease so long, again and again."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home), str(seconds)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def khabar(home: Path, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "khabar.cli", *words],
        env=settings_of(home), cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def test_the_second_goes_on_at_once_when_the_first_is_killed(tmp_path: Path) -> None:
    batch = write_hour(tmp_path, 1, size=3)
    first = hold(tmp_path, 600)
    try:
        second = khabar(tmp_path, "load", batch.id)
        with pytest.raises(subprocess.TimeoutExpired):
            second.communicate(timeout=6)
    finally:
        end(first)
    out, err = second.communicate(timeout=60)
    assert (second.returncode, err) == (0, "")
    assert out.startswith("loaded ")


def test_who_writes_again_and_again_lets_others_in_between(tmp_path: Path) -> None:
    busy = hold(tmp_path, 0.2)
    try:
        for _ in range(5):
            with hold_lease(tmp_path, doing="waiting", wait_seconds=10):
                pass
    finally:
        end(busy)


def test_who_waits_behind_another_who_waits_is_told_who_writes(tmp_path: Path) -> None:
    first = hold(tmp_path, 600)
    second = khabar(tmp_path, "publish")
    try:
        while "writer.turn" not in [path.name for path in (tmp_path / "locks").iterdir()]:
            time.sleep(0.1)
        with (
            pytest.raises(WriterBusy, match=f"process {first.pid} is loading batch X; waited 1 s"),
            open_writer(tmp_path, wait_seconds=1),
        ):
            pass
    finally:
        end(first)
        end(second)


@pytest.mark.slow
def test_the_command_waits_two_minutes_then_says_who_writes(tmp_path: Path) -> None:
    load_batch(write_hour(tmp_path, 1, size=3))
    first = hold(tmp_path, 600)
    try:
        began = time.monotonic()
        second = khabar(tmp_path, "publish")
        out, err = second.communicate(timeout=240)
        waited = time.monotonic() - began
    finally:
        end(first)
    assert (second.returncode, out, err.count("\n")) == (os.EX_TEMPFAIL, "", 1)
    assert f"process {first.pid} is loading batch X; waited 120 s; let it end" in err
    assert 119 < waited < 180


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_many_writers_at_once_all_come_to_their_turn(tmp_path: Path) -> None:
    batches = [write_hour(tmp_path, hour) for hour in range(1, 9)]
    writers = [khabar(tmp_path, "load", batch.id) for batch in batches]
    writers += [khabar(tmp_path, "publish") for _ in range(2)]
    busy = hold(tmp_path, 0.5)
    try:
        said = [one.communicate(timeout=400) for one in writers]
    finally:
        end(busy)
        with suppress(ProcessLookupError):
            for one in writers:
                one.kill()
    assert [(one.returncode, err) for one, (_, err) in zip(writers, said, strict=True)] == (
        [(0, "")] * len(writers)
    )
    held = {batch for (batch,) in rows(tmp_path, "SELECT batch_id FROM batches")}
    assert held == {batch.id for batch in batches}
    assert rows(tmp_path, BALANCE) == [(True,)]
