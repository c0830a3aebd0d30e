"""One line of text that names one day, read: in any language that htmldate or we know."""

import re
import unicodedata
from datetime import datetime

from htmldate.extractors import try_date_expr

from transforms.foreign_code import ask_or_none
from transforms.moments import ZONES
from transforms.solar_hijri import read_solar_hijri

MONTHS = {
    "جنوری": 1, "جنوري": 1, "فروری": 2, "فبروری": 2, "فبروري": 2, "فروري": 2, "مارچ": 3, "اپریل": 4,
    "اپرېل": 4, "اپريل": 4, "مئی": 5, "می": 5, "مۍ": 5, "مي": 5, "جون": 6, "جولائی": 7, "جولای": 7,
    "جولاى": 7, "جولاي": 7, "اگست": 8, "اګست": 8, "ستمبر": 9, "سپتمبر": 9, "سېپتمبر": 9,
    "سپټمبر": 9, "اکتوبر": 10, "نومبر": 11, "نوامبر": 11, "دسمبر": 12, "ډسمبر": 12, "دسامبر": 12,
}  # fmt: skip
"""Urdu and Pashto names of the Gregorian months, as outlets spell them."""
MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
DAY_MONTH_YEAR = re.compile(rf"(?<!\d)(\d{{1,2}})\s*[-،,]?\s*({MONTH})\s*[-،,]?\s*(\d{{4}})(?!\d)")
MONTH_DAY_YEAR = re.compile(rf"({MONTH})\s*(\d{{1,2}})\s*[-،,]\s*(\d{{4}})(?!\d)")
DOTTED = re.compile(r"(?<![\d.])(\d{1,2})\. ?(\d{1,2})\. ?((?:19|20)\d{2})(?!\d)")
FAR_EAST = re.compile(r"(?<!\d)(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")
DAY_AND_YEAR = re.compile(
    r"(?<!\d)\d{1,2}(?!\d).*?(?<!\d)(?:19|20)\d{2}(?!\d)"
    r"|(?<!\d)(?:19|20)\d{2}\D.*?(?<!\d)\d{1,2}(?!\d)|\d{1,2}[./]\d{1,2}[./]\d{2}(?!\d)"
)
FIRST_OF_MONTH = re.compile(r"(?<!\d)0?1(?!\d)|(?:19|20)\d{4}01(?!\d)")
DATELINE = re.compile(
    r"\W{0,3}(?:[^\W\d_][^\d,:;.(]{1,30}[,(]{1,2} ?\(?)?"
    r"(\d{1,2}\. ?\d{1,2}\. ?(?:19|20)\d{2}|\d{1,2}\.? [^\W\d_]{3,12},? (?:19|20)\d{2}"
    r"|[^\W\d_]{3,12} \d{1,2}, (?:19|20)\d{2})\s?(?:[-–—:|)]|[.,]? ?[„“\"«])"
)
UPDATED = re.compile(
    r"(?:last\W*)?updat|modif|revis|edited|geändert|änderung|aktualisiert|mis à jour|اپ ڈیٹ|©",
    re.IGNORECASE,
)
CLOCK = re.compile(
    r"(?<![\d.:/-])(\d{1,2})(?:[:h]|\.(?=\d\d ?Uhr))([0-5]\d)(?::[0-5]\d)?(?![\d:])"
    r"\s*(?:([ap])\.?\s?m\b\.?)?\s*\(?([A-Z]{2,4}\b)?(\s?Uhr|\s?[Hh]rs\b)?",
    re.IGNORECASE,
)
AFTERNOON = re.compile(
    r"下午|晚上|午後|오후|شام|سہ پہر|دوپہر|مساء|(?<!\w)(?:م(?!\w)|μ\.?μ)", re.IGNORECASE
)
FORENOON = re.compile(r"上午|凌晨|早上|午前|오전|صبح|صباح|(?<!\w)(?:ص(?!\w)|π\.?μ)", re.IGNORECASE)
ARABIC_LETTER = re.compile(r"[\u0620-\u064a\u066e-\u06d3]")
MAX_CLOCK_LINE, BESIDE = 25, 8
BEFORE_CLOCK = re.compile(r"\w+\s*$")
WORD = re.compile(r"[^\W\d_]{2,}")
MAX_DATED_LINE = 200
MAX_WORDS, MAX_CASELESS_WORDS = 2, 5
"""In small letters, or in a script without capitals, in a line that is but a date and names."""
EARLIEST = datetime(1995, 1, 1)  # noqa: DTZ001 (htmldate compares naive times)


