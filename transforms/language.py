"""The language of a text, by the text: an outlet's `lang` attribute lies too often."""

import re
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

ARABIC_SCRIPT = ("ar", "fa", "ps", "ur")
OTHER_SCRIPTS = (
    "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "he", "hi", "hr", "hu",
    "id", "it", "ja", "ko", "lt", "lv", "mr", "ms", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl",
    "sv", "sw", "ta", "te", "th", "tr", "uk", "vi", "zh",
)  # fmt: skip
ARABIC_LETTER = re.compile("[\u0620-\u064a\u0671-\u06d3\u06fa-\u06ff\u0750-\u077f]")
LETTER = re.compile(r"[^\W\d_]")
LINK_OR_HANDLE = re.compile(r"https?://\S+|[@#]\w+")
MIN_LETTERS = 20
SAMPLE = 1_500


def detect_language(text: str) -> str | None:
    """Name the language (ISO 639-1), or None where the text is too short to say.

    The script narrows the choice first, so that a Pashto text is never taken for one in Latin
    letters, and an English one with a quoted couplet never for Urdu.
    """
    sample = LINK_OR_HANDLE.sub(" ", text[:SAMPLE])
    letters = len(LETTER.findall(sample))
    if letters < MIN_LETTERS:
        return None
    is_arabic = len(ARABIC_LETTER.findall(sample)) * 2 > letters
    language, _ = _identifier(ARABIC_SCRIPT if is_arabic else OTHER_SCRIPTS).classify(sample)
    return str(language)


@lru_cache(maxsize=2)
def _identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(languages))
    return identifier
