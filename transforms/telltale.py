"""Languages that the identifier's model lacks, told by letters and words that are theirs alone."""

import re

WORD = re.compile(r"[^\W\d_]+")
SINDHI_LETTERS = "ڪ۾۽ٿڻٺڇڌڊڦڀٻڄڃڳڱ"
"""Urdu, Pashto and Persian have none of them; Saraiki has four, and old Pashto type one."""
BALOCHI = re.compile("(?<!\\w)ء[\u064e-\u0650](?!\\w)")
"""Its case endings, written as words of their own."""
PUNJABI_WORDS = "نوں وچ وچوں دا دیاں توں اے کوں آں ایہہ اوہ نیں تے سی ہن"
URDU_WORDS = "کا کے کی کو میں اور نے ہے ہیں سے پر تھا تھے تھی"
ROMAN_WORDS = (
    "hai hain mein aur nahi nahin kiya gaya gayi gaye raha rahi rahe liye bhi yeh woh tha thi thay "
    "hoga karna karne unhon kaha"
)
PUNJABI, URDU, ROMAN_URDU = (
    frozenset(words.split()) for words in (PUNJABI_WORDS, URDU_WORDS, ROMAN_WORDS)
)
MIN_KINDS = 3


def telltale_language(text: str, *, is_arabic: bool) -> tuple[bool, str | None]:
    """Say whether a text gives its language away, and name it (None where it has no ISO 639-1).

    Sindhi is sd; Punjabi in Urdu's script is pa, and so are its neighbours Saraiki and Hindko,
    which have no two-letter code; Balochi is told and has none; Urdu in Latin letters is ur.
    """
    found = WORD.findall(text.lower())
    if not is_arabic:
        is_urdu = _has_kinds(found, ROMAN_URDU) and _count(found, ROMAN_URDU) * 10 > len(found)
        return is_urdu, "ur" if is_urdu else None
    sindhi = [text.count(letter) for letter in SINDHI_LETTERS if letter in text]
    if len(sindhi) > MIN_KINDS and sum(sindhi) * 33 > len(text):
        return True, "sd"
    if len(BALOCHI.findall(text)) > 1:
        return True, None
    is_punjabi = _has_kinds(found, PUNJABI) and _count(found, PUNJABI) > _count(found, URDU)
    return is_punjabi, "pa" if is_punjabi else None


def _count(found: list[str], words: frozenset[str]) -> int:
    return sum(word in words for word in found)


def _has_kinds(found: list[str], words: frozenset[str]) -> bool:
    return len(words.intersection(found)) >= MIN_KINDS
