"""Which words two texts do not share, as a few short lines that people can read."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from typing import Literal

MAX_LINES = 6
MAX_LENGTH = 240
"""Characters of a shown line; what is longer is cut, and its words are counted."""
CONTEXT = 3
"""Words before and after a change inside a line, so that it can be found."""
MAX_PARAGRAPHS, MAX_WORDS = 500, 400
"""More are not aligned, as that takes quadratic time: they are shown as removed and added."""
GAP = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """Words that one text has in a place, and the other has not, or has otherwise."""

    sign: Literal["-", "+"]
    text: str
    words: int
    """Words that are removed or added here, as far as they are in `text` or not."""


def diff_texts(before: str, after: str) -> tuple[tuple[DiffLine, ...], int]:
    """Give the first lines of what is removed (-) and added (+), and how many more there are."""
    lines = _diff_paragraphs(before.split("\n"), after.split("\n"))
    shown = tuple(islice(lines, MAX_LINES))
    return shown, sum(1 for _ in lines)


def _diff_paragraphs(before: list[str], after: list[str]) -> Iterator[DiffLine]:
    for removed, added in unequal(before, after, MAX_PARAGRAPHS):
        olds, news = before[removed], after[added]
        if len(olds) == len(news):
            for old, new in zip(olds, news, strict=True):
                yield from _diff_words(old.split(), new.split())
        else:
            yield from (_line("-", words) for one in olds if (words := one.split()))
            yield from (_line("+", words) for one in news if (words := one.split()))


def _diff_words(before: list[str], after: list[str]) -> Iterator[DiffLine]:
    """Show each change with the words around it."""
    for removed, added in unequal(before, after, MAX_WORDS):
        if removed.stop > removed.start:
            yield _line("-", before, removed)
        if added.stop > added.start:
            yield _line("+", after, added)


def unequal(
    before: Sequence[str], after: Sequence[str], most: int
) -> Iterator[tuple[slice, slice]]:
    """Find the stretches that are not alike, without what both begin and end with."""
    shorter = min(len(before), len(after))
    head = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    rest = shorter - head
    tail = next((n for n in range(rest) if before[-1 - n] != after[-1 - n]), rest)
    olds, news = before[head : len(before) - tail], after[head : len(after) - tail]
    if max(len(olds), len(news)) > most or not (olds and news):
        if olds or news:
            yield slice(head, head + len(olds)), slice(head, head + len(news))
        return
    for tag, i, j, k, m in SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
        if tag != "equal":
            yield slice(head + i, head + j), slice(head + k, head + m)


def _line(sign: Literal["-", "+"], words: list[str], part: slice | None = None) -> DiffLine:
    part = part or slice(0, len(words))
    first, last = max(0, part.start - CONTEXT), min(len(words), part.stop + CONTEXT)
    # A stretch of a million words is cut before it is joined.
    shown = words[first : min(last, first + MAX_LENGTH)]
    text = " ".join([*[GAP] * (first > 0), *shown, *[GAP] * (last < len(words))])
    if len(text) > MAX_LENGTH:
        text = re.sub(r"\s+\S*$", "", text[:MAX_LENGTH]) + f" {GAP}"
    return DiffLine(sign=sign, text=text, words=part.stop - part.start)
