"""Where a line stands in a body: a site's own lines are known by their place."""

from collections.abc import Container, Iterator
from typing import Literal

Place = Literal["top", "end", "anywhere"]
Placed = tuple[str, Place]

EDGE = 2
"""Lines at the top and at the end of a body that are its edges: of most, all else is the text."""
MAX_CHARACTERS = 400
"""Longer lines are an author's, and are not counted."""
MAX_COUNTED = 1_000
"""Lines of a body that are counted, half of them from either end: a hostile page has 300,000."""


def line_places(body: str) -> Iterator[tuple[Placed, ...]]:
    """Yield each line of a body with its places: anywhere, and at one edge where it stands there.

    In a short body the last lines are not the top, too.
    """
    lines = body.split("\n")
    for number, line in enumerate(lines):
        below = len(lines) - 1 - number
        if number < EDGE and number < below:
            yield (line, "anywhere"), (line, "top")
        elif below < EDGE:
            yield (line, "anywhere"), (line, "end")
        else:
            yield ((line, "anywhere"),)


def without_lines(body: str, taken: Container[Placed]) -> str:
    """Take lines out where they stand; what that lays bare at an edge is looked at, too."""
    lines = [line for line in body.split("\n") if (line, "anywhere") not in taken]
    top: list[str] = []
    looked_at = 0
    while len(top) < min(EDGE, len(lines) - 1 - looked_at):
        if (lines[looked_at], "top") not in taken:
            top.append(lines[looked_at])
        looked_at += 1
    rest = [*top, *lines[looked_at:]]
    end: list[str] = []
    while rest and len(end) < EDGE:
        line = rest.pop()
        if (line, "end") not in taken:
            end.append(line)
    return "\n".join([*rest, *reversed(end)])


def countable_lines(body: str) -> set[Placed]:
    """Collect the lines that may prove to be a site's own, once a place."""
    lines = body.split("\n")
    if len(lines) > MAX_COUNTED:
        body = "\n".join([*lines[: MAX_COUNTED // 2], *lines[-MAX_COUNTED // 2 :]])
    return {mark for marks in line_places(body) for mark in marks if len(mark[0]) <= MAX_CHARACTERS}
