"""Ctrl-C in the midst of a query."""

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb


@contextmanager
def heed_interrupts(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM stop a query at once.

    Python hears of a signal when DuckDB lets it, which a large join does not for minutes; a thread
    hears of it by the wake-up file (docs.python.org/3/library/signal.html#signal.set_wakeup_fd).
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard, told = socket.socketpair()
    told.setblocking(False)
    before = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    watcher = threading.Thread(target=_interrupt, args=(heard, connection), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        told.close()
        watcher.join()
        heard.close()


def _interrupt(heard: socket.socket, connection: duckdb.DuckDBPyConnection) -> None:
    while number := heard.recv(1):
        if number[0] in (signal.SIGINT, signal.SIGTERM):
            connection.interrupt()