def read_line(
    line: str, following: str, latest: datetime, in_every_language: bool = True
) -> str | None:
    """Read the day that a short line names, and the time and the zone's name beside it."""
    line = digits_in_ascii(UPDATED.split(line, maxsplit=1)[0])
    day = read_day(line, latest, in_every_language)
    if day is None:
        return None
    clock = CLOCK.search(line)
    if clock is None and len(following) <= MAX_CLOCK_LINE:
        # Alone on its line, a bare 02:57 is as likely the length of a film.
        after = CLOCK.match(digits_in_ascii(following))
        clock = after if after and (after[3] or after[4] or after[5]) else None
    return f"{day}{_time(clock)}" if clock is not None else day


def is_sentence(line: str) -> bool:
    """Judge whether a line tells of a day, rather than being the date with names beside it."""
    words = _words_beside(line)
    small = sum(word[0].islower() for word in words)
    caseless = sum(word[0].lower() == word[0].upper() for word in words)
    return small > MAX_WORDS or caseless > MAX_CASELESS_WORDS


def is_day_alone(line: str) -> bool:
    """Judge whether a line is a date alone: but for it, the day of the week or the month."""
    return len(_words_beside(line)) <= MAX_WORDS


def _words_beside(line: str) -> list[str]:
    line = digits_in_ascii(line[:MAX_DATED_LINE])
    if clock := CLOCK.search(line):
        line = f"{BEFORE_CLOCK.sub('', line[: clock.start()])} {line[clock.end() :]}"
    return WORD.findall(DAY_AND_YEAR.sub(" ", line, count=1))


def read_dateline(line: str, latest: datetime) -> str | None:
    """Read the day that opens a paragraph ("12. Mai 2026 – ", "Swat (12.05.2026)")."""
    match = DATELINE.match(digits_in_ascii(line[:100]))
    return read_day(match[1], latest) if match else None


def read_day(line: str, latest: datetime, in_every_language: bool = True) -> str | None:
    """Read the one day that a line names, in ASCII digits, as YYYY-MM-DD."""
    for pattern, (day, month, year) in ((DAY_MONTH_YEAR, (1, 2, 3)), (MONTH_DAY_YEAR, (2, 1, 3))):
        if match := pattern.search(line):
            return f"{match[year]}-{MONTHS[match[month]]:02}-{int(match[day]):02}"
    if match := DOTTED.search(line):
        return f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}"
    if match := FAR_EAST.search(line):
        return f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}"
    if solar := read_solar_hijri(line):
        return solar.isoformat()
    if not DAY_AND_YEAR.search(line):
        return None
    spaced = re.sub(r"\s*\|\s*(?=\d)", ".", line)
    found = ask_or_none(
        lambda: try_date_expr(spaced, "%Y-%m-%d", in_every_language, EARLIEST, latest)
    )
    # Of a month and a year alone htmldate makes the month's first day.
    is_guess = found is not None and found.endswith("-01") and not FIRST_OF_MONTH.search(line)
    return str(found) if found and not is_guess else None


def digits_in_ascii(text: str) -> str:
    """Write Arabic and Persian digits as 0-9."""
    return re.sub(r"[\u0660-\u0669\u06f0-\u06f9]", lambda one: str(unicodedata.digit(one[0])), text)


def _time(clock: re.Match[str]) -> str:
    hour, half = int(clock[1]), _half(clock)
    # Outlets in these letters write twelve hours, with more words for their halves than we know.
    if hour > 23 or (half is None and hour <= 12 and ARABIC_LETTER.search(clock.string)):
        return ""
    if half is not None and hour <= 12:
        hour = hour % 12 + 12 * (half == "p")
    name = (clock[4] or "").upper()
    return f"T{hour:02}:{clock[2]}{f' {name}' if name in ZONES else ''}"


def _half(clock: re.Match[str]) -> str | None:
    """Tell a (before noon) or p (after it); None where the page does not say."""
    if clock[3]:
        return clock[3].lower()
    line, start, end = clock.string, clock.start(), clock.end(2)
    beside = f"{line[max(0, start - BESIDE) : start]} {line[end : end + BESIDE]}"
    return "p" if AFTERNOON.search(beside) else "a" if FORENOON.search(beside) else None
