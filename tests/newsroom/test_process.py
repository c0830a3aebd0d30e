"""The newsroom as a process of its own: ready line, source files, control, and its end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crawlers.catalogue import load_catalogue
from tests.newsroom.conftest import get

START = [sys.executable, "-m", "khabar.newsroom", "--articles", "30", "--home"]


@contextmanager
def _newsroom(home: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen(
        [*START, str(home), *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def _ready(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline()


def test_it_says_it_is_ready_and_writes_its_sources(tmp_path: Path) -> None:
    with _newsroom(tmp_path) as child:
        assert _ready(child).startswith("newsroom ready: 7 outlets on 127.0.0.1:")
        sources, errors = load_catalogue([tmp_path / "newsroom" / "sources"])
        assert not errors
        card = json.loads((tmp_path / "newsroom" / "town.json").read_text())
        assert {host for source in sources for host in source.hosts} == set(card["loopback"])
        assert all(get(source.home).status == 200 for source in sources)


def test_it_ends_quietly_at_a_signal_even_in_the_middle_of_a_talk(tmp_path: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with _newsroom(tmp_path) as child:
            _ready(child)
            card = json.loads((tmp_path / "newsroom" / "town.json").read_text())
            host, port = card["loopback"][0].split(":")
            with socket.create_connection((host, int(port))) as line:
                line.sendall(b"GET / HTTP/1.1\r\n")
                time.sleep(0.1)
                child.send_signal(number)
                _, errors = child.communicate(timeout=10)
            assert (child.returncode, errors) == (0, "")


def test_what_is_not_http_is_hung_up_on(tmp_path: Path) -> None:
    with _newsroom(tmp_path) as child:
        _ready(child)
        card = json.loads((tmp_path / "newsroom" / "town.json").read_text())
        host, port = card["loopback"][0].split(":")
        with socket.create_connection((host, int(port)), timeout=10) as line:
            line.sendall(b"hello\r\n\r\n")
            assert line.recv(10) == b""


def test_another_process_lets_time_pass_and_makes_trouble(tmp_path: Path) -> None:
    with _newsroom(tmp_path, "--now", "2026-11-22T06:00:00Z") as child:
        _ready(child)
        card = json.loads((tmp_path / "newsroom" / "town.json").read_text())
        control = f"http://{card['control']}"
        passed = json.loads(get(f"{control}/advance?hours=12").body)
        assert passed["new"]
        assert passed["changed"]
        assert get(passed["new"][0]).status == 200
        asked = "outlet=valley_herald&kind=status&status=429&retry_after=3&paths=/story/*"
        assert get(f"{control}/misbehave?{asked}").status == 200
        url = next(url for url in passed["new"] if "/story/" in url)
        assert get(url).headers["retry-after"] == "3"
        assert get(f"{control}/heal").status == 200
        assert get(url).status == 200
        truth = json.loads(get(f"{control}/truth?outlet=valley_herald").body)
        assert url in {line["url"] for line in truth}
        log = json.loads(get(f"{control}/log").body)
        assert [line["status"] for line in log][-2:] == [429, 200]
        refused = get(f"{control}/misbehave?outlet=valley_herald&kind=tantrum")
        assert refused.status == 400
        assert "kind" in json.loads(refused.body)["error"]


def test_a_town_that_is_started_again_goes_on_where_it_stopped(tmp_path: Path) -> None:
    told = []
    for hours in (12, 0):
        with _newsroom(tmp_path, "--now", "2026-11-22T06:00:00Z") as child:
            _ready(child)
            card = json.loads((tmp_path / "newsroom" / "town.json").read_text())
            get(f"http://{card['control']}/advance?hours={hours}")
            truths = json.loads(get(f"http://{card['control']}/truth").body)
            told.append([(one["index"], one["title"], one["gone"]) for one in truths])
            time.sleep(1)  # twice as long as the clock may stay unwritten
    assert told[0] == told[1]
    assert len(told[0]) > 7 * 30


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with _newsroom(tmp_path, "--port", str(port)) as child:
            output, errors = child.communicate(timeout=20)
    assert child.returncode == 1
    assert output == ""
    assert errors.count("\n") == 1
    assert f"port {port} on 127.0.0.1 is in use" in errors
    assert "--port" in errors


def test_it_ends_when_its_parent_is_gone(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen({[*START, str(tmp_path)]!r}, stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        "print(child.pid)\n"
    )
    parent = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    pid = int(parent.stdout)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and _runs(pid):
        time.sleep(0.1)
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"
