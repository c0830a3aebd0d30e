"""What is measured anew rather than counted on: money, shares, heat, rain and points."""

import re
from collections.abc import Sequence

from transforms.normalise import normalise_text

_BEFORE = "rs pkr usd inr"
_AFTER = """
rupee rupees paisa paisas paise dollar dollars cents pound pounds euro euros riyal riyals dirham
dirhams yen yuan afghani afghanis percent pc degree degrees celsius point points basis pkr usd
mm millimetre millimetres millimeters cusec cusecs
روپے روپیہ پیسے پیسہ ڈالر ڈالرز پاؤنڈ یورو ریال درہم فیصد ڈگری درجے سینٹی پوائنٹ پوائنٹس ملی کیوسک
ډالر ډالره ډالرو پونډ افغانۍ افغانیو روپو کلدارو کلدارې روپۍ تومانه سلنه درجې سانتي
"""
_MANY = """
hundred thousand lakh lakhs crore crores million billion trillion bn m
سو ہزار لاکھ کروڑ ارب کھرب زره میلیونه میلیارده
"""
BEFORE, AFTER, MANY = (frozenset(normalise_text(one).split()) for one in (_BEFORE, _AFTER, _MANY))
SIGNS = {
    "$": " usd ", "€": " euro ", "£": " pounds ", "₨": " rs ", "%": " percent ", "°": " degrees ",
    " per cent": " percent", f" {normalise_text('فی صد')}": f" {normalise_text('فیصد')}",
}  # fmt: skip
PAISAS = normalise_text("پیسے")
_FRACTION = re.compile(
    rf"(\d+) ?(rupees|{normalise_text('روپے')}) (?:and |{normalise_text('اور')} )?"
    rf"(\d{{1,2}}) (?:paisas?|paise|{PAISAS})\b"
)
REACH = 3
"""Words between a number and its unit: "3 billion 190 million dollars"."""


def has_unit(tokens: Sequence[str], index: int) -> bool:
    """Judge by the words around a number of a normalised text whether it is measured."""
    if index and tokens[index - 1] in BEFORE:
        return True
    for token in tokens[index + 1 : index + 2 + REACH]:
        if token in AFTER:
            return True
        if token not in MANY and not token[0].isdigit():
            return False
    return False


def spell_units(text: str) -> str:
    """Write the units of a normalised text as words, and 281 rupees 45 paisas as one number."""
    for sign, word in SIGNS.items():
        if sign in text:
            text = text.replace(sign, word)
    if "pais" not in text and PAISAS not in text:
        return text
    return _FRACTION.sub(lambda one: f"{one[1]}.{one[3]:>02} {one[2]}", text)
