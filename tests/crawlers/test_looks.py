"""A look accounts for all that an entrance listed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

import pytest

from crawlers.catalogue import Entrance
from crawlers.entrances.sitemap import MAX_ITEMS, MAX_PARTS
from crawlers.job import KnownEntrance
from crawlers.page import Poll
from crawlers.tally import MAX_HASHES
from tests.crawlers.desk import BASE, FEED, INDEX, NOW, Desk, hashes, index, urlset
from tests.crawlers.outlet import Outlet, feed


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
