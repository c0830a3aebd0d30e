"""Leases of hosts (flock under locks/), so that no two processes ask one outlet at once."""

import fcntl
import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from crawlers.catalogue import Source
from crawlers.sites import bare_host
from crawlers.urls import host_of

WAIT_SECONDS = 120.0
MAX_DISTANCE_SECONDS = 60.0


class HostBusyError(Exception):
    """Another process of this machine is asking the outlet."""


def hosts_of(source: Source) -> frozenset[str]:
    """List every host that a crawl of a source may ask, as they are leased (without `www.`)."""
    ways = (*source.entrances, *source.backfill)
    return frozenset(map(bare_host, (*source.hosts, *(host_of(way.url) for way in ways))))


def host_key(url: str) -> str:
    """Give a URL's host as it is leased, and its health remembered: without `www.`."""
    return bare_host(host_of(url))


def host_path(home: Path, host: str, kind: str) -> Path:
    """Name a host's file under locks/: its `lock`, its sign `wanted`, its health `json`."""
    return home / "locks" / f"host-{re.sub(r'[^a-z0-9.-]', '_', host.lower())}.{kind}"


@contextmanager
def lease_hosts(
    home: Path, hosts: Iterable[str], wait: float = WAIT_SECONDS, *, is_urgent: bool = True
) -> Iterator[list[int]]:
    """Hold every host, in one order for all; yields descriptors for a child to hold too.

    While it waits for a host, is_wanted() tells the holder, unless it is not urgent.

    Raises:
        HostBusyError: where another process keeps a host for longer than `wait` seconds.
    """
    ends = time.monotonic() + wait
    with ExitStack() as stack:
        held = []
        for host in sorted(set(map(bare_host, hosts))):
            path = host_path(home, host, "lock")
            lock = _open(path, stack)
            if not _take(lock):
                with ExitStack() as waiting:
                    if is_urgent:
                        # A lock, not the file, is the sign: it dies with the process.
                        sign = _open(host_path(home, host, "wanted"), waiting)
                        fcntl.flock(sign, fcntl.LOCK_SH)
                    _wait_for(lock, host, path, ends)
            _sign(lock)
            held.append(lock)
        yield held


def is_wanted(home: Path, hosts: Iterable[str]) -> bool:
    """Tell the holder of hosts whether another process waits for one of them."""
    return any(_is_locked(host_path(home, bare_host(host), "wanted")) for host in hosts)


def seconds_to_turn(home: Path, host: str) -> float:
    """Say how long a host must still be let be, as the process that asked it last has reserved."""
    try:
        free_at = host_path(home, host, "lock").stat().st_mtime
    except FileNotFoundError:
        return 0.0
    wait = free_at - time.time()
    # Nobody reserves more: the clock was ahead then, and its time says nothing now.
    return wait if 0 < wait <= MAX_DISTANCE_SECONDS else 0.0


def reserve(home: Path, host: str, seconds: float) -> None:
    """Keep a host from being asked for some seconds, by this process or the next one."""
    path = host_path(home, host, "lock")
    free_at = time.time() + min(seconds, MAX_DISTANCE_SECONDS)
    try:
        os.utime(path, (free_at, free_at))
    except FileNotFoundError:  # no host of the source: a redirect led to it
        path.touch()
        os.utime(path, (free_at, free_at))


def _open(path: Path, stack: ExitStack) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    stack.callback(os.close, lock)
    return lock


def _take(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait_for(lock: int, host: str, path: Path, ends: float) -> None:
    while not _take(lock):
        if time.monotonic() >= ends:
            raise HostBusyError(
                f"{host} is being crawled by process {_holder(path)}; try again when it is done"
            )
        time.sleep(0.2)


def _sign(lock: int) -> None:
    """Write who holds it, and keep the time, which says when the host may be asked again."""
    times = os.fstat(lock)
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    os.utime(lock, ns=(times.st_atime_ns, times.st_mtime_ns))


def _is_locked(path: Path) -> bool:
    with ExitStack() as stack:
        try:
            sign = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        stack.callback(os.close, sign)
        return not _take(sign)


def _holder(path: Path) -> str:
    return path.read_text("utf-8").strip() or "?"
