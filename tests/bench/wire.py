"""A news trade in numbers: outlets of three languages, their boilerplate, reports and copies."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import numpy as np
import numpy.typing as npt

SEED = 20_261_122
WORDS = 40_000
OUTLETS = 40
AGENCIES = 6
SHARD = 10_000
"""Reports made at once; a copy's report is always one of its own shard, or of the first."""
LANGUAGES = ("en", "ur", "ps")
"""Of the outlets by turns."""
REPORT_WORDS = {"en": 280, "ur": 230, "ps": 230}
"""An Urdu or Pashto letter takes two bytes: so all texts are of 2.3 to 2.6 KB."""
SPREAD = 0.35
COPIES = {"reprint": 0.045, "edited": 0.04, "excerpt": 0.025, "update": 0.02}
"""Shares of all reports: 13 in a hundred come from another, mostly by another outlet."""
EDITED_WORDS = 0.1
PARAGRAPH = 45
NUMBERS = 8
_LETTERS = {
    "en": "eeeetttaaaooinnshhrrdlucmfwypvbgk",
    "ur": "ااایییررنںہہوومملکتتسسدبپجعفقےےخشگچٹحڑزضطظآئ",
    "ps": "اااوووییېرنمهدتسکلبپغشځڅړږښګزخجچفقعحطږۍئ",
}
_PLANTED = {
    "en": ("police", "Bannu", "flood", "Khyber Pakhtunkhwa"),
    "ur": ("پولیس", "بنوں", "سیلاب", "خیبر پختونخوا", "خیبرپختونخوا"),
    "ps": ("پوليس", "بنو", "سېلاب", "خیبر پښتونخوا", "خيبرپښتونخوا"),
}
"""What is searched for: every 200th word of its language."""
_PLANTED_EVERY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One article of the trade."""

    number: int
    outlet: int
    language: str
    core: str
    """What it reports, without what its outlet adds to every page."""
    body: str
    origin: int | None
    """Number of the report it was made of; None for an outlet's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outlet:
    language: str
    disclaimer: str
    read_more: str
    sign_off: str


def make_shard(shard: int) -> list[Report]:
    """Make the reports of one shard, the same ones every time."""
    own: list[Report] = []
    for report in _reports(random.Random(SEED + shard), shard * SHARD, own):  # noqa: S311 (the same every time)
        own.append(report)
        if len(own) == SHARD:
            break
    return own


def make_arrivals(stored: Sequence[Report], count: int) -> list[Report]:
    """Make reports that nobody has stored; of them, as many as ever are made of stored ones."""
    chance = random.Random(SEED - count)  # noqa: S311 (the same every time)
    return list(islice(_reports(chance, -count, stored), count))


def _reports(chance: random.Random, first: int, stored: Sequence[Report]) -> Iterator[Report]:
    draw = np.random.default_rng(chance.getrandbits(64))
    kinds, weights = [*COPIES, ""], [*COPIES.values(), 1 - sum(COPIES.values())]
    number = first
    while True:
        kind = chance.choices(kinds, weights)[0] if stored else ""
        origin = chance.choice(stored) if kind else None
        outlet = _choose_outlet(chance, None if origin is None else origin.language)
        language = LANGUAGES[outlet % len(LANGUAGES)]
        if origin is None:
            core = _own_core(chance, draw, language)
        else:
            core = _copy(origin.core, kind, chance, draw, language)
        yield Report(
            number=number,
            outlet=outlet,
            language=language,
            core=core,
            body=_page(core, outlet, chance),
            origin=None if origin is None else origin.number,
        )
        number += 1


def _choose_outlet(chance: random.Random, language: str | None) -> int:
    outlets = [n for n in range(OUTLETS) if language in (None, LANGUAGES[n % len(LANGUAGES)])]
    return chance.choices(outlets, [1 / (n + 2) for n in outlets])[0]


def _own_core(chance: random.Random, draw: np.random.Generator, language: str) -> str:
    length = max(40, int(chance.lognormvariate(np.log(REPORT_WORDS[language]), SPREAD)))
    words = _say(draw, length, language)
    for _ in range(NUMBERS):
        words[chance.randrange(length)] = str(chance.randrange(2, 3_000))
    lines = [" ".join(words[at : at + PARAGRAPH]) for at in range(0, length, PARAGRAPH)]
    return "\n".join(lines)


def _copy(
    core: str, kind: str, chance: random.Random, draw: np.random.Generator, language: str
) -> str:
    lines = [line.split() for line in core.split("\n")]
    if kind == "excerpt":
        lines = lines[: max(1, round(len(lines) * chance.uniform(0.4, 0.8)))]
    for words in lines:
        for at, word in enumerate(words):
            if (kind == "edited" and chance.random() < EDITED_WORDS) or (
                kind == "update" and word.isdigit()
            ):
                is_number = word.isdigit()
                words[at] = (
                    str(chance.randrange(3_000)) if is_number else _say(draw, 1, language)[0]
                )
    return "\n".join(" ".join(words) for words in lines)


def _page(core: str, outlet: int, chance: random.Random) -> str:
    """Add what an outlet adds: an agency's line, a link in the middle, a disclaimer at the end."""
    agencies, outlets = _boilerplate()
    house = outlets[outlet]
    lines = core.split("\n")
    if chance.random() < 0.35:
        lines[0] = f"{chance.choice(agencies[house.language])} {lines[0]}"
    if house.read_more:
        lines.insert(min(2, len(lines)), house.read_more)
    return "\n".join([*lines, *filter(None, (house.sign_off, house.disclaimer))])


def _say(draw: np.random.Generator, count: int, language: str) -> list[str]:
    """Draw words as they come in real text: the n-th most common one with a weight of 1/n."""
    vocabulary, ranks = _vocabulary(language)
    return [vocabulary[n] for n in ranks[draw.integers(0, len(ranks), count)].tolist()]


@lru_cache(maxsize=len(LANGUAGES))
def _vocabulary(language: str) -> tuple[list[str], npt.NDArray[np.int32]]:
    chance = random.Random(f"{SEED} {language}")  # noqa: S311 (the same every time)
    made: dict[str, None] = {}
    while len(made) < WORDS:
        rarity = len(made).bit_length()
        length = (2 + rarity // 3 if language == "en" else 1 + rarity // 4) + chance.randrange(4)
        made["".join(chance.choices(_LETTERS[language], k=length))] = None
    words = list(made)
    for number, planted in enumerate(_PLANTED[language], start=1):
        words[_PLANTED_EVERY * number] = planted
    weights = 1 / (np.arange(WORDS) + 2.7)
    ranks = np.searchsorted(np.cumsum(weights / weights.sum()), np.arange(0, 1, 1 / (1 << 20)))
    return words, np.minimum(ranks, WORDS - 1).astype(np.int32)


@lru_cache(maxsize=1)
def _boilerplate() -> tuple[dict[str, list[str]], list[_Outlet]]:
    chance = random.Random(SEED)  # noqa: S311 (the same every time)
    draw = np.random.default_rng(SEED)

    def line(language: str, share: float, fewest: int, most: int) -> str:
        if chance.random() >= share:
            return ""
        return " ".join(_say(draw, chance.randint(fewest, most), language))

    agencies = {one: [line(one, 1, 6, 14) for _ in range(AGENCIES)] for one in LANGUAGES}
    return agencies, [
        _Outlet(
            language=one,
            disclaimer=line(one, 0.6, 25, 70),
            read_more=line(one, 0.7, 6, 12),
            sign_off=line(one, 0.5, 8, 20),
        )
        for one in (LANGUAGES[n % len(LANGUAGES)] for n in range(OUTLETS))
    ]
