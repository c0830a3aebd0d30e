"""Clocks of one page tell each other's offset."""

import dataclasses
from datetime import UTC, date, datetime

import pytest

from tests.transforms.pages import (
    PLAIN_URL,
    SOURCE,
    article_html,
    ld,
    make_page,
    published_meta,
)
from transforms.dates import read_modified, read_published
from transforms.moments import Reading
from transforms.parsing import parse_page


def read_in_no_zone(page_html: str, url: str = PLAIN_URL) -> Reading:
    page = make_page(page_html, url)
    reading = read_published(parse_page(page, dataclasses.replace(SOURCE, timezone=None)))
    assert reading is not None
    return reading


@pytest.mark.parametrize(
    "elsewhere",
    [
        published_meta("2026-03-09T01:30:20+05:00", "date"),
        published_meta("2026-03-09T01:30:20+05:00", "article:modified_time"),
    ],
    ids=["another date", "the last change"],
)
def test_a_visible_clock_takes_the_offset_of_the_same_clock_elsewhere(elsewhere: str) -> None:
    shown = "<p>Published: 9 March 2026, 01:30</p>"
    reading = read_in_no_zone(article_html(elsewhere, shown))
    assert reading.iso() == "2026-03-09T01:30:00+05:00"
    assert (reading.moment.origin, reading.moment.precision) == ("text", "minute")


def test_a_clock_takes_no_offset_from_another_clock() -> None:
    changed = published_meta("2026-03-09T08:15:00+05:00", "article:modified_time")
    reading = read_in_no_zone(article_html(changed, "<p>Published: 9 March 2026, 01:30</p>"))
    assert (reading.iso(), reading.moment.at) == ("2026-03-09T01:30:00", None)


@pytest.mark.parametrize("zone", [None, "Asia/Karachi"])
@pytest.mark.parametrize(
    ("change", "changed"),
    [
        ("2026-03-09T06:07:08+00:00", "2026-03-09T06:07:08+05:00"),
        ("2026-03-09T09:07:08+05:00", "2026-03-09T09:07:08+05:00"),
    ],
    ids=["by the same program", "by another"],
)
def test_local_time_that_is_labelled_as_utc_takes_the_offset_of_its_double(
    zone: str | None, change: str, changed: str
) -> None:
    dates = f'"datePublished": "2026-03-09T05:12:42+00:00", "dateModified": "{change}"'
    head = ld(f'{{"@type": "Article", {dates}}}') + published_meta("2026-03-09T05:12:42+05:00")
    source = dataclasses.replace(SOURCE, timezone=zone)
    document = parse_page(make_page(article_html(head)), source)
    published = read_published(document)
    readings = published, read_modified(document, published)
    assert [one and one.iso() for one in readings] == ["2026-03-09T05:12:42+05:00", changed]


def test_a_change_in_utc_is_told_on_the_clock_of_the_publication() -> None:
    head = published_meta("2026-03-09T01:30:00+05:00") + published_meta(
        "2026-03-09T20:40:00Z", "article:modified_time"
    )
    document = parse_page(make_page(article_html(head)), dataclasses.replace(SOURCE, timezone=None))
    changed = read_modified(document, read_published(document))
    assert changed is not None
    assert changed.iso() == "2026-03-10T01:40:00+05:00"
    assert changed.moment.on == date(2026, 3, 10)


def test_utc_beside_another_clock_stays_utc() -> None:
    head = ld('{"@type": "Article", "datePublished": "2026-03-09T05:12:42Z"}')
    page_html = article_html(head + published_meta("2026-03-09T05:12:43+05:00"))
    assert read_in_no_zone(page_html).iso() == "2026-03-09T05:12:42+00:00"


@pytest.mark.parametrize(
    ("shown", "iso"),
    [
        ("March 8, 2026</p><p>|</p><p>9:30pm", "2026-03-08T21:30:00-05:00"),
        ("March 8, 2026 at 9:30 PM EST", "2026-03-08T21:30:00-05:00"),
        ("9 March 2026 7:30", "2026-03-09T07:30:00+05:00"),
        ("9 March 2026 7:37", "2026-03-09T02:30:00+00:00"),
        ("7 March 2026 7:30", "2026-03-09T02:30:00+00:00"),
    ],
    ids=["west", "named zone", "east", "no zone's clock", "another day"],
)
def test_the_visible_clock_shows_the_offset_of_an_instant_in_utc(shown: str, iso: str) -> None:
    head = published_meta("2026-03-09T02:30:00Z")
    reading = read_in_no_zone(article_html(head, f"<p>{shown}</p>"))
    assert reading.moment.at == datetime(2026, 3, 9, 2, 30, tzinfo=UTC)
    assert reading.iso() == iso
    assert reading.moment.on.isoformat() == iso[:10]


def test_the_outlets_own_day_is_that_of_its_address_where_no_offset_is_known() -> None:
    head = published_meta("2026-03-09T02:30:00Z")
    reading = read_in_no_zone(article_html(head), "https://valley.example/2026/03/08/bridge")
    assert reading.moment.at == datetime(2026, 3, 9, 2, 30, tzinfo=UTC)
    assert reading.moment.on == date(2026, 3, 8)


@pytest.mark.parametrize(
    ("shown", "iso"),
    [
        ("9 March 2026, 3:15 p.m.", "2026-03-09T15:15:00"),
        ("9 March 2026 12:15 AM", "2026-03-09T00:15:00"),
        ("9 March 2026 3:15 pm PKT", "2026-03-09T15:15:00+05:00"),
        ("9. März 2026 | 15.15 Uhr", "2026-03-09T15:15:00"),
        ("Posted on 9 March 2026 21h15", "2026-03-09T21:15:00"),
        ("2026年3月9日 下午3:15", "2026-03-09T15:15:00"),
        ("پیر 9 مارچ 2026 شام 3:15", "2026-03-09T15:15:00"),
        ("9 مارس 2026 - 03:15 م", "2026-03-09T15:15:00"),
        ("پیر 9 مارچ 2026 3:15", "2026-03-09"),
        ("پیر 9 مارچ 2026 15:15", "2026-03-09T15:15:00"),
        ("9 March 2026 25:15", "2026-03-09"),
    ],
)
def test_the_clock_beside_the_visible_date_is_read(shown: str, iso: str) -> None:
    assert read_in_no_zone(article_html(above=f"<p>{shown}</p>")).iso() == iso


def test_a_day_that_no_zone_had_at_that_instant_is_not_the_outlets_day() -> None:
    head = published_meta("2026-03-09T10:04:00Z")
    reading = read_in_no_zone(article_html(head), "https://valley.example/2026/03/08/bridge")
    assert reading.moment.on == date(2026, 3, 9)


def test_a_film_of_two_minutes_was_not_published_at_two_in_the_night() -> None:
    reading = read_in_no_zone(article_html(above="<p>9 March 2026</p><p>02:57</p>"))
    assert reading.iso() == "2026-03-09"
