"""A look that was cut short is read through by the next one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crawlers.catalogue import Entrance
from crawlers.job import KnownEntrance
from tests.crawlers.desk import BASE, FEED, INDEX, NOW, Desk, hashes, index, urlset
from tests.crawlers.outlet import Outlet, feed


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
