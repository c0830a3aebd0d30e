"""Agencies, broadcasters, papers and institutions that articles credit, found by their names."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Literal

import yaml

from transforms.normalise import normalise_text

WORD = re.compile(r"[^\W_]+")
GAP = re.compile(r"[^\w\n,،;؛:!?؟۔()\[\]\"“”]{0,3}")
"""What may stand between two words of one name."""
CAPITALS = re.compile(r"[A-Z]{2,5}")
ARTICLE = re.compile(r"the\s+", re.IGNORECASE)
MAX_NAME = 80
MAX_WORDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Somebody whom articles credit: an entry of credited_names.yml, which says what is what."""

    name: str
    kind: Literal["agency", "broadcaster", "newspaper", "press_office", "institution", "pictures"]
    forms: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    photos: bool = False

    @property
    def reports(self) -> bool:
        """Whether it brings news of others."""
        return self.kind in ("agency", "broadcaster", "newspaper")

    @property
    def speaks(self) -> bool:
        """Whether what it says is news that others take over: a press office's work, too."""
        return self.reports or self.kind == "press_office"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Somebody known, named in a text from one letter to another."""

    who: Known
    start: int
    end: int
    is_word: bool
    """Whether what stands there means something else as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way to print a name."""

    who: Known
    printed: str
    is_word: bool

    def fits(self, printed: str) -> bool:
        """Judge whether what is printed is as large as the name: an app is not APP."""
        if self.printed.isupper():
            return printed.isupper()
        return printed[0].isupper() or not self.printed[0].isupper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """All that is known of whom articles credit."""

    everyone: tuple[Known, ...]
    never: frozenset[str]
    forms: Mapping[str, tuple[Form, ...]]
    """By their letters in the matching form, without spaces."""
    firsts: frozenset[str]
    """The first words of all forms."""
    beginnings: frozenset[str]
    """The letters that a form of several words begins with, word by word."""


@lru_cache(maxsize=1)
def known_names() -> Names:
    """Read the data file, once."""
    text = Path(__file__).with_name("credited_names.yml").read_text("utf-8")
    raw = yaml.load(text, Loader=yaml.CSafeLoader)  # a SafeLoader, ten times as fast
    everyone = tuple(map(_known, raw["names"]))
    forms: dict[str, tuple[Form, ...]] = {}
    firsts: set[str] = set()
    beginnings: set[str] = set()
    for form in (form for who in everyone for form in _forms_of(who)):
        words = [_fold(word) for word in WORD.findall(form.printed)]
        forms["".join(words)] = (*forms.get("".join(words), ()), form)
        firsts.add(words[0])
        beginnings.update("".join(words[:count]) for count in range(1, len(words)))
    return Names(
        everyone=everyone,
        never=frozenset(raw["never"]),
        forms=forms,
        firsts=frozenset(firsts),
        beginnings=frozenset(beginnings),
    )


def find_names(text: str) -> Iterator[Named]:
    """Yield whom a text names, in its order; of two that begin alike the longer."""
    ascii_words = WORD.findall(text.lower()) if text.isascii() else None
    folded = ascii_words or [_fold(word) for word in WORD.findall(text)]
    firsts = known_names().firsts
    if firsts.isdisjoint(folded):
        return
    end = 0
    for place, match in enumerate(WORD.finditer(text)):
        if folded[place] in firsts and match.start() >= end:
            tokens = [one.span() for one in islice(WORD.finditer(text, match.start()), MAX_WORDS)]
            found = _longest(text, tokens, folded[place : place + MAX_WORDS])
            if found is not None:
                yield found
                end = found.end


def name_of(text: str) -> Known | None:
    """Tell whose name a text is and no more, however large its letters are."""
    if len(text) > MAX_NAME:
        return None
    forms = known_names().forms
    found = forms.get(_key(text)) or forms.get(_key(ARTICLE.sub("", text, count=1)))
    return found[0].who if found else None


def is_agency(name: str) -> bool:
    """Judge whether a name is a news agency's: whose text it is, but no person."""
    who = name_of(name)
    return bool(CAPITALS.fullmatch(name)) or (who is not None and who.kind == "agency")


def photo_names() -> str:
    """Write a pattern of the agencies whose names stand under pictures."""
    return _any_of(who.name for who in known_names().everyone if who.photos)


def reporters_houses() -> str:
    """Write a pattern of the houses whose names stand behind their reporters'."""
    houses = (who for who in known_names().everyone if who.reports or who.kind == "pictures")
    return _any_of(who.name for who in houses if who.name not in who.words)


@lru_cache(maxsize=1024)
def known_as(own_names: Sequence[str], hosts: Sequence[str]) -> frozenset[str]:
    """Name those of the known that an outlet is, by its names and hosts."""
    own = {named.who.name for name in own_names for named in find_names(name[:MAX_NAME])}
    own |= {who.name for name in own_names if (who := name_of(name)) is not None}
    for who in known_names().everyone:
        if any(host == one or host.endswith(f".{one}") for one in who.hosts for host in hosts):
            own.add(who.name)
    return frozenset(own)


def _known(entry: Mapping[str, str | bool | list[str]]) -> Known:
    lists = {key: tuple(said) for key, said in entry.items() if isinstance(said, list)}
    return Known(**(dict(entry) | lists))  # type: ignore[arg-type]  # a test reads the file


def _forms_of(who: Known) -> Iterator[Form]:
    for printed in dict.fromkeys((who.name, *who.forms, *who.words)):
        yield Form(who=who, printed=printed, is_word=printed in who.words)


def _longest(text: str, tokens: Sequence[tuple[int, int]], folded: Sequence[str]) -> Named | None:
    """Find the longest name that begins with the first of some words."""
    names = known_names()
    start, found, key = tokens[0][0], None, ""
    for number, (begin, end) in enumerate(tokens):
        if number and not GAP.fullmatch(text, tokens[number - 1][1], begin):
            break
        key += folded[number]
        for form in names.forms.get(key, ()):
            if form.fits(text[start:end]):
                found = Named(who=form.who, start=start, end=end, is_word=form.is_word)
                break
        if key not in names.beginnings:
            break
    return found


def _any_of(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


def _key(text: str) -> str:
    return "".join(_fold(word) for word in WORD.findall(text))


@lru_cache(maxsize=20_000)
def _fold(word: str) -> str:
    return word.lower() if word.isascii() else normalise_text(word)
