import subprocess
import sys
from pathlib import Path
from typing import IO, cast

import pytest

from khabar.airflow import rolling_log
from khabar.airflow.rolling_log import CHUNK_BYTES, MAX_BYTES, PUT_ASIDE, RollingLog
from tests.test_readme import README

TALKER = """
import os, sys
if len(sys.argv) > 2:
    os.fork()
for number in range(int(sys.argv[1])):
    os.write(1, b"%d %07d\\n" % (os.getpid(), number))
"""


def talk(log: RollingLog, *arguments: str) -> int:
    """Let a process talk into a log; return its exit code."""
    command = [sys.executable, "-c", TALKER, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0) as talker:
        log.take(cast("IO[bytes]", talker.stdout)).join(60)
        return talker.wait(60)


def lines_of(path: Path) -> list[bytes]:
    numbers = range(PUT_ASIDE, 0, -1)
    files = [*(path.with_suffix(f".log.{number}") for number in numbers), path]
    return b"".join(file.read_bytes() for file in files if file.exists()).splitlines()


def test_two_processes_write_into_one_log_and_the_oldest_lines_alone_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rolling_log, "MAX_BYTES", 100_000)
    log = RollingLog(tmp_path / "x.log")
    assert talk(log, "60000", "twice") == 0
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["x.log", *(f"x.log.{n}" for n in range(1, 5))]
    assert sum(file.stat().st_size for file in files) <= 5 * 100_000 + 5 * CHUNK_BYTES
    said: dict[bytes, list[int]] = {}
    for line in lines_of(log.path):
        pid, number = line.split()
        said.setdefault(pid, []).append(int(number))
    last = 59_999
    assert max(numbers[-1] for numbers in said.values()) == last
    for numbers in said.values():  # whole, and none between is missing
        assert numbers == list(range(numbers[0], numbers[-1] + 1))


def test_log_that_cannot_be_written_stops_no_component(tmp_path: Path) -> None:
    log = RollingLog(tmp_path / "removed" / "x.log")
    assert talk(log, "20000") == 0
    (tmp_path / "removed").mkdir()
    assert talk(log, "3") == 0
    assert len(lines_of(log.path)) == 3


def test_words_without_an_end_of_line_are_bounded_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rolling_log, "MAX_BYTES", 1_000)
    log = RollingLog(tmp_path / "x.log")
    for _ in range(100):
        log.write(b"x" * 600)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 5 * 1_600


def test_readme_says_how_much_is_kept_of_a_component() -> None:
    assert f"its newest {MAX_BYTES * (1 + PUT_ASIDE) // 1_000_000} MB" in README
