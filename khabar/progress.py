"""How a batch goes, shown as it goes: a live table on a terminal, plain lines elsewhere."""

import threading
import time
from collections.abc import Sequence

from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from khabar.shown import plain
from khabar.teller import Teller

REDRAW_SECONDS = 0.2
WAIT_SECONDS = 30.0
"""After so long it is said who is waited for, where there is no terminal."""
MAX_NAMED = 3
MEGABYTE = 1 << 20
MAX_LINES = 100
"""Sources with a line each; of an import of thousands, the others are counted."""


class Progress(Teller):
    """A Watcher that people look at; commands end on its last lines."""

    def __init__(self, *, is_quiet: bool = False) -> None:
        super().__init__(is_quiet=is_quiet)
        self._states: dict[str, tuple[str, bool, float]] = {}
        self._live: Live | None = None
        self._read_at = 0.0
        self._done = 0
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._waiting: threading.Thread | None = None

    def expect(self, source_ids: Sequence[str]) -> None:
        """Show the sources that will be worked on."""
        self._states = dict.fromkeys(source_ids, ("waiting", False, time.monotonic()))
        if self._out.is_terminal and not self._is_quiet:
            self._live = Live(get_renderable=self._draw, console=self._out, refresh_per_second=2)
            self._live.start()
        else:
            self._begin_waiting()

    def _begin_waiting(self) -> None:
        """Say now and then who is waited for, where no live table shows it."""
        if self._is_quiet or self._waiting is not None:
            return
        self._waiting = threading.Thread(target=self._say_waiting, daemon=True)
        self._waiting.start()

    def _say_waiting(self) -> None:
        while not self._is_over.wait(WAIT_SECONDS):
            with self._lock:
                states = list(self._states.items())
            now = time.monotonic()
            busy = [
                f"{source_id} ({state}, {now - since:.0f} s)"
                for source_id, (state, is_done, since) in states
                if not is_done and state != "waiting"
            ]
            if busy:
                more = f" and {len(busy) - MAX_NAMED} more" if len(busy) > MAX_NAMED else ""
                self._say(f"waiting for {', '.join(busy[:MAX_NAMED])}{more}")

    def source(self, source_id: str, state: str, *, is_done: bool = False) -> None:
        """Show what a source does now."""
        with self._lock:
            self._states[source_id] = (state, is_done, time.monotonic())
            if is_done and self._live is None:
                self._done += 1
                if self._done <= MAX_LINES:
                    self._say(state)
                elif self._done % MAX_LINES == 0:
                    self._say(f"{self._done:,} sources done, of which the last: {state}")

    def stage(self, name: str, line: str) -> None:
        """Show that a stage of the whole batch ended."""
        self._say(f"{name}: {line}")

    def read(self, read_bytes: int, total_bytes: int, records: int) -> None:
        """Show how much of a file is read, as a bar that grows in place; a terminal's only."""
        now = time.monotonic()
        if not self._out.is_terminal or self._is_quiet or now - self._read_at < REDRAW_SECONDS:
            return
        self._read_at = now
        with self._lock:
            if self._live is None:
                self._live = Live(console=self._out, refresh_per_second=4, transient=True)
                self._live.start()
            self._live.update(_bar(read_bytes, total_bytes, records))

    def close(self) -> None:
        """Leave the last state on the screen."""
        self._is_over.set()
        if self._waiting is not None:
            self._waiting.join()  # its last line comes before the command's
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _draw(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for source_id, (state, is_done, since) in list(self._states.items()):
            mark = Text("✓" if is_done else "·", style="green" if is_done else "dim")
            words = plain(state.removeprefix(f"{source_id}: "))
            if not is_done:
                words += f" {time.monotonic() - since:.0f} s"
            table.add_row(mark, Text(source_id), Text(words, overflow="ellipsis", no_wrap=True))
        return table


def _bar(read_bytes: int, total_bytes: int, records: int) -> Table:
    row = Table.grid(padding=(0, 1))
    of = f"{read_bytes / MEGABYTE:,.0f} of {total_bytes / MEGABYTE:,.0f} MB"
    row.add_row(
        Text("reading"),
        ProgressBar(total=max(total_bytes, 1), completed=read_bytes, width=30),
        Text(f"{read_bytes / max(total_bytes, 1):4.0%}  {of}, {records:,} records and lines"),
    )
    return row
