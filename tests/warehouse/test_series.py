"""Forms filled in anew stay apart, events written on stay together."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.warehouse.forms import EVENTS, FORMS, daily, filled, told
from tests.warehouse.texts import NOON, Text, prose, put, story_of
from warehouse.connection import open_writer
from warehouse.grouping import GroupedText, LooseText, group_texts

DAYS = 8


def grouped(*texts: str, hours: Sequence[float | None] = ()) -> list[GroupedText]:
    dates = [hour if hour is None else NOON + timedelta(hours=hour) for hour in hours]
    undated: list[datetime | None] = [None] * (len(texts) - len(dates))
    return group_texts(
        LooseText(id=number, text=text, published_at=published)
        for number, (text, published) in enumerate(zip(texts, [*dates, *undated], strict=True))
    )


def related(*texts: str, hours: Sequence[float | None] = ()) -> list[tuple[str | int, str]]:
    return [(one.story, one.relation) for one in grouped(*texts, hours=hours)]


def test_forms_of_eight_days_running_are_a_series_of_eight_stories_each(tmp_path: Path) -> None:
    texts = list(daily(DAYS))
    with open_writer(tmp_path) as con:
        put(con, [Text(id=n, body=text, hours=24 * day) for n, (_, day, text) in enumerate(texts)])
        together = [
            (texts[one], texts[story]) for one, story in story_of(con).items() if one != story
        ]
        linked = {id_ for (id_,) in con.execute("select article_id from article_series").fetchall()}
    assert together == []
    assert len(linked) >= 0.85 * (len(texts) - len(FORMS)), "too unlike to need a guard"


def test_forms_without_dates_are_as_many_stories() -> None:
    found = grouped(*(text for _, _, text in daily(DAYS)))
    assert len({one.story for one in found}) == len(found)


@pytest.mark.parametrize("form", FORMS)
def test_a_copy_of_a_form_of_the_same_day_is_a_copy(form: str) -> None:
    text = filled(form, 0)
    copy = f"{text} Published by the web desk with additional input from agencies."
    assert related(text, copy, hours=[0, 3]) == [(0, "earliest_known"), (0, "copy")]


@pytest.mark.parametrize("more", [False, True], ids=["same words", "a sentence more"])
@pytest.mark.parametrize("event", EVENTS)
def test_a_higher_toll_hours_later_is_an_update(event: str, more: bool) -> None:
    found = related(told(event), told(event, later=True, more=more), hours=[0, 9])
    assert found == [(0, "earliest_known"), (0, "update")]


@pytest.mark.parametrize("event", EVENTS)
def test_a_true_copy_hours_later_is_a_copy(event: str) -> None:
    text = told(event)
    assert related(text, f"{text} (Agencies)", hours=[0, 9]) == [
        (0, "earliest_known"),
        (0, "copy"),
    ]


@pytest.mark.parametrize("hours", [[0, 24 * 30], [0, None], [None, None]])
def test_one_other_number_a_month_later_or_undated_is_still_a_copy(
    hours: list[float | None],
) -> None:
    texts = (told("blast, ps"), told("blast, ps").replace("7", "9"))
    assert {story for story, _ in related(*texts, hours=hours)} == {0}
    assert "update" not in {relation for _, relation in related(*texts, hours=hours)}


def test_another_dateline_or_time_of_day_makes_no_update() -> None:
    text = told("attack, en")
    hours = [0, 20]
    first, second = f"Nov 3, 2026 at 5:10 {text}", f"Nov 4, 2026 at 7:40 {text}"
    assert related(first, second, hours=hours)[1] == (0, "copy")
    first, second = f"LAHORE, November 3 (APP): {text}", f"LAHORE, November 4 (APP): {text}"
    assert related(first, second, hours=hours)[1] == (0, "copy")


def test_an_excerpt_keeps_the_numbers_it_has_and_is_no_update() -> None:
    text = f"{told('attack, en')} {prose(5, 80)} 17 trucks 250 tents 4 boats 9 doctors 88 beds"
    assert related(text, told("attack, en"), hours=[0, 4])[1] == (0, "excerpt")


def test_a_form_most_of_whose_numbers_stay_is_of_the_day_that_it_names() -> None:
    # Temperatures of two days running: three moved by a degree, nine did not.
    text = filled("weather, en", 0)
    other = text.replace("Monday, November 2", "Tuesday, November 3")
    for town in ("Peshawar", "Chitral", "Bannu"):
        other = re.sub(rf"{town} \d", lambda one: f"{one[0][:-1]}{9 - int(one[0][-1])}", other)
    assert related(text, other, hours=[0, 24]) == [(0, "earliest_known"), (1, "earliest_known")]


def test_a_form_of_another_town_on_the_same_day_is_a_series() -> None:
    texts = [filled("dengue cases, en", 0, seed=seed) for seed in (1, 2)]
    texts[1] = texts[1].replace("PESHAWAR", "MARDAN").replace("province", "district")
    assert {story for story, _ in related(*texts, hours=[0, 1])} == {0, 1}


def test_the_rates_of_one_day_in_two_towns_are_no_update_of_each_other() -> None:
    first = filled("gold, en", 0).replace("KARACHI", "PESHAWAR")
    second = filled("gold, en", 0, seed=2).replace("KARACHI", "QUETTA")
    assert [story for story, _ in related(first, second, hours=[0, 1])] == [0, 1]
    revised = filled("gold, en", 0, seed=2).replace("KARACHI", "PESHAWAR")
    assert related(first, revised, hours=[0, 5])[1] == (0, "update")


@pytest.mark.parametrize("batches", [[[1, 2, 3, 4]], [[4], [3], [2], [1]], [[3, 4], [1, 2]]])
def test_articles_with_one_text_are_all_linked_with_what_it_is_a_look_alike_of(
    tmp_path: Path, batches: list[list[int]]
) -> None:
    form = next(iter(FORMS))
    texts = {
        n: Text(id=n, body=filled(form, day), hours=24 * day + n)
        for n, day in ((1, 0), (2, 0), (3, 1), (4, 1))
    }
    with open_writer(tmp_path) as con:
        for number, batch in enumerate(batches):
            put(con, [texts[n] for n in batch], batch=f"b{number}")
        linked = "select article_id, like_article_id from article_series order by 1"
        assert con.execute(linked).fetchall() == [(3, 1), (4, 1)]
