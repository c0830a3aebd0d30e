import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from khabar.airflow.crew import RESTARTS, Crew, CrewError, Member
from khabar.airflow.home import PROJECT
from khabar.airflow.processes import find_marked, sweep
from khabar.airflow.rolling_log import MAX_BYTES
from khabar.settings import RUN_TOKEN

SLEEPER = "import time; open('ready', 'a').write('x'); time.sleep(600)"
FORKER = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open('ready', 'a').write('x')
time.sleep(600)
"""
FAILING = "import sys; sys.exit(3)"
CHATTY = """
import os, time
for number in range(110_000):
    os.write(1, b'%0100d\\n' % number)
open('ready', 'a').write('x')
time.sleep(600)
"""
UP = """
import signal, sys, time
from khabar.airflow.crew import Crew, Member
from khabar.airflow.signals import StopRequest, stop_requests
from tests.khabar.test_airflow_crew import member
from pathlib import Path
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup may have begun the tests
try:
    with stop_requests(), Crew(sys.argv[1], 1) as crew:
        for number in range(3):
            crew.start(member(Path(sys.argv[1]), f"m{number}", "forker"))
        while True:
            crew.check()
            time.sleep(0.1)
except StopRequest as request:
    Path(sys.argv[1], "stopped").write_text(str(request))
"""


def member(folder: Path, name: str, module: str) -> Member:
    env = os.environ | {"AIRFLOW_HOME": str(folder), "PYTHONPATH": f"{folder}:{PROJECT}"}
    return Member(name=name, module=module, arguments=(), env=env, log=folder / f"{name}.log")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    modules = {"sleeper": SLEEPER, "forker": FORKER, "failing": FAILING, "chatty": CHATTY}
    for name, text in modules.items():
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


def wait_until(is_so: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_ready(folder: Path, count: int = 1) -> bool:
    path = folder / "ready"
    return path.exists() and len(path.read_text()) >= count


def test_member_that_was_killed_is_started_again(folder: Path) -> None:
    with Crew(str(folder), 1) as crew:
        crew.start(member(folder, "sleeper", "sleeper"))
        wait_until(lambda: is_ready(folder))
        first = crew.pids()["sleeper"]
        os.kill(first, signal.SIGKILL)
        crew.wait_until(lambda: crew.pids()["sleeper"] != first, 20, "not started again")
        wait_until(lambda: is_ready(folder, 2))
        assert crew.restarted == ["sleeper died (SIGKILL) and was started again"]


def test_member_that_keeps_dying_is_given_up_in_one_line_with_its_log(folder: Path) -> None:
    with Crew(str(folder), 1) as crew:
        crew.start(member(folder, "failing", "failing"))
        crew.start(member(folder, "sleeper", "sleeper"))
        with pytest.raises(CrewError) as caught:
            crew.wait_until(lambda: False, 60, "never")
    assert str(caught.value) == (
        f"failing died {RESTARTS + 1} times in 5 minutes (last: exit code 3), "
        f"so everything was stopped: see {folder / 'failing.log'}"
    )
    assert find_marked(str(folder)) == []


def test_process_that_ignores_sigterm_and_flees_its_session_is_stopped(folder: Path) -> None:
    with Crew(str(folder), 1) as crew:
        crew.start(member(folder, "forker", "forker"))
        wait_until(lambda: is_ready(folder))
        assert len(find_marked(str(folder))) == 3
    assert find_marked(str(folder)) == []


def test_remains_of_an_earlier_crew_are_swept_at_the_next_start(folder: Path) -> None:
    left = subprocess.Popen(["sleep", "600"], env=os.environ | {RUN_TOKEN: str(folder)})
    other = subprocess.Popen(["sleep", "600"], env=os.environ | {RUN_TOKEN: f"{folder}2"})
    try:
        with Crew(str(folder), 1):
            assert left.poll() is not None
            assert other.poll() is None
    finally:
        assert sweep(f"{folder}2") == 1
        other.wait()


def test_failing_run_names_its_log(folder: Path) -> None:
    with Crew(str(folder), 1) as crew, pytest.raises(CrewError, match=r"exit code 3.*failing\.log"):
        crew.run(member(folder, "failing", "failing"), timeout_seconds=20)


def test_log_of_the_start_before_is_kept(folder: Path) -> None:
    (folder / "sleeper.log").write_text("before")
    with Crew(str(folder), 1) as crew:
        crew.start(member(folder, "sleeper", "sleeper"))
        assert (folder / "sleeper.log.1").read_text() == "before"


def test_log_is_put_aside_while_its_member_goes_on_writing_and_no_line_is_lost(
    folder: Path,
) -> None:
    with Crew(str(folder), 1) as crew:
        crew.start(member(folder, "chatty", "chatty"))
        wait_until(lambda: is_ready(folder), 60)
        crew.check()
        assert crew.restarted == []
    older, newer = (folder / "chatty.log.1").read_bytes(), (folder / "chatty.log").read_bytes()
    assert max(len(older), len(newer)) < MAX_BYTES + 200  # a line is not cut
    assert [int(line) for line in (older + newer).splitlines()] == list(range(110_000))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_no_process_outlives_the_one_that_started_it(folder: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-c", UP, str(folder)]
    up = subprocess.Popen(command, cwd=PROJECT, start_new_session=True)
    try:
        wait_until(lambda: is_ready(folder, 3))
        assert len(find_marked(str(folder))) == 9
        os.kill(up.pid, number)
        up.wait(90)
        wait_until(lambda: not find_marked(str(folder)))
        if number != signal.SIGKILL:
            assert up.returncode == 0
            assert (folder / "stopped").read_text() == number.name
    finally:
        sweep(str(folder), [psutil.Process(up.pid)] if up.poll() is None else [])
