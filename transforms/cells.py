"""Texts that a page sets into one cell of a table: no table, but paragraphs."""

import re
from copy import deepcopy
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from transforms.running_text import letters_of

ONE_CELL = re.compile(r"\| ([^|]+)\|?")
INLINE = ("a", "b", "strong", "i", "em", "u", "span", "font", "small", "sup", "sub", "mark")
MAX_CELLS = 5_000


def split_cells(tree: HtmlElement, text: str) -> str:
    """Part each line that is one cell of a table as the cell does, by breaks and paragraphs."""
    lines = [(line, ONE_CELL.fullmatch(line.strip())) for line in text.splitlines()]
    if not any(found for _, found in lines):
        return text
    cells = {
        letters_of(cell.text_content()): cell for cell in islice(tree.iter("td", "th"), MAX_CELLS)
    }
    parted: list[str] = []
    for line, found in lines:
        cell = cells.get(letters_of(found[1])) if found else None
        parted += _parts(cell) if cell is not None else [found[1].strip() if found else line]
    return "\n".join(parted)


def _parts(cell: HtmlElement) -> list[str]:
    plain = deepcopy(cell)
    plain.tail = None
    etree.strip_tags(plain, *INLINE)
    parts = (" ".join(part.split()) for part in plain.itertext())
    return [part for part in parts if part]
