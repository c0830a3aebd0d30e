"""The matching form: one spelling for what readers take for the same, and never what is shown."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.transforms.pages import html, make_page, story, to_article
from transforms.normalise import normalise_text, words

ARABIC = "ضلعي انتظاميه نے كہا"
URDU = "ضلعی انتظامیہ نے کہا"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ARABIC, URDU),
        ("پښتونستان ښوونځي", "پښتونستان ښوونځی"),
        ("کتابِ عشقْ", "کتاب عشق"),
        ("مسئلہ", "مسیٔلہ"),
        ("أحمد إسلام آباد", "احمد اسلام اباد"),
        ("علماء وزراء", "علما وزرا"),
        ("۲۰۲۶ ٢٠٢٦", "2026 2026"),
        ("می‌گویند", "میگویند"),
        ("محـــمود", "محمود"),
        ("\u202bپشاور\u202c\u200f", "پشاور"),
        ("ﻼﻫﻮﺭ ﭘﺸﺎﻭﺭ", "لاهور پشاور"),
        ("ګران ګلونه", "گران گلونه"),
        ("مدرسة ہفتۂ", "مدرسہ ہفتہ"),
        ("ｆｕｌｌ　ｗｉｄｔｈ １２", "full width 12"),
        ("Café – “Zürich”", 'cafe - "zurich"'),
        ("STRASSE Straße", "strasse strasse"),
        ("ڪتاب", "کتاب"),
        ("Peshawar\u00a0 \tBRT\n", "peshawar brt"),
    ],
)
def test_two_spellings_of_one_text_are_one(one: str, other: str) -> None:
    assert normalise_text(one) == normalise_text(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("بات", "پات"),
        ("سر", "شر"),
        ("کھانا", "کانا"),
        ("لڑکے", "لڑکی"),
        ("ړوند", "روند"),
        ("۱", "۲"),
    ],
)
def test_two_words_stay_two(one: str, other: str) -> None:
    assert normalise_text(one) != normalise_text(other)


@settings(max_examples=500)
@given(st.text(max_size=60))
@example("\u0345ͅ")
@example("ﷺﷻ")
@example("İıſßΐ")
@example("\u1e9b\u0323")
def test_any_text_has_one_form_of_bounded_length(text: str) -> None:
    form = normalise_text(text)
    assert normalise_text(form) == form
    assert len(form) <= 18 * len(text)  # U+FDFA, the longest that NFKC writes out
    assert form == form.strip()
    assert "  " not in form


@settings(max_examples=300)
@given(st.text(max_size=40), st.text(alphabet=st.characters(max_codepoint=127), max_size=40))
def test_a_words_form_does_not_hang_on_what_stands_beside_it(text: str, plain: str) -> None:
    assert (
        normalise_text(f"{text} {plain}")
        == f"{normalise_text(text)} {normalise_text(plain)}".strip()
    )


@settings(max_examples=200)
@given(st.text(alphabet=st.characters(min_codepoint=0x600, max_codepoint=0x6FF), max_size=40))
def test_composed_and_decomposed_letters_are_one(text: str) -> None:
    forms = {normalise_text(unicodedata.normalize(form, text)) for form in ("NFC", "NFD", "NFKC")}
    assert len(forms) == 1


def test_words_are_without_punctuation() -> None:
    assert words(normalise_text("پشاور، «لاہور»۔ BRT-2!")) == ["پشاور", "لاہور", "brt", "2"]


def test_the_stored_body_keeps_the_authors_letters() -> None:
    lines = [f"{ARABIC}، می‌گویند ۲۰۲۶ء کتابِ {n}۔ " + "محـمود ﷺ نے پل کھولا۔ " * 3 for n in range(4)]
    made = to_article(make_page(html(f"<article><h1>{ARABIC}</h1>{story(*lines)}</article>")))
    assert made.title == ARABIC
    assert made.body == "\n".join(line.strip() for line in lines)
