"""What `khabar up` says, on a terminal or in a file."""

from typing import Self

from khabar.shown import console, plain


class Screen:
    """Lines that stay, and one that changes; where there is no terminal, each change is a line."""

    def __init__(self) -> None:
        self._out = console()
        self._status = self._out.status("starting")
        self._last = ""

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def say(self, text: str) -> None:
        """Print a line."""
        self._out.print(plain(text), markup=False)

    def complain(self, text: str) -> None:
        """Print a line to standard error."""
        console(on_stderr=True).print(f"khabar: {plain(text)}", markup=False)

    def doing(self, text: str) -> None:
        """Show what is being done now."""
        if text != self._last and not self._out.is_terminal:
            self.say(text)
        self._last = text
        self._status.update(text)
