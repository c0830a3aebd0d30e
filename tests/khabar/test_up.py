import fcntl
import json
import os
import pty
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import termios
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from khabar.airflow.crew import Crew, CrewError
from khabar.airflow.home import EVERYWHERE, PROJECT, StartError, check_port, lock_home, prepare_home
from khabar.airflow.processes import find_marked, sweep
from khabar.airflow.signals import StopRequest
from khabar.screen import Screen
from khabar.up import say_where, stay_up, warn_of_others
from tests.airflow_session import free_port

UP = [sys.executable, "-m", "khabar.cli", "up", "--demo", "--newsroom-port"]


def settings(home: Path, port: int) -> dict[str, str]:
    return os.environ | {"KHABAR_HOME": str(home), "KHABAR_PORT": str(port)}


def refused(home: Path, port: int) -> str:
    done = subprocess.run(
        [*UP, "0"], cwd=PROJECT, env=settings(home, port), capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == ""
    assert find_marked(str(home)) == []
    return done.stderr


def free_block(size: int) -> str:
    """Return the first of ports in a row that were free a moment ago: addresses last a restart."""
    for _ in range(100):
        first = free_port()
        try:
            for port in range(first, first + size):
                check_port(port, "")
        except (StartError, OverflowError):
            continue
        return str(first)
    raise AssertionError("no ports in a row are free")


def wait_for_line(up: subprocess.Popen[str], wanted: str) -> str:
    seen = ""
    assert up.stdout is not None
    for line in up.stdout:
        seen += line
        if wanted in line:
            return seen
    raise AssertionError(seen)


def wait_for_nobody(home: Path) -> None:
    deadline = time.monotonic() + 15
    while find_marked(str(home)):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def states_of_ingests(home: Path) -> list[str]:
    """Ask Airflow's database how its runs ended, the interrupted one first."""
    with closing(sqlite3.connect(home / "airflow" / "airflow.db")) as con:
        rows = con.execute("SELECT state FROM dag_run WHERE dag_id = 'ingest' ORDER BY id")
        return [str(state) for (state,) in rows]


def open_terminal(command: list[str], env: dict[str, str]) -> tuple[subprocess.Popen[bytes], int]:
    """Start a command in a terminal of its own; return our end of that."""
    ours, theirs = pty.openpty()
    up = subprocess.Popen(
        command, cwd=PROJECT, env=env | {"COLUMNS": "200", "NO_COLOR": "1"}, stdin=theirs,
        stdout=theirs, stderr=theirs, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
    )  # fmt: skip
    os.close(theirs)
    return up, ours


def read_until(terminal: int, wanted: bytes) -> str:
    seen = b""
    while wanted not in seen:
        seen += os.read(terminal, 4096)
    return seen.decode()


def test_port_in_use_is_one_line_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert refused(tmp_path, port) == (
            f"khabar: port {port} cannot be had (Address already in use); "
            f"choose another: KHABAR_PORT={port + 1} make demo\n"
        )


def test_second_up_on_the_same_home_is_one_line(tmp_path: Path) -> None:
    with lock_home(tmp_path):
        said = refused(tmp_path, free_port())
    assert said.startswith(
        f"khabar: `khabar up` already runs on {tmp_path} (process {os.getpid()})"
    )
    assert said.count("\n") == 1


def test_home_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    home = tmp_path / "file"
    home.write_text("")
    said = refused(home, free_port())
    assert said.startswith(f"khabar: KHABAR_HOME={home} cannot be written")
    assert said.count("\n") == 1


def test_password_is_said_at_the_first_start_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    airflow = prepare_home(tmp_path, 8080)
    say_where(airflow, Screen(), stay=True, is_first=True)
    assert airflow.password in capsys.readouterr().out
    say_where(airflow, Screen(), stay=True, is_first=False)
    said = capsys.readouterr().out
    assert airflow.password not in said
    assert str(airflow.passwords) in said


@pytest.mark.parametrize("host", [EVERYWHERE, "192.0.2.7"])
def test_others_who_reach_the_page_are_warned_of(
    capsys: pytest.CaptureFixture[str], host: str
) -> None:
    warn_of_others(host, Screen())
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith(f"KHABAR_HOST={host}: who reaches this machine reaches Airflow")
    assert "TLS" in said


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2"])
def test_page_that_this_machine_alone_reaches_is_no_word_worth(
    capsys: pytest.CaptureFixture[str], host: str
) -> None:
    warn_of_others(host, Screen())
    assert capsys.readouterr().out == ""


def test_old_records_are_removed_at_the_start_and_then_daily_whatever_becomes_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hours, cleaned = [0], list[int]()

    def clean(*_: object) -> None:
        cleaned.append(hours[0])
        raise CrewError("airflow db clean failed")

    def pass_an_hour(_: float) -> None:
        hours[0] += 1
        if hours[0] == 50:
            raise StopRequest

    clock = SimpleNamespace(monotonic=lambda: 3600.0 * hours[0], sleep=pass_an_hour)
    monkeypatch.setattr("khabar.up.time", clock)
    monkeypatch.setattr("khabar.up.clean_records", clean)
    airflow = prepare_home(tmp_path, 8080)
    with Crew(str(tmp_path)) as crew, pytest.raises(StopRequest):
        stay_up(crew, airflow, {}, Screen())
    assert cleaned == [0, 24, 48]
    assert capsys.readouterr().out.count("airflow db clean failed") == 3


def stop_in_mid_run(command: list[str], env: dict[str, str], number: signal.Signals) -> None:
    """Start a command, and end it while it crawls; SIGHUP is a terminal that is closed."""
    if number == signal.SIGHUP:
        watched, terminal = open_terminal(command, env)
        read_until(terminal, b"crawl 0/7")
        time.sleep(2)
        os.close(terminal)  # the kernel sends it
        watched.wait(60)
        return
    up = subprocess.Popen(command, cwd=PROJECT, env=env, stdout=subprocess.PIPE, text=True)
    wait_for_line(up, "crawl 0/7")
    time.sleep(2)
    up.send_signal(number)
    up.wait(60)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL, signal.SIGHUP])
