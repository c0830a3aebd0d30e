"""Calls into libraries, which a hostile page may make raise anything."""

import re
import struct
from collections.abc import Callable
from typing import TypeVar

from lxml.etree import LxmlError

from transforms.rejection import Reason, Rejected

RAISED = (
    ArithmeticError, AssertionError, AttributeError, LookupError, LxmlError, RuntimeError,
    StopIteration, TypeError, ValueError, re.error, struct.error,
)  # fmt: skip
"""What libraries raise over a page; memory, signals and lost files are never the page's own."""

Result = TypeVar("Result")


def ask_or_none(ask: Callable[[], Result | None]) -> Result | None:
    """Ask a library for one field; where the page makes it raise, the field is missing."""
    try:
        return ask()
    except RAISED:
        return None


def ask_or_reject(ask: Callable[[], Result]) -> Result:
    """Ask a library for what no article can do without.

    Raises:
        Rejected: broken, where the page makes the library raise.
    """
    try:
        return ask()
    except RAISED as error:
        what = f"{type(error).__name__}: {error}".encode("utf-8", "replace").decode()
        raise Rejected(Reason.BROKEN, f"no library reads it: {what}"[:200]) from None
