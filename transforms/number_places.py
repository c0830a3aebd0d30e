"""Numbers in their places: which of two texts' numbers agree, and which stand changed."""

import re
import unicodedata
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from transforms.number_words import NUMBER_NAMES, NUMBER_WORDS, WEEKDAYS
from transforms.report_days import drop_dateline, is_day_of_saying
from transforms.units import has_unit, spell_units

Kind = Literal["figure", "measure", "word", "clock", "year", "month", "day"]
Place = tuple[str, ...]

TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+")
NUMERIC = re.compile(r"\d{1,15}(?:\.\d{1,15})?")
REACH = 2
"""Words before a number, and words after it, that are its place."""
MAX_NUMBERS = 1_000
"""Of one text; a longer table is judged by its head."""
NUMBER, EDGE = "#", "^"
NO_WORDS = frozenset((NUMBER, EDGE))


class PlacedNumber(NamedTuple):
    """A number, or the name of a day or month, and its places: the words before and after it.

    None is a place without a word, as in a table's middle.
    """

    value: str
    kind: Kind
    between: Place | None
    before: Place | None
    after: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How the numbers of two texts compare in the places that both have."""

    agree: int
    """In digits, or measured. Dates agree in texts of one day, "ten grams" always: not counted."""
    differ: int
    """Of any kind."""
    counts_differ: int
    """Of them no date and no time of day: what changes when a report is written on."""
    measures_agree: int
    measures_differ: int
    """Of those that differ: rates, prices, temperatures, which are taken anew each day."""
    days_agree: int
    days_differ: int
    """Days of what happened: neither a dateline's nor those on which somebody said it."""


def place_numbers(normalised: str) -> list[PlacedNumber]:
    """List the numbers of a normalised text, each with the two words before and after it.

    Numbers among those words are masked: a row of them keeps its places when all of them change.
    """
    tokens = TOKEN.findall(spell_units(drop_dateline(normalised)))
    found = [n for n, token in enumerate(tokens) if token[0].isdigit() or token in NUMBER_NAMES]
    kinds = _kinds(tokens, found[:MAX_NUMBERS])
    masked = [*[EDGE] * REACH, *tokens, *[EDGE] * REACH]
    for index in kinds:
        masked[index + REACH] = NUMBER
    return [_placed(_value(tokens[index]), kind, masked, index) for index, kind in kinds.items()]


def _placed(value: str, kind: Kind, masked: list[str], index: int) -> PlacedNumber:
    before = tuple(masked[index : index + REACH])
    after = tuple(masked[index + REACH + 1 : index + 2 * REACH + 1])
    has_before, has_after = (not NO_WORDS.issuperset(place) for place in (before, after))
    return PlacedNumber(
        value,
        kind,
        before + after if has_before or has_after else None,
        before if has_before else None,
        after if has_after else None,
    )


def _kinds(tokens: list[str], found: list[int]) -> dict[int, Kind]:
    """Tell figures from dates; "may" and its like are a month only beside a day."""
    kinds: dict[int, Kind] = {index: _kind(tokens[index]) for index in found}
    for index in found:
        if kinds[index] == "month":
            days = [
                n
                for n in (index - 1, index + 1)
                if kinds.get(n) in ("figure", "day") and len(tokens[n]) <= 2
            ]
            kinds |= dict.fromkeys(days, "day")
            if not days:
                del kinds[index]
        elif tokens[index] in WEEKDAYS and is_day_of_saying(tokens, index):
            del kinds[index]
        elif kinds[index] in ("figure", "word") and _is_measure(tokens, index):
            kinds[index] = "measure"
    return kinds


def _is_measure(tokens: list[str], index: int) -> bool:
    return "." in tokens[index] or has_unit(tokens, index)


def _kind(token: str) -> Kind:
    if not token[0].isdigit():
        return "word" if token in NUMBER_WORDS else "day" if token in WEEKDAYS else "month"
    if ":" in token:
        return "clock"
    is_year = len(token) == 4 and token.isdigit() and 1900 <= int(token) <= 2100
    return "year" if is_year else "figure"


