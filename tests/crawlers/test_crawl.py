import gzip
import hashlib
import logging
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.archive import ArchiveError, read_page
from crawlers.batch import Batch, write_json
from crawlers.catalogue import Entrance, Politeness, Source
from crawlers.crawl import crawl_source
from crawlers.crawl_report import CrawlReport
from crawlers.job import DeferredPage, KnownEntrance, KnownPage
from crawlers.journal import last_attempt
from crawlers.ledger import LedgerError, read_fetches, read_polls
from crawlers.page import Fetch
from crawlers.urls import key_hash, url_key
from tests.crawlers.distance import note_turns, shortest
from tests.crawlers.outlet import Answer, Outlet, article, feed, plan, source

pytestmark = pytest.mark.usefixtures("warm_crawls")


def serve(outlet: Outlet, paths: list[str]) -> None:
    outlet.routes |= {"/feed": feed(outlet.base, paths), **{path: article(path) for path in paths}}


def lines(batch: Batch, outlet: Outlet) -> dict[str, Fetch]:
    return {line.url.removeprefix(outlet.base): line for line in read_fetches(batch, "valley")}


def balanced(report: CrawlReport, batch: Batch) -> bool:
    fetches = read_fetches(batch, "valley")
    assert len({line.url_key for line in fetches}) == len(fetches)
    return report.listed == sum(line.listed for line in fetches) + report.known_not_due


def known(
    outlet: Outlet, path: str, *, age: timedelta, looked: timedelta, **more: object
) -> KnownPage:
    now = datetime(2026, 11, 22, 7, tzinfo=UTC)  # the batch's clock
    values: dict[str, object] = {
        "url": f"{outlet.base}{path}",
        "url_key": url_key(f"{outlet.base}{path}"),
        "etag": None,
        "last_modified": None,
        "page_sha256": None,
        "first_seen_at": now - age,
        "dated_at": now - age,
        "last_fetched_at": now - looked,
        "is_gone": False,
    }
    return KnownPage(**{**values, **more})  # type: ignore[arg-type]


