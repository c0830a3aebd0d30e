"""Cells of a table, each isolated in its own direction of writing."""

from typing import TYPE_CHECKING

from rich.measure import Measurement
from rich.text import Text

from khabar.shown import isolate

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult


def show(text: str) -> "Text | Isolated":
    """Give what shows one cell; the cell beside it never joins its letters in one run."""
    begin, end = isolate(text)
    return Isolated(Text(text), begin, end) if begin else Text(text)


class Isolated:
    """A text of which each line is isolated for itself, as its end ends an isolate (X8)."""

    def __init__(self, text: Text, begin: str, end: str) -> None:
        self._text, self._begin, self._end = text, begin, end

    def __rich_measure__(self, console: "Console", options: "ConsoleOptions") -> Measurement:
        return Measurement.get(console, options, self._text)

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        lines = self._text.wrap(
            console, options.max_width, overflow=options.overflow, no_wrap=bool(options.no_wrap)
        )
        for line in lines:
            line.rstrip()
            yield Text.assemble(self._begin, line, self._end, no_wrap=True, overflow="ignore")
