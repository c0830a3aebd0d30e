"""Lines and endings that say nothing but whom a text is from: "Source: INP", "(APP)", "© AFP"."""

import re
from collections.abc import Iterator

from transforms.credited_names import WORD, Named, find_names
from transforms.normalise import FOLDS, normalise_text

LABEL = re.compile(
    r"(?:with )?(?:additional |further )?(?:inputs?|reporting|information) (?:from|by)\b"
    r"|(?:news |story )?(?:sources?|courtesy|credits?|agency|via)(?: of| to)?\b"
    r"|(?:originally |first )?(?:published|appeared|reported|produced|provided) (?:by|in|on)\b"
    r"|(?:this|the) (?:story|article|report|piece|news) (?:was |is |has |been |first |originally"
    r" |also ){0,4}(?:published|appeared|taken|sourced|reproduced|provided|produced|carried)"
    r" (?:by|in|on|from)\b|©|\(c\)|copyright\b(?: ©| \(c\))?",
    re.IGNORECASE,
)
RTL_LABEL = re.compile(
    r"(?:ماخذ|بشکریہ|سورس|سرچینه|منبع|خبر ایجنسی|رپورٹ|راپور|په مننه له)\b".translate(FOLDS)
)
RTL_THANKS = re.compile(r"(?:په مننه|کے شکریہ|کا شکریہ)\b".translate(FOLDS))
FILLERS = frozenset(
    (
        "the", "and", "with", "from", "by", "news", "agency", "agencies", "staff", "desk", "of",
        "in", "monitoring", "report", "reports", "service", "services", "web", "on", "via", "all",
        "rights", "reserved", "input", "inputs", "ltd", "limited", "correspondent", "bureau",
        "اور", "او", "نیوز", "ایجنسی", "رپورٹ", "ڈیسک", "سے", "له", "د", "څخه", "خبري", "اژانس",
        "آژانس",
    )
)  # fmt: skip
PICTURE = re.compile(
    r"photo|image|picture|\bfile\b|caption|video|graphic|illustration"
    r"|تصویر|تصاویر|فوٹو|انځور|عکس|ویډیو|ویڈیو",
    re.IGNORECASE,
)
ENDING = re.compile(
    r"[.!?۔؟\"”’'…»]\s{0,3}(?:[(\[]\s{0,2}(?P<bracketed>[^()\[\]\n]{2,60})[)\]]"
    r"|(?:[—–/]|-{1,2})\s{0,2}(?P<dashed>[^()\[\]—–\n.]{2,60}))[\s.۔*]{0,4}$"
)
OPENING = re.compile(r"[\W_]{0,3}[(\[]\s{0,2}(?P<bracketed>[^()\[\]\n]{2,60})[)\]]")
ADDING = re.compile(r"^(?P<who>[^\n:]{2,50}?) adds?(?: from [^\n:]{2,30})?:", re.MULTILINE)
"""How papers join one agency's text to another's: "AFP adds from Kabul: "."""
BEFORE_TEXT = re.compile(r"\s?[-–—:|]\s?")
MAX_LINE, MAX_OTHERS, MAX_ENDING = 140, 12, 90


def name_in_line(line: str, found: list[Named], *, is_sure: bool) -> Named | None:
    """Return whom a line credits that says nothing else; `is_sure` asks for a word that says so."""
    bare = line.strip()
    if not found or len(bare) > MAX_LINE or PICTURE.search(bare):
        return None
    others = list(_other_words(bare, found))
    lead = bare[: found[0].start].lstrip(" \t*_-–—([|•\"'")
    label = LABEL.match(lead) or RTL_LABEL.match(normalise_text(lead))
    if label is not None and len(others) <= MAX_OTHERS:
        between = WORD.findall(label.string[label.end() :].lower())
        return found[0] if all(word in FILLERS or word.isdigit() for word in between) else None
    if not lead.removeprefix("د").strip() and RTL_THANKS.match(
        normalise_text(bare[found[0].end :])
    ):
        return found[0]
    is_alone = all(word.lower() in FILLERS for word in others) and not found[0].is_word
    is_set_off = not bare[0].isalnum()
    is_enough = is_set_off or (found[0].who.kind == "agency" and not is_sure)
    return found[0] if is_alone and is_enough else None


def name_at_end(line: str) -> tuple[list[Named], str] | None:
    """Return whom the end of a text names behind its last sentence: "he added. —APP"."""
    match = ENDING.search(line[-MAX_ENDING:])
    return None if match is None else _set_off(match["bracketed"] or match["dashed"], match[0][1:])


def name_before_text(line: str) -> tuple[list[Named], str] | None:
    """Return whom a text names in front of its first sentence: "(APP) The minister"."""
    if (match := OPENING.match(line)) is not None:
        return _set_off(match["bracketed"], match[0])
    found = list(find_names(line[:MAX_LINE]))[:1]
    is_first = found and found[0].start == 0 and found[0].who.kind == "agency"
    if not is_first or found[0].is_word or not BEFORE_TEXT.match(line, found[0].end):
        return None
    return found, line[: found[0].end]


def names_that_add(text: str) -> Iterator[tuple[list[Named], str]]:
    """Yield whom paragraphs name as the one that adds them."""
    if " add" in text:
        for match in ADDING.finditer(text):
            if said := _set_off(match["who"], match[0]):
                yield said


def _set_off(inner: str, words: str) -> tuple[list[Named], str] | None:
    found = list(find_names(inner))
    is_alone = all(word.lower() in FILLERS for word in _other_words(inner, found))
    return (found, words.strip()) if found and is_alone and not PICTURE.search(inner) else None


def _other_words(text: str, found: list[Named]) -> Iterator[str]:
    for match in WORD.finditer(text):
        if not any(one.start <= match.start() < one.end for one in found):
            yield match[0]
