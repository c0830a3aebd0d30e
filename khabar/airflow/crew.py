"""A crew of child processes: started together, restarted when one dies, stopped to the last."""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import IO, Self, cast

import psutil

from khabar.airflow.processes import find_below, find_marked, send, spawn, sweep
from khabar.airflow.rolling_log import RollingLog
from khabar.airflow.signals import shielded
from khabar.settings import RUN_TOKEN

RESTARTS = 3
WINDOW_SECONDS = 300.0
GRACE_SECONDS = 12.0
"""What members get to end by themselves, and half of it again for what they started."""
WORDS_SECONDS = 5.0
"""How long the last words of a process that has ended are waited for."""


class CrewError(Exception):
    """A member died too often or did not get ready; the message names it and its log file."""


class NotReadyError(CrewError):
    """What was waited for did not come in time; all members are alive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One process of the crew: a Python module, its arguments, and where its output goes."""

    name: str
    module: str
    arguments: Sequence[str]
    env: Mapping[str, str]
    log: Path
    kill_children_first: bool = False
    """Kill its children before it is asked to stop."""


@dataclass(slots=True)
class _Post:
    member: Member
    log: RollingLog
    process: subprocess.Popen[bytes]
    pump: Thread
    deaths: list[float] = field(default_factory=list)


class Crew:
    """The processes of one `khabar up`; leaving the context stops every one of them."""

    def __init__(self, mark: str, grace_seconds: float = GRACE_SECONDS) -> None:
        self.mark = mark
        self.grace_seconds = grace_seconds
        self.restarted: list[str] = []
        self._posts: dict[str, _Post] = {}

    def __enter__(self) -> Self:
        sweep(self.mark)  # what an earlier `khabar up` on this home may have left behind
        return self

    def __exit__(self, *_: object) -> None:
        with shielded():
            self.stop()

    def start(self, member: Member) -> None:
        """Start a member, its log begun anew; logs before are kept as `.log.1` and so on."""
        log = RollingLog(member.log)
        log.roll()
        self._posts[member.name] = _Post(member, log, *self._spawn(member, log))

    def run(self, member: Member, timeout_seconds: float) -> None:
        """Run a member that ends by itself.

        Raises:
            CrewError: where it fails, or does not end in time.
        """
        process, pump = self._spawn(member, RollingLog(member.log))
        try:
            code = process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            raise CrewError(
                f"{member.name} did not end within {timeout_seconds:.0f} s: see {member.log}"
            ) from None
        pump.join(WORDS_SECONDS)
        if code:
            raise CrewError(f"{member.name} failed ({_how(code)}): see {member.log}")

    def check(self) -> None:
        """Start each dead member again.

        Raises:
            CrewError: where one died too often.
        """
        for post in self._posts.values():
            code = post.process.poll()
            if code is None:
                continue
            now = time.monotonic()
            post.deaths = [at for at in post.deaths if now - at < WINDOW_SECONDS] + [now]
            if len(post.deaths) > RESTARTS:
                raise CrewError(
                    f"{post.member.name} died {len(post.deaths)} times in "
                    f"{WINDOW_SECONDS / 60:.0f} minutes (last: {_how(code)}), "
                    f"so everything was stopped: see {post.member.log}"
                )
            self.restarted.append(f"{post.member.name} died ({_how(code)}) and was started again")
            send(self._strays(), signal.SIGTERM)
            post.process, post.pump = self._spawn(post.member, post.log)

    def wait_until(self, is_so: Callable[[], bool], timeout_seconds: float, what: str) -> None:
        """Keep the crew alive until a condition holds.

        Raises:
            NotReadyError: where it does not hold in time.
            CrewError: where a member died too often.
        """
        deadline = time.monotonic() + timeout_seconds
        while not is_so():
            if time.monotonic() > deadline:
                folders = self.log_folders()
                raise NotReadyError(f"{what} within {timeout_seconds:.0f} s: see {folders}")
            self.check()
            time.sleep(0.5)

    def log_folders(self) -> str:
        """Name the folders that hold the members' logs."""
        return ", ".join(sorted({str(post.member.log.parent) for post in self._posts.values()}))

    def pids(self) -> dict[str, int]:
        """Return the process id of each member."""
        return {name: post.process.pid for name, post in self._posts.items()}

    def stop(self) -> None:
        """Stop every member and all that they started; nothing is left when this returns.

        The scheduler's workers are killed first: a task that saw its crawler end would otherwise be
        booked as failed, where the next start shall take it up again.
        """
        posts = [post.process for post in self._posts.values()]
        below = find_below(process.pid for process in posts)
        for post in self._posts.values():
            if post.member.kill_children_first:
                send(_children(post.process.pid), signal.SIGKILL)
        for process in posts:
            with suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + self.grace_seconds
        for process in posts:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
        send(below, signal.SIGTERM)
        psutil.wait_procs(below, timeout=self.grace_seconds / 2)
        sweep(self.mark, [process for process in below if process.is_running()])
        for post in self._posts.values():
            post.process.wait()
            post.pump.join(WORDS_SECONDS)
        self._posts.clear()

    def _strays(self) -> list[psutil.Process]:
        """List what a dead member left behind: marked, and below no living one."""
        pids = self.pids().values()
        kept = {*pids, *(process.pid for process in find_below(pids))}
        return [process for process in find_marked(self.mark) if process.pid not in kept]

    def _spawn(self, member: Member, log: RollingLog) -> tuple[subprocess.Popen[bytes], Thread]:
        env = {**member.env, RUN_TOKEN: self.mark}
        process = spawn(member.module, member.arguments, env)
        return process, log.take(cast("IO[bytes]", process.stdout))


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children()
    except psutil.Error:
        return []


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
