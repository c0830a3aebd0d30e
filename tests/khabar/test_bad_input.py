import errno
import gzip
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from khabar.mend import mend
from tests.khabar.command import Done, assert_one_line, khabar, settings_of
from warehouse.connection import WriterBusy, open_writer

TEXT = " ".join(
    f"The council of Tor Ghar said on day {day} that road {day} will be open." for day in range(40)
)
ARTICLE = f"<html><head><title>The road is open</title></head><body><article><h1>The road is open</h1><p>{TEXT}</p></article></body></html>"  # noqa: E501


def write_source(folder: Path, name: str, feed: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yml").write_text(
        f"name: {name}\nhome: {feed}\nlanguages: [en]\ntimezone: Asia/Karachi\n"
        f"entrances:\n  - feed: {feed}\n"
    )


@pytest.fixture
def html_feed() -> Iterator[str]:
    """Serve a web page where a feed should be."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_robots = self.path == "/robots.txt"
            body = b"" if is_robots else b"<!doctype html><html><body><h1>Moved</h1></body></html>"
            self.send_response(404 if is_robots else 200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_feed_that_is_html_is_named_and_nothing_is_lost(tmp_path: Path, html_feed: str) -> None:
    write_source(tmp_path / "catalogue", "valley", f"http://{html_feed}/feed/")
    done = khabar(
        tmp_path / "home", "run", catalogue=str(tmp_path / "catalogue"), loopback=html_feed
    )
    assert done.returncode == 1
    assert "not_a_feed" in done.stderr
    assert "be reached" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    polls = khabar(tmp_path / "home", "sql", "SELECT reason FROM polls", "--json")
    assert json.loads(polls.stdout) == {"reason": "not_a_feed"}


def test_no_outlet_in_reach_is_one_line_that_points_to_the_demo(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = f"127.0.0.1:{probe.getsockname()[1]}"
    write_source(tmp_path / "catalogue", "valley", f"http://{closed}/feed/")
    done = khabar(tmp_path / "home", "run", catalogue=str(tmp_path / "catalogue"), loopback=closed)
    assert done.returncode == 1
    told = [line for line in done.stdout.splitlines() if "sources could be reached" in line]
    assert len(told) == 1
    assert "make demo" in told[0]
    assert "Traceback" not in done.stderr


def test_run_without_a_source_file_that_can_be_used_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "catalogue"
    done = khabar(tmp_path / "home", "run", catalogue=str(folder))
    assert done.returncode == 1
    assert f"no source file can be used in {folder}" in done.stderr
    folder.mkdir()
    (folder / "odd.yml").write_text("colour: red\n")
    done = khabar(tmp_path / "home", "run", catalogue=str(folder))
    assert done.returncode == 1
    assert "odd.yml: " in done.stderr
    assert "Traceback" not in done.stderr


def test_empty_page_and_page_of_50_mb_are_accounted_for(tmp_path: Path) -> None:
    pages = {"good": ARTICLE.encode(), "empty": b"", "huge": ARTICLE.encode() + b" " * (51 << 20)}
    lines = []
    for name, body in pages.items():
        (tmp_path / f"{name}.html.gz").write_bytes(gzip.compress(body, 1))
        lines.append({"id": name, "file": f"{name}.html.gz", "url": f"https://v.test/a/{name}"})
    lines.append({"id": "lost", "file": "lost.html.gz", "url": "https://v.test/a/lost"})
    (tmp_path / "manifest.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
    done = khabar(tmp_path / "home", "import", str(tmp_path / "manifest.jsonl"), "--json")
    assert done.returncode == 0, done.stderr
    outcomes = {(one["outcome"], one["reason"]) for one in json.loads(done.stdout)["outcomes"]}
    assert outcomes == {
        ("new", None), ("rejected", "empty"), ("failed", "too_large"), ("failed", "bad_response")
    }  # fmt: skip


def test_path_that_cannot_be_imported_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    assert_one_line(khabar(tmp_path / "home", "import", str(tmp_path / "notes.txt")), "notes.txt")
    assert_one_line(khabar(tmp_path / "home", "import", str(tmp_path / "gone.warc")), "gone.warc")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("words", [("publish",), ("plan",), ("run",), ("rebuild",)])
def test_home_that_is_a_file_is_one_line(tmp_path: Path, words: tuple[str, ...]) -> None:
    home = tmp_path / "home"
    home.write_text("mine")
    write_source(tmp_path / "catalogue", "valley", "http://127.0.0.1:9/feed/")
    reach = {"catalogue": str(tmp_path / "catalogue"), "contact": "desk@khabar.example"}
    done = khabar(home, *words, **reach)
    assert_one_line(done, "home")
    assert home.read_text() == "mine"


AS_NOBODY = """
import os, sys, khabar.cli, khabar.mend, warehouse.publish
os.setgid(65534); os.setuid(65534)
sys.argv = ["khabar", "publish"]
khabar.cli.main()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody else")
def test_home_that_may_not_be_written_is_one_line(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY], check=False, env=settings_of(home),
        capture_output=True, text=True,
    )  # fmt: skip
    assert_one_line(
        Done(returncode=done.returncode, stdout=done.stdout, stderr=done.stderr),
        str(home), "KHABAR_HOME",
    )  # fmt: skip


def test_setting_that_is_wrong_is_one_line_with_its_name(tmp_path: Path) -> None:
    assert_one_line(khabar(tmp_path / "home", "status", port="eighty"), "KHABAR_PORT", "eighty")


def test_second_writer_is_one_line_with_the_process_of_the_first(tmp_path: Path) -> None:
    second = open_writer(tmp_path, wait_seconds=0.1)
    with open_writer(tmp_path), pytest.raises(WriterBusy) as busy, second:
        pytest.fail("two writers")
    line = mend(busy.value)
    assert line is not None
    assert str(os.getpid()) in line
    assert "\n" not in line


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.ENOTDIR])
def test_trouble_with_the_disk_is_one_line_with_the_mend(number: int) -> None:
    line = mend(OSError(number, os.strerror(number), "/data/x"))
    assert line is not None
    assert line.startswith("/data/x: ")


def test_fault_of_ours_keeps_its_traceback() -> None:
    assert mend(KeyError("x")) is None
    assert mend(ValueError("something else")) is None
