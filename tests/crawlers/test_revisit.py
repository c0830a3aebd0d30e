from datetime import UTC, datetime, timedelta

import pytest

from crawlers.job import KnownPage
from crawlers.revisit import is_due, validators

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


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
    assert is_due(known(dated_at=NOW - age, last_fetched_at=NOW - looked), NOW) is due


def test_age_counts_from_first_sight_where_the_date_is_unknown_or_ahead() -> None:
    assert is_due(known(dated_at=None), NOW)
    assert is_due(known(dated_at=NOW + 500 * HOUR), NOW)
    assert not is_due(known(dated_at=None, first_seen_at=NOW - 200 * HOUR), NOW)
    assert not is_due(known(last_fetched_at=None, first_seen_at=NOW - 0.5 * HOUR), NOW)


def test_validators_are_sent_only_with_a_body_to_fall_back_on() -> None:
    assert validators(known()) == {"If-None-Match": '"a"'}
    assert validators(known(last_modified="x", etag=None)) == {"If-Modified-Since": "x"}
    assert validators(known(page_sha256=None)) == {}
    assert validators(None) == {}
