"""Each kind of an outlet's incident: what opens it, what closes it, what it keeps quiet about."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from crawlers.catalogue import Entrance, Expectations, Source
from warehouse.watch import RULES, judge_source
from warehouse.watch_facts import (
    FIELDS,
    CrawlOutcome,
    Day,
    EntranceState,
    Fields,
    Pages,
    SourceFacts,
)
from warehouse.watch_rules import WELL, without

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
FEED = "https://v.example/feed"
HOUR = timedelta(hours=1)


def outlet(per_day: float | None = None, **facts: object) -> Source:
    made = Source(
        id="valley", name="Valley", home="https://v.example/", languages=("en",),
        timezone="Asia/Karachi", entrances=(Entrance(kind="feed", url=FEED),),
        expect=Expectations(articles_per_day=per_day),
    )  # fmt: skip
    return replace(made, **facts)  # type: ignore[arg-type]


def days(
    *counts: int | None, usual: Sequence[int] = (8, 12, 10, 14, 8, 12, 10), last: int = 60
) -> tuple[Day, ...]:
    """Today and the days before it, as given; before them as usual. None is a blind day."""
    told = [*counts, *(usual[n % len(usual)] for n in range(len(counts), last))]
    return tuple(
        Day(on=date(2026, 11, 23) - timedelta(days=ago), ago=ago, articles=count or 0,
            is_seen=count is not None)
        for ago, count in enumerate(told)
    )  # fmt: skip


def crawls(
    *statuses: str, hours: int = 5, reason: str | None = "http_5xx: HTTP 503"
) -> tuple[CrawlOutcome, ...]:
    return tuple(
        CrawlOutcome(batch_id=f"b{n}", started_at=NOW - n * hours * HOUR, status=status,
                     reason=reason)
        for n, status in enumerate(statuses)
    )  # fmt: skip


def feed(age: float, *, is_stale: bool, polled: float = 1, answered: float = 1) -> EntranceState:
    return EntranceState(
        url=FEED, polled_at=NOW - polled * HOUR, answered_at=NOW - answered * HOUR,
        newest_at=NOW - age * HOUR, is_stale=is_stale,
    )  # fmt: skip


def judge(kind: str, source: Source | None = None, **facts: Any) -> object:
    return judge_source(source or outlet(), SourceFacts(as_of=NOW, **facts))[kind]


def note(kind: str, source: Source | None = None, **facts: Any) -> str:
    said = judge(kind, source, **facts)
    assert isinstance(said, str), said
    return said


def test_every_rule_is_quiet_where_nothing_is_known() -> None:
    assert judge_source(outlet(5), SourceFacts(as_of=NOW)) == dict.fromkeys(RULES)


def test_a_whole_day_without_an_article_of_a_daily_outlet_is_silence() -> None:
    said = note("silent", days=days(0, 0))
    assert said.startswith(
        "no article on 1 whole day that we saw (2026-11-22); it published 10.6 a"
    )
    assert "never paused longer than 0 days" in said
    assert "khabar sources check valley" in said
    assert "(2026-11-20 to 2026-11-22)" in note("silent", days=days(0, 0, 0, 0))


def test_a_night_and_a_day_off_are_no_silence() -> None:
    assert judge("silent", days=days(0, 5)) is WELL
    weekly = (0, 12, 10, 14, 18, 12, 10)
    assert judge("silent", days=days(0, 0, usual=weekly)) is None
    assert judge("silent", days=days(0, 0, 0, usual=weekly)) is not None


def test_blind_days_are_no_silence() -> None:
    assert judge("silent", days=days(0, None, None, None)) is None
    assert judge("silent", days=days(None, None, 0, 0, 0)) is None
    assert "on 1 whole day" in note("silent", days=days(0, 0, None, None))


def test_a_day_with_an_outage_proves_no_silence_but_three_do() -> None:
    def cut(*counts: int) -> tuple[Day, ...]:
        return tuple(replace(day, is_whole=day.ago >= len(counts)) for day in days(*counts))

    assert judge("silent", days=cut(0, 0, 0)) is None
    assert judge("silent", days=cut(0, 0, 0, 0)) is not None


def test_silence_ends_with_the_first_article_and_not_before() -> None:
    assert judge("silent", days=days(1, 0, 0, 0)) is WELL
    assert judge("silent", days=days(0, 1, 0, 0)) is WELL
    assert isinstance(judge("silent", days=days(0, *[0] * 40, last=80)), str)


def test_while_learning_only_the_promise_counts() -> None:
    young = days(0, 0, 0, last=20)
    assert judge("silent", days=young) is None
    said = note("silent", outlet(3), days=days(0, 0, 0, 0, last=20))
    assert "its source file promises 3 a day (learning" in said
    assert judge("silent", outlet(3), days=days(0, 0, 0, last=20)) is None  # may be chance


def test_a_rare_outlet_is_silent_only_after_longer_than_it_ever_paused() -> None:
    rare = [1, 0, 0, 0]
    assert judge("silent", days=days(*[0] * 8, usual=rare)) is None
    assert judge("silent", days=days(*[0] * 30, usual=rare)) is not None


def test_days_that_vary_much_prove_less() -> None:
    wild = (1, 30, 2, 25, 1, 9, 2)
    assert judge("silent", days=days(0, 0, usual=wild)) is None
    assert judge("silent", days=days(*[0] * 7, usual=wild)) is not None


def test_one_cause_is_one_incident() -> None:
    stale: dict[str, Any] = {"days": days(*[0] * 7), "entrances": (feed(200, is_stale=True),)}
    failing: dict[str, Any] = {"days": days(*[0] * 7), "outcomes": crawls(*["failed"] * 9)}
    blocked: dict[str, Any] = {
        "days": days(*[0] * 7), "outcomes": crawls(*["failed"] * 9), "last_block_at": NOW - HOUR,
        "last_answer_at": NOW - 99 * HOUR,
    }  # fmt: skip
    for facts, kind in ((stale, "stale_feed"), (failing, "failing"), (blocked, "blocked")):
        told = judge_source(outlet(), SourceFacts(as_of=NOW, **facts))
        assert [name for name, said in told.items() if isinstance(said, str)] == [kind]


def test_a_feed_is_stale_well_after_its_promise_and_until_it_lists_news() -> None:
    assert judge("stale_feed", entrances=(feed(80, is_stale=True),)) is None
    said = note("stale_feed", entrances=(feed(100, is_stale=True),))
    assert said.startswith(f"{FEED} answers, but its newest item is 100 hours old; 72 are promised")
    assert judge("stale_feed", entrances=(feed(2, is_stale=False),)) is WELL
    unanswered = feed(2, is_stale=False, polled=1, answered=30)
    assert judge("stale_feed", entrances=(unanswered,)) is None


def test_entrances_that_left_the_source_file_are_not_stale() -> None:
    other = replace(feed(900, is_stale=True), url="https://v.example/old-feed")
    assert judge("stale_feed", entrances=(other, feed(2, is_stale=False))) is WELL
    assert (
        judge(
            "stale_feed", entrances=(replace(feed(900, is_stale=True), polled_at=NOW - 900 * HOUR),)
        )
        is None
    )


def test_an_outlet_that_shuts_us_out_for_half_a_day_blocks_us() -> None:
    known: dict[str, Any] = {
        "outcomes": crawls("failed", "failed"), "last_block_at": NOW - HOUR
    }  # fmt: skip
    assert judge("blocked", **known, last_answer_at=NOW - 3 * HOUR) is None
    said = note("blocked", **known, last_answer_at=NOW - 13 * HOUR)
    assert "the last one that answered: 2026-11-22 18:00 UTC" in said
    assert "never" in note("blocked", outcomes=crawls(*["failed"] * 4), last_block_at=NOW)
    assert judge("blocked", **known, last_answer_at=NOW) is WELL


def test_pages_that_are_blocked_count_where_the_feed_is_open() -> None:
    def pages(blocked: int, fetched: int) -> object:
        told = {"two days": Pages(fetched=fetched, failed=blocked, blocked=blocked)}
        return judge("blocked", pages=told, last_answer_at=NOW)

    assert pages(9, 0) is None
    assert str(pages(30, 10)).startswith("30 of 40 pages asked for in two days were blocked")
    assert pages(10, 30) is None
    assert pages(1, 30) is WELL


def test_a_crawl_fails_for_more_than_a_night_before_anybody_is_told() -> None:
    assert judge("failing", outcomes=crawls("failed", "failed", hours=20)) is None
    assert judge("failing", outcomes=crawls(*["failed"] * 8, hours=1)) is None
    said = note("failing", outcomes=crawls(*["failed"] * 4, "loaded"))
    assert "its last 4 crawls failed, since 2026-11-22 16:00 UTC" in said
    assert "http_5xx: HTTP 503" in said
    assert judge("failing", outcomes=crawls("loaded", "failed", "failed", "failed")) is None
    assert judge("failing", outcomes=crawls("crawled", "loaded", "failed", "failed")) is WELL


def test_batches_of_a_dead_network_tell_nothing_of_an_outlet() -> None:
    told = without(crawls(*["failed"] * 4, "loaded", "loaded"), frozenset({"b0", "b1"}))
    assert [one.batch_id for one in told] == ["b2", "b3", "b4", "b5"]
    assert judge("failing", outcomes=told) is None


def test_what_is_held_is_told_at_once_and_until_three_loads_are_good() -> None:
    said = note("held", outcomes=crawls("held", "loaded", reason="9 of 10 pages are no articles"))
    assert "batch b0 is held: 9 of 10 pages are no articles" in said
    assert "Look at its pages: `khabar held b0 valley`" in said
    assert "*Let it in*, or `khabar load b0 --source valley --accept --why …`" in said
    assert isinstance(judge("held", outcomes=crawls("crawled", "failed", "held")), str)
    assert judge("held", outcomes=crawls("loaded", "loaded", "held")) is None
    assert judge("held", outcomes=crawls("loaded", "loaded", "loaded", "held")) is WELL
    assert judge("held", outcomes=crawls("loaded")) is WELL


@pytest.mark.parametrize(
    ("rejected", "fetched", "verdict"),
    [(20, 40, str), (12, 40, None), (4, 40, WELL), (15, 15, None), (0, 0, None)],
)
def test_rejections_are_held_against_the_outlets_own_share(
    rejected: int, fetched: int, verdict: object
) -> None:
    pages = {
        "before": Pages(fetched=400, rejected=40),
        "two days": Pages(fetched=fetched, rejected=rejected),
    }
    said = judge("rejections", pages=pages, days=days())
    assert isinstance(said, str) if verdict is str else said is verdict
    if isinstance(said, str):
        assert "50% of the pages fetched in the last two days are no articles, 10% were" in said
    assert judge("rejections", pages=pages, days=days(last=20)) is None  # learning
    week = pages | {"two days": Pages(fetched=5), "week": Pages(fetched=50, rejected=40)}
    assert "the last week" in note("rejections", pages=week, days=days())


def test_fields_that_went_missing_are_named_with_both_shares() -> None:
    def told(**shares: float) -> dict[str, Fields]:
        now = {**dict.fromkeys(FIELDS, 0.9), **shares}
        words = now.pop("words", 400.0)
        return {
            "before": Fields(articles=300, shares=dict.fromkeys(FIELDS, 0.9), median_words=400),
            "two days": Fields(articles=30, shares=now, median_words=words),
        }

    said = note("fields", fields=told(author=0.2, words=90), days=days())
    assert "author 90% → 20%, median words 400 → 90" in said
    assert "khabar parse --compare valley" in said
    assert judge("fields", fields=told(author=0.6), days=days()) is None
    assert judge("fields", fields=told(author=1.0), days=days()) is WELL
    assert judge("fields", fields=told(author=0.1), days=days(last=20)) is None
    few = told(author=0.1) | {
        "two days": Fields(articles=19, shares=told(author=0.1)["two days"].shares)
    }
    assert judge("fields", fields=few, days=days()) is None


def test_a_week_far_from_its_own_month_is_a_jump_of_volume() -> None:
    assert "40 articles a day in the last seven days, 10.6 in its four" in note(
        "volume", days=days(5, *[40] * 7)
    )
    assert judge("volume", days=days(5, *[4] * 7)) is not None
    assert judge("volume", days=days(5, *[10] * 7)) is WELL
    assert judge("volume", days=days(5, *[17] * 7)) is None
    assert judge("volume", days=days(5, *[None] * 7)) is None
    scarce = [1, 0, 0, 0, 0, 0, 0]
    assert not isinstance(judge("volume", days=days(0, 1, 1, 0, 1, 0, 0, 0, usual=scarce)), str)


def test_volume_is_held_against_the_promise_while_learning() -> None:
    young = days(1, *[1] * 7, last=15)
    assert "its source file promises 8 (learning)" in note("volume", outlet(8), days=young)
    assert judge("volume", outlet(1.5), days=young) is None
    assert judge("volume", outlet(1), days=young) is WELL
    assert judge("volume", days=young) is None


def test_nothing_flaps_between_opening_and_closing() -> None:
    cases: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
        ("volume", {"days": days(5, *[40] * 7)}, {"days": days(5, *[17] * 7)}),
        ("silent", {"days": days(0, 0, 0, 0)}, {"days": days(None, None, 0, 0)}),
        (
            "failing",
            {"outcomes": crawls(*["failed"] * 4)},
            {"outcomes": crawls("loaded", "failed")},
        ),
    )
    for kind, opens, between in cases:
        assert isinstance(judge(kind, **opens), str), kind
        assert judge(kind, **between) is None, kind


@pytest.mark.parametrize(
    ("facts", "proved"), [({"retired": "it is dead"}, 99), ({"verified": False}, 6)]
)
def test_retired_outlets_and_those_that_proved_nothing_never_alarm(
    facts: dict[str, object], proved: int
) -> None:
    worst = SourceFacts(
        as_of=NOW, days=days(*[0] * 9), outcomes=crawls(*["held", "failed"] * 9),
        entrances=(feed(900, is_stale=True),), last_block_at=NOW, proved_days=proved,
    )  # fmt: skip
    assert set(judge_source(outlet(9, **facts), worst).values()) == {WELL}


def test_an_unverified_outlet_is_held_against_what_it_proved_itself() -> None:
    guessed = outlet(9, verified=False)
    assert "it published 10.6 a day before" in note(
        "silent", guessed, days=days(0, 0), proved_days=7
    )
    young = {"days": days(0, 0, 0, last=12), "proved_days": 7}
    assert judge("silent", guessed, **young) is None, "what nobody checked promises nothing"
    assert isinstance(judge("silent", outlet(9), **young), str)
    failing = {"outcomes": crawls(*["failed"] * 4), "proved_days": 7}
    assert isinstance(judge("failing", guessed, **failing), str)
    stale = feed(900, is_stale=True)
    never = replace(stale, was_fresh=False)
    assert isinstance(judge("stale_feed", guessed, entrances=(stale,), proved_days=7), str)
    assert judge("stale_feed", guessed, entrances=(never,), proved_days=7) is None
    assert isinstance(judge("stale_feed", entrances=(never,)), str)
