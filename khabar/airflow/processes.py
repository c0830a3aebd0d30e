"""Child processes that can all be found again, by a mark in their environment, and ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence

import psutil

from khabar.settings import RUN_TOKEN


def spawn(module: str, arguments: Sequence[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a Python module on the leash, in a session of its own, its output in a pipe."""
    return subprocess.Popen(
        [sys.executable, "-m", "khabar.airflow.leash", str(os.getpid()), module, *arguments],
        env=env,
        cwd=env["AIRFLOW_HOME"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,  # a read gives what is there
        start_new_session=True,
    )


def find_marked(mark: str) -> list[psutil.Process]:
    """List living processes that carry the mark; this one never does."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(RUN_TOKEN) == mark:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def find_below(roots: Iterable[int]) -> list[psutil.Process]:
    """List living descendants of the given processes, without these themselves."""
    below = []
    for pid in roots:
        try:
            below += psutil.Process(pid).children(recursive=True)
        except psutil.Error:
            continue
    return below


def send(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    """Signal each process that still lives."""
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.Error:
            continue


def sweep(mark: str, known: Iterable[psutil.Process] = ()) -> int:
    """Kill what carries the mark, and the known processes, until none is left; return how many.

    Repeated, for a process may fork while it is being looked for.
    """
    killed = set()
    left = [*known, *find_marked(mark)]
    while left:
        send(left, signal.SIGKILL)
        killed |= {process.pid for process in left}
        psutil.wait_procs(left, timeout=2)
        left = find_marked(mark)
    return len(killed)
