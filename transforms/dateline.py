"""The dateline in front of a text: "PESHAWAR, March 3 (APP):", "لاہور(این این آئی)"."""

import re
from dataclasses import dataclass

from transforms.credited_names import find_names

OPENING = re.compile(
    r"[\W_]{0,6}(?P<before>[^\W\d_][^()\[\]\n?!؟“”\"«»]{1,80}?)\s*"
    r"[(\[]\s*(?P<credit>[^()\[\]\n]{2,70}?)\s*[)\]]\s*(?P<mark>[-:–—۔]|_\s)?"
)
PARTS = re.compile(r"\s*(?P<mark>[,،:：۔/]|[-–—]+(?=\s)|\s[-–—]+)\s*")
WITHIN = frozenset(",،/")
"""Marks between the names of places; behind any other, only a day belongs to the dateline."""
SMALL = frozenset(("of", "and", "the", "de", "di", "da", "al", "el", "am", "an", "in", "upon"))
MAX_OPENING = 170
PLACE_WORDS, PLACE_LETTERS, PART_WORDS, MAX_PARTS = 4, 40, 3, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Dateline:
    """Place, perhaps a day, and in brackets who brings the text."""

    place: str
    credit: str
    """What stands in the brackets."""
    words: str
    """All of it, as printed."""
    has_mark: bool
    """Whether a colon or dash ends it."""
    below: str
    """The first words of the text."""

    @property
    def has_case(self) -> bool:
        """Whether its place is in a script that has capitals."""
        return self.place.upper() != self.place.lower()

    @property
    def is_marked(self) -> bool:
        """Whether its form is a dateline's: a place in capitals, or a mark at its end."""
        return self.has_mark or self.place.isupper()


def read_dateline(text: str) -> Dateline | None:
    """Read the dateline that a text begins with, if it is one that names somebody in brackets."""
    opening = text[:MAX_OPENING]
    if "(" not in opening and "[" not in opening:
        return None
    match = OPENING.match(opening)
    if match is None:
        return None
    place, *others = PARTS.split(match["before"])
    if not _is_place(place, others) or any(find_names(match["before"])):
        return None
    return Dateline(
        place=place,
        credit=match["credit"],
        words=match[0].strip(),
        has_mark=match["mark"] is not None,
        below=opening[match.end() :].strip(),
    )


def _is_place(place: str, others: list[str]) -> bool:
    """Judge by its form whether a place stands there, with others or a day behind it."""
    parts = others[1::2]
    if len(place) > PLACE_LETTERS or len(place.split()) > PLACE_WORDS or len(parts) >= MAX_PARTS:
        return False
    for mark, part in zip(others[::2], parts, strict=True):
        is_day = any(map(str.isdigit, part))
        if len(part.split()) > PART_WORDS or (part and mark not in WITHIN and not is_day):
            return False
    words = (word for part in (place, *parts) for word in part.split())
    return not any(word[0].islower() and word not in SMALL for word in words)
