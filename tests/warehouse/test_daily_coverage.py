"""Whether a day without articles was silent, or nobody looked."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.texts import Text, prose, put
from warehouse.connection import open_writer
from warehouse.views import create_views

FIRST = datetime(2026, 11, 1, 12, tzinfo=UTC)
FEED = "feed"
Look = dict[str, object]
_SOURCES = """
insert into sources select $source, $source, 'https://v.example', ['en'], [], $zone, true, false,
                           '{}', 'b'
"""
_BATCHES = """
insert into batches select 'past', 9, 'backfill', 'r', 'backfill', $at, $at, 'd', '0', '{}'
"""
_LOOKS = """
insert into polls (batch_id, source_id, entrance, kind, polled_at, reason, items, matched,
                   overlapped, is_stale, is_cut_short, stands_in_for, next_interval_minutes)
values ($batch, $source, $entrance, 'feed', $at, $reason, 9, 9, $overlapped, $stale, $cut, $instead,
        $interval)
"""


def look(hours: float, **facts: object) -> Look:
    """Look at the feed at an hour after the first of the month, noon in UTC."""
    asked = {"batch": "b", "entrance": FEED, "reason": None, "overlapped": True, "stale": False,
             "cut": False, "instead": None, "interval": 60.0}  # fmt: skip
    if facts.get("reason"):
        asked["overlapped"] = None
    return asked | {"at": FIRST + timedelta(hours=hours)} | facts


def days(*numbers: int, step: int = 12, **facts: object) -> list[Look]:
    """Look each twelve hours of some days of the month, noon first."""
    return [look(24 * (number - 1) + hours, **facts) for number in numbers
            for hours in range(0, 24, step)]  # fmt: skip


def observed(
    home: Path, looks: list[Look], zone: str | None = "UTC", texts: list[Text] | None = None
) -> dict[int, tuple[object, ...]]:
    """Say of each day of the month what is told of the outlet."""
    with open_writer(home) as con:
        con.execute(_BATCHES, {"at": FIRST})
        con.execute(_SOURCES, {"source": "dawn", "zone": zone})
        put(con, texts or [])
        for one in looks:
            con.execute(_LOOKS, {"source": "dawn"} | one)
        create_views(con)
        return told(con)


def told(con: duckdb.DuckDBPyConnection) -> dict[int, tuple[object, ...]]:
    asked = "select day, observed, articles, looks_answered from daily_coverage"
    return {day.day: tuple(facts) for day, *facts in con.execute(asked).fetchall()}


def words(found: dict[int, tuple[object, ...]]) -> dict[int, object]:
    return {day: facts[0] for day, facts in sorted(found.items())}


def test_a_silence_between_looks_without_a_gap_is_real(tmp_path: Path) -> None:
    found = observed(tmp_path, days(1, 2, 3), texts=[Text(id=1, body=prose(1), hours=1)])
    assert found == {
        1: ("partial", 1, 1),
        2: ("full", 0, 2),
        3: ("full", 0, 2),
        4: ("partial", 0, 1),
    }


def test_a_day_on_which_the_scheduler_was_off_is_blind(tmp_path: Path) -> None:
    found = observed(tmp_path, days(1, 2) + days(5, 6))
    assert words(found) == {
        1: "partial",
        2: "full",
        3: "full",
        4: "blind",
        5: "full",
        6: "full",
        7: "partial",
    }


def test_days_on_which_nothing_was_due_are_observed(tmp_path: Path) -> None:
    looks = [look(72 * number, interval=72 * 60.0) for number in range(3)]
    assert words(observed(tmp_path, looks)) == {
        1: "partial", 2: "full", 3: "full", 4: "full", 5: "full", 6: "full", 7: "partial",
    }  # fmt: skip


def test_a_gap_between_two_looks_is_in_each_day_that_it_touches(tmp_path: Path) -> None:
    looks = [*days(1, 2), look(60, overlapped=False), *days(4, 5)]
    assert words(observed(tmp_path, looks)) == {
        1: "partial", 2: "full", 3: "partial", 4: "partial", 5: "full", 6: "partial",
    }  # fmt: skip


DEAD: Look = {"reason": "http_5xx"}
INSTEAD: Look = {"entrance": "map", "instead": FEED}
SECOND: list[tuple[list[Look], str]] = [
    ([look(24)], "full"),
    ([look(20, **DEAD), look(24)], "full"),  # what the next look lists leaves no gap
    ([look(20, **DEAD), look(30, **DEAD)], "blind"),
    ([look(24), look(30, stale=True)], "partial"),
    ([look(24, stale=None, cut=None)], "full"),  # before schema 4
    ([look(24, cut=True)], "partial"),
    ([look(24, overlapped=False)], "partial"),
    ([look(24, **DEAD), look(24, **INSTEAD)], "full"),
    ([look(24, **INSTEAD)], "full"),  # for one that rests
    ([look(24, **INSTEAD, overlapped=None)], "full"),
    ([look(24, **DEAD), look(24, **INSTEAD, stale=True)], "partial"),
    ([look(24, **DEAD), look(24, **INSTEAD, **DEAD)], "blind"),
    ([look(24, **DEAD), look(24, entrance="archive", batch="past")], "blind"),
    ([look(24), look(24, entrance="map", **DEAD)], "partial"),  # it never answers
    ([look(24), *(look(hour, entrance="map") for hour in (0, 24, 48, 72))], "full"),
    ([look(24), *(look(hour, entrance="map") for hour in (0, 24))], "partial"),  # not since
    ([], "blind"),
]


@pytest.mark.parametrize(("looks", "expected"), SECOND)
def test_a_day_is_as_observed_as_its_looks(
    tmp_path: Path, looks: list[Look], expected: str
) -> None:
    found = words(observed(tmp_path, [look(0), *looks, look(48), look(72)]))
    assert found == {1: "partial", 2: expected, 3: "full", 4: "partial"}


def test_days_are_those_of_the_outlets_own_calendar(tmp_path: Path) -> None:
    looks = [look(6), look(7.5), look(20)]  # 23:00, 00:30 and 13:00 in Karachi
    found = observed(tmp_path, looks, zone="Asia/Karachi")
    assert words(found) == {1: "partial", 2: "partial"}
    assert [facts[2] for _, facts in sorted(found.items())] == [1, 2]


def test_articles_of_days_before_the_first_look_have_a_row(tmp_path: Path) -> None:
    text = Text(id=1, body=prose(1), day=date(2026, 10, 20), hours=1, basis="published")
    found = observed(tmp_path, days(1), texts=[text])
    assert found[20] == ("blind", 1, 0)
