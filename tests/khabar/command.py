"""The `khabar` command, called as people call it, in this process (rooms load once)."""

import io
import os
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from khabar.cli import main
from khabar.settings import read_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def settings_of(home: Path, **settings: str) -> dict[str, str]:
    """Give the environment of a command: KHABAR_* as said here, and no others."""
    settings = {"catalogue": str(home.parent / "no catalogue"), "home": str(home)} | settings
    others = {name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")}
    return others | {f"KHABAR_{name.upper()}": value for name, value in settings.items()}


def khabar(home: Path, *words: str, stdin: str = "", **settings: str) -> Done:
    """Run `khabar` in a home, with KHABAR_* settings (named without the prefix)."""
    out, err = io.StringIO(), io.StringIO()
    read_settings.cache_clear()
    with (
        patch.dict(os.environ, settings_of(home, **settings), clear=True),
        patch.object(sys, "argv", ["khabar", *words]),
        patch.object(sys, "stdin", io.StringIO(stdin)),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = _exit_code()
    read_settings.cache_clear()
    return Done(returncode=code, stdout=out.getvalue(), stderr=err.getvalue())


def _exit_code() -> int:
    """Do what the interpreter does at the end of a command."""
    try:
        main()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)  # noqa: T201
            return 1
        return int(end.code or 0)
    except Exception:  # noqa: BLE001 (a traceback is what the tests look for)
        traceback.print_exc()
        return 1
    return 0


def assert_one_line(done: Done, *words: str) -> None:
    """The command failed with one line that holds the words, and no traceback."""
    assert done.returncode != 0, done
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    for word in words:
        assert word in lines[0], done.stderr