def test_feed_is_walked_to_archived_pages_and_again_is_a_no_op(
    outlet: Outlet, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    paths = [f"/news/{n}" for n in range(12)]
    serve(outlet, paths)
    outlet.routes["/news/0"] = Answer(
        gzip.compress(b"<p>packed</p>"),
        headers={"Content-Encoding": "gzip", "ETag": '"x"', "Last-Modified": "yesterday"},
    )
    outlet.routes["/feed"] = feed(outlet.base, [*paths, "/about", "/tag/x"])
    batch = plan(tmp_path, source(outlet))
    with caplog.at_level(logging.INFO, "khabar.crawl"):
        report = crawl_source(batch, "valley")
    assert (report.listed, report.fetched, report.pages_archived) == (12, 12, 12)
    assert balanced(report, batch)
    assert len(caplog.records) <= 12 + 2
    assert caplog.records[-1].getMessage() == report.line
    fetched = lines(batch, outlet)
    # After robots.txt and the feed, newest first; of two under way either may be logged first.
    asked = outlet.paths[2:]
    assert sorted(asked) == sorted(paths)
    assert all(abs(asked.index(path) - at) <= 2 for at, path in enumerate(paths))
    page = read_page(tmp_path, "valley", fetched["/news/0"])
    assert (page.body, page.status) == (b"<p>packed</p>", 200)
    assert (fetched["/news/0"].etag, fetched["/news/0"].last_modified) == ('"x"', "yesterday")
    assert page.item is not None
    assert page.item.title == "Title of /news/0"
    assert page.page_sha256 == hashlib.sha256(b"<p>packed</p>").hexdigest()
    requests = len(outlet.log)
    assert crawl_source(batch, "valley") == report
    assert len(outlet.log) == requests
    (poll,) = read_polls(batch, "valley")
    assert (poll.items, poll.matched, poll.status, poll.overlapped) == (14, 12, 200, None)
    agent = outlet.log[0][2]["user-agent"]
    assert agent.startswith("Khabar/")
    assert "+https://khabar.invalid/contact" in agent


def test_page_that_is_not_what_the_ledger_says_is_refused(outlet: Outlet, tmp_path: Path) -> None:
    serve(outlet, ["/news/1"])
    batch = plan(tmp_path, source(outlet))
    crawl_source(batch, "valley")
    line = lines(batch, outlet)["/news/1"]
    with pytest.raises(ArchiveError, match="SHA-256"):
        read_page(tmp_path, "valley", replace(line, page_sha256="0" * 64))
    assert line.record is not None
    with pytest.raises(ArchiveError, match="holds record"):
        read_page(tmp_path, "valley", replace(line, record=replace(line.record, offset=0)))


def test_every_misbehaviour_becomes_its_line_and_nothing_hangs(
    outlet: Outlet, tmp_path: Path
) -> None:
    attempts: Counter[str] = Counter()

    def busy(path: str, _headers: dict[str, str]) -> Answer:
        attempts[path] += 1
        return (
            Answer(status=429, headers={"Retry-After": "1"})
            if attempts[path] == 1
            else article(path)
        )

    def moved(to: str) -> Answer:
        return Answer(status=302, headers={"Location": to})

    cases: dict[str, tuple[Answer | object, str, str | None]] = {
        "drip": (Answer(behave="drip"), "failed", "timeout"),
        "silent": (Answer(behave="silent"), "failed", "timeout"),
        "fine": (article("/news/fine"), "fetched", None),
        "reset": (Answer(behave="reset"), "failed", "reset"),
        "broken": (Answer(status=500), "failed", "http_5xx"),
        "empty": (Answer(b""), "fetched", None),
        "endless": (Answer(behave="endless"), "failed", "too_large"),
        "huge": (Answer(headers={"Content-Length": "52428800"}), "failed", "too_large"),
        "bomb": (Answer(gzip.compress(b" " * (11 << 20)), headers={"Content-Encoding": "gzip"}),
                 "failed", "too_large"),
        "loop": (moved("/news/loop"), "failed", "redirect_loop"),
        "away": (moved("https://elsewhere.example/x"), "failed", "off_site"),
        "lost": (moved("http://[::bad"), "failed", "bad_response"),
        "moved": (moved("/hop"), "fetched", None),
        "gone": (Answer(status=410), "failed", "gone"),
        "forbidden": (Answer(status=403), "failed", "http_4xx"),
        "blocked": (Answer(b"<title>Just a moment...</title>", 403), "failed", "blocked"),
        "busy": (busy, "fetched", None),
        "lying": (Answer(b"no gzip", headers={"Content-Encoding": "gzip"}), "fetched", None),
        "cut": (Answer(gzip.compress(b"<p>cut</p>" * 99)[:-9],
                       headers={"Content-Encoding": "gzip"}), "failed", "bad_response"),
        "odd": (Answer(status=304), "failed", "bad_response"),
    }  # fmt: skip
    serve(outlet, [f"/news/{name}" for name in cases])
    outlet.routes |= {f"/news/{name}": case[0] for name, case in cases.items()}  # type: ignore[misc]
    outlet.routes |= {"/hop": moved("/news/final"), "/news/final": article("/news/final")}
    quick = Politeness(delay_seconds=0, max_minutes=0.3)
    batch = plan(tmp_path, source(outlet, politeness=quick))
    report = crawl_source(batch, "valley")
    got = lines(batch, outlet)
    seen = {name: (got[f"/news/{name}"].disposition, got[f"/news/{name}"].reason) for name in cases}
    assert seen == {name: (case[1], case[2]) for name, case in cases.items()}
    assert balanced(report, batch)
    assert report.seconds < 60
    walked = got["/news/moved"]
    assert walked.redirects == (f"{outlet.base}/hop",)
    assert walked.final_url == f"{outlet.base}/news/final"
    assert read_page(tmp_path, "valley", walked).body == article("/news/final").body
    assert outlet.paths.count("/news/broken") == 3
    assert outlet.paths.count("/news/forbidden") == 1


def test_host_that_goes_on_asking_for_rest_is_left_alone(outlet: Outlet, tmp_path: Path) -> None:
    serve(outlet, [f"/news/{n}" for n in range(20)])
    rest = Answer(status=429, headers={"Retry-After": "3600"})
    outlet.routes |= {f"/news/{n}": rest for n in range(3, 20)}
    batch = plan(tmp_path, source(outlet))
    report = crawl_source(batch, "valley")
    reasons = Counter(line.reason for line in read_fetches(batch, "valley"))
    assert reasons[None] == 3
    assert 1 <= reasons["http_429"] <= 2
    assert reasons["host_resting"] == 17 - reasons["http_429"]
    assert balanced(report, batch)


def test_robots_off_site_and_bounds_each_leave_their_line(outlet: Outlet, tmp_path: Path) -> None:
    paths = [f"/news/{n}" for n in range(6)]
    serve(outlet, ["/news/private/1", *paths])
    outlet.routes["/robots.txt"] = Answer(
        b"User-agent: *\nDisallow: /news/private/\nCrawl-delay: 0.3"
    )
    other = "<item><link>https://elsewhere.example/news/9</link></item>"
    outlet.routes["/feed"] = feed(outlet.base, ["/news/private/1", *paths], extra=other)
    note_turns(outlet, tmp_path)
    bounds = Politeness(delay_seconds=0, max_pages=5)
    batch = plan(tmp_path, source(outlet, politeness=bounds))
    report = crawl_source(batch, "valley")
    got = Counter((line.disposition, line.reason) for line in read_fetches(batch, "valley"))
    assert got == {
        ("fetched", None): 5,
        ("skipped", "robots"): 1,
        ("skipped", "off_site"): 1,
        ("skipped", "deferred"): 1,
    }
    assert balanced(report, batch)
    assert "/news/private/1" not in outlet.paths
    assert lines(batch, outlet)["/news/5"].reason == "deferred"  # the oldest
    times = [at for path, at, _ in outlet.log if path != "/robots.txt"]
    assert shortest(times) > 0.29


def test_robots_that_cannot_be_read_forbids_everything(outlet: Outlet, tmp_path: Path) -> None:
    serve(outlet, ["/news/1"])
    outlet.routes["/robots.txt"] = Answer(status=503)
    url = f"{outlet.base}/news/left"
    left = DeferredPage(url=url, url_key=url_key(url), entrance=None, item=None)
    batch = plan(tmp_path, source(outlet), deferred=(left,))
    report = crawl_source(batch, "valley")
    assert read_fetches(batch, "valley") == []  # the line that left it still stands
    assert (report.failed, report.listed, set(outlet.paths)) == (True, 0, {"/robots.txt"})
    assert report.reason == "http_5xx: robots.txt: HTTP 503"


def test_source_that_is_down_is_reported_and_tried_again(outlet: Outlet, tmp_path: Path) -> None:
    of = source(outlet)
    batch = plan(tmp_path, of)
    outlet.routes["/feed"] = Answer(b"<!doctype html><html>We moved", 200)
    report = crawl_source(batch, "valley")
    assert (report.failed, report.attempt) == (True, 1)
    assert report.reason == "not_a_feed: a web page in the feed's place"
    serve(outlet, ["/news/1"])
    again = crawl_source(batch, "valley")
    assert (again.failed, again.attempt, again.fetched) == (False, 2, 1)
    assert [poll.reason for poll in read_polls(batch, "valley")] == ["not_a_feed", None]


def test_no_attempt_is_added_to_what_is_loaded(outlet: Outlet, tmp_path: Path) -> None:
    batch = plan(tmp_path, source(outlet))
    outlet.routes["/feed"] = Answer(b"<!doctype html><html>We moved", 200)
    failed = crawl_source(batch, "valley")
    write_json(batch.status("load"), {})
    serve(outlet, ["/news/1"])
    assert crawl_source(batch, "valley") == failed
    assert last_attempt(batch, "valley") == 1


def test_known_pages_are_asked_only_when_due(outlet: Outlet, tmp_path: Path) -> None:
    body = article("/news/same").body
    digest = hashlib.sha256(body).hexdigest()

    def conditional(path: str, headers: dict[str, str]) -> Answer:
        return Answer(status=304) if headers.get("if-none-match") == '"v1"' else article(path)

    serve(
        outlet,
        ["/news/new", "/news/fresh", "/news/same", "/news/valid", "/news/changed", "/news/old"],
    )
    outlet.routes["/news/valid"] = conditional
    hour, day = timedelta(hours=1), timedelta(days=1)
    due = {"age": 2 * hour, "looked": 2 * hour}
    pages = (
        known(outlet, "/news/fresh", age=2 * day, looked=2 * hour),
        known(outlet, "/news/same", **due, page_sha256=digest),
        known(outlet, "/news/valid", **due, page_sha256="a" * 64, etag='"v1"'),
        known(outlet, "/news/changed", **due, page_sha256="b" * 64, etag='"v1"'),
        known(outlet, "/news/removed", **due, page_sha256="c" * 64),
        known(outlet, "/news/removed_before", **due, is_gone=True),
        known(outlet, "/news/ancient", age=30 * day, looked=20 * day),
    )
    old = key_hash(url_key(f"{outlet.base}/news/old"))
    before = KnownEntrance(url=f"{outlet.base}/feed", item_hashes=(old,))
    url = f"{outlet.base}/news/later"
    later = DeferredPage(url=url, url_key=url_key(url), entrance=None, item=None)
    memory: dict[str, object] = {
        "known": pages,
        "known_hashes": (old,),
        "entrances": (before,),
        "deferred": (later,),
    }
    batch = plan(tmp_path, source(outlet), **memory)
    outlet.routes["/news/later"] = article("/news/later")
    report = crawl_source(batch, "valley")
    got = {
        path: (line.disposition, line.reason, line.listed)
        for path, line in lines(batch, outlet).items()
    }
    assert got == {
        "/news/new": ("fetched", None, True),
        "/news/same": ("not_modified", None, True),
        "/news/valid": ("not_modified", None, True),
        "/news/changed": ("fetched", None, True),
        "/news/removed": ("failed", "gone", False),
        "/news/later": ("fetched", None, False),
    }
    assert report.known_not_due == 2
    assert balanced(report, batch)
    assert ", 1 answered gone, " in report.line
    assert "failed" not in report.line
    assert report.failed_pages == 1
    assert report.pages_archived == 5
    same = lines(batch, outlet)["/news/valid"]
    assert same.record is not None
    assert (same.record.kind, same.page_sha256) == ("revisit", "a" * 64)
    assert read_polls(batch, "valley")[0].overlapped is True


def test_sitemap_and_paged_listing_and_each_page_once(outlet: Outlet, tmp_path: Path) -> None:
    serve(outlet, ["/news/1"])
    index = f"<sitemapindex><sitemap><loc>{outlet.base}/part.xml</loc></sitemap></sitemapindex>"
    urls = "".join(f"<url><loc>{outlet.base}/news/{n}/</loc></url>" for n in (1, 2))
    outlet.routes |= {
        "/sitemap.xml": Answer(index.encode()),
        "/part.xml": Answer(gzip.compress(f"<urlset>{urls}</urlset>".encode())),
        "/list": Answer(b"<a href=/news/2>2<a href=/news/3>3<a class=n href=/list?p=2>n</a>"),
        "/list?p=2": Answer(b"<a href=/news/4>4</a><a class=n href=/list?p=3>n</a>"),
        "/list?p=3": Answer(b"<a href=/news/5>5</a>"),
        **{f"/news/{n}": article(str(n)) for n in (3, 4, 5)},
        "/news/2/": article("2"),
    }
    ways = (
        Entrance(kind="feed", url=f"{outlet.base}/feed"),
        Entrance(kind="sitemap", url=f"{outlet.base}/sitemap.xml"),
        Entrance(kind="listing", url=f"{outlet.base}/list", pages=2, next_css="a.n"),
    )
    batch = plan(tmp_path, source(outlet, entrances=ways))
    report = crawl_source(batch, "valley")
    assert (report.listed, report.fetched) == (4, 4)
    polls = {poll.entrance.removeprefix(outlet.base): poll for poll in read_polls(batch, "valley")}
    assert {path: (poll.matched, poll.new_items) for path, poll in polls.items()} == {
        "/feed": (1, 1), "/part.xml": (2, 1), "/sitemap.xml": (0, 0), "/list": (3, 2),
    }  # fmt: skip
    assert polls["/part.xml"].part_of == f"{outlet.base}/sitemap.xml"
    assert balanced(report, batch)


def test_private_addresses_are_refused_at_connect_time(outlet: Outlet, tmp_path: Path) -> None:
    secret = Outlet()
    try:
        names = ["/news/redirected", "/news/fine"]
        serve(outlet, names)
        outlet.routes["/news/redirected"] = Answer(
            status=302, headers={"Location": f"{secret.base}/admin"}
        )
        port = f"localhost:{secret.port}"
        direct = f"<item><link>http://{port}/news/rebound</link></item>"
        outlet.routes["/feed"] = feed(outlet.base, names, extra=direct)
        of = source(outlet, hosts=(outlet.host, secret.host, port))
        batch = plan(tmp_path, of, loopback=(outlet.host,))
        crawl_source(batch, "valley")
        got = {line.url: line for line in read_fetches(batch, "valley")}
        refused = [got[f"{outlet.base}/news/redirected"], got[f"http://{port}/news/rebound"]]
        assert [line.reason for line in refused] == ["private_address", "private_address"]
        assert got[f"{outlet.base}/news/fine"].disposition == "fetched"
        assert secret.log == []
    finally:
        secret.close()


def test_proxies_of_the_environment_are_ignored(
    outlet: Outlet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    serve(outlet, ["/news/1"])
    assert crawl_source(plan(tmp_path, source(outlet)), "valley").fetched == 1


def test_unplanned_source_is_named_with_the_mend(outlet: Outlet, tmp_path: Path) -> None:
    batch = plan(tmp_path, source(outlet))
    with pytest.raises(LedgerError, match="hill is not planned in batch"):
        crawl_source(batch, "hill")


def test_source_time_over_defers_what_is_left(outlet: Outlet, tmp_path: Path) -> None:
    names = [f"/news/{n}" for n in range(14)]
    serve(outlet, names)
    outlet.routes |= {
        name: Answer(b"<p>late</p>", headers={"X-Sleep": "0.8"}, behave="slow") for name in names
    }
    of: Source = source(outlet, politeness=Politeness(delay_seconds=0, max_minutes=0.06))
    batch = plan(tmp_path, of)
    report = crawl_source(batch, "valley")
    reasons = Counter(line.reason for line in read_fetches(batch, "valley"))
    assert reasons["deferred"] >= 1
    assert set(reasons) <= {None, "deferred", "timeout"}
    assert balanced(report, batch)


def test_entrance_is_read_whatever_it_says_of_itself(outlet: Outlet, tmp_path: Path) -> None:
    serve(outlet, ["/news/1"])
    listed = outlet.routes["/feed"]
    assert isinstance(listed, Answer)
    outlet.routes["/feed"] = replace(listed, headers={**listed.headers, "ETag": '"same"'})
    before = KnownEntrance(url=f"{outlet.base}/feed", item_hashes=())
    batch = plan(tmp_path, source(outlet), entrances=(before,))
    assert crawl_source(batch, "valley").fetched == 1
    asked = next(headers for path, _, headers in outlet.log if path == "/feed")
    assert not {"if-none-match", "if-modified-since"} & asked.keys()
