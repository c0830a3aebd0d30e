"""Text from outlets and users, made safe to show on a terminal."""

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Embeddings and overrides, which can make a line read as what it is not (CVE-2021-42574)."""

READABLE, GAP = 16, 3
"""Letters of a cell's line that can still be read, and what lies between two columns."""

LEFT_TO_RIGHT, RIGHT_TO_LEFT, END = "\u2066", "\u2067", "\u2069"
"""Isolates (UAX #9, 2.4.2): a text's direction moves nothing that stands outside of them."""

_BEYOND_JSON = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What JSON leaves as it is and a terminal may obey."""


def plain(text: str) -> str:
    """Escape control codes and direction overrides; letters of any script stay as they are."""
    return "".join(
        f"\\x{ord(char):02x}" if unicodedata.category(char) in ("Cc", "Cs") or char in _DIRECTION
        else char
        for char in text
    )  # fmt: skip


def cell(value: object) -> str:
    """Show one value in one line."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.6g}"
    return plain(str(value).replace("\r\n", "\n").replace("\n", " ⏎ ").replace("\t", " "))


def isolate(text: str) -> tuple[str, str]:
    """Choose what isolates a text: nothing where it is all written from left to right."""
    if text.isascii():
        return "", ""
    kinds = [unicodedata.bidirectional(char) for char in text]
    right = sum(kind in ("R", "AL", "AN") for kind in kinds)
    if right == 0:
        return "", ""
    return (RIGHT_TO_LEFT if 2 * right >= kinds.count("L") else LEFT_TO_RIGHT), END


def console(*, on_stderr: bool = False) -> "Console":
    """Open the terminal; where there is none, lines are not cut at its width."""
    import sys

    from rich.console import Console

    stream = sys.stderr if on_stderr else sys.stdout
    width = None if stream.isatty() else 10_000
    return Console(stderr=on_stderr, width=width, highlight=False, soft_wrap=False)


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    whole: Collection[str] = (),
) -> "Table":
    """Lay out rows as a table, numbers to the right; nothing in them is read as markup.

    Columns named in `whole` are never broken, however narrow the terminal.
    """
    from rich import box
    from rich.table import Table

    from khabar.isolated import show

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    kept = [list(row) for row in rows]
    for place, name in enumerate(columns):
        values = [row[place] for row in kept if row[place] is not None]
        is_number = bool(values) and all(
            isinstance(value, int | float) and not isinstance(value, bool) for value in values
        )
        drawn.add_column(
            show(plain(name)),
            justify="right" if is_number else "left",
            overflow="fold",
            no_wrap=name in whole,
            min_width=max(map(len, map(cell, values)), default=0) if name in whole else None,
        )
    for row in kept:
        drawn.add_row(*(show(cell(value)) for value in row))
    return drawn


def drop_columns(
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    width: int,
    *,
    whole: Collection[str],
    spare: Sequence[str],
) -> tuple[list[str], list[list[object]], list[str]]:
    """Drop spare columns, the first named first, until the others can be read in a width.

    Gives the columns and rows that are left, and the names of those dropped.
    """
    left = {name: [row[place] for row in rows] for place, name in enumerate(columns)}

    def room(name: str) -> int:
        longest = max((len(cell(value)) for value in left[name]), default=0)
        return max(longest, len(name)) if name in whole else min(longest, READABLE)

    dropped = []
    for name in spare:
        if sum(room(one) + GAP for one in left) <= width:
            break
        del left[name]
        dropped.append(name)
    return list(left), [list(row) for row in zip(*left.values(), strict=True)], dropped


def as_json(value: object) -> str:
    """Write a value as one line of JSON that is also safe on a terminal."""
    text = json.dumps(_jsonable(value), ensure_ascii=False, default=str)
    return _BEYOND_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _jsonable(value: object) -> object:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
