"""The languages of a text, by the text: an outlet's `lang` attribute lies too often."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from copy import copy
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from transforms.telltale import telltale_language

ARABIC_SCRIPT = ("ar", "fa", "ps", "ug", "ur")
OTHER_SCRIPTS = (
    "af", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "he", "hi", "hr",
    "hu",
    "id", "it", "ja", "ko", "lt", "lv", "mr", "ms", "nl", "no", "pa", "pl", "pt", "ro", "ru", "sk",
    "sl", "sv", "sw", "ta", "te", "th", "tr", "uk", "vi", "xh", "zh", "zu",
)  # fmt: skip
ARABIC_LETTER = re.compile("[\u0620-\u064a\u0671-\u06d3\u06fa-\u06ff\u0750-\u077f]")
ALEF, SURE = "ا", 2_000
"""No text of so many letters is in Arabic script and without an alef."""
LETTERS = re.compile(r"[^\W\d_]+")
LINK_OR_HANDLE = re.compile(r"https?://\S+|[@#]\w+")
MIN_LETTERS = 20
PART_LETTERS = 100
"""What either language of a mixed text must have."""
PARAGRAPH_LETTERS = 60
"""What a paragraph must have to be judged alone."""
PARAGRAPHS = 16
"""Judged of a text, evenly spread."""
OPENING = 2_000
SAMPLE = 1_500
PARAGRAPH_SAMPLE = 200
PIECES, PIECE = 5, 60
"""What is asked first of a long sample: pieces of it, so many letters each, evenly spread."""
CLEAR = 100.0
"""Nats by which pieces tell what the whole would."""
MAX_LENGTH = 20_000
TIE = 20.0
"""Nats: headlines that are taken for another language than theirs nearly all lie within."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Languages:
    """What a text is written in, ISO 639-1."""

    main: str | None
    """None where the text is too short to say, or its language has no two-letter code."""
    other: str | None = None
    """A second one: that of a fifth or more of the words, in paragraphs of their own."""


def detect_languages(text: str, expected: Collection[str] = ()) -> Languages:
    """Name a text's language, and the second one of a mixed text.

    The script narrows the choice first, and only lines in it are judged: an Urdu report that opens
    with an English quotation stays an Urdu report, and what a page leaves of other texts below the
    report does not outvote it. The languages `expected` of an outlet break ties and no more.
    """
    lines = [line for line in _without_links(text[:MAX_LENGTH]).splitlines() if line]
    whole = "\n".join(lines)
    if not _has_letters(whole[:OPENING], MIN_LETTERS):
        return Languages(main=None)
    # A third: reports in Urdu quote English at length; none in English quotes Urdu so.
    is_arabic = any(_is_arabic(part, 1 / 3) for part in (whole[:OPENING], whole))
    own = (line for line in lines if _is_arabic(line) == is_arabic)
    main = _name(_join(own, SAMPLE), expected, is_arabic=is_arabic)
    return Languages(main=main, other=_second_language(lines, main))


def _second_language(lines: list[str], main: str | None) -> str | None:
    """Name the language of the paragraphs that are clearly in another one, if they are many."""
    paragraphs = [line for line in lines if len(line) > PARAGRAPH_LETTERS]
    spread = paragraphs[:: len(paragraphs) // PARAGRAPHS + 1]
    judged = [line for line in spread if _has_letters(line[:PARAGRAPH_SAMPLE], PARAGRAPH_LETTERS)]
    size = {line: len(line.split()) for line in judged}
    whole = sum(size[line] for line in judged)
    named: dict[str, str | None] = {}
    said: Counter[str | None] = Counter()
    # The longest first: a few are enough to tell that nearly every text is in one language.
    for line in sorted(judged, key=size.__getitem__, reverse=True):
        named[line] = _name_paragraph(line, main)
        said[named[line]] += size[line]
        if (whole - said[main]) * 5 < whole:
            return None
    other = max(said.keys() - {main, None}, key=lambda one: said[one], default=None)
    if other is None or said[other] * 5 < whole:
        return None
    spoken = {one: " ".join(line for line in judged if named[line] == one) for one in (main, other)}
    if not all(_has_letters(part, PART_LETTERS) for part in spoken.values()):
        return None
    sample = spoken[other][:SAMPLE]
    return other if _name(sample, (), is_arabic=_is_arabic(sample)) == other else None


def _name_paragraph(line: str, main: str | None) -> str | None:
    """Name a paragraph's language by its start; most show in half of that that they are main's."""
    # What is nearly as likely in the text's own language is in it: names, figures.
    for length in (PARAGRAPH_SAMPLE // 2, PARAGRAPH_SAMPLE):
        start = line[:length]
        language = _name(start, (main or "",), is_arabic=_is_arabic(start))
        if language == main:
            break
    return language


def _name(sample: str, expected: Collection[str], *, is_arabic: bool) -> str | None:
    """Name the language of a text in one script."""
    told, language = telltale_language(sample, is_arabic=is_arabic)
    if told:
        return language
    identifier = _identifier(ARABIC_SCRIPT if is_arabic else OTHER_SCRIPTS)
    if len(sample) > 2 * PIECES * PIECE:
        (best, score), (_, next_score), *_ = identifier.rank(_pieces(sample))
        if score - next_score > CLEAR:
            return str(best)
    ranked = identifier.rank(sample)
    best, score = ranked[0]
    near = (name for name, one in ranked if name in expected and score - one < TIE)
    return str(next(near, best))


def _pieces(sample: str) -> str:
    step = (len(sample) - PIECE) // (PIECES - 1)
    return " ".join(sample[start : start + PIECE] for start in range(0, PIECES * step, step))


def _without_links(text: str) -> str:
    # The pattern has no letter to begin its search with; most texts have nothing for it.
    has_any = "://" in text or "@" in text or "#" in text
    return LINK_OR_HANDLE.sub(" ", text) if has_any else text


def _is_arabic(text: str, share: float = 1 / 2) -> bool:
    count = _count_arabic(text)
    return count > 0 and count > share * _count_letters(text)


def _join(lines: Iterable[str], length: int) -> str:
    """Join the first lines up to a length, without going through those that come after."""
    joined: list[str] = []
    size = 0
    for line in lines:
        joined.append(line)
        size += len(line) + 1
        if size > length:
            break
    return " ".join(joined)[:length]


def _count_arabic(text: str) -> int:
    if text.isascii() or (len(text) > SURE and ALEF not in text):
        return 0
    return len(ARABIC_LETTER.findall(text))


def _has_letters(text: str, least: int) -> bool:
    """Judge whether a text has so many letters, without going through more of it."""
    count = 0
    for word in LETTERS.finditer(text):
        count += word.end() - word.start()
        if count >= least:
            return True
    return False


def _count_letters(text: str) -> int:
    return sum(map(len, LETTERS.findall(text)))


@lru_cache(maxsize=2)
def _identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    identifier = copy(_whole_model())
    identifier.set_languages(list(languages))
    # Of half precision and by columns, as unpacked, every lookup of a row costs twice as much.
    identifier.nb_ptc = np.ascontiguousarray(identifier.nb_ptc, dtype=np.float32)
    return identifier


@lru_cache(maxsize=1)
def _whole_model() -> LanguageIdentifier:
    # Unpacking it takes as long as twenty pages do: once for both choices of languages.
    return LanguageIdentifier.from_model_file(MODEL_FILE)
