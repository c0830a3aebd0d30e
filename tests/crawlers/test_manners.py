"""What an outlet's access log says of our manners."""

import gzip
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from crawlers.batch import Batch
from crawlers.catalogue import Entrance, Politeness
from crawlers.contact import ContactError
from crawlers.crawl import crawl_source
from crawlers.hosts import STATE_JSON, HostState
from crawlers.lease import host_path
from crawlers.ledger import read_fetches, read_polls
from tests.crawlers.outlet import Answer, Outlet, article, feed, plan, source

FREE = Politeness(delay_seconds=0, max_minutes=1)
CHALLENGES = {
    "Cloudflare": Answer(b"<title>Just a moment...</title>", 403, {"cf-mitigated": "challenge"}),
    "Imperva": Answer(b"<iframe src='/_Incapsula_Resource?SWUDNSAI=31&xinfo=1'>"),
    "Sucuri": Answer(b"<title>Sucuri WebSite Firewall - Access Denied</title>", 503),
}


def serve(outlet: Outlet, count: int) -> None:
    paths = [f"/news/{n}" for n in range(count)]
    outlet.routes |= {"/feed": feed(outlet.base, paths), **{path: article(path) for path in paths}}


def crawl(outlet: Outlet, home: Path, run: str = "1", **changes: object) -> Batch:
    batch = plan(home, source(outlet, **{"politeness": FREE, **changes}), run=run)
    crawl_source(batch, "valley")
    return batch


def reasons(batch: Batch) -> Counter[str | None]:
    return Counter(line.reason for line in read_fetches(batch, "valley"))


def end_rest(outlet: Outlet, home: Path) -> HostState:
    """Let the rest of a host be over, as time would."""
    path = host_path(home, outlet.host, "json")
    state = STATE_JSON.validate_json(path.read_bytes())
    path.write_bytes(path.read_bytes().replace(b"2026-", b"2025-").replace(b"2027-", b"2025-"))
    return state


def test_requests_keep_their_distance_and_order(outlet: Outlet, tmp_path: Path) -> None:
    serve(outlet, 5)
    batch = crawl(outlet, tmp_path, politeness=Politeness(delay_seconds=0.3))
    assert outlet.paths == ["/robots.txt", "/feed", *(f"/news/{n}" for n in range(5))]
    assert min(b - a for (_, a, _), (_, b, _) in pairwise(outlet.log)) > 0.2
    assert reasons(batch) == {None: 5}


def test_slow_outlet_is_asked_at_its_own_pace(outlet: Outlet, tmp_path: Path) -> None:
    serve(outlet, 5)
    late = Answer(b"<p>late</p>", behave="late", pause=0.8)
    outlet.routes |= {f"/news/{n}": late for n in range(5)}
    crawl(outlet, tmp_path, politeness=Politeness(delay_seconds=0.05))
    times = [at for path, at, _ in outlet.log if path.startswith("/news/")]
    # Two at a time at first; then AutoThrottle has seen that an answer takes 0.8 s.
    assert min(b - a for a, b in list(pairwise(times))[2:]) > 0.6


def test_never_more_than_two_requests_at_a_time(outlet: Outlet, tmp_path: Path) -> None:
    serve(outlet, 8)
    late = Answer(b"<p>late</p>", behave="late", pause=0.4)
    outlet.routes |= {f"/news/{n}": late for n in range(8)}
    crawl(outlet, tmp_path)
    times = [at for path, at, _ in outlet.log if path.startswith("/news/")]
    assert all(third - first > 0.3 for first, third in zip(times, times[2:], strict=False))


def test_429_is_waited_out_once_and_counted(outlet: Outlet, tmp_path: Path) -> None:
    serve(outlet, 1)
    seen: list[str] = []

    def busy(path: str, _headers: dict[str, str]) -> Answer:
        seen.append(path)
        return Answer(status=429, headers={"Retry-After": "2"}) if len(seen) == 1 else article(path)

    outlet.routes["/news/0"] = busy
    assert reasons(crawl(outlet, tmp_path)) == {None: 1}
    first, second = [at for path, at, _ in outlet.log if path == "/news/0"]
    assert second - first > 1.9


def test_host_that_asks_for_rest_is_left_alone_by_the_next_crawl_too(
    outlet: Outlet, tmp_path: Path
) -> None:
    serve(outlet, 9)
    rest = Answer(status=429, headers={"Retry-After": "7200"})
    outlet.routes |= {f"/news/{n}": rest for n in range(2, 9)}
    first = crawl(outlet, tmp_path)
    assert reasons(first)["host_resting"] == 7 - reasons(first)["http_429"]
    asked = len(outlet.log)
    second = crawl(outlet, tmp_path, run="2")
    assert len(outlet.log) == asked
    (poll,) = read_polls(second, "valley")
    assert poll.reason == "host_resting"
    assert (poll.detail or "").startswith("until ")
    assert (poll.detail or "").endswith(" UTC: the host asked for rest")
    serve(outlet, 9)
    end_rest(outlet, tmp_path)
    assert reasons(crawl(outlet, tmp_path, run="3")) == {None: 9}
    assert not host_path(tmp_path, outlet.host, "json").exists()


