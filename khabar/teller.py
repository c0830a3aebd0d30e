"""What all have in common that show on a terminal how a command goes."""

from abc import ABC, abstractmethod
from typing import Self

from rich.text import Text

from khabar.shown import console, plain


class Teller(ABC):
    """Says lines as plain text, or none but complaints where it is quiet; closed by `with`."""

    def __init__(self, *, is_quiet: bool) -> None:
        self._out = console(on_stderr=True)
        self._is_quiet = is_quiet

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Leave the last state on the screen."""

    def complain(self, line: str) -> None:
        """Show what went wrong, even where the rest is quiet."""
        self._out.print(Text(plain(line), style="bold"))

    def _say(self, line: str) -> None:
        if not self._is_quiet:
            self._out.print(Text(plain(line)))
