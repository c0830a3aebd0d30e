"""The language of a text, by the text: an outlet's `lang` attribute lies too often."""

import re
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

ARABIC_SCRIPT = ("ar", "fa", "ps", "ur")
OTHER_SCRIPTS = (
    "af", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "he", "hi", "hr",
    "hu",
    "id", "it", "ja", "ko", "lt", "lv", "mr", "ms", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl",
    "sv", "sw", "ta", "te", "th", "tr", "uk", "vi", "xh", "zh", "zu",
)  # fmt: skip
ARABIC_LETTER = re.compile("[\u0620-\u064a\u0671-\u06d3\u06fa-\u06ff\u0750-\u077f]")
LETTER = re.compile(r"[^\W\d_]")
LINK_OR_HANDLE = re.compile(r"https?://\S+|[@#]\w+")
MIN_LETTERS = 20
SAMPLE = 1_500
MAX_LENGTH = 20_000


def detect_language(text: str) -> str | None:
    """Name the language (ISO 639-1), or None where the text is too short to say.

    The script that most of the letters are in narrows the choice first, and only lines in it are
    judged: an Urdu report that opens with an English quotation stays an Urdu report.
    """
    text = LINK_OR_HANDLE.sub(" ", text[:MAX_LENGTH])
    letters = len(LETTER.findall(text))
    if letters < MIN_LETTERS:
        return None
    # A third: reports in Urdu quote English at length; none in English quotes Urdu so.
    is_arabic = len(ARABIC_LETTER.findall(text)) * 3 > letters
    lines = [line for line in text.splitlines() if _is_arabic(line) == is_arabic]
    sample = " ".join(lines)[:SAMPLE]
    language, _ = _identifier(ARABIC_SCRIPT if is_arabic else OTHER_SCRIPTS).classify(sample)
    return str(language)


def _is_arabic(line: str) -> bool:
    return len(ARABIC_LETTER.findall(line)) * 2 > len(LETTER.findall(line))


@lru_cache(maxsize=2)
def _identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(languages))
    return identifier
