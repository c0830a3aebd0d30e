"""Datelines and lines that credit, as papers print them; all texts are written for this."""

import pytest

from tests.transforms.credit_texts import EN, EN2, PS, UR, credit_of


@pytest.mark.parametrize(
    ("start", "source"),
    [
        ("PESHAWAR (APP) - ", "APP"),
        ("PESHAWAR (APP) ", "APP"),
        ("PESHAWAR, March 3 (APP): ", "APP"),
        ("Islamabad (APP): ", "APP"),
        ("ISLAMABAD, Nov 22 (Reuters) - ", "Reuters"),
        ("WASHINGTON (AP) — ", "AP"),
        ("KABUL, Afghanistan (AP) _ ", "AP"),
        ("ST. JOSEPH, Mich. (AP) — ", "AP"),
        ("RAWALPINDI: March 3 (INP): ", "INP"),
        ("BEIJING, March 3 (Xinhua) -- ", "Xinhua"),
        ("Frankfurt/Main (dpa/lhe) - ", "dpa"),
        ("ISLAMABAD, (APP - UrduPoint / Pakistan Point News - 22nd Nov, 2026) : ", "APP"),
        ("PESHAWAR (Staff Reporter/APP) ", "APP"),
        ("LAHORE (APP/INP) — ", "APP"),
        ("LAHORE [NNI]: ", "NNI"),
        ("ISLAMABAD (Online): ", "Online"),
        ("ISLAMABAD - APP - ", "APP"),
        ("PESHAWAR (XYZ): ", "XYZ"),
        ("پشاور (اے پی پی) ", "APP"),
        ("پشاور (اے‌پی‌پی): ", "APP"),
        ("لاہور(این این آئی)", "NNI"),
        ("اسلام آباد (اے پی پی /این این آئی) ", "APP"),
        ("اسلام آباد۔22نومبر (اے پی پی):", "APP"),
        ("کراچی (آن لائن) ", "Online"),
        ("کراچی (نمائندہ جنگ) ", "Jang"),
        ("پېښور (پژواک) ", "Pajhwok"),
        ("کابل (پژواک، ۳ مارچ ۲۰۲۶): ", "Pajhwok"),
        ("کابل (باختر اژانس): ", "Bakhtar"),
    ],
)
def test_a_dateline_credits_whom_it_names_first(start: str, source: str) -> None:
    text = EN if start.isascii() or "—" in start else UR
    found = credit_of(f"{start}{text}\n{EN2}")
    assert found is not None
    assert (found.source, found.origin) == (source, "dateline")
    assert start.startswith(found.words)
    assert not any(sentence in found.words for sentence in (EN, UR))


def test_the_words_keep_all_agencies_of_a_dateline() -> None:
    found = credit_of(f"اسلام آباد (اے پی پی /این این آئی) {UR}")
    assert found is not None
    assert found.words == "اسلام آباد (اے پی پی /این این آئی)"


@pytest.mark.parametrize(
    "text",
    [
        f"LAHORE (Web Desk): {EN}",
        f"KARACHI (Our Correspondent) {EN}",
        f"PESHAWAR: Dawn Report. {EN}",
        f"پشاور(ویب ڈیسک) {UR}",
        f"کراچی (سٹاف رپورٹر) {UR}",
        f"کابل (پښتو ډیسک) {PS}",
        f"DUBAI (UAE): {EN}",
        f"ISLAMABAD (IHC): {EN}",
        f"NEW YORK (WABC) - {EN}",
        f"ISLAMABAD (PTIX) {EN}",
        f"LAHORE: Pakistan Tehreek-e-Insaf (PTI) has called a meeting. {EN}",
        f"Imran Zarin (PTI) said that he would go to court. {EN}",
        f"The Associated Press of Pakistan (APP) - which is old - will move. {EN}",
        f"The new agency (APP) - it is said - will move. {EN}",
        f"قومی ادارے (اے پی پی) کے ڈائریکٹر کو ہٹا دیا گیا۔ {UR}",
        f"اسلام آباد: وفاقی ادارے (ایف آئی اے) نے دو افراد کو گرفتار کر لیا۔ {UR}",
    ],
)
def test_desks_parties_and_explained_names_are_no_datelines(text: str) -> None:
    assert credit_of(text) is None


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("(With input from APP)", "APP"),
        ("With additional reporting by Reuters", "Reuters"),
        ("Source: INP", "INP"),
        ("Courtesy: Dawn", "Dawn"),
        ("© AFP", "AFP"),
        ("Copyright 2026 The Associated Press. All rights reserved.", "AP"),
        ("This article was originally published by Dawn.com.", "Dawn"),
        ("APP/NNI", "APP"),
        ("[Reuters]", "Reuters"),
        (f"{EN2} —APP", "APP"),
        (f"{EN2} (AFP)", "AFP"),
        (f"APP adds from Kohat: {EN2}", "APP"),
        ("ماخذ: اے پی پی", "APP"),
        ("بشکریہ بی بی سی اردو", "BBC"),
        ("(اے پی پی)", "APP"),
        (f"{UR} (این این آئی)", "NNI"),
        ("سرچینه: پژواک", "Pajhwok"),
        ("د پژواک په مننه", "Pajhwok"),
    ],
)
def test_a_line_below_that_says_nothing_else_credits(line: str, source: str) -> None:
    found = credit_of(f"{EN}\n{EN2}\n{line}")
    assert found is not None
    assert (found.source, found.origin) == (source, "credit_line")
    assert found.words in line


@pytest.mark.parametrize(
    ("start", "source"), [("(APP) – ", "APP"), ("[AFP] ", "AFP"), ("Reuters – ", "Reuters")]
)
def test_a_name_in_front_of_the_text_credits(start: str, source: str) -> None:
    found = credit_of(f"{start}{EN}\n{EN2}")
    assert found is not None
    assert (found.source, found.origin) == (source, "credit_line")


@pytest.mark.parametrize(
    "line",
    [
        "Photo: AFP", "(Photo by Reuters)", "Getty Images", "File picture: APP", "تصویر: اے ایف پی",
        "He was held by the National Accountability Bureau (NAB).",
        "Sources close to Dawn said nothing of it.", "From APP he had expected more than this.",
        "Download the app", "Source: our own survey", "Also read: Reuters on the flood",
    ],
)  # fmt: skip
def test_pictures_and_sentences_below_credit_nobody(line: str) -> None:
    assert credit_of(f"{EN}\n{EN2}\n{line}") is None


def test_a_line_that_cleaning_took_out_credits_all_the_same() -> None:
    found = credit_of(f"{EN}\n{EN2}", whole=f"{EN}\n{EN2}\n© Agence France-Presse 2026")
    assert found is not None
    assert (found.source, found.origin) == ("AFP", "credit_line")
    assert credit_of(f"{EN}\n{EN2}", whole=f"{EN}\n{EN2}\nAFP") is None
