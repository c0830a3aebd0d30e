"""Where a line stands in a body: a site's own lines are known by their place."""

from collections.abc import Iterator
from typing import Literal

Place = Literal["top", "end", "anywhere"]
Placed = tuple[str, Place]

TOP_LINES, END_LINES = 4, 12
MAX_CHARACTERS = 400
"""Longer lines are an author's, and are not counted."""


def line_places(body: str) -> Iterator[tuple[Placed, ...]]:
    """Yield each line of a body with its places: anywhere, and at one edge where it stands there.

    In a short body the last lines are not the top, too.
    """
    lines = body.split("\n")
    for number, line in enumerate(lines):
        below = len(lines) - 1 - number
        if number < TOP_LINES and number < below:
            yield (line, "anywhere"), (line, "top")
        elif below < END_LINES:
            yield (line, "anywhere"), (line, "end")
        else:
            yield ((line, "anywhere"),)


def countable_lines(body: str) -> set[Placed]:
    """Collect the lines that may prove to be a site's own, once a place."""
    return {mark for marks in line_places(body) for mark in marks if len(mark[0]) <= MAX_CHARACTERS}
