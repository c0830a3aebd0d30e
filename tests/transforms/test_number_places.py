import time

import pytest

from transforms.normalise import normalise_text
from transforms.number_places import MAX_NUMBERS, Comparison, compare_numbers, place_numbers


def compare(one: str, other: str) -> Comparison:
    return compare_numbers(place_numbers(normalise_text(one)), place_numbers(normalise_text(other)))


def kinds(text: str) -> list[tuple[str, str]]:
    return [(one.value, one.kind) for one in place_numbers(normalise_text(text))]


def test_figures_are_told_from_dates_times_and_words() -> None:
    assert kinds("On Tuesday, 3 March 2026 at 5:30 twelve men sold 1,250 sheep for Rs9.5m") == [
        ("tuesday", "day"),
        ("3", "day"),
        ("march", "month"),
        ("2026", "year"),
        ("5:30", "clock"),
        ("12", "word"),
        ("1250", "figure"),
        ("9.5", "measure"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "at 281 in 281.45", "for Rs 281", "for Rs281 only", "for $281", "281 dollars", "281%",
        "281 per cent", "281 billion rupees", "2 crore 81 lakh rupees", "281 degrees", "281 °C",
        "281 روپے", "281 ارب روپے", "281 فیصد", "281 فی صد", "281 ڈگری", "281 ډالره", "281 افغانۍ",
        "281 سلنه", "nine paisas", "281 cusecs", "281 کیوسک",
        "281 افغانیو",
    ],
)  # fmt: skip
def test_what_is_measured_is_told_by_its_unit(text: str) -> None:
    assert kinds(text)[-1][1] == "measure"


@pytest.mark.parametrize(
    "text",
    ["281 people", "281 of the pounds", "24-karat gold", "281 افراد", "281 کسان"],
)
def test_what_is_counted_is_no_measure(text: str) -> None:
    assert kinds(text)[0][1] == "figure"


def test_rupees_and_paisas_are_one_number() -> None:
    assert kinds("281 rupees and 5 paisas") == [("281.05", "measure")]
    assert kinds("ڈالر 281 روپے 45 پیسے کا ہو گیا") == [("281.45", "measure")]


@pytest.mark.parametrize(
    "text",
    [
        "LAHORE, November 3 (APP): the road is open", "PESHAWAR, 3 Nov: the road is open",
        "police said on Tuesday", "he told reporters here on Tuesday",
        "officials said late Tuesday",
        "پولیس نے منگل کو بتایا", "وزیر نے منگل کو میڈیا سے کہا",
    ],
)  # fmt: skip
def test_a_day_on_which_somebody_wrote_or_said_it_is_no_day_of_what_happened(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize(
    "text",
    ["killed on Tuesday", "On Tuesday the road, he said", "منگل کو سڑک بند", "On Nov 3 five"],
)
def test_the_day_on_which_it_happened_is_kept(text: str) -> None:
    assert "day" in [kind for _, kind in kinds(text)]


def test_a_rounded_number_is_no_other_where_its_like_agree() -> None:
    assert (
        compare("Rs48.75 billion and Rs12 billion", "Rs48.8 billion and Rs12 billion").differ == 0
    )
    assert compare("12,347 men in 96 halls", "12,300 men in 96 halls").differ == 0
    assert compare("Rs48.75 billion for 96 halls", "Rs48.8 billion for 96 halls").differ == 1
    assert compare("97 men in 12 halls", "100 men in 12 halls").differ == 1
    assert (
        compare("Rs48.75 billion and Rs12 billion", "Rs48.9 billion and Rs12 billion").differ == 1
    )


def test_a_word_that_may_be_a_month_is_one_only_beside_a_day() -> None:
    assert kinds("Rates may vary") == []
    assert kinds("on May 7 rates may vary") == [("may", "month"), ("7", "day")]


def test_digits_and_numbers_of_urdu_and_pashto_are_read() -> None:
    assert kinds("دھماکے میں ۱۲ افراد جاں بحق، پندرہ زخمی") == [("12", "figure"), ("15", "word")]
    assert kinds("په چاودنه کې ۱۲ کسان مړه، څوارلس ټپیان") == [("12", "figure"), ("14", "word")]
    assert kinds("دھماکے میں १२ افراد") == [("12", "figure")]


def test_only_numbers_of_a_shared_place_are_compared() -> None:
    short = "At least 12 people died and 30 were hurt"
    long = f"{short}. Police arrested 5 men and the court sat for 3 days"
    assert compare(short, long) == Comparison(
        agree=2, differ=0, counts_differ=0, measures_agree=0, measures_differ=0, days_agree=0,
        days_differ=0,
    )  # fmt: skip
    assert compare("It costs 5 rupees", "They sold 9 goats").differ == 0


def test_a_number_is_found_by_what_stands_before_or_after_it() -> None:
    assert compare("killed at least 12 people in Bannu", "killed 15 people in Bannu").differ == 1
    assert compare("the toll rose to 12 on Friday", "the toll rose to 15 in the night").differ == 1
    assert compare("At least 12 were killed", "At least twelve were killed").differ == 0


def test_equal_numbers_of_one_place_find_each_other_whatever_their_order() -> None:
    rows = "gold at 10 rupees. gold at 20 rupees. gold at 30 rupees."
    mixed = "gold at 30 rupees. gold at 10 rupees. gold at 21 rupees."
    assert (compare(rows, mixed).agree, compare(rows, mixed).differ) == (2, 1)


def test_a_row_of_numbers_keeps_its_places_when_all_of_them_change() -> None:
    found = compare("Peshawar 31 12 40 Kohat 29 11 mm", "Peshawar 30 13 41 Kohat 28 10 mm")
    assert (found.agree, found.differ) == (0, 5)


def test_dates_and_times_are_no_counts() -> None:
    found = compare("rain on Monday, 2 November at 5:30", "rain on Tuesday, 3 November at 6:30")
    assert (found.differ, found.counts_differ, found.days_differ) == (3, 0, 2)


def test_a_hostile_table_is_read_in_bounded_time() -> None:
    for text in ("5 rupees " * 200_000, "5 paisas and " * 200_000, "said on " * 200_000,
                 "tuesday کو " * 200_000, "5 million " * 200_000):  # fmt: skip
        began = time.process_time()
        place_numbers(text)
        assert time.process_time() - began < 2
    table = "5 of " * 200_000
    began = time.process_time()
    numbers = place_numbers(table)
    assert len(numbers) == MAX_NUMBERS
    assert compare_numbers(numbers, place_numbers("6 of " * 200_000)).differ == MAX_NUMBERS
    assert time.process_time() - began < 2
