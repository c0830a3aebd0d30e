"""The scorer of stories itself: known groups give known numbers."""

from collections.abc import Iterable
from typing import Any

from tests.quality.story_score import FORMS_TOGETHER, StoryScore, score_stories
from warehouse.grouping import GroupedText

LINES: list[dict[str, Any]] = [
    {"id": 1, "group": "flood", "kind": "orig"},
    {"id": 2, "group": "flood", "kind": "cut30"},
    {"id": 3, "group": "flood", "kind": "agency"},
    {"id": 4, "group": "gold0", "kind": "template_neg"},
    {"id": 5, "group": "gold1", "kind": "template_neg"},
    {"id": 6, "group": "fundus/de_Taz_2023_04_28", "kind": "orig"},
    {"id": 7, "group": "fundus/de_Taz_2024_10_23", "kind": "orig"},
]


def score(stories: Iterable[int]) -> dict[str, StoryScore]:
    grouped = [
        GroupedText(id=line["id"], story=story, relation="copy", similarity=None)
        for line, story in zip(LINES, stories, strict=True)
    ]
    return {one.what: one for one in score_stories(LINES, grouped)}


def test_stories_without_fault_reach_every_goal() -> None:
    marks = score([1, 1, 1, 4, 5, 6, 7])
    assert marks["recall, all"].share == 1
    assert marks["pair precision, raw"].count == 3
    assert all(one.is_reached for one in marks.values())


def test_a_copy_is_recalled_by_any_earlier_member_of_its_group() -> None:
    marks = score([1, 2, 2, 4, 5, 6, 7])
    assert (marks["recall, all"].right, marks["recall, all"].count) == (1, 2)
    assert (marks["recall, cut30"].share, marks["recall, agency"].share) == (0, 1)
    assert not marks["recall, cut30"].is_reached


def test_one_wrong_pair_of_forms_is_one_too_many() -> None:
    forms = score([1, 1, 1, 4, 4, 6, 7])
    assert (forms[FORMS_TOGETHER].count, forms[FORMS_TOGETHER].is_reached) == (1, False)
    assert forms["pair precision, raw"].share == 3 / 4


def test_known_twins_are_allowed_but_told_apart() -> None:
    twins = score([1, 1, 1, 4, 5, 6, 6])
    assert twins["pair precision, raw"].share == 3 / 4
    assert twins["pair precision, twins allowed"].share == 1
