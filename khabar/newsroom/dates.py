"""Dates as the valley's outlets write them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from khabar.newsroom.phrases import Language

LOCAL = ZoneInfo("Asia/Karachi")

_MONTHS: dict[Language, str] = {
    "en": "January February March April May June July August September October November December",
    "ur": "جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر",
    "ps": "جنوري فبروري مارچ اپرېل مې جون جولای اګست سپتمبر اکتوبر نومبر ډسمبر",
}
_DAYS: dict[Language, str] = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "ur": "پیر منگل بدھ جمعرات جمعہ ہفتہ اتوار",
    "ps": "دوشنبې سېشنبې چارشنبې پنجشنبې جمعې شنبې یکشنبې",
}
_URDU_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def month_name(month: int, language: Language) -> str:
    """Name a month, 1 to 12."""
    return _MONTHS[language].split()[month - 1]


def day_name(weekday: int, language: Language) -> str:
    """Name a weekday, Monday = 0; any number, as days are counted on."""
    return _DAYS[language].split()[weekday % 7]


def long_date(instant: datetime, language: Language, *, own_digits: bool = False) -> str:
    """Write a date with the month's name, in the outlet's own time zone."""
    day = instant.astimezone(LOCAL)
    text = f"{day.day} {month_name(day.month, language)} {day.year}"
    return text.translate(_URDU_DIGITS) if own_digits else text


def iso(instant: datetime) -> str:
    """Write an instant as ISO 8601 with +05:00."""
    return instant.astimezone(LOCAL).isoformat(timespec="seconds")


def rfc822(instant: datetime) -> str:
    """Write an instant as feeds do."""
    return _english(instant.astimezone(LOCAL), "+0500")


def http_date(instant: datetime) -> str:
    """Write an instant as HTTP headers do."""
    return _english(instant.astimezone(ZoneInfo("UTC")), "GMT")


def _english(instant: datetime, zone: str) -> str:
    day, month = day_name(instant.weekday(), "en")[:3], month_name(instant.month, "en")[:3]
    return f"{day}, {instant.day:02d} {month} {instant.year} {instant:%H:%M:%S} {zone}"
