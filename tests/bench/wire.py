"""A news trade in numbers: outlets with their boilerplate, agencies, reports, copies of reports."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice

import numpy as np
import numpy.typing as npt

SEED = 20_261_122
WORDS = 40_000
OUTLETS = 40
AGENCIES = 6
SHARD = 10_000
"""Reports made at once; a copy's report is always one of its own shard, or of the first."""
REPORT_WORDS = 280
SPREAD = 0.35
COPIES = {"reprint": 0.045, "edited": 0.04, "excerpt": 0.025, "update": 0.02}
"""Shares of all reports: 13 in a hundred come from another, mostly by another outlet."""
EDITED_WORDS = 0.1
PARAGRAPH = 45
NUMBERS = 8
_LETTERS = "eeeetttaaaooinnshhrrdlucmfwypvbgk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One article of the trade."""

    number: int
    outlet: int
    core: str
    """What it reports, without what its outlet adds to every page."""
    body: str
    origin: int | None
    """Number of the report it was made of; None for an outlet's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outlet:
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
    outlets = list(accumulate(1 / (n + 2) for n in range(OUTLETS)))
    number = first
    while True:
        kind = chance.choices(kinds, weights)[0] if stored else ""
        origin = chance.choice(stored) if kind else None
        core = _own_core(chance, draw) if origin is None else _copy(origin.core, kind, chance, draw)
        outlet = chance.choices(range(OUTLETS), cum_weights=outlets)[0]
        yield Report(
            number=number,
            outlet=outlet,
            core=core,
            body=_page(core, outlet, chance),
            origin=None if origin is None else origin.number,
        )
        number += 1


def _own_core(chance: random.Random, draw: np.random.Generator) -> str:
    length = max(40, int(chance.lognormvariate(np.log(REPORT_WORDS), SPREAD)))
    words = _say(draw, length)
    for _ in range(NUMBERS):
        words[chance.randrange(length)] = str(chance.randrange(2, 3_000))
    lines = [" ".join(words[at : at + PARAGRAPH]) for at in range(0, length, PARAGRAPH)]
    return "\n".join(lines)


def _copy(core: str, kind: str, chance: random.Random, draw: np.random.Generator) -> str:
    lines = [line.split() for line in core.split("\n")]
    if kind == "excerpt":
        lines = lines[: max(1, round(len(lines) * chance.uniform(0.4, 0.8)))]
    for words in lines:
        for at, word in enumerate(words):
            if (kind == "edited" and chance.random() < EDITED_WORDS) or (
                kind == "update" and word.isdigit()
            ):
                words[at] = str(chance.randrange(3_000)) if word.isdigit() else _say(draw, 1)[0]
    return "\n".join(" ".join(words) for words in lines)


def _page(core: str, outlet: int, chance: random.Random) -> str:
    """Add what an outlet adds: an agency's line, a link in the middle, a disclaimer at the end."""
    agencies, outlets = _boilerplate()
    house = outlets[outlet]
    lines = core.split("\n")
    if chance.random() < 0.35:
        lines[0] = f"{chance.choice(agencies)} {lines[0]}"
    if house.read_more:
        lines.insert(min(2, len(lines)), house.read_more)
    return "\n".join([*lines, *filter(None, (house.sign_off, house.disclaimer))])


def _say(draw: np.random.Generator, count: int) -> list[str]:
    """Draw words as they come in real text: the n-th most common one with a weight of 1/n."""
    vocabulary, ranks = _vocabulary()
    return [vocabulary[n] for n in ranks[draw.integers(0, len(ranks), count)].tolist()]


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[list[str], npt.NDArray[np.int32]]:
    chance = random.Random(SEED)  # noqa: S311 (the same every time)
    made: dict[str, None] = {}
    while len(made) < WORDS:
        length = 2 + len(made).bit_length() // 3 + chance.randrange(4)
        made["".join(chance.choices(_LETTERS, k=length))] = None
    weights = 1 / (np.arange(WORDS) + 2.7)
    ranks = np.searchsorted(np.cumsum(weights / weights.sum()), np.arange(0, 1, 1 / (1 << 20)))
    return list(made), np.minimum(ranks, WORDS - 1).astype(np.int32)


@lru_cache(maxsize=1)
def _boilerplate() -> tuple[list[str], list[_Outlet]]:
    chance = random.Random(SEED)  # noqa: S311 (the same every time)
    draw = np.random.default_rng(SEED)

    def line(share: float, fewest: int, most: int) -> str:
        return " ".join(_say(draw, chance.randint(fewest, most))) if chance.random() < share else ""

    agencies = [line(1, 6, 14) for _ in range(AGENCIES)]
    return agencies, [
        _Outlet(disclaimer=line(0.6, 25, 70), read_more=line(0.7, 6, 12), sign_off=line(0.5, 8, 20))
        for _ in range(OUTLETS)
    ]
