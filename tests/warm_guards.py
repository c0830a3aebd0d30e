"""Extraction's child processes, started once for a file of tests: they outlive its batches."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from itertools import cycle

import pytest

from khabar import run
from transforms import extract
from transforms.guard import Guard


@pytest.fixture(scope="module")
def warm_guards() -> Iterator[None]:
    """Lend each batch of a file of tests the guards of the one before."""
    with lent_guards():
        yield


@contextmanager
def lent_guards() -> Iterator[None]:
    """Lend each batch the guards of the one before: to start one takes longer than its few pages.

    As many as a batch opens, so that none is lent twice at a time.
    """
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        turn = cycle([stack.enter_context(Guard()) for _ in range(run.EXTRACTING)])
        for room in (run, extract):
            patch.setattr(room, "Guard", lambda: nullcontext(next(turn)))
        yield
