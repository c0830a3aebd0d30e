"""Leases of hosts (flock under locks/), so that no two processes ask one outlet at once."""

import fcntl
import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

WAIT_SECONDS = 120.0


class HostBusyError(Exception):
    """Another process of this machine is asking the outlet."""


@contextmanager
def lease_hosts(
    home: Path, hosts: Iterable[str], wait: float = WAIT_SECONDS
) -> Iterator[list[int]]:
    """Hold every host, in one order for all; yields descriptors for a child to hold too.

    Raises:
        HostBusyError: where another process keeps a host for longer than `wait` seconds.
    """
    ends = time.monotonic() + wait
    with ExitStack() as stack:
        held = []
        for host in sorted(set(hosts)):
            path = home / "locks" / f"host-{re.sub(r'[^a-z0-9.-]', '_', host.lower())}.lock"
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            stack.callback(os.close, lock)
            _acquire(lock, host, path, ends)
            held.append(lock)
        yield held


def _acquire(lock: int, host: str, path: Path, ends: float) -> None:
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= ends:
                raise HostBusyError(
                    f"{host} is being crawled by process {_holder(path)}; try again when it is done"
                ) from None
            time.sleep(0.2)
        else:
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(os.getpid()).encode(), 0)
            return


def _holder(path: Path) -> str:
    return path.read_text("utf-8").strip() or "?"
