"""A look accounts for all that an entrance listed."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest

from crawlers.answers import Reply, Trouble
from crawlers.catalogue import Entrance
from crawlers.entrances.sitemap import MAX_ITEMS, MAX_PARTS
from crawlers.job import CrawlJob, KnownEntrance
from crawlers.journal import Look
from crawlers.looks import Looker
from crawlers.page import Poll
from crawlers.records import Exchange
from crawlers.tally import MAX_HASHES
from crawlers.urls import key_hash, url_key
from tests.crawlers.outlet import Outlet, feed, source

BASE = "https://valley.example"
NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
FEED = Entrance(kind="feed", url=f"{BASE}/feed")
INDEX = Entrance(kind="sitemap", url=f"{BASE}/index.xml")


class Desk:
    """Answers with documents by their address; `asked` tells which, with the headers sent."""

    def __init__(self, outlet: Outlet, documents: Mapping[str, bytes | int]) -> None:
        self.source = source(outlet, home=f"{BASE}/", hosts=("valley.example",))
        self.documents = documents
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.kept: list[Look] = []

    def look(self, entrance: Entrance, **memory: object) -> list[Look]:
        values: dict[str, object] = {
            "batch_id": "20261122T070000Z-ingest-00000000", "home": str(Path()), "contact": "x",
            "source": replace(self.source, entrances=(entrance,)),
        }  # fmt: skip
        job = CrawlJob(**{**values, **memory})  # type: ignore[arg-type]
        looker = Looker(job, self._ask, keep=self.kept.append)
        return asyncio.run(looker.look(entrance))

    def poll(self, entrance: Entrance, **memory: object) -> Poll:
        return self.look(entrance, **memory)[-1].poll

    async def _ask(self, url: str, validators: Mapping[str, str]) -> Reply | Trouble:
        self.asked.append((url, validators))
        found = self.documents.get(url)
        if found is None:
            return Trouble(reason="timeout", detail="no answer")
        answer = Exchange(
            url=url,
            requested_headers=(),
            status=found if isinstance(found, int) else 200,
            headers=(("ETag", '"v2"'),),
            raw=b"" if isinstance(found, int) else found,
            ip=None,
            fetched_at=NOW,
        )
        return Reply(exchanges=(answer,), body=answer.raw)


def hashes(*paths: str) -> tuple[int, ...]:
    return tuple(key_hash(url_key(f"{BASE}{path}")) for path in paths)


def index(*parts: str, lastmod: str = "") -> bytes:
    changed = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    named = "".join(f"<sitemap><loc>{part}</loc>{changed}</sitemap>" for part in parts)
    return f"<sitemapindex>{named}</sitemapindex>".encode()


def urlset(*paths: str) -> bytes:
    return f"<urlset>{''.join(f'<url><loc>{BASE}{p}</loc></url>' for p in paths)}</urlset>".encode()


def test_items_that_cannot_be_asked_are_counted_in_the_poll(outlet: Outlet) -> None:
    odd = (
        "<item><link>http://[bad/news/1</link></item><item><link>ftp://e.pk/news/2</link></item>"
        "<item><title>no link</title></item><item><link>http://[bad/about</link></item>"
    )
    document = feed(BASE, ["/news/1", "/news/2"], extra=odd).body
    poll = Desk(outlet, {FEED.url: document}).poll(FEED)
    assert (poll.items, poll.matched, poll.reason) == (6, 3, None)
    assert poll.detail == "left out: 3 items without an address"


def test_what_is_past_a_bound_is_counted_in_the_poll(outlet: Outlet) -> None:
    names = [f"{BASE}/{number}.xml" for number in range(MAX_PARTS + 3)]
    documents = dict.fromkeys(names, b"<urlset></urlset>")
    documents[names[0]] = urlset(*(f"/news/{n}" for n in range(MAX_ITEMS + 5)))
    documents[INDEX.url] = index(*names)
    looks = Desk(outlet, documents).look(INDEX)
    assert len(looks) == MAX_PARTS + 1
    part = looks[0].poll
    assert (part.entrance, part.part_of) == (names[0], INDEX.url)
    assert (part.items, part.matched, len(looks[0].pages)) == (MAX_ITEMS + 5, MAX_ITEMS, MAX_ITEMS)
    assert part.detail == "left out: 5 items over the bound"
    assert len(part.item_hashes) == MAX_HASHES
    assert looks[-1].poll.detail == "left out: 3 parts not read"


def test_part_that_fails_costs_the_others_nothing(outlet: Outlet) -> None:
    names = [f"{BASE}/{n}.xml" for n in range(3)]
    documents: dict[str, bytes | int] = {INDEX.url: index(*names), names[0]: 404}
    documents[names[2]] = urlset("/news/1")
    looks = Desk(outlet, documents).look(INDEX)
    told = [(look.poll.entrance, look.poll.reason, look.poll.matched) for look in looks]
    told = sorted(told[:3]) + told[3:]
    assert told == [
        (names[0], "gone", 0), (names[1], "timeout", 0), (names[2], None, 1), (INDEX.url, None, 0),
    ]  # fmt: skip
    looks = sorted(looks[:3], key=lambda look: look.poll.entrance) + looks[3:]
    intervals = [look.poll.next_interval_minutes for look in looks]
    assert intervals == [120, pytest.approx(85, abs=1), None, 60]


def test_index_none_of_whose_parts_can_be_read_fails_itself(outlet: Outlet) -> None:
    part = f"{BASE}/1.xml"
    poll = Desk(outlet, {INDEX.url: index(part), part: 404}).poll(INDEX)
    assert (poll.reason, poll.detail) == ("gone", "none of its parts could be read: HTTP 404")
    dead = KnownEntrance(url=part, item_hashes=(), is_due=False, is_well=False, failure_weight=3)
    desk = Desk(outlet, {INDEX.url: index(part)})
    poll = desk.poll(INDEX, entrances=(dead,))
    assert (poll.reason, poll.detail) == (
        "gone",
        "all of its parts failed before; left out: 1 parts that failed before",
    )
    assert [url for url, _ in desk.asked] == [INDEX.url]


def test_entrance_that_lists_nothing_odd_says_nothing(outlet: Outlet) -> None:
    poll = Desk(outlet, {FEED.url: feed(BASE, ["/news/1"]).body}).poll(FEED)
    assert replace(poll, detail=None) == poll


def test_items_listed_before_and_known_ones_are_not_new(outlet: Outlet) -> None:
    desk = Desk(outlet, {FEED.url: feed(BASE, [f"/news/{n}" for n in range(4)]).body})
    before = KnownEntrance(url=FEED.url, item_hashes=hashes("/news/1"), interval_minutes=90)
    poll = desk.poll(FEED, entrances=(before,), known_hashes=hashes("/news/2"))
    assert (poll.matched, poll.new_items, poll.overlapped, poll.detail) == (4, 2, True, None)
    assert poll.next_interval_minutes == 60


def test_look_without_overlap_says_that_items_are_being_lost(outlet: Outlet) -> None:
    before = KnownEntrance(url=FEED.url, item_hashes=hashes("/news/old"), interval_minutes=60)
    desk = Desk(outlet, {FEED.url: feed(BASE, ["/news/1"]).body})
    poll = desk.poll(FEED, entrances=(before,))
    assert (poll.overlapped, poll.next_interval_minutes) == (False, 30)
    assert poll.detail == "nothing of the look before is listed again: items are being lost"
    poll = Desk(outlet, {FEED.url: feed(BASE, []).body}).poll(FEED, entrances=(before,))
    assert (poll.overlapped, poll.detail, poll.next_interval_minutes) == (
        False, "lists no article", 90,
    )  # fmt: skip
    assert poll.is_stale


def test_feed_of_old_items_is_stale_by_the_clock_of_the_batch(outlet: Outlet) -> None:
    desk = Desk(outlet, {FEED.url: feed(BASE, ["/news/1"]).body})
    assert not desk.poll(FEED).is_stale
    desk.source = replace(desk.source, expect=replace(desk.source.expect, max_age_hours=12))
    assert desk.poll(FEED).is_stale
    undated = Desk(outlet, {INDEX.url: urlset("/news/1")})
    assert not undated.poll(INDEX).is_stale


BY_DAY = (
    "<lastmod>{}</lastmod>",
    "<n:news xmlns:n='x'><n:publication_date>{}</n:publication_date></n:news>",
)


@pytest.mark.parametrize("told", BY_DAY)
def test_entrance_dated_by_days_is_stale_when_the_last_of_them_is_over_long_enough(
    outlet: Outlet, told: str
) -> None:
    def poll(day: str, zone: str | None = "Asia/Karachi") -> Poll:
        entry = f"<url><loc>{BASE}/news/1</loc>{told.format(day)}</url>"
        desk = Desk(outlet, {INDEX.url: f"<urlset>{entry}</urlset>".encode()})
        desk.source = replace(desk.source, timezone=zone)
        return desk.poll(INDEX)

    ends_at = datetime(2026, 11, 19, 19, tzinfo=UTC)  # midnight of the next day in Karachi
    assert (poll("2026-11-19").newest_at, poll("2026-11-19").is_stale) == (ends_at, False)
    assert not poll("2026-11-19", None).is_stale
    assert poll("2026-11-18").is_stale, "84 hours, promised are 72"
    assert not poll("2026-11-18", "Etc/GMT+12").is_stale, "67 hours there"
    assert not poll("2026-11-22").is_stale
    assert poll("2026-11-25").newest_at is None, "a mistake"


def test_day_that_is_not_over_makes_no_answer_trusted(outlet: Outlet) -> None:
    before = KnownEntrance(
        url=FEED.url, item_hashes=(), etag='"v1"', newest_at=NOW + timedelta(hours=5)
    )
    desk = Desk(outlet, {FEED.url: urlset()})
    desk.look(FEED, entrances=(before,))
    assert desk.asked[0][1] == {}


def test_document_that_cannot_be_read_in_time_is_too_large(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawlers.documents.MAX_READ_SECONDS", 0.3)
    body = b"<rss version='2.0'><channel>" + b"<a/>" * 1_000_000 + b"</channel></rss>"
    began = monotonic()
    poll = Desk(outlet, {FEED.url: body}).poll(FEED)
    assert (poll.reason, poll.detail) == ("too_large", "not read within 0.3 s, 4.0 MB")
    assert monotonic() - began < 4, "it takes a quarter of a minute"
    sleep(0.5)  # no alarm is left
    assert Desk(outlet, {FEED.url: feed(BASE, ["/news/1"]).body}).poll(FEED).matched == 1


def test_date_far_ahead_makes_no_feed_fresh(outlet: Outlet) -> None:
    items = "".join(
        f"<item><link>{BASE}/news/{n}</link><pubDate>{date}</pubDate></item>"
        for n, date in enumerate(("1 Jan 2099 00:00:00 GMT", "1 Nov 2026 00:00:00 GMT"))
    )
    poll = Desk(outlet, {FEED.url: feed(BASE, [], extra=items).body}).poll(FEED)
    assert (poll.newest_at, poll.is_stale) == (datetime(2026, 11, 1, tzinfo=UTC), True)


def test_part_unchanged_since_it_was_read_is_not_asked_for_a_day(outlet: Outlet) -> None:
    part = f"{BASE}/1.xml"

    def asked(lastmod: str, hours: float, *, well: bool = True) -> bool:
        desk = Desk(outlet, {INDEX.url: index(part, lastmod=lastmod), part: urlset("/news/1")})
        before = KnownEntrance(
            url=part,
            item_hashes=hashes("/news/1"),
            answered_at=NOW - timedelta(hours=hours),
            part_of=INDEX.url,
            is_well=well,
            newest_at=NOW - timedelta(hours=9),
        )
        looks = desk.look(INDEX, entrances=(before,))
        is_asked = len(looks) == 2
        assert is_asked is (part in [url for url, _ in desk.asked])
        if not is_asked:
            poll = looks[-1].poll
            assert (poll.reason, poll.detail, poll.overlapped) == (None, "unchanged parts: 1", True)
            assert poll.newest_at == NOW - timedelta(hours=9)
        return is_asked

    assert not asked("2026-11-22T04:00:00Z", 2)
    assert asked("2026-11-22T06:00:00Z", 2)
    assert asked("2026-11-22T04:57:00Z", 2), "within the skew of two clocks"
    assert asked("2026-11-22T04:00:00Z", 2, well=False)
    assert asked("", 2)
    assert asked("2026-11-20T04:00:00Z", 25), "a lastmod may lie"
    assert asked("2026-11-22", 2), "the day is not over"
    assert not asked("2026-11-21", 2)


def test_parts_on_other_sites_are_not_asked_unless_robots_txt_names_them(outlet: Outlet) -> None:
    base = "https://www.example.com"
    names = [f"{base}/1.xml", "https://cdn.example.com/2.xml", "https://other.example/3.xml"]
    documents: dict[str, bytes | int] = {name: urlset(f"/news/{name[-5]}") for name in names}
    way = Entrance(kind="sitemap", url=f"{base}/index.xml")
    documents[way.url] = index(*names, "ftp://www.example.com/4.xml", "http://[bad/5.xml")
    robots = Entrance(kind="sitemap", url=f"{base}/robots.txt")
    lines = "".join(f"sitemap:{name}\r\n" for name in (*names, "file:///etc/passwd"))
    documents[robots.url] = f"\ufeffUser-agent: *\nDisallow:\n# Sitemap: /no\n{lines}".encode()
    desk = Desk(outlet, documents)
    looks = desk.look(way)
    assert [look.poll.entrance for look in looks] == [*names[:2], way.url]
    assert looks[-1].poll.detail == "left out: 3 parts of other sites"
    looks = desk.look(robots)
    assert sorted(look.poll.entrance for look in looks[:-1]) == sorted(names)
    assert looks[-1].poll.detail == "left out: 1 parts of other sites"


def test_index_in_an_index_is_read_within_one_bound_and_never_twice(outlet: Outlet) -> None:
    inner = [f"{BASE}/inner{n}.xml" for n in range(3)]
    leaves = [f"{BASE}/leaf{n}.xml" for n in range(30)]
    documents: dict[str, bytes | int] = dict.fromkeys(leaves, urlset("/news/1"))
    documents |= {name: index(INDEX.url, name, *leaves) for name in inner}
    documents[INDEX.url] = index(*inner)
    desk = Desk(outlet, documents)
    looks = desk.look(INDEX)
    assert len(looks) == len(desk.asked) == MAX_PARTS + 1
    assert len({url for url, _ in desk.asked}) == MAX_PARTS + 1


def read_parts(looks: list[Look], memory: dict[str, KnownEntrance], now: datetime) -> list[str]:
    """Remember the looks at parts as `load` does; tell which parts were read."""
    polls = [look.poll for look in looks if look.poll.part_of]
    memory |= {
        poll.entrance: KnownEntrance(
            url=poll.entrance, item_hashes=poll.item_hashes, answered_at=now,
            part_of=poll.part_of, newest_at=poll.newest_at,
        )
        for poll in polls
    }  # fmt: skip
    return [poll.entrance for poll in polls]


@pytest.mark.parametrize("lastmod", ["", "2019-01-01", "2026-11-22T06:59:00Z"])
def test_every_part_of_a_long_index_has_its_turn_whatever_its_dates_say(
    outlet: Outlet, lastmod: str
) -> None:
    names = [f"{BASE}/part{n}.xml" for n in range(MAX_PARTS + 3)]
    documents: dict[str, bytes | int] = dict.fromkeys(names, urlset("/news/1"))
    documents[INDEX.url] = index(*names, lastmod=lastmod)
    memory: dict[str, KnownEntrance] = {}
    desk, read = Desk(outlet, documents), set()
    for batch in range(2):
        known = tuple(memory.values())
        looks = desk.look(INDEX, entrances=known)
        read |= set(read_parts(looks, memory, NOW - timedelta(hours=2 - batch)))
    assert read == set(names)


def test_recent_parts_and_the_ends_of_an_undated_index_are_read_at_each_look(
    outlet: Outlet,
) -> None:
    names = [f"{BASE}/part{n}.xml" for n in range(90)]
    documents: dict[str, bytes | int] = dict.fromkeys(names, urlset("/news/1"))
    told = f"<url><loc>{BASE}/news/2</loc><lastmod>2026-11-22T05:00:00Z</lastmod></url>"
    documents[names[40]] = f"<urlset>{told}</urlset>".encode()
    documents[INDEX.url] = index(*names)
    memory: dict[str, KnownEntrance] = {}
    desk, seen = Desk(outlet, documents), []
    for batch in range(7):
        looks = desk.look(INDEX, entrances=tuple(memory.values()))
        seen.append(read_parts(looks, memory, NOW - timedelta(hours=9 - batch)))
    assert set().union(*seen) == set(names)
    assert all({names[0], names[-1]} <= set(read) for read in seen)
    since = next(n for n, read in enumerate(seen) if names[40] in read)
    assert all(names[40] in read for read in seen[since:])


def test_parts_of_the_past_come_in_a_few_at_a_time_and_only_once(outlet: Outlet) -> None:
    days = [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=n) for n in range(MAX_PARTS + 5)]
    names = [f"{BASE}/{day:%Y-%m-%d}.xml" for day in days]
    entries = "".join(
        f"<sitemap><loc>{name}</loc><lastmod>{day:%Y-%m-%d}</lastmod></sitemap>"
        for name, day in zip(names, days, strict=True)
    )
    documents: dict[str, bytes | int] = dict.fromkeys(names, urlset("/news/1"))
    documents[INDEX.url] = f"<sitemapindex>{entries}</sitemapindex>".encode()
    memory: dict[str, KnownEntrance] = {}
    desk, counts = Desk(outlet, documents), []
    for _ in range(5):
        looks = desk.look(INDEX, entrances=tuple(memory.values()))
        counts.append(len(read_parts(looks, memory, NOW - timedelta(hours=2))))
    assert counts == [MAX_PARTS, 2, 2, 1, 0]
    assert set(memory) == set(names)


def test_each_sitemap_of_robots_txt_is_read_though_the_first_is_a_long_index(
    outlet: Outlet,
) -> None:
    robots = Entrance(kind="sitemap", url=f"{BASE}/robots.txt")
    long = [f"{BASE}/long.xml", f"{BASE}/longer.xml"]
    parts = {name: [f"{name}-{n}" for n in range(MAX_PARTS)] for name in long}
    news = f"{BASE}/news-sitemap.xml"
    documents: dict[str, bytes | int] = {name: index(*parts[name]) for name in long}
    documents |= dict.fromkeys([*parts[long[0]], *parts[long[1]], news], urlset("/news/1"))
    documents[robots.url] = "".join(f"Sitemap: {url}\n" for url in (*long, news)).encode()
    desk = Desk(outlet, documents)
    desk.look(robots)
    asked = [url for url, _ in desk.asked]
    assert asked[:2] == [robots.url, news]
    assert len(asked) == MAX_PARTS + 1
    shares = [sum(url in parts[name] for url in asked) for name in long]
    assert sum(shares) == MAX_PARTS - 3
    assert min(shares) >= 7


def test_robots_txt_without_a_sitemap_is_no_entrance(outlet: Outlet) -> None:
    robots = Entrance(kind="sitemap", url=f"{BASE}/robots.txt")
    poll = Desk(outlet, {robots.url: b"User-agent: *\nDisallow: /x"}).poll(robots)
    assert (poll.reason, poll.detail) == ("not_a_feed", "no Sitemap line in robots.txt")


def test_feed_is_asked_whether_it_changed_only_while_its_newest_item_is_young(
    outlet: Outlet,
) -> None:
    def sent(entrance: Entrance = FEED, **changes: object) -> Mapping[str, str]:
        before = KnownEntrance(
            url=entrance.url, item_hashes=hashes("/news/1"), etag='"v1"', last_modified="monday",
            newest_at=NOW - timedelta(hours=2), interval_minutes=60,
        )  # fmt: skip
        desk = Desk(outlet, {entrance.url: 304})
        part = KnownEntrance(url=f"{BASE}/1.xml", item_hashes=(), part_of=INDEX.url)
        desk.look(entrance, entrances=(replace(before, **changes), part))  # type: ignore[arg-type]
        return desk.asked[0][1]

    assert sent() == {"If-None-Match": '"v1"', "If-Modified-Since": "monday"}
    assert sent(last_modified=None) == {"If-None-Match": '"v1"'}
    assert sent(newest_at=NOW - timedelta(hours=7)) == {}
    assert sent(newest_at=None) == {}
    assert sent(is_well=False) == {}
    assert sent(INDEX) == {}
    assert sent(Entrance(kind="listing", url=f"{BASE}/list")) == {}


def test_feed_that_has_not_changed_keeps_what_it_listed(outlet: Outlet) -> None:
    before = KnownEntrance(
        url=FEED.url, item_hashes=hashes("/news/1"), etag='"v1"', interval_minutes=60,
        newest_at=NOW - timedelta(hours=2),
    )  # fmt: skip
    poll = Desk(outlet, {FEED.url: 304}).poll(FEED, entrances=(before,))
    assert (poll.status, poll.reason, poll.items, poll.overlapped) == (304, None, 0, True)
    assert (poll.etag, poll.item_hashes) == ('"v1"', before.item_hashes)
    assert (poll.newest_at, poll.next_interval_minutes) == (before.newest_at, 90)
    poll = Desk(outlet, {FEED.url: 304}).poll(FEED)
    assert poll.reason == "bad_response", "nobody asked whether it changed"


def test_further_page_of_a_listing_that_fails_does_not_fail_the_listing(outlet: Outlet) -> None:
    way = Entrance(kind="listing", url=f"{BASE}/list", pages=5, next_css="a.n")
    first = b"<a href=/news/1>1</a><a class=n href=/list?p=2>n</a>"
    poll = Desk(outlet, {way.url: first, f"{BASE}/list?p=2": 404}).poll(way)
    assert (poll.reason, poll.matched, poll.detail) == (None, 1, "page 2: gone: HTTP 404")


PAGED = Entrance(kind="listing", url=f"{BASE}/list", pages=5, next_css="a.n")


@pytest.mark.parametrize("second", [500, None])
def test_listing_whose_further_page_fails_is_read_through_by_the_next_look(
    outlet: Outlet, second: int | None
) -> None:
    def page(number: int) -> bytes:
        return f"<a href=/news/{number}>1</a><a class=n href=/list?p={number + 1}>n</a>".encode()

    documents: dict[str, bytes | int] = {PAGED.url: page(1)}
    if second:
        documents[f"{BASE}/list?p=2"] = second
    poll = Desk(outlet, documents).poll(PAGED)
    assert (poll.reason, poll.matched, poll.is_cut_short) == (None, 1, True)
    known = KnownEntrance(url=PAGED.url, item_hashes=(), is_cut_short=poll.is_cut_short)
    pages: dict[str, bytes | int] = {f"{BASE}/list?p={n}": page(n) for n in (2, 3)}
    desk = Desk(outlet, {PAGED.url: page(1), **pages, f"{BASE}/list?p=4": 404})
    look = desk.look(PAGED, entrances=(known,), known_hashes=hashes("/news/1", "/news/2"))[-1]
    assert [url[-3:] for url, _ in desk.asked] == ["ist", "p=2", "p=3", "p=4"]
    assert (len(look.pages), look.poll.is_cut_short) == (3, False)


def test_interval_of_a_look_that_was_cut_short_does_not_grow(outlet: Outlet) -> None:
    page = b"<a href=/news/1>1</a><a class=n href=/list?p=2>n</a>"
    before = KnownEntrance(url=PAGED.url, item_hashes=hashes("/news/1"), interval_minutes=200)
    desk = Desk(outlet, {PAGED.url: page, f"{BASE}/list?p=2": 503})
    cut = replace(before, is_cut_short=True)
    assert desk.poll(PAGED, entrances=(cut,)).next_interval_minutes == 60


@pytest.mark.parametrize("way", [FEED, INDEX])
def test_document_that_broke_off_is_not_asked_whether_it_changed(
    outlet: Outlet, way: Entrance
) -> None:
    whole = feed(BASE, ["/news/1", "/news/2"]).body if way is FEED else urlset("/news/1", "/news/2")
    broken = whole[: whole.index(b"/news/2")]
    poll = Desk(outlet, {way.url: broken}).poll(way)
    assert (poll.reason, poll.matched, poll.is_cut_short, poll.etag) == (None, 1, True, None)
    assert (poll.detail or "").startswith("it broke off: its end is missing")
    poll = Desk(outlet, {way.url: whole}).poll(way)
    assert (poll.matched, poll.is_cut_short, poll.etag) == (2, False, '"v2"')


def test_index_a_part_of_which_fails_for_now_is_cut_short_and_the_part_read_again(
    outlet: Outlet,
) -> None:
    parts = [f"{BASE}/{n}.xml" for n in range(3)]
    documents: dict[str, bytes | int] = dict.fromkeys(parts, urlset("/news/1"))
    documents[INDEX.url] = index(*parts)
    documents[parts[1]] = 404
    assert not Desk(outlet, documents).poll(INDEX).is_cut_short, "what is dead has no more to list"
    documents[parts[1]] = 503
    poll = Desk(outlet, documents).poll(INDEX)
    assert (poll.reason, poll.is_cut_short) == (None, True)
    assert poll.detail == "left out: 1 parts that failed"
    documents[parts[1]] = b"<urlset><url><loc>https://valley.example/news/1</loc></url>"
    assert Desk(outlet, documents).poll(INDEX).is_cut_short
    before = KnownEntrance(
        url=parts[1], item_hashes=(), answered_at=NOW - timedelta(hours=1), is_cut_short=True
    )
    documents[INDEX.url] = index(*parts, lastmod="2026-11-20")
    desk = Desk(outlet, documents)
    desk.look(INDEX, entrances=(before,))
    assert parts[1] in [url for url, _ in desk.asked]


def test_listing_stops_at_a_page_that_lists_nothing_unknown_or_leads_in_a_circle(
    outlet: Outlet,
) -> None:
    way = Entrance(kind="listing", url=f"{BASE}/list", pages=9, next_css="a.n")
    page = "<a href=/news/{0}>x</a><a class=n href=/list?p={1}>n</a>"
    pages: dict[str, bytes | int] = {
        f"{BASE}/list?p={n}": page.format(n, n + 1).encode() for n in range(2, 9)
    }
    pages[way.url] = page.format(1, 2).encode()
    desk = Desk(outlet, pages)
    desk.look(way, known_hashes=hashes("/news/3"))
    assert [url for url, _ in desk.asked] == [way.url, f"{BASE}/list?p=2", f"{BASE}/list?p=3"]
    pages[f"{BASE}/list?p=3"] = page.format(9, 2).encode()
    desk = Desk(outlet, pages)
    desk.look(way)
    assert len(desk.asked) == 3
