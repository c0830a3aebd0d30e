"""A host in trouble is left alone, for as long as its trouble deserves; the clock is passed in."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.answers import Trouble
from crawlers.hosts import STATE_JSON, Hosts
from crawlers.lease import host_path
from crawlers.network import mark_answer
from crawlers.records import Exchange

START = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
PAGE = "https://www.v.example/news/1"
FORCE = "; a run with --force asks before then"
ROBOTS = "https://v.example/robots.txt"


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **time: float) -> None:
        self.now += timedelta(**time)


def answer(status: int, **headers: str) -> Exchange:
    return Exchange(
        url=PAGE,
        requested_headers=(),
        status=status,
        headers=tuple((name.replace("_", "-"), value) for name, value in headers.items()),
        raw=b"",
        ip=None,
        fetched_at=START,
    )


def trouble(reason: str, detail: str = "it hurt") -> Trouble:
    return Trouble(reason=reason, detail=detail)  # type: ignore[arg-type]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def crawl(tmp_path: Path, clock: Clock) -> Callable[[], Hosts]:
    def begin() -> Hosts:
        mark_answer(tmp_path, clock())
        return Hosts(tmp_path, now=clock)

    return begin


def until(hosts: Hosts) -> str | None:
    resting = hosts.resting(PAGE)
    return resting.detail.removesuffix(FORCE) if resting else None


def test_five_failures_in_a_row_let_a_host_rest(crawl: Callable[[], Hosts]) -> None:
    hosts = crawl()
    hosts.note(ROBOTS, answer(404))
    for _ in range(4):
        hosts.note(PAGE, trouble("timeout"))
    hosts.note(PAGE, answer(404))
    for _ in range(4):
        hosts.note(PAGE, trouble("reset"))
        assert hosts.resting(PAGE) is None
    hosts.note(PAGE, answer(502))
    assert until(hosts) == "until 14:10 UTC: 5 failures in a row (HTTP 502)"


def test_host_that_never_answers_rests_twice_as_long_each_time(
    crawl: Callable[[], Hosts], clock: Clock
) -> None:
    rests = []
    for _ in range(8):
        crawl().note(ROBOTS, trouble("refused", "closed"))
        resting = crawl()
        assert resting.resting("http://v.example/other") is not None
        minutes = 0
        while resting.resting(PAGE):
            clock.pass_time(minutes=10)
            minutes += 10
        rests.append(minutes)
    assert rests == [10, 20, 40, 80, 160, 320, 360, 360]
    crawl().note(ROBOTS, answer(200))
    crawl().note(ROBOTS, trouble("timeout", "late"))
    again = clock.now + timedelta(minutes=10)
    assert until(crawl()) == f"until {again:%H:%M} UTC: it does not answer (late)"


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        ({"Retry_After": "7200"}, timedelta(hours=2)),
        ({"Retry_After": "Sun, 22 Nov 2026 17:30:00 GMT"}, timedelta(hours=3, minutes=30)),
        ({"Retry_After": "9" * 400}, timedelta(hours=24)),
        ({"Retry_After": "Sun, 22 Nov 2099 17:30:00 GMT"}, timedelta(hours=24)),
        ({}, timedelta(minutes=10)),
        ({"Retry_After": "soon"}, timedelta(minutes=10)),
    ],
)
def test_host_that_asks_for_rest_gets_it_within_a_day(
    crawl: Callable[[], Hosts], clock: Clock, said: dict[str, str], rest: timedelta
) -> None:
    crawl().note(PAGE, answer(429, **said))
    clock.now = START + rest - timedelta(seconds=1)
    assert crawl().resting(PAGE) is not None
    clock.now = START + rest
    assert crawl().resting(PAGE) is None


def test_503_asks_for_rest_only_where_it_says_how_long(crawl: Callable[[], Hosts]) -> None:
    hosts = crawl()
    hosts.note(ROBOTS, answer(200))
    hosts.note(PAGE, answer(503, Retry_After="30"))
    assert hosts.resting(PAGE) is None
    hosts.note(PAGE, answer(503, Retry_After="3600"))
    assert until(hosts) == "until 15:00 UTC: the host asked for rest"


def test_blocking_outlet_gets_one_probe_a_day(crawl: Callable[[], Hosts], clock: Clock) -> None:
    probes = []
    for hour in range(73):
        clock.now = START + timedelta(hours=hour)
        hosts = crawl()
        while not hosts.resting(PAGE):
            hosts.note(ROBOTS, answer(200))
            hosts.note(PAGE, trouble("blocked", "HTTP 403, a block page of Imperva"))
            probes.append(hour)
    assert probes == [0, 24, 48, 72]
    said = "it blocks us (HTTP 403, a block page of Imperva)"
    assert until(crawl()) == f"until 26 Nov 14:00 UTC: {said}"


def test_three_blocked_pages_in_a_row_mean_the_outlet_where_others_came(
    crawl: Callable[[], Hosts], clock: Clock
) -> None:
    hosts = crawl()
    for came in (True, False, False, True, False, False):
        hosts.note(PAGE, answer(200) if came else trouble("blocked"))
        assert hosts.resting(PAGE) is None
    hosts.note(PAGE, trouble("blocked"))
    assert hosts.resting(PAGE) is not None
    clock.pass_time(hours=24)
    again = crawl()
    again.note(PAGE, answer(200))  # it blocks us no more
    again.note(PAGE, trouble("blocked"))
    assert again.resting(PAGE) is None


def test_answer_that_was_under_way_does_not_end_a_rest(crawl: Callable[[], Hosts]) -> None:
    hosts = crawl()
    hosts.note(PAGE, answer(429, Retry_After="7200"))
    hosts.note(PAGE, answer(200))
    hosts.note(PAGE, trouble("refused"))
    assert until(hosts) == until(crawl()) == "until 16:00 UTC: the host asked for rest"


@pytest.mark.parametrize("reason", ["private_address", "deferred", "bad_url", "dns"])
def test_trouble_that_may_be_our_own_says_nothing_of_a_host(
    crawl: Callable[[], Hosts], reason: str
) -> None:
    hosts = crawl()
    for _ in range(9):
        hosts.note(PAGE, trouble(reason))
    assert hosts.resting(PAGE) is None


@pytest.mark.parametrize("text", [b"", b"{", b'{"sign": "down"}', b"\xff\x00", b"[]"])
def test_broken_memory_of_a_host_is_none_with_a_warning(
    crawl: Callable[[], Hosts], tmp_path: Path, text: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = host_path(tmp_path, "v.example", "json")
    path.parent.mkdir(parents=True)
    path.write_bytes(text)
    assert crawl().resting(PAGE) is None
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    crawl().note(PAGE, answer(429))
    assert crawl().resting(PAGE) is not None


def test_rest_from_a_clock_that_was_ahead_is_over(
    crawl: Callable[[], Hosts], tmp_path: Path, clock: Clock
) -> None:
    path = host_path(tmp_path, "v.example", "json")
    for days, rests in ((400, False), (1, True)):
        crawl().note(PAGE, answer(429))
        state = STATE_JSON.validate_json(path.read_bytes())
        later = replace(state, until=clock.now + timedelta(days=days))
        path.write_bytes(STATE_JSON.dump_json(later))
        assert (crawl().resting(PAGE) is not None) is rests


def test_failures_count_only_while_some_host_answers(tmp_path: Path, clock: Clock) -> None:
    for _ in range(3):
        Hosts(tmp_path, now=clock).note(ROBOTS, trouble("timeout"))
        assert Hosts(tmp_path, now=clock).resting(PAGE) is None
        Hosts(tmp_path, now=clock).note("https://w.example/", answer(404))
        clock.pass_time(minutes=3)
    Hosts(tmp_path, now=clock).note("https://w.example/", answer(404))
    clock.pass_time(minutes=1)
    Hosts(tmp_path, now=clock).note(ROBOTS, trouble("timeout"))
    assert Hosts(tmp_path, now=clock).resting(PAGE) is not None


def test_forced_crawl_asks_in_spite_of_a_rest_of_ours_only(
    crawl: Callable[[], Hosts], tmp_path: Path, clock: Clock
) -> None:
    crawl().note(PAGE, trouble("blocked"))
    resting = crawl().resting(PAGE)
    assert resting is not None
    assert resting.detail.endswith(FORCE)
    forced = Hosts(tmp_path, now=clock, is_forced=True)
    assert forced.resting(PAGE) is None
    forced.note(PAGE, trouble("blocked"))
    assert forced.resting(PAGE) is not None, "once, and not for the whole crawl"
    Hosts(tmp_path, now=clock, is_forced=True).note(PAGE, answer(429, Retry_After="7200"))
    asked = Hosts(tmp_path, now=clock, is_forced=True).resting(PAGE)
    assert asked is not None
    assert not asked.detail.endswith(FORCE)
