"""The solar Hijri calendar of Afghanistan and Iran: its named months, as days of ours."""

import re
from datetime import date, timedelta

NAMES = (
    ("حمل", "وری", "وري", "فروردین"), ("ثور", "غویی", "غويی", "غوايي", "اردیبهشت"),
    ("جوزا", "غبرګولی", "غبرګولي", "خرداد"), ("سرطان", "چنګاښ", "تیر"),
    ("اسد", "زمری", "زمري", "مرداد"), ("سنبله", "وږی", "وږي", "شهریور"),
    ("میزان", "تله", "تلې", "مهر"), ("عقرب", "لړم", "آبان"),
    ("قوس", "لیندۍ", "ليندۍ", "آذر"), ("جدی", "جدي", "مرغومی", "مرغومي", "دی"),
    ("دلو", "سلواغه", "سلواغې", "بهمن"), ("حوت", "کب", "اسفند"),
)  # fmt: skip
"""Dari, Pashto and Iranian names, in the year's order."""
MONTHS = {name: number for number, names in enumerate(NAMES, start=1) for name in names}
MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
DAY_FIRST = re.compile(rf"(?<!\d)(\d{{1,2}})\s+({MONTH})\s*،?\s*(1[34]\d\d)(?!\d)")
YEAR_FIRST = re.compile(
    rf"(?<!\d)(1[34]\d\d)(?:\s+کال)?(?:\s+د)?\s+({MONTH})\s*(?:میاشتې|مياشتې)?\s*(\d{{1,2}})(?!\d)"
)
KNOWN_YEAR, KNOWN_NEW_YEAR = 1404, date(2025, 3, 21)
LEAP_YEARS = frozenset((1, 5, 9, 13, 17, 22, 26, 30))
"""Years of the 33-year cycle with 366 days; exact for 1343-1472 (Borkowski 1996)."""


def read_solar_hijri(line: str) -> date | None:
    """Read a day, in ASCII digits, whose named month makes its calendar certain."""
    if match := DAY_FIRST.search(line):
        return solar_hijri_day(int(match[3]), MONTHS[match[2]], int(match[1]))
    if match := YEAR_FIRST.search(line):
        return solar_hijri_day(int(match[1]), MONTHS[match[2]], int(match[3]))
    return None


def solar_hijri_day(year: int, month: int, day: int) -> date | None:
    """Convert a day; None where that month has no such day."""
    length = 31 if month <= 6 else 30 if month < 12 or year % 33 in LEAP_YEARS else 29
    if not 1 <= day <= length:
        return None
    first, last = sorted((year, KNOWN_YEAR))
    between = sum(365 + (one % 33 in LEAP_YEARS) for one in range(first, last))
    new_year = KNOWN_NEW_YEAR + timedelta(days=between if year > KNOWN_YEAR else -between)
    return new_year + timedelta(days=31 * min(month - 1, 6) + 30 * max(month - 7, 0) + day - 1)