def _value(token: str) -> str:
    if not token[0].isdigit():
        return NUMBER_WORDS.get(token, token)
    token = token.replace(",", "")
    if token.isascii():
        return token
    return "".join(str(unicodedata.digit(char, char)) for char in token)


def compare_numbers(left: Sequence[PlacedNumber], right: Sequence[PlacedNumber]) -> Comparison:
    """Compare the numbers that stand between the same words, else after or before the same.

    Equal numbers find each other first; the rest of one place in their order.
    """
    pairs: list[tuple[PlacedNumber, PlacedNumber]] = []
    for place in (*_VALUED_PLACES, *_PLACES):
        if left and right:
            found, left, right = _pair_up(left, right, place)
            pairs += found
    same = [one.kind for one, other in pairs if one.value == other.value]
    changed = [(one, other) for one, other in pairs if one.value != other.value]
    if all(one.kind in same and is_rounded(one.value, other.value) for one, other in changed):
        changed = []
    kinds = [{one.kind, other.kind} for one, other in changed]
    return Comparison(
        agree=sum(kind in ("figure", "measure", "clock") for kind in same),
        differ=len(changed),
        counts_differ=sum(one <= {"figure", "measure", "word"} for one in kinds),
        measures_agree=same.count("measure"),
        measures_differ=sum("measure" in one for one in kinds),
        days_agree=same.count("day"),
        days_differ=sum(one <= {"day", "month"} for one in kinds),
    )


def is_rounded(one: str, other: str) -> bool:
    """Judge whether one value is the other with fewer digits, as papers shorten them."""
    if not NUMERIC.fullmatch(one) or not NUMERIC.fullmatch(other):
        return False
    rough, exact = sorted((one, other), key=_digits)
    decimals = len(exact.partition(".")[2])
    if decimals > len(rough.partition(".")[2]):
        return abs(float(exact) - float(rough)) <= 0.5 * 10.0 ** -len(rough.partition(".")[2])
    # Of integers only thousands: a hundred killed may well be counted.
    zeros = len(rough) - len(rough.rstrip("0"))
    is_large = decimals == 0 and zeros >= 2 and len(rough) >= 4
    return (
        is_large
        and _digits(exact) > _digits(rough)
        and (abs(int(exact) - int(rough)) <= 0.5 * 10**zeros)
    )


def _digits(value: str) -> int:
    return len(value.replace(".", "") if "." in value else value.rstrip("0"))


_PLACES: tuple[Callable[[PlacedNumber], Hashable], ...] = (
    lambda one: one.between,
    lambda one: one.before,
    lambda one: one.after,
)
_VALUED_PLACES: tuple[Callable[[PlacedNumber], Hashable], ...] = (
    lambda one: one.between and (one.value, one.between),
    lambda one: one.before and (one.value, one.before),
    lambda one: one.after and (one.value, one.after),
)


def _pair_up(
    left: Sequence[PlacedNumber],
    right: Sequence[PlacedNumber],
    place: Callable[[PlacedNumber], Hashable],
) -> tuple[list[tuple[PlacedNumber, PlacedNumber]], list[PlacedNumber], list[PlacedNumber]]:
    """Pair the numbers that share a place; return also what is left of both sides."""
    waiting: defaultdict[Hashable, deque[int]] = defaultdict(deque)
    for index, number in enumerate(right):
        waiting[place(number)].append(index)
    waiting.pop(None, None)
    pairs: list[tuple[PlacedNumber, PlacedNumber]] = []
    alone: list[PlacedNumber] = []
    taken: set[int] = set()
    for number in left:
        if others := waiting.get(place(number)):
            taken.add(others[0])
            pairs.append((number, right[others.popleft()]))
        else:
            alone.append(number)
    return pairs, alone, [number for index, number in enumerate(right) if index not in taken]
