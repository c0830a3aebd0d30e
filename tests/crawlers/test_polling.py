"""How looks are judged, without any outlet."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.job import KnownEntrance
from crawlers.page import FailReason, Poll
from crawlers.polling import (
    DAY_MINUTES,
    LOST,
    is_stale,
    next_interval,
    troubles,
    weigh,
)

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
KNOWN = KnownEntrance(url="https://v.example/feed", item_hashes=(1,), interval_minutes=60)
POLL = Poll(source_id="v", entrance="https://v.example/feed", kind="feed", polled_at=NOW)


def decide(known: KnownEntrance | None, base: float = 60, **look: object) -> float | None:
    values: dict[str, object] = {"reason": None, "is_losing": False, "new_share": 0.2, **look}
    return next_interval(base, known, **values)  # type: ignore[arg-type]


def interval(known: KnownEntrance | None, base: float = 60, **look: object) -> float:
    minutes = decide(known, base, **look)
    assert minutes is not None
    return minutes


def test_failures_weigh_by_kind() -> None:
    hard = {"gone", "http_4xx", "not_a_feed", "tls", "blocked", "private_address", "redirect_loop"}
    assert {weigh(reason) for reason in hard} == {1.0}  # type: ignore[arg-type]
    soft = {"http_5xx", "timeout", "reset", "refused", "http_429", "broken_feed", "bad_response"}
    assert {weigh(reason) for reason in soft} == {0.5}  # type: ignore[arg-type]
    assert (weigh("dns"), weigh(None)) == (0.25, 0)
    assert (weigh("deferred"), weigh("host_resting")) == (0, 0), "nothing was asked"
    assert all(weigh(reason) > 0 for reason in get_args(FailReason))


def test_interval_adapts_to_the_share_of_new_items_within_bounds() -> None:
    assert interval(None, new_share=1) == 60, "the first look decides nothing else"
    assert interval(KNOWN) == 60
    assert interval(KNOWN, new_share=0.05) == 90
    assert interval(KNOWN, new_share=1 / 3) == 40
    assert interval(KNOWN, is_losing=True) == 30
    assert interval(replace(KNOWN, interval_minutes=35), is_losing=True) == 30
    assert interval(replace(KNOWN, interval_minutes=200), new_share=0) == 240
    assert interval(replace(KNOWN, interval_minutes=8), base=8, is_losing=True) == 5
    assert interval(replace(KNOWN, interval_minutes=900)) == 240, "the source file was changed"


def test_failing_entrance_is_tried_again_with_growing_distance_up_to_a_day() -> None:
    known, told = KNOWN, []
    for _ in range(7):
        told.append(interval(known, reason="gone"))
        known = replace(known, failure_weight=known.failure_weight + weigh("gone"))
    assert told == [120, 240, 480, 960, DAY_MINUTES, DAY_MINUTES, DAY_MINUTES]
    assert interval(known) == 60, "it is back"
    assert interval(replace(KNOWN, failure_weight=1e9), reason="gone") == DAY_MINUTES
    assert interval(KNOWN, reason="timeout") == pytest.approx(60 * 2**0.5)
    assert interval(KNOWN, base=10_080, reason="gone") == 10_080, "never sooner than when well"


def test_look_that_asked_nothing_decides_nothing() -> None:
    known = replace(KNOWN, interval_minutes=90)
    assert decide(known, reason="host_resting") is None
    assert decide(None, reason="deferred") is None


def test_look_that_was_cut_short_does_not_wait_longer_than_the_source() -> None:
    slow = replace(KNOWN, interval_minutes=200)
    assert interval(slow, new_share=0, is_cut_short=True) == 60
    assert interval(slow, base=300, new_share=1, is_cut_short=True) == pytest.approx(150)


@given(
    base=st.floats(5, 10_080),
    minutes=st.floats(0, 1e6),
    weight=st.floats(0, 1e6),
    reason=st.sampled_from([None, *(r for r in get_args(FailReason))]),
    share=st.floats(0, 1),
    is_losing=st.booleans(),
)
def test_interval_never_leaves_its_bounds(
    base: float, minutes: float, weight: float, reason: object, share: float, is_losing: bool
) -> None:
    known = replace(KNOWN, interval_minutes=minutes, failure_weight=weight)
    found = interval(known, base, reason=reason, new_share=share, is_losing=is_losing)
    least, most = max(5, base / 2), 4 * base if reason is None else max(base, DAY_MINUTES)
    assert least <= found <= most


def test_entrance_is_stale_by_its_newest_item_and_never_where_undated() -> None:
    assert is_stale(NOW - timedelta(hours=73), NOW, 72)
    assert not is_stale(NOW - timedelta(hours=71), NOW, 72)
    assert not is_stale(None, NOW, 72)


def test_line_names_the_dead_the_stale_and_what_was_used_instead() -> None:
    map_url = "https://v.example/map.xml"
    other = replace(POLL, entrance=map_url, kind="sitemap", stands_in_for=POLL.entrance)
    feed, used = f"feed {POLL.entrance}", f"sitemap {map_url} used instead"
    dead = replace(POLL, reason="gone", detail="HTTP 404")
    assert troubles([dead, other], NOW) == [f"{feed} is dead (gone: HTTP 404): {used}"]
    assert troubles([dead], NOW) == [f"{feed} is dead (gone: HTTP 404)"]
    weak = replace(POLL, reason="timeout", detail="30 s")
    assert troubles([weak], NOW) == [f"{feed} fails (timeout: 30 s)"]
    stale = replace(POLL, is_stale=True, newest_at=NOW - timedelta(days=295))
    assert troubles([stale, other], NOW) == [f"{feed} is stale (newest 295 days old): {used}"]
    assert troubles([other], NOW) == [f"{POLL.entrance} rests, dead or stale: {used}"]
    assert troubles([replace(other, reason="timeout", detail="30 s")], NOW) == [
        f"sitemap {map_url} fails (timeout: 30 s)"
    ]
    for fails in (replace(other, reason="gone"), replace(other, is_stale=True)):
        assert troubles([dead, fails], NOW)[0] == f"{feed} is dead (gone: HTTP 404)"
    cut = replace(POLL, is_cut_short=True, detail="page 2: timeout: 30 s")
    assert troubles([cut], NOW) == [
        f"{feed} could not be read to its end (page 2: timeout: 30 s): the next look reads on"
    ]
    lost = replace(POLL, overlapped=False, detail=f"nothing is listed again: {LOST}")
    assert troubles([lost], NOW) == [f"{LOST} at {feed}"]
    part = replace(dead, part_of=map_url)
    assert troubles([POLL, part], NOW) == []
