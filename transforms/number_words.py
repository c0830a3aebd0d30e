"""Numbers, weekdays and months as words of English, Urdu and Pashto, in their matching form."""

from transforms.normalise import normalise_text
from transforms.read_day import MONTHS

_COUNTED = {
    2: "two دو دوه",
    3: "three تین درې دری",
    4: "four چار څلور",
    5: "five پانچ پنځه",
    6: "six چھ چھے شپږ",
    7: "seven سات اووه",
    8: "eight آٹھ اته",
    9: "nine نهه",
    10: "ten دس لس",
    11: "eleven گیارہ یوولس",
    12: "twelve بارہ دولس",
    13: "thirteen تیرہ دیارلس",
    14: "fourteen چودہ څوارلس",
    15: "fifteen پندرہ پنځلس",
    16: "sixteen سولہ شپاړس",
    17: "seventeen سترہ اوولس",
    18: "eighteen اٹھارہ اتلس",
    19: "nineteen انیس نولس",
    20: "twenty بیس شل",
    30: "thirty تیس دېرش",
    40: "forty چالیس څلوېښت",
    50: "fifty پچاس پنځوس",
}
"""Without one, which is an article in all three; without the Urdu nine, in Pashto "so"."""
NUMBER_WORDS = {
    word: str(number)
    for number, words in _COUNTED.items()
    for word in normalise_text(words).split()
}

_WEEKDAYS = """
monday tuesday wednesday thursday friday saturday sunday
پیر سوموار منگل بدھ جمعرات جمعہ اتوار
دوشنبه دوشنبې سېشنبه سېشنبې چهارشنبه چارشنبه چارشنبې پنجشنبه پنجشنبې جمعه جمعې
شنبه شنبې یکشنبه یکشنبې
"""
"""Without the Urdu Saturday, which is also a week."""
WEEKDAYS = frozenset(normalise_text(_WEEKDAYS).split())
_MONTHS = """
january february march april may june july august september october november december
jan feb mar apr jun jul aug sep sept oct nov dec
"""
MONTH_NAMES = frozenset(normalise_text(" ".join((_MONTHS, *MONTHS))).split())
NUMBER_NAMES = NUMBER_WORDS.keys() | WEEKDAYS | MONTH_NAMES
