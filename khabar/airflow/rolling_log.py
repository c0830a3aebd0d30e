"""A component's output in a file that is put aside when it has grown, while it is written to."""

from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from typing import IO

MAX_BYTES = 10_000_000
PUT_ASIDE = 4
"""Older files that are kept beside it, `.log.1` the newest: 50 MB a component at most."""
CHUNK_BYTES = 65_536


class RollingLog:
    """What one component said, and its successors where it died: lines are lost at no roll."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()

    def take(self, output: IO[bytes]) -> Thread:
        """Write down what a process says until it and all that it started have ended."""
        pump = Thread(target=self._pump, args=(output,), name=self.path.name, daemon=True)
        pump.start()
        return pump

    def write(self, chunk: bytes) -> None:
        """Append; the file is put aside at the end of a line, where it has one."""
        # A disk that is full costs words, and no component: who does not read stops who writes.
        with self._lock, suppress(OSError):
            size = self.path.stat().st_size if self.path.exists() else 0
            if size + len(chunk) > MAX_BYTES:
                line, end, chunk = chunk.partition(b"\n")
                self._append(line + end)
                self._roll()
            self._append(chunk)

    def roll(self) -> None:
        """Begin anew; the oldest of the files put aside goes."""
        with self._lock:
            self._roll()

    def _pump(self, output: IO[bytes]) -> None:
        with output:
            while chunk := output.read(CHUNK_BYTES):
                self.write(chunk)

    def _append(self, chunk: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(chunk)

    def _roll(self) -> None:
        files = [self.path, *(self._aside(number) for number in range(1, PUT_ASIDE + 1))]
        for older, newer in zip(reversed(files), reversed(files[:-1]), strict=False):
            with suppress(FileNotFoundError):
                newer.replace(older)

    def _aside(self, number: int) -> Path:
        return self.path.with_suffix(f".log.{number}")
