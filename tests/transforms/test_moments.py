"""A text is read as a moment, or as none."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from transforms.moments import parse_moment
from transforms.solar_hijri import solar_hijri_day

KARACHI = ZoneInfo("Asia/Karachi")


@pytest.mark.parametrize(
    ("text", "at", "on", "precision"),
    [
        ("2026-03-09T01:30:00+05:00", "2026-03-08T20:30:00+00:00", "2026-03-09", "second"),
        ("2026-03-08T20:30:00Z", "2026-03-08T20:30:00+00:00", "2026-03-09", "second"),
        ("2026-03-09T01:30", "2026-03-08T20:30:00+00:00", "2026-03-09", "minute"),
        ("2026-03-09 01:30:00.123", "2026-03-08T20:30:00+00:00", "2026-03-09", "second"),
        ("2026-03-09T01:30:00+0500", "2026-03-08T20:30:00+00:00", "2026-03-09", "second"),
        ("Mon, 09 Mar 2026 01:30:00 PKT", "2026-03-08T20:30:00+00:00", "2026-03-09", "second"),
        ("Mon, 09 Mar 2026 01:30:00 +0500", "2026-03-08T20:30:00+00:00", "2026-03-09", "second"),
        ("March 9, 2026 1:30 am", "2026-03-08T20:30:00+00:00", "2026-03-09", "minute"),
        ("1773001800", "2026-03-08T20:30:00+00:00", "2026-03-09", "second"),
        ("2026-03-09", None, "2026-03-09", "day"),
        ("2026-03-09T00:00:00", None, "2026-03-09", "day"),
        ("9 March 2026", None, "2026-03-09", "day"),
        ("09/03/2026", None, "2026-03-09", "day"),
        ("2026/03/09", None, "2026-03-09", "day"),
        ("2026.03.09", None, "2026-03-09", "day"),
        ("2026/03/09 01:30:00", "2026-03-08T20:30:00+00:00", "2026-03-09", "second"),
        ("2026/03/09 1:30 am", "2026-03-08T20:30:00+00:00", "2026-03-09", "minute"),
    ],
)
def test_a_time_is_read_in_the_outlets_zone(
    text: str, at: str | None, on: str, precision: str
) -> None:
    reading = parse_moment(text, "meta", KARACHI, day_first=True)
    assert reading is not None
    assert reading.moment.at == (datetime.fromisoformat(at) if at else None)
    assert reading.moment.on == date.fromisoformat(on)
    assert reading.moment.precision == precision


@pytest.mark.parametrize(
    "text", ["", "soon", "March 2026", "2026", "2026-13-45", "10:30", "yesterday", "1" * 80]
)
def test_what_names_no_day_is_no_date(text: str) -> None:
    assert parse_moment(text, "meta", KARACHI, day_first=True) is None


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00", "9999-12-31T23:59:59-05:00", "2026-03-09T24:00:00",
        "March 9, 2026 24:00", "March 9, 2026 10:00 +99:99", "9 Mar 2026 10:00 UTC+30",
        "Mon, 09 Mar 2026 24:30:00 +0000", "Mon, 09 Mar 2026 01:30:00 +9999", "9 March 2026 1e400",
    ],
)  # fmt: skip
@pytest.mark.parametrize("zone", [KARACHI, None])
def test_times_that_no_clock_shows_are_none(text: str, zone: ZoneInfo | None) -> None:
    assert parse_moment(text, "meta", zone, day_first=True) is None


def test_without_a_zone_the_day_is_kept_and_the_instant_unknown() -> None:
    reading = parse_moment("2026-03-09T01:30:00", "meta", None, day_first=True)
    assert reading is not None
    assert (reading.moment.at, reading.moment.on) == (None, date(2026, 3, 9))
    assert reading.moment.precision == "second"
    assert reading.iso() == "2026-03-09T01:30:00"


def test_the_printed_time_has_the_outlets_offset() -> None:
    reading = parse_moment("2026-03-08T20:30:00Z", "meta", KARACHI, day_first=True)
    assert reading is not None
    assert reading.iso() == "2026-03-09T01:30:00+05:00"


@pytest.mark.parametrize(
    ("written", "on"),
    [
        ((1400, 1, 1), date(2021, 3, 21)),
        ((1403, 12, 30), date(2025, 3, 20)),
        ((1404, 1, 1), date(2025, 3, 21)),
        ((1405, 7, 1), date(2026, 9, 23)),
        ((1404, 12, 30), None),
    ],
)
def test_solar_hijri_days_are_converted(written: tuple[int, int, int], on: date | None) -> None:
    assert solar_hijri_day(*written) == on
