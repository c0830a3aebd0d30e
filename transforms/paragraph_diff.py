"""Which paragraphs two texts do not share, and which words of them: for people, word by word."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transforms.normalise import normalise_text, words
from transforms.word_diff import MAX_PARAGRAPHS, MAX_WORDS, unequal

LIKE = 0.3
"""Share of their words that two paragraphs have in common, to be one that was changed."""
LOOK_AHEAD = 20
"""Paragraphs among which the former of a changed one is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Words that stand together, all of them changed or none."""

    text: str
    is_changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Paragraphs in a row that both texts have."""

    first: str
    last: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A paragraph that was changed, removed (no `after`) or added (no `before`)."""

    before: tuple[Piece, ...]
    after: tuple[Piece, ...]
    place_before: int | None
    """Its number in the older text, from 1."""
    place_after: int | None


def diff_paragraphs(before: str, after: str) -> Iterator[Kept | Changed]:
    """Go through two texts; what differs in white space, case or spelling only is kept.

    Spelling as `normalise_text` folds it: letter variants of Urdu and Pashto, quotes, digits.
    """
    olds, news = _paragraphs(before), _paragraphs(after)
    old_keys, new_keys = list(map(_key, olds)), list(map(_key, news))
    place = 0
    for removed, added in unequal(old_keys, new_keys, MAX_PARAGRAPHS):
        yield from _kept(news[place : added.start])
        yield from _changed(olds, news, removed, added)
        place = added.stop
    yield from _kept(news[place:])


def diff_line(before: str, after: str) -> Changed:
    """Compare two headlines, or any two lines, word by word."""
    return _both(before, after, None, None)


def count_words(before: str, after: str) -> tuple[int, int]:
    """Count the words removed and added; one that only moved is neither."""
    olds, news = (Counter(words(normalise_text(text))) for text in (before, after))
    return (olds - news).total(), (news - olds).total()


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _key(text: str) -> str:
    return " ".join(words(normalise_text(text)))


def _kept(paragraphs: Sequence[str]) -> Iterator[Kept]:
    if paragraphs:
        yield Kept(first=paragraphs[0], last=paragraphs[-1], count=len(paragraphs))


def _changed(
    olds: Sequence[str], news: Sequence[str], removed: slice, added: slice
) -> Iterator[Changed]:
    """Pair the paragraphs of a stretch that are alike, in their order."""
    left = removed.start
    sets = {n: frozenset(_key(olds[n]).split()) for n in range(removed.start, removed.stop)}
    for new in range(added.start, added.stop):
        found = _find(_key(news[new]), sets, range(left, min(removed.stop, left + LOOK_AHEAD)))
        if found is None:
            yield _both("", news[new], None, new + 1)
            continue
        yield from (_both(olds[n], "", n + 1, None) for n in range(left, found))
        yield _both(olds[found], news[new], found + 1, new + 1)
        left = found + 1
    yield from (_both(olds[n], "", n + 1, None) for n in range(left, removed.stop))


def _find(key: str, sets: dict[int, frozenset[str]], places: range) -> int | None:
    mine = frozenset(key.split())
    for place in places:
        shared, either = len(mine & sets[place]), len(mine | sets[place])
        if either and shared / either >= LIKE:
            return place
    return None


def _both(before: str, after: str, place_before: int | None, place_after: int | None) -> Changed:
    olds, news = _Words.of(before), _Words.of(after)
    is_same = " ".join(olds.keys) == " ".join(news.keys)
    stretches = [] if is_same else list(unequal(olds.keys, news.keys, MAX_WORDS))
    return Changed(
        before=tuple(_pieces(olds.tokens, [olds.place(removed) for removed, _ in stretches])),
        after=tuple(_pieces(news.tokens, [news.place(added) for _, added in stretches])),
        place_before=place_before,
        place_after=place_after,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """A line's words; a dash or comma that stands alone goes with the word before it."""

    tokens: list[str]
    keys: list[str]
    starts: list[int]
    """Where each word begins among the tokens, and where the last one ends."""

    @classmethod
    def of(cls, line: str) -> "_Words":
        tokens = line.split()
        keyed = [(n, key) for n, token in enumerate(tokens) if (key := _key(token))]
        starts = [0, *(n for n, _ in keyed[1:]), len(tokens)]
        return cls(tokens=tokens, keys=[key for _, key in keyed], starts=starts)

    def place(self, words: slice) -> slice:
        return slice(self.starts[words.start], self.starts[words.stop])


def _pieces(tokens: Sequence[str], changed: Sequence[slice]) -> Iterator[Piece]:
    place = 0
    for part in [*changed, slice(len(tokens), len(tokens))]:
        for stretch, is_changed in ((slice(place, part.start), False), (part, True)):
            if stretch.stop > stretch.start:
                yield Piece(text=" ".join(tokens[stretch]), is_changed=is_changed)
        place = part.stop
