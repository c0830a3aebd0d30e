"""Reports whose numbers change (forms.yml): forms filled in each day, and events written on."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

_TEXTS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("forms.yml").read_text("utf-8"))
FORMS: dict[str, str] = _TEXTS["forms"]
EVENTS: dict[str, dict[str, Any]] = _TEXTS["events"]
FIRST_DAY = date(2026, 11, 2)
_EN_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_UR_DAYS = ["پیر", "منگل", "بدھ", "جمعرات", "جمعہ", "ہفتہ", "اتوار"]
_PS_DAYS = ["دوشنبې", "سېشنبې", "چارشنبې", "پنجشنبې", "جمعې", "شنبې", "یکشنبې"]
_TEAMS = ["Zalmi", "Kings", "Qalandars", "Gladiators", "Sultans", "United"]


def filled(form: str, day: int, seed: int = 1) -> str:
    """Fill a form in for a day, counted from FIRST_DAY; its last words are always the same."""
    draw = random.Random(f"{form}/{day}/{seed}")  # noqa: S311 (no secret)
    text = f"{FORMS[form]} {_TEXTS['standing'][form[-2:]]}"
    while "{" in text:
        head, _, rest = text.partition("{")
        slot, _, tail = rest.partition("}")
        text = f"{head}{_fill(slot, day, draw)}{tail}"
    return text


def _fill(slot: str, day: int, draw: random.Random) -> str:
    if slot.startswith("n:"):
        low, high = slot.removeprefix("n:").split("-")
        return str(draw.randint(int(low), int(high)))
    on = FIRST_DAY + timedelta(days=day)
    return {
        "gold": f"{draw.randint(400_000, 470_000):,}",
        "gold10": f"{draw.randint(310_000, 400_000):,}",
        "rate": f"{draw.randint(270, 380)}.{draw.randint(10, 99)}",
        "en_day": _EN_DAYS[on.weekday()],
        "ur_day": _UR_DAYS[on.weekday()],
        "ps_day": _PS_DAYS[on.weekday()],
        "en_date": f"{on:%A}, {on:%B} {on.day}, {on.year}",
        "team": _TEAMS[day % 6],
        "rival": _TEAMS[(day + 1) % 6],
    }[slot]


def told(event: str, *, later: bool = False, more: bool = False) -> str:
    """Tell an event, first or later with a higher toll, and with or without a sentence more."""
    one = EVENTS[event]
    text = str(one["text"]).format(*one["later" if later else "first"])
    return f"{text} {_TEXTS['later'][event[-2:]]}" if more else text


def daily(days: int) -> Iterator[tuple[str, int, str]]:
    """Fill in each form for some days running: its name, the day, the text."""
    for form in FORMS:
        for day in range(days):
            yield form, day, filled(form, day)
