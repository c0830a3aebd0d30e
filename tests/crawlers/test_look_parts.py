"""Each part of a sitemap index has its turn, within a bound."""

from datetime import UTC, datetime, timedelta

import pytest

from crawlers.catalogue import Entrance
from crawlers.entrances.sitemap import MAX_PARTS
from crawlers.job import KnownEntrance
from crawlers.journal import Look
from tests.crawlers.desk import BASE, INDEX, NOW, Desk, hashes, index, urlset
from tests.crawlers.outlet import Outlet


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
