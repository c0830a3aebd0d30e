"""How far a rebuild is: a bar on a terminal, now and then a line elsewhere."""

import time

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from khabar.copy_progress import SAY_SECONDS
from khabar.teller import Teller


class ReplayProgress(Teller):
    """A Watcher of a rebuild that people look at."""

    def __init__(self, *, is_quiet: bool) -> None:
        super().__init__(is_quiet=is_quiet)
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._said_at = 0.0

    def __call__(self, done: int, total: int, batch_id: str) -> None:
        """Show which batch is replayed next."""
        words = f"replaying {batch_id}: {done:,} of {total:,} batches done"
        if not self._out.is_terminal or self._is_quiet:
            if time.monotonic() - self._said_at > SAY_SECONDS:
                self._said_at = time.monotonic()
                self._say(words)
            return
        if self._bar is None:
            columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, console=self._out, transient=True)
            self._task = self._bar.add_task(words, total=total)
            self._bar.start()
        self._bar.update(self._task, description=words, completed=done)

    def close(self) -> None:
        """Leave the screen to the last line."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
