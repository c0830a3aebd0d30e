"""The words and names of a text, as far as they tell an event written on from a form filled in."""

import re
from dataclasses import dataclass

from transforms.normalise import normalise_text
from transforms.number_places import TOKEN
from transforms.number_words import NUMBER_NAMES

SAME_WORDS = 0.9
"""A form filled in anew keeps its words but for a name or two; a report written on does not."""
MIN_LETTERS = 4
"""Shorter words are the language's own: in, of, the; میں، سے، ہے."""
LEAD_WORDS = 40
_RAW_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What a text is written of, in matching form."""

    words: frozenset[str]
    """Distinct words, without numbers and dates."""
    names: frozenset[str]
    """Words with a capital that are nowhere small; in a script without, those of the lead."""


def read_vocabulary(text: str) -> Vocabulary:
    """Read the words and names of a text as printed."""
    tokens = TOKEN.findall(normalise_text(text))
    words = [token for token in tokens if token.isalpha() and token not in NUMBER_NAMES]
    lead = frozenset(word for word in words[:LEAD_WORDS] if len(word) >= MIN_LETTERS)
    return Vocabulary(words=frozenset(words), names=_capitalised(text) or lead)


def _capitalised(text: str) -> frozenset[str]:
    raw = _RAW_WORD.findall(text)
    small = {word for word in raw if word.islower()}
    large = [word for word in raw if word[0].isupper()]
    has_capitals = len(large) + sum(word in small for word in raw) > len(raw) / 2
    folded = {normalise_text(word) for word in large}
    return frozenset(folded - small - NUMBER_NAMES) if has_capitals else frozenset()


def has_same_words(left: Vocabulary, right: Vocabulary) -> bool:
    """Judge whether two texts are written in the same words."""
    ours, theirs = (
        {word for word in one.words if len(word) >= MIN_LETTERS} for one in (left, right)
    )
    return len(ours & theirs) >= SAME_WORDS * len(ours | theirs)


def share_of_names(left: Vocabulary, right: Vocabulary) -> float:
    """Say which share of the names of the text with fewer words the other has, anywhere in it."""
    shorter, longer = sorted((left, right), key=lambda one: len(one.words))
    return len(shorter.names & longer.words) / len(shorter.names) if shorter.names else 1.0
