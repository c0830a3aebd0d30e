"""The scorer itself: known answers give known numbers."""

from typing import Any

import pytest

from tests.quality.score import (
    as_list,
    body_scores,
    credited,
    fold,
    matched,
    names_a_house,
    same_minute,
    set_f1,
    table,
)

GOLD: dict[str, Any] = {
    "id": "fundus/1", "lang": "en", "title": "The bridge’s end", "date": "2026-03-09",
    "datetime": "2026-03-09T10:00:00+05:00", "authors": ["Zala Khan"], "tags": ["Flood", "City"],
    "body": "one two three four five six",
}  # fmt: skip
PARSED: dict[str, Any] = {
    "title": "the bridge's  end", "published_at": "2026-03-09T05:00:20+00:00", "tags": ["flood"],
    "authors": ["Zala Khan"], "byline": None, "language": "en",
    "body": "one two three four five seven",
}  # fmt: skip


def test_shingles_in_common_extra_and_missed_add_up_to_one() -> None:
    assert matched("a b c d e", "a b c d e") == (1.0, 0.0, 0.0)
    assert matched("a b c d e", "") == (0.0, 0.0, 1.0)
    assert matched("a b c d e", "a b c d f") == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert matched("a b", "a b") == (1.0, 0.0, 0.0)


def test_each_page_weighs_the_same_in_precision_and_recall() -> None:
    precision, recall, f1 = body_scores([("a b c d e", "a b c d"), ("a b c d", "x y z w")])
    assert (precision, recall) == (0.5, 0.25)
    assert f1 == pytest.approx(1 / 3)


def test_names_and_titles_are_compared_as_readers_do() -> None:
    assert fold("A “quoted”\n – word") == 'a "quoted" - word'
    assert set_f1(["Zala Khan", "Omar Gul"], ["zala khan"]) == pytest.approx(2 / 3)
    assert set_f1([], []) == 1.0
    assert as_list("one; two,three") == ["one", "two", "three"]


def test_an_instant_is_compared_to_the_minute_and_only_with_a_zone() -> None:
    assert same_minute("2026-03-09T10:00:00+05:00", "2026-03-09T05:00:59+00:00")
    assert not same_minute("2026-03-09T10:00:00+05:00", "2026-03-09T05:01:00+00:00")
    assert not same_minute("2026-03-09T10:00:00+05:00", "2026-03-09")
    assert not same_minute("2026-03-09T10:00:00+05:00", "2026-03-09T10:00:00")


def test_a_house_is_credited_only_where_no_person_is_named() -> None:
    gold = {"authors": ["AFP"]}
    assert credited(gold, {"authors": [], "byline": "AFP"}) == 1
    assert credited(gold, {"authors": ["Zala Khan"], "byline": "AFP"}) == 0
    assert names_a_house(["Web Desk"])
    assert not names_a_house(["Zala Khan"])


def test_the_table_has_each_measure_of_each_set() -> None:
    found = {
        (what, name): (pages, score)
        for what, name, pages, score in table([GOLD], {"fundus/1": PARSED})
    }
    for what in ("title", "authors", "authors or house", "date", "minute", "language"):
        assert found[what, "fundus"] == (1, 1.0)
    for what in ("tags F1", "body F"):
        assert found[what, "fundus"][1] == pytest.approx(2 / 3)