def test_host_that_is_down_is_not_asked_again_at_once(outlet: Outlet, tmp_path: Path) -> None:
    outlet.routes["/robots.txt"] = Answer(behave="reset")
    crawl(outlet, tmp_path)
    assert outlet.paths == ["/robots.txt"] * 3
    (poll,) = read_polls(crawl(outlet, tmp_path, run="2"), "valley")
    assert (poll.reason, len(outlet.log)) == ("host_resting", 3)
    assert end_rest(outlet, tmp_path).times == 1
    crawl(outlet, tmp_path, run="3")
    assert (len(outlet.log), end_rest(outlet, tmp_path).times) == (6, 2)


@pytest.mark.parametrize("maker", CHALLENGES)
def test_blocking_outlet_gets_one_request_and_no_retry(
    outlet: Outlet, tmp_path: Path, maker: str
) -> None:
    serve(outlet, 3)
    outlet.routes["/feed"] = CHALLENGES[maker]
    spare = Entrance(kind="feed", url=f"{outlet.base}/feed2")
    ways = (*source(outlet).entrances, spare)
    polls = read_polls(crawl(outlet, tmp_path, entrances=ways), "valley")
    assert [poll.reason for poll in polls] == ["blocked", "host_resting"]
    assert polls[0].detail == f"HTTP {CHALLENGES[maker].status}, a block page of {maker}"
    assert outlet.paths == ["/robots.txt", "/feed"]
    (poll,) = read_polls(crawl(outlet, tmp_path, run="2"), "valley")
    assert (poll.reason, len(outlet.log)) == ("host_resting", 2)
    end_rest(outlet, tmp_path)
    crawl(outlet, tmp_path, run="3")
    assert len(outlet.log) == 4


def test_block_page_in_the_place_of_robots_ends_the_probe(outlet: Outlet, tmp_path: Path) -> None:
    serve(outlet, 3)
    packed = gzip.compress(CHALLENGES["Sucuri"].body)
    outlet.routes["/robots.txt"] = Answer(packed, 503, {"Content-Encoding": "gzip"})
    (poll,) = read_polls(crawl(outlet, tmp_path), "valley")
    assert (poll.reason, outlet.paths) == ("blocked", ["/robots.txt"])


def test_blocked_pages_end_the_asking_and_the_others_are_kept(
    outlet: Outlet, tmp_path: Path
) -> None:
    serve(outlet, 20)
    outlet.routes |= {f"/news/{n}": CHALLENGES["Cloudflare"] for n in range(2, 20)}
    first = reasons(crawl(outlet, tmp_path))
    assert first[None] == 2
    assert 3 <= first["blocked"] <= 4
    assert first["host_resting"] == 18 - first["blocked"]
    assert first.total() == 20


def test_article_that_carries_a_challenge_script_is_an_article(
    outlet: Outlet, tmp_path: Path
) -> None:
    serve(outlet, 1)
    script = b"<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>"
    outlet.routes["/news/0"] = Answer(article("/news/0").body + script)
    outlet.routes["/news/1"] = Answer(b"<title>Floods</title><p>Short." + script)
    outlet.routes["/feed"] = feed(outlet.base, ["/news/0", "/news/1"])
    assert reasons(crawl(outlet, tmp_path)) == {None: 2}


def test_maintenance_with_retry_after_is_waited_out_and_no_block(
    outlet: Outlet, tmp_path: Path
) -> None:
    serve(outlet, 1)
    listed = feed(outlet.base, ["/news/0"])
    notice = b"<title>Attention Required! | Cloudflare</title>"
    answers = [Answer(notice, 503, {"Retry-After": "1"}), listed]
    outlet.routes["/feed"] = lambda _path, _headers: answers.pop(0)
    assert reasons(crawl(outlet, tmp_path)) == {None: 1}
    assert not host_path(tmp_path, outlet.host, "json").exists()


@pytest.mark.parametrize("contact", ["", "https://khabar.invalid/contact", "x@khabar.invalid"])
def test_live_outlet_is_not_asked_without_a_contact(
    outlet: Outlet, tmp_path: Path, contact: str
) -> None:
    batch = plan(tmp_path, source(outlet), contact=contact, loopback=())
    with pytest.raises(ContactError, match="export KHABAR_CONTACT="):
        crawl_source(batch, "valley")
    assert outlet.log == []
