"""How far files are copied or read: a bar on a terminal, now and then a line elsewhere."""

import time

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from khabar.teller import Teller

SAY_SECONDS = 30.0
"""After so long it is said how far it is, where there is no terminal."""


class CopyProgress(Teller):
    """A Watcher of a backup that people look at."""

    def __init__(self, *, is_quiet: bool) -> None:
        super().__init__(is_quiet=is_quiet)
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._doing = ""
        self._files = self._total_files = self._bytes = self._total_bytes = 0
        self._said_at = time.monotonic()

    def expect(self, doing: str, files: int, total_bytes: int) -> None:
        """Show what will be moved."""
        self._doing, self._total_files, self._total_bytes = doing, files, total_bytes
        if not self._out.is_terminal or self._is_quiet:
            return
        columns = (
            TextColumn("{task.description}"), BarColumn(), DownloadColumn(),
            TransferSpeedColumn(), TimeRemainingColumn(),
        )  # fmt: skip
        self._bar = Progress(*columns, console=self._out, transient=True)
        self._task = self._bar.add_task(self._words(), total=total_bytes)
        self._bar.start()

    def moved(self, more_bytes: int) -> None:
        """Show that bytes were moved."""
        self._bytes += more_bytes
        if self._bar is not None:
            self._bar.update(self._task, completed=self._bytes)
        elif time.monotonic() - self._said_at > SAY_SECONDS:
            self._said_at = time.monotonic()
            of = f"{self._bytes / 1e6:,.0f} of {self._total_bytes / 1e6:,.0f} MB"
            self._say(f"{self._words()}, {of}")

    def file_done(self) -> None:
        """Show that a file was moved whole."""
        self._files += 1
        if self._bar is not None:
            self._bar.update(self._task, description=self._words())

    def close(self) -> None:
        """Leave the screen to the last line."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _words(self) -> str:
        return f"{self._doing}: {self._files:,} of {self._total_files:,} files"
