from datetime import UTC, datetime, timedelta

import pytest

from crawlers.catalogue import Revisit
from crawlers.job import KnownPage
from crawlers.revisit import is_due, overdue, validators

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEEK = Revisit(max_age_days=7)


def known(**changes: object) -> KnownPage:
    values: dict[str, object] = {
        "url": "https://v.example/1",
        "url_key": "https://v.example/1",
        "etag": '"a"',
        "last_modified": None,
        "page_sha256": "0" * 64,
        "first_seen_at": NOW - 4 * HOUR,
        "dated_at": NOW - 4 * HOUR,
        "last_fetched_at": NOW - 2 * HOUR,
        "is_gone": False,
    }
    return KnownPage(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("age", "looked", "due"),
    [
        (4 * HOUR, 2 * HOUR, True),
        (4 * HOUR, 1.9 * HOUR, False),
        (HOUR, 0.9 * HOUR, False),
        (HOUR, HOUR, True),
        (160 * HOUR, 80 * HOUR, True),
        (160 * HOUR, 79 * HOUR, False),
        (169 * HOUR, 160 * HOUR, False),
    ],
)
def test_the_younger_an_article_the_sooner_it_is_asked_again(
    age: timedelta, looked: timedelta, due: bool
) -> None:
    assert is_due(known(dated_at=NOW - age, last_fetched_at=NOW - looked), NOW, WEEK) is due


def test_age_counts_from_first_sight_where_the_date_is_unknown_or_ahead() -> None:
    assert is_due(known(dated_at=None), NOW, WEEK)
    assert is_due(known(dated_at=NOW + 500 * HOUR), NOW, WEEK)
    assert not is_due(known(dated_at=None, first_seen_at=NOW - 200 * HOUR), NOW, WEEK)
    assert not is_due(known(last_fetched_at=None, first_seen_at=NOW - 0.5 * HOUR), NOW, WEEK)


def test_validators_are_sent_only_with_a_body_to_fall_back_on() -> None:
    assert validators(known()) == {"If-None-Match": '"a"'}
    assert validators(known(last_modified="x", etag=None)) == {"If-Modified-Since": "x"}
    assert validators(known(page_sha256=None)) == {}
    assert validators(None) == {}


def test_age_up_to_which_articles_are_asked_again_is_the_sources() -> None:
    old = known(dated_at=NOW - 20 * 24 * HOUR, last_fetched_at=NOW - 15 * 24 * HOUR)
    assert not is_due(old, NOW, WEEK)
    assert is_due(old, NOW, Revisit(max_age_days=20))
    assert not is_due(known(), NOW, Revisit(max_age_days=0))


def test_lateness_counts_in_distances_to_the_look_that_was_due() -> None:
    assert overdue(known(dated_at=NOW - 8 * HOUR, last_fetched_at=NOW - 2 * HOUR), NOW) == 0.5
    assert overdue(known(dated_at=NOW - 8 * HOUR, last_fetched_at=NOW - 8 * HOUR), NOW) == 2
    assert overdue(known(dated_at=NOW, last_fetched_at=NOW - 0.5 * HOUR), NOW) == 0.5
