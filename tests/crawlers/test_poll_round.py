"""Several entrances to one outlet: each at its own interval, one in the place of another."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.catalogue import Entrance
from crawlers.crawl import crawl_source
from crawlers.crawl_report import CrawlReport
from crawlers.job import DeferredPage, KnownEntrance
from crawlers.ledger import read_fetches, read_polls
from crawlers.urls import key_hash, url_key
from tests.crawlers.outlet import Answer, Outlet, article, feed, plan, source

pytestmark = pytest.mark.usefixtures("warm_crawls")

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
OLD = "<item><link>{}/news/old</link><pubDate>Sat, 31 Jan 2026 10:00:00 +0500</pubDate></item>"


class Ways:
    """An outlet with a feed, a sitemap and a listing, in this order of preference."""

    def __init__(self, outlet: Outlet, home: Path) -> None:
        self.outlet, self.home = outlet, home
        outlet.routes |= {f"/news/{n}": article(str(n)) for n in range(9)}
        outlet.routes["/feed"] = feed(outlet.base, ["/news/1", "/news/2"])
        entries = "".join(f"<url><loc>{outlet.base}/news/{n}</loc></url>" for n in (2, 3))
        outlet.routes["/map.xml"] = Answer(f"<urlset>{entries}</urlset>".encode())
        outlet.routes["/list"] = Answer(b"<a href=/news/3>3</a><a href=/news/4>4</a>")

    def known(self, path: str, **state: object) -> KnownEntrance:
        values: dict[str, object] = {"item_hashes": (), "is_due": False, "interval_minutes": 60}
        return KnownEntrance(url=f"{self.outlet.base}{path}", **{**values, **state})  # type: ignore[arg-type]

    def crawl(self, *known: KnownEntrance, **memory: object) -> tuple[CrawlReport, list[str]]:
        """Crawl; tell which entrances were asked, with those that they stood in for."""
        base = self.outlet.base
        ways = (
            Entrance(kind="feed", url=f"{base}/feed"),
            Entrance(kind="sitemap", url=f"{base}/map.xml"),
            Entrance(kind="listing", url=f"{base}/list"),
        )
        batch = plan(self.home, source(self.outlet, entrances=ways), entrances=known, **memory)
        report = crawl_source(batch, "valley")
        self.polls = read_polls(batch, "valley")
        self.lines = {line.url.removeprefix(base): line for line in read_fetches(batch, "valley")}
        told = [
            poll.entrance.removeprefix(base)
            + (f" for {poll.stands_in_for.removeprefix(base)}" if poll.stands_in_for else "")
            for poll in self.polls
        ]
        return report, told


@pytest.fixture
def ways(outlet: Outlet, tmp_path: Path) -> Ways:
    return Ways(outlet, tmp_path)


def test_url_that_three_entrances_list_is_asked_once(ways: Ways) -> None:
    report, asked = ways.crawl()
    assert asked == ["/feed", "/map.xml", "/list"]
    assert (report.listed, report.fetched) == (4, 4)
    pages = [path for path in ways.outlet.paths if path.startswith("/news/")]
    assert sorted(pages) == ["/news/1", "/news/2", "/news/3", "/news/4"]
    assert [poll.new_items for poll in ways.polls] == [2, 1, 1]
    line = ways.lines["/news/2"]
    assert line.entrance == f"{ways.outlet.base}/feed"


def test_entrance_that_is_not_due_is_not_asked(ways: Ways) -> None:
    _, asked = ways.crawl(ways.known("/map.xml"), ways.known("/list"))
    assert asked == ["/feed"]


def test_dead_feed_is_replaced_by_the_next_entrance_and_the_line_says_so(ways: Ways) -> None:
    ways.outlet.routes["/feed"] = Answer(status=404)
    report, asked = ways.crawl(ways.known("/map.xml"), ways.known("/list"))
    assert asked == ["/feed", "/map.xml for /feed"]
    assert (report.failed, report.fetched) == (False, 2)
    base = ways.outlet.base
    assert report.line.endswith(
        f"; feed {base}/feed is dead (gone: HTTP 404): sitemap {base}/map.xml used instead"
    )
    assert ways.polls[0].next_interval_minutes == 120


def test_stale_feed_is_used_and_so_is_the_next_entrance(ways: Ways) -> None:
    base = ways.outlet.base
    ways.outlet.routes["/feed"] = feed(base, [], extra=OLD.format(base))
    ways.outlet.routes["/news/old"] = article("old")
    report, asked = ways.crawl(ways.known("/map.xml"), ways.known("/list"))
    assert asked == ["/feed", "/map.xml for /feed"]
    assert report.fetched == 3
    assert f"feed {base}/feed is stale (newest 295 days old): sitemap" in report.line
    assert ways.polls[0].is_stale


MOVED = Answer(b"<!doctype html><html><p>This site has moved.</p></html>")


def test_listing_that_lists_nothing_is_replaced_and_the_line_says_so(ways: Ways) -> None:
    ways.outlet.routes["/list"] = MOVED
    report, asked = ways.crawl(ways.known("/feed"), ways.known("/map.xml"))
    assert asked == ["/list", "/feed for /list"]
    base = ways.outlet.base
    assert f"; listing {base}/list lists no article: feed {base}/feed used instead" in report.line
    assert report.trouble == "listing lists no article; feed used"
    assert ways.polls[0].is_stale
    assert ways.polls[0].status == 200


def test_sitemap_that_is_emptied_counts_as_stale_but_not_on_its_first_look(ways: Ways) -> None:
    ways.outlet.routes["/map.xml"] = Answer(b"<urlset></urlset>")
    ways.outlet.routes["/feed"] = feed(ways.outlet.base, [])
    rested = ways.known("/list")
    report, asked = ways.crawl(rested)
    assert (report.trouble, asked) == (None, ["/feed", "/map.xml"])
    seen = (key_hash(url_key(f"{ways.outlet.base}/news/2")),)
    before = ways.known("/map.xml", item_hashes=seen, is_due=True)
    report, asked = ways.crawl(ways.known("/feed"), before, rested, run="2")
    assert asked == ["/map.xml", "/list for /map.xml"]
    assert report.trouble == "sitemap lists no article; listing used"


def test_dead_entrance_is_named_in_short_though_others_work(ways: Ways) -> None:
    ways.outlet.routes["/feed"] = Answer(status=404)
    report, _ = ways.crawl()
    assert report.trouble == "feed is dead: HTTP 404; sitemap, listing used"
    assert not report.failed


def test_stand_ins_are_tried_in_turn_but_not_those_that_failed_before(ways: Ways) -> None:
    ways.outlet.routes["/feed"] = Answer(b"<!doctype html><html>We moved")
    ways.outlet.routes["/map.xml"] = Answer(b"nothing")
    _, asked = ways.crawl(ways.known("/map.xml"), ways.known("/list"))
    assert asked == ["/feed", "/map.xml for /feed", "/list for /feed"]


def test_entrance_that_rests_after_failing_is_replaced_without_being_asked(ways: Ways) -> None:
    rests = ways.known("/feed", is_well=False, failure_weight=3)
    dead = ways.known("/map.xml", is_well=False, failure_weight=1)
    report, asked = ways.crawl(rests, dead, ways.known("/list"))
    assert asked == ["/list for /feed"]
    assert "/feed" not in ways.outlet.paths
    assert f"{ways.outlet.base}/feed rests, dead or stale: listing" in report.line


def test_entrance_that_is_due_stands_in_too_where_it_answers(ways: Ways) -> None:
    ways.outlet.routes["/feed"] = Answer(status=404)
    report, asked = ways.crawl()
    assert asked == ["/feed", "/map.xml for /feed", "/list"]
    assert f"/feed is dead (gone: HTTP 404): sitemap {ways.outlet.base}/map.xml" in report.line


def test_stand_in_that_fails_too_is_not_said_to_be_used(ways: Ways) -> None:
    ways.outlet.routes["/feed"] = ways.outlet.routes["/map.xml"] = Answer(status=404)
    base = ways.outlet.base
    report, asked = ways.crawl()
    assert asked == ["/feed", "/map.xml for /feed", "/list for /feed"]
    assert f"feed {base}/feed is dead (gone: HTTP 404): listing {base}/list used" in report.line
    assert f"sitemap {base}/map.xml is dead (gone: HTTP 404)" in report.line


def test_last_entrance_is_replaced_by_the_first(ways: Ways) -> None:
    ways.outlet.routes["/list"] = Answer(status=410)
    _, asked = ways.crawl(ways.known("/feed"), ways.known("/map.xml"))
    assert asked == ["/list", "/feed for /list"]


def test_host_that_cannot_be_reached_is_not_asked_for_its_other_entrances(ways: Ways) -> None:
    ways.outlet.routes["/feed"] = Answer(status=429, headers={"Retry-After": "3600"})
    _, asked = ways.crawl(ways.known("/map.xml"), ways.known("/list"))
    assert asked == ["/feed"]


def test_crawl_without_a_due_entrance_still_asks_what_was_left(ways: Ways) -> None:
    url = f"{ways.outlet.base}/news/8"
    left = DeferredPage(url=url, url_key=url_key(url), entrance=None, item=None)
    all_known = [ways.known(path) for path in ("/feed", "/map.xml", "/list")]
    report, asked = ways.crawl(*all_known, deferred=(left,))
    assert asked == []
    assert (report.failed, report.fetched, report.listed) == (False, 1, 0)
    assert ways.lines["/news/8"].disposition == "fetched"


def test_feed_that_has_not_changed_costs_one_short_answer_and_loses_nothing(ways: Ways) -> None:
    def conditional(_path: str, headers: dict[str, str]) -> Answer:
        assert headers["if-none-match"] == '"v1"'
        return Answer(status=304)

    ways.outlet.routes["/feed"] = conditional
    url = f"{ways.outlet.base}/news/8"
    left = DeferredPage(url=url, url_key=url_key(url), entrance=None, item=None)
    one = key_hash(url_key(f"{ways.outlet.base}/news/1"))
    state = ways.known(
        "/feed", is_due=True, etag='"v1"', item_hashes=(one,), newest_at=NOW - timedelta(hours=1)
    )
    report, asked = ways.crawl(state, ways.known("/map.xml"), ways.known("/list"), deferred=(left,))
    assert asked == ["/feed"]
    assert (report.failed, report.fetched) == (False, 1)
    (poll,) = ways.polls
    assert (poll.status, poll.overlapped, poll.item_hashes) == (304, True, (one,))


def test_sitemaps_that_robots_txt_names_are_an_entrance(outlet: Outlet, tmp_path: Path) -> None:
    ways = Ways(outlet, tmp_path)
    base = outlet.base
    lines = f"User-agent: *\nDisallow: /admin\nSitemap: {base}/map.xml\nsitemap: {base}/gone.xml\n"
    outlet.routes["/robots.txt"] = Answer(lines.encode(), headers={"Content-Type": "text/plain"})
    robots = Entrance(kind="sitemap", url=f"{base}/robots.txt")
    batch = plan(tmp_path, source(outlet, entrances=(robots,)))
    report = crawl_source(batch, "valley")
    assert (report.failed, report.listed, report.fetched) == (False, 2, 2)
    told = {
        poll.entrance.removeprefix(base): (poll.reason, poll.part_of)
        for poll in read_polls(batch, "valley")
    }
    assert told == {
        "/map.xml": (None, robots.url),
        "/gone.xml": ("gone", robots.url),
        "/robots.txt": (None, None),
    }
    assert ways.outlet.paths.count("/map.xml") == 1
