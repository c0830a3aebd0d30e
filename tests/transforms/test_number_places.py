import time

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
        ("9.5", "figure"),
    ]


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
        agree=2, differ=0, counts_differ=0, days_agree=0, days_differ=0
    )
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
    table = "5 of " * 200_000
    began = time.process_time()
    numbers = place_numbers(table)
    assert len(numbers) == MAX_NUMBERS
    assert compare_numbers(numbers, place_numbers("6 of " * 200_000)).differ == MAX_NUMBERS
    assert time.process_time() - began < 2
