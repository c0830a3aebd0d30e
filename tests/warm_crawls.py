"""Crawls as forks of one process that has Scrapy loaded: to load it takes longer than few pages.

What runs in them is the same; tests of how a crawl's process is started and ended use the real way.
"""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import IO, Any

import pytest

from crawlers import crawl

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
START_SECONDS = 120.0


class WarmCrawl:
    """A forked crawl, our own child; it has of subprocess.Popen what crawls are guarded with."""

    def __init__(self, pid: int, stdout: IO[str]) -> None:
        self.pid = pid
        self.stdout = stdout
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return its exit code, negative for a signal; None where it lives."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        ends = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if ends is not None and time.monotonic() > ends:
                raise subprocess.TimeoutExpired("crawl", timeout or 0)
            time.sleep(0.01)
        return code

    def terminate(self) -> None:
        """Ask it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


class CrawlServer:
    """Starts crawls in the place of subprocess.Popen."""

    def __init__(self) -> None:
        self._talk, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._turn = threading.Lock()
        with theirs:
            number = theirs.fileno()
            self._server = subprocess.Popen(
                [sys.executable, "-m", "tests.crawl_server", str(number)], pass_fds=[number]
            )
        self._talk.settimeout(START_SECONDS)
        self._is_ready = False

    def start(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        pass_fds: Sequence[int] = (),
        **_: object,
    ) -> WarmCrawl:
        """Fork a crawl; its output can be read from its `stdout`, its input is empty."""
        order = {"arguments": command[3:], "env": dict(env), "parent": os.getpid()}
        reading, writing = os.pipe()
        nothing = os.open(os.devnull, os.O_RDONLY)
        try:
            with self._turn:
                pid = self._order(order, [nothing, writing, writing, *pass_fds])
        finally:
            os.close(nothing)
            os.close(writing)
        return WarmCrawl(pid, os.fdopen(reading, "r", errors="replace"))

    def _order(self, order: Mapping[str, object], files: Sequence[int]) -> int:
        if not self._is_ready:
            self._is_ready = self._talk.recv(16) == b"ready"
        _adopt(orphans=True)
        try:
            socket.send_fds(self._talk, [json.dumps(order).encode()], files)
            return int(self._talk.recv(16))
        finally:
            _adopt(orphans=False)

    def close(self) -> None:
        """End the server; crawls that are at work go on."""
        self._talk.close()
        self._server.wait(START_SECONDS)


def _adopt(*, orphans: bool) -> None:
    """Become the parent of what a child of ours leaves behind, or no longer."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(orphans), 0, 0, 0)


@pytest.fixture(scope="session")
def crawl_server() -> Iterator[CrawlServer]:
    server = CrawlServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def warm_crawls(crawl_server: CrawlServer) -> Iterator[None]:
    """Let each crawl of a file of tests be a fork."""
    with forked(crawl_server):
        yield


@contextmanager
def forked(crawl_server: CrawlServer) -> Iterator[None]:
    """Let each crawl be a fork."""
    instead: Any = SimpleNamespace(**vars(subprocess))
    instead.Popen = crawl_server.start
    with pytest.MonkeyPatch.context() as patch:
        if sys.platform == "linux":
            patch.setattr(crawl, "subprocess", instead)
        yield
