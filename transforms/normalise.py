"""The matching form of a text: one spelling for what readers take for the same. Never shown."""

import re
import unicodedata

FOLDS = str.maketrans(
    {
        # yeh: Arabic, Farsi, alef maksura, Pashto tail, hamza forms, bari yeh keeps its own sound
        "ي": "ی", "ى": "ی", "ۍ": "ی", "ئ": "ی", "ې": "ی", "ﻯ": "ی", "ێ": "ی",
        # kaf: Arabic, swash, Pashto keheh with ring
        "ك": "ک", "ڪ": "ک", "ګ": "گ", "ڰ": "گ",
        # heh: Arabic, doachashmee, goal, teh marbuta forms
        "ه": "ہ", "ھ": "ہ", "ۀ": "ہ", "ۂ": "ہ", "ە": "ہ", "ة": "ہ", "ۃ": "ہ",
        # alef and waw with hamza or wasla; a hamza alone, which half of the writers leave out
        "أ": "ا", "إ": "ا", "ٱ": "ا", "آ": "ا", "ؤ": "و", "ۇ": "و", "ۆ": "و",
        "ء": "",
        "ں": "ن", "ڼ": "ن",
        # digits of both Arabic rows
        **{chr(0x0660 + digit): str(digit) for digit in range(10)},
        **{chr(0x06F0 + digit): str(digit) for digit in range(10)},
        # typographic quotes and dashes
        "’": "'", "‘": "'", "ʼ": "'", "´": "'",
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
        "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-",
        "۔": ".", "،": ",", "؛": ";", "؟": "?", "٪": "%", "٫": ".", "٬": ",",
        # tatweel, soft hyphen, byte order mark, and joiners, direction marks and such: invisible
        **dict.fromkeys("\u0640\u00ad\ufeff\u061c\u180e"),
        **dict.fromkeys(map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F)))),
        **dict.fromkeys(map(chr, (*range(0x2060, 0x2070), *range(0xFE00, 0xFE10)))),
    }
)  # fmt: skip
ARABIC_MARKS = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u08d3-\u08ff]")
LATIN_MARKS = re.compile("[\u0300-\u036f]")
WORD = re.compile(r"\w+")


def normalise_text(text: str) -> str:
    """Fold Unicode, Urdu and Pashto letter forms, digits, marks, case and white space.

    Idempotent. Punctuation stays, in its ASCII form; words() drops it.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    # Marks come off between two foldings: NFKC writes ئ where a page has ی and a hamza above.
    folded = unicodedata.normalize("NFKC", text).translate(FOLDS)
    folded = LATIN_MARKS.sub("", unicodedata.normalize("NFKD", ARABIC_MARKS.sub("", folded)))
    folded = unicodedata.normalize("NFC", ARABIC_MARKS.sub("", folded)).casefold().translate(FOLDS)
    return " ".join(folded.split())


def words(text: str) -> list[str]:
    """Split a normalised text into its words, without punctuation."""
    return WORD.findall(text)
