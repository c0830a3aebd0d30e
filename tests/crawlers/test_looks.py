"""A look accounts for all that an entrance listed."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from crawlers.answers import Reply, Trouble
from crawlers.catalogue import Entrance
from crawlers.entrances.sitemap import MAX_ITEMS, MAX_PARTS
from crawlers.job import CrawlJob
from crawlers.looks import look_at
from crawlers.page import Poll
from crawlers.records import Exchange
from tests.crawlers.outlet import Outlet, feed, source

BASE = "https://valley.example"


def look(outlet: Outlet, entrance: Entrance, documents: dict[str, bytes]) -> Poll:
    async def ask(url: str) -> Reply | Trouble:
        if url not in documents:
            return Trouble(reason="timeout", detail="no answer")
        answer = Exchange(
            url=url,
            requested_headers=(),
            status=200,
            headers=(),
            raw=documents[url],
            ip=None,
            fetched_at=datetime(2026, 11, 22, tzinfo=UTC),
        )
        return Reply(exchanges=(answer,), body=documents[url])

    of = source(outlet, entrances=(entrance,))
    job = CrawlJob(batch_id="x", home=str(Path()), source=of, contact="x")
    return asyncio.run(look_at(entrance, job, ask)).poll


def test_items_that_cannot_be_asked_are_counted_in_the_poll(outlet: Outlet) -> None:
    odd = (
        "<item><link>http://[bad/news/1</link></item><item><link>ftp://e.pk/news/2</link></item>"
        "<item><title>no link</title></item><item><link>http://[bad/about</link></item>"
    )
    url = f"{BASE}/feed"
    document = feed(BASE, ["/news/1", "/news/2"], extra=odd).body
    poll = look(outlet, Entrance(kind="feed", url=url), {url: document})
    assert (poll.items, poll.matched, poll.reason) == (6, 2, None)
    assert poll.detail == (
        "left out: 3 items without an address, 1 articles whose address cannot be asked"
    )


def test_what_is_past_a_bound_is_counted_in_the_poll(outlet: Outlet) -> None:
    url = f"{BASE}/index.xml"
    names = [f"{BASE}/{number}.xml" for number in range(MAX_PARTS + 3)]
    parts = "".join(f"<sitemap><loc>{name}</loc></sitemap>" for name in names)
    many = "".join(f"<url><loc>/news/{n}</loc></url>" for n in range(MAX_ITEMS + 5))
    documents = dict.fromkeys(names, b"<urlset></urlset>")
    documents[names[0]] = f"<urlset>{many}</urlset>".encode()
    documents[url] = f"<sitemapindex>{parts}</sitemapindex>".encode()
    poll = look(outlet, Entrance(kind="sitemap", url=url), documents)
    assert (poll.items, poll.matched) == (MAX_ITEMS + 5, MAX_ITEMS)
    assert poll.detail == "left out: 5 items over the bound, 3 parts not read"


def test_parts_after_one_that_failed_are_counted_beside_the_trouble(outlet: Outlet) -> None:
    url = f"{BASE}/index.xml"
    parts = "".join(f"<sitemap><loc>{BASE}/{n}.xml</loc></sitemap>" for n in range(4))
    documents = {url: f"<sitemapindex>{parts}</sitemapindex>".encode()}
    poll = look(outlet, Entrance(kind="sitemap", url=url), documents)
    assert poll.reason == "timeout"
    assert poll.detail == "document 2: no answer; left out: 3 parts not read"


def test_entrance_that_lists_nothing_odd_says_nothing(outlet: Outlet) -> None:
    url = f"{BASE}/feed"
    poll = look(outlet, Entrance(kind="feed", url=url), {url: feed(BASE, ["/news/1"]).body})
    assert replace(poll, detail=None) == poll
