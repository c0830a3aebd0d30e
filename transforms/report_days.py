"""Days on which a report was sent or somebody spoke: they say nothing of when it happened."""

import re
from collections.abc import Sequence

from transforms.normalise import normalise_text
from transforms.number_words import MONTH_NAMES

_MONTH = "|".join(sorted(MONTH_NAMES, key=len, reverse=True))
DATELINE = re.compile(
    rf"[^\d.:()\n]{{2,40}}?\W{{1,3}}(?:(?:{_MONTH})\.? \d{{1,2}}|\d{{1,2}} ?(?:{_MONTH}))"
    r"(?:,? \d{4})? ?(?:\([^()]{2,60}\) ?)?[:-]"
)
MAX_DATELINE = 150
SAID = frozenset(("said", "told", "announced", "confirmed", "stated", "reported"))
BETWEEN = frozenset(("on", "late", "here", "in", "a", "statement", "reporters", "media"))
TO = normalise_text("کو")
SAID_RTL = frozenset(map(normalise_text, ("بتایا", "کہا")))
REACH = 4


def drop_dateline(normalised: str) -> str:
    """Leave the dateline out of a normalised text, if it has a day in it."""
    dateline = DATELINE.match(normalised[:MAX_DATELINE])
    return normalised[dateline.end() :] if dateline else normalised


def is_day_of_saying(tokens: Sequence[str], index: int) -> bool:
    """Judge whether on the weekday among a text's words somebody said a thing: "said on Monday"."""
    for token in reversed(tokens[max(0, index - REACH) : index]):
        if token in SAID:
            return True
        if token not in BETWEEN:
            break
    behind = tokens[index + 1 : index + 1 + REACH]
    return bool(behind) and behind[0] == TO and not SAID_RTL.isdisjoint(behind)