def test_demo_stopped_in_mid_run_goes_on_and_ends_right(
    tmp_path: Path, number: signal.Signals
) -> None:
    env, command = settings(tmp_path, free_port()), [*UP, free_block(8)]
    try:
        stop_in_mid_run(command, env, number)
        wait_for_nobody(tmp_path)
        again = subprocess.run(
            [*command, "--exit"], cwd=PROJECT, env=env, capture_output=True, text=True, timeout=400,
            check=False,
        )  # fmt: skip
    finally:
        sweep(str(tmp_path))
    assert again.returncode == 0, again.stdout + again.stderr
    assert "7 of 7 sources fine" in again.stdout
    assert "hours pass in the town" in again.stdout
    assert "Changed after publication: " in again.stdout
    assert "Carried by several outlets: " in again.stdout
    assert find_marked(str(tmp_path)) == []
    assert states_of_ingests(tmp_path)[0] == "success"


@pytest.mark.slow
def test_password_is_shown_once_and_a_closed_terminal_leaves_nothing(tmp_path: Path) -> None:
    env, command = settings(tmp_path, free_port()), [*UP, free_block(8)]
    up, terminal = open_terminal(command, env)
    try:
        said = read_until(terminal, b"Ctrl-C stops everything")
        passwords = tmp_path / "airflow" / "passwords.json"
        password = json.loads(passwords.read_text())["admin"]
        assert said.count(password) == 1
        assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
        sockets = [
            one.laddr for process in find_marked(str(tmp_path))
            for one in process.net_connections("inet") if one.status == psutil.CONN_LISTEN
        ]  # fmt: skip
        assert len(sockets) >= 9  # Airflow's, and the newsroom's eight
        assert {at.ip for at in sockets} == {"127.0.0.1"}
        os.close(terminal)  # the kernel sends SIGHUP
        assert up.wait(60) == 0
        wait_for_nobody(tmp_path)
        again = subprocess.Popen(command, cwd=PROJECT, env=env, stdout=subprocess.PIPE, text=True)
        told = wait_for_line(again, "Ctrl-C stops everything")
        again.send_signal(signal.SIGINT)
        told += again.communicate(timeout=60)[0]
    finally:
        sweep(str(tmp_path))
    assert again.returncode == 0
    assert "stopped (SIGINT); nothing is left running, and nothing is lost" in told
    assert str(passwords) in told
    assert password not in told
    assert find_marked(str(tmp_path)) == []


@pytest.mark.slow
def test_machine_that_lost_power_in_mid_run_ends_it_within_five_minutes(tmp_path: Path) -> None:
    env, command = settings(tmp_path, free_port()), [*UP, free_block(8)]
    up = subprocess.Popen(command, cwd=PROJECT, env=env, stdout=subprocess.PIPE, text=True)
    try:
        wait_for_line(up, "crawl 0/7")
        time.sleep(2)
        for process in find_marked(str(tmp_path)):  # all at once, before any could end another
            os.kill(process.pid, signal.SIGKILL)
        up.kill()
        up.wait(60)
        began = time.monotonic()
        again = subprocess.Popen(
            [*command, "--exit"], cwd=PROJECT, env=env, stdout=subprocess.PIPE, text=True
        )
        wait_for_line(again, "7 of 7 sources fine")
        took = time.monotonic() - began
        assert states_of_ingests(tmp_path)[0] == "success"
        again.communicate(timeout=400)
    finally:
        sweep(str(tmp_path))
    assert took < 300
    assert again.returncode == 0
    assert find_marked(str(tmp_path)) == []
