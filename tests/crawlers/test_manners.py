"""What an outlet's access log says of our manners."""

import gzip
import os
from collections import Counter
from pathlib import Path
from time import monotonic, time

import pytest

from crawlers.batch import Batch
from crawlers.catalogue import Entrance, Politeness
from crawlers.contact import ContactError
from crawlers.crawl import crawl_source
from crawlers.hosts import STATE_JSON, HostState
from crawlers.job import KnownEntrance
from crawlers.lease import host_path
from crawlers.ledger import read_fetches, read_polls
from tests.crawlers.distance import note_turns, shortest
from tests.crawlers.outlet import Answer, Outlet, article, feed, go_online, plan, source

pytestmark = pytest.mark.usefixtures("warm_crawls")

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


def not_resting(outlet: Outlet, home: Path) -> bool:
    return not host_path(home, outlet.host, "json").exists()


def sitemap(base: str, count: int) -> Answer:
    pages = "".join(f"<url><loc>{base}/news/{n}</loc></url>" for n in range(count))
    head = '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return Answer(f"{head}{pages}</urlset>".encode(), headers={"Content-Type": "text/xml"})


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
    note_turns(outlet, tmp_path)
    batch = crawl(outlet, tmp_path, politeness=Politeness(delay_seconds=0.3))
    assert outlet.paths == ["/robots.txt", "/feed", *(f"/news/{n}" for n in range(5))]
    assert shortest([at for _, at, _ in outlet.log]) > 0.29
    assert reasons(batch) == {None: 5}


def test_slow_outlet_is_asked_at_its_own_pace(outlet: Outlet, tmp_path: Path) -> None:
    serve(outlet, 5)
    late = Answer(b"<p>late</p>", behave="late", pause=0.8)
    outlet.routes |= {f"/news/{n}": late for n in range(5)}
    note_turns(outlet, tmp_path)
    crawl(outlet, tmp_path, politeness=Politeness(delay_seconds=0.05))
    times = [at for path, at, _ in outlet.log if path.startswith("/news/")]
    # Two at a time at first; then AutoThrottle has seen that an answer takes 0.8 s.
    assert shortest(times[2:]) > 0.6


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
    go_online(tmp_path)
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
    polls = read_polls(crawl(outlet, tmp_path), "valley")
    assert [poll.reason for poll in polls] == ["blocked"]
    assert polls[0].detail == f"HTTP {CHALLENGES[maker].status}, a block page of {maker}"
    assert outlet.paths == ["/robots.txt", "/feed"]
    (poll,) = read_polls(crawl(outlet, tmp_path, run="2"), "valley")
    assert (poll.reason, len(outlet.log)) == ("host_resting", 2)
    end_rest(outlet, tmp_path)
    crawl(outlet, tmp_path, run="3")
    assert len(outlet.log) == 4


def test_open_entrance_of_a_host_that_guards_another_is_used(
    outlet: Outlet, tmp_path: Path
) -> None:
    serve(outlet, 3)
    outlet.routes |= {
        "/feed": CHALLENGES["Cloudflare"],
        "/map": Answer(status=301, headers={"Location": "/sitemap.xml"}),
        "/sitemap.xml": sitemap(outlet.base, 2),
    }
    ways = (*source(outlet).entrances, Entrance(kind="sitemap", url=f"{outlet.base}/map"))
    first = crawl(outlet, tmp_path, entrances=ways)
    assert [poll.reason for poll in read_polls(first, "valley")] == ["blocked", None]
    assert (reasons(first), not_resting(outlet, tmp_path)) == ({None: 2}, True)
    outlet.routes["/sitemap.xml"] = sitemap(outlet.base, 3)
    failing = KnownEntrance(url=ways[0].url, item_hashes=(), is_due=False, is_well=False)
    second = plan(
        tmp_path, source(outlet, entrances=ways, politeness=FREE), run="2", entrances=(failing,)
    )
    crawl_source(second, "valley")
    assert "/news/2" in outlet.paths
    assert (outlet.paths.count("/feed"), not_resting(outlet, tmp_path)) == (1, True)


def test_each_entrance_of_a_guarded_host_is_tried_once_a_rest(
    outlet: Outlet, tmp_path: Path
) -> None:
    ways = tuple(Entrance(kind="feed", url=f"{outlet.base}/feed{n}") for n in range(6))
    outlet.routes |= {f"/feed{n}": CHALLENGES["Cloudflare"] for n in range(6)}
    polls = read_polls(crawl(outlet, tmp_path, entrances=ways), "valley")
    assert [poll.reason for poll in polls] == ["blocked"] * 4 + ["host_resting"] * 2
    assert "a run with --force asks before then" in (polls[-1].detail or "")
    crawl(outlet, tmp_path, run="2", entrances=ways)
    assert outlet.paths == ["/robots.txt", *(f"/feed{n}" for n in range(4))]
    serve(outlet, 1)
    forced = plan(tmp_path, source(outlet, politeness=FREE), run="3", is_forced=True)
    crawl_source(forced, "valley")
    assert (reasons(forced), not_resting(outlet, tmp_path)) == ({None: 1}, True)


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
    asked = len(outlet.log)
    crawl(outlet, tmp_path, run="2")
    assert len(outlet.log) == asked, "the open feed alone is no reason to come back"


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


def test_hosts_turn_reserved_by_a_clock_that_was_ahead_is_none(
    outlet: Outlet, tmp_path: Path
) -> None:
    serve(outlet, 1)
    lock = host_path(tmp_path, outlet.host, "lock")
    lock.parent.mkdir(parents=True)
    lock.touch()
    tomorrow = time() + 86400
    os.utime(lock, (tomorrow, tomorrow))
    began = monotonic()
    assert reasons(crawl(outlet, tmp_path)) == {None: 1}
    assert monotonic() - began < 30


def test_nobody_is_blamed_while_our_own_network_is_down(outlet: Outlet, tmp_path: Path) -> None:
    outlet.routes["/robots.txt"] = Answer(behave="reset")
    (poll,) = read_polls(crawl(outlet, tmp_path), "valley")
    assert (poll.reason, not_resting(outlet, tmp_path)) == ("reset", True)
    serve(outlet, 1)
    del outlet.routes["/robots.txt"]
    assert reasons(crawl(outlet, tmp_path, run="2")) == {None: 1}


@pytest.mark.parametrize("contact", ["", "https://khabar.invalid/contact", "x@khabar.invalid"])
def test_live_outlet_is_not_asked_without_a_contact(
    outlet: Outlet, tmp_path: Path, contact: str
) -> None:
    batch = plan(tmp_path, source(outlet), contact=contact, loopback=())
    with pytest.raises(ContactError, match="export KHABAR_CONTACT="):
        crawl_source(batch, "valley")
    assert outlet.log == []
