"""The valley's phrases in three languages, and how a sentence is filled from them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Literal

import yaml

Language = Literal["en", "ur", "ps"]

_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_SLOT = re.compile(r"\{([a-z_0-9]+)(?::(\d+)-(\d+))?\}")
_DOUBLED_DA = re.compile(r"\bد د ")
_ARTICLE_BEFORE_VOWEL = re.compile(r"\b([Aa]) (?=[aeiou])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One kind of news: its section, tags and sentences."""

    section: str
    tags: tuple[str, ...]
    toll: tuple[int, int]
    deaths: bool
    titles: tuple[str, ...]
    updates: tuple[str, ...]
    leads: tuple[str, ...]
    body: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """All phrases of one language."""

    language: Language
    valley: str
    words: Mapping[str, tuple[str, ...]]
    topics: tuple[Topic, ...]
    general: tuple[str, ...]
    daily: Topic

    def person(self, rng: Random) -> str:
        """Make up a name."""
        return f"{rng.choice(self.words['first_names'])} {rng.choice(self.words['last_names'])}"

    def village(self, rng: Random) -> str:
        """Make up a village."""
        head, tail = (
            rng.choice(self.words["village_heads"]),
            rng.choice(self.words["village_tails"]),
        )
        return f"{head} {tail.capitalize()}"


@lru_cache(maxsize=3)
def load_bank(language: Language) -> Bank:
    """Read the phrases of one language."""
    path = Path(__file__).parent / "texts" / f"{language}.yml"
    raw = yaml.safe_load(path.read_text("utf-8"))
    return Bank(
        language=language,
        valley=raw["valley"],
        words={key: tuple(value) for key, value in raw.items() if isinstance(value, list)},
        topics=tuple(_topic(entry) for entry in raw["topics"].values()),
        general=_lines(raw["general"]),
        daily=_topic(raw["daily"] | {"toll": [1, 1], "body": raw["daily"]["lines"]}),
    )


def fill(sentence: str, *, bank: Bank, facts: Mapping[str, str], rng: Random) -> str:
    """Resolve the choices of a sentence, then its slots; facts come before fresh inventions."""
    chosen = _CHOICE.sub(lambda match: rng.choice(match[1].split("|")), sentence)
    text = _SLOT.sub(lambda match: _slot(match, bank, facts, rng), chosen)
    if bank.language == "en":
        text = _ARTICLE_BEFORE_VOWEL.sub(r"\1n ", text)
    if bank.language == "ps":
        text = _DOUBLED_DA.sub("د ", text)
    return text[0].upper() + text[1:]


_FRESH: Mapping[str, Callable[[Bank, Random], str]] = {
    "p": Bank.person,
    "v": Bank.village,
    "job": lambda bank, rng: rng.choice(bank.words["jobs"]),
    "good": lambda bank, rng: rng.choice(bank.words["goods"]),
    "goods2": lambda bank, rng: rng.choice(bank.words["goods"]),
    "spot": lambda bank, rng: rng.choice(bank.words["spots"]),
    "cause": lambda bank, rng: rng.choice(bank.words["causes"]),
}


def _slot(match: re.Match[str], bank: Bank, facts: Mapping[str, str], rng: Random) -> str:
    name, low, high = match.groups()
    if low is not None:
        return str(rng.randint(int(low), int(high)))
    return facts[name] if name in facts else _FRESH[name](bank, rng)


def _topic(entry: Mapping[str, object]) -> Topic:
    def lines(key: str) -> tuple[str, ...]:
        return _lines(str(entry.get(key, "")))

    tags, toll = entry["tags"], entry["toll"]
    assert isinstance(tags, list) and isinstance(toll, list)  # noqa: S101, PT018 (our own data)
    return Topic(
        section=str(entry["section"]),
        tags=tuple(tags),
        toll=(toll[0], toll[1]),
        deaths=bool(entry.get("deaths", False)),
        titles=lines("titles"),
        updates=lines("updates"),
        leads=lines("leads"),
        body=lines("body"),
    )


def _lines(block: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in block.splitlines() if line.strip())
