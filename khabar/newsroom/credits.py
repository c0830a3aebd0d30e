"""Whom some articles of an outlet credit: an agency's dateline, a closing line, a sentence."""

from dataclasses import dataclass
from typing import Literal

CREDIT_EVERY, CREDIT_AT = 5, 3
"""Of every 5 articles of an outlet that takes texts over, one says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """How an outlet credits somebody else."""

    source: str
    place: Literal["dateline", "credit_line", "text"]
    words: str
    """As printed; {town} is where it happened."""
    sentence: str = ""
    """Place `text`: the sentence that has those words in it."""

    def in_town(self, town: str) -> "Credit":
        """Write the dateline of a place."""
        return Credit(
            source=self.source,
            place=self.place,
            words=self.words.format(town=town),
            sentence=self.sentence,
        )

    def printed(self, paragraphs: tuple[str, ...]) -> tuple[str, ...]:
        """Print it in a text, where it belongs."""
        first, *rest = paragraphs
        if self.place == "dateline":
            return (f"{self.words} {first}", *rest)
        if self.place == "credit_line":
            return (*paragraphs, self.words)
        return (first, self.sentence, *rest)
