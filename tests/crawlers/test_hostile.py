"""One hostile value costs its own line, never the crawl."""

import asyncio
import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawlers.answers import Reply, retry_after
from crawlers.archive import ArchiveWriter
from crawlers.ask import Ask
from crawlers.catalogue import Entrance
from crawlers.crawl import crawl_source
from crawlers.entrances import Listed, make_writable
from crawlers.entrances.feed import read_feed
from crawlers.journal import Journal, open_ledger, warc_path
from crawlers.ledger import read_fetches, read_job, read_polls
from crawlers.looks import Looker
from crawlers.page import ListedItem
from crawlers.records import Exchange
from crawlers.spider import OutletSpider, Walk
from crawlers.urls import url_key
from tests.crawlers.outlet import Answer, Outlet, article, feed, plan, source

pytestmark = pytest.mark.usefixtures("warm_crawls")


def serve(outlet: Outlet, paths: list[str], extra: str = "") -> None:
    outlet.routes |= {path: article(path) for path in paths}
    outlet.routes["/feed"] = feed(outlet.base, paths, extra=extra)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("²", None),
        ("٣", None),
        ("12", 12.0),
        ("-5", None),
        ("Thu, 01 Jan 99999999999999999999 00:00:00 GMT", None),
    ],
)
def test_retry_after_of_any_kind_is_read_or_ignored(text: str, seconds: float | None) -> None:
    answer = Exchange(
        url="https://v.example/",
        requested_headers=(),
        status=429,
        headers=(("Retry-After", text),),
        raw=b"",
        ip=None,
        fetched_at=datetime(2026, 11, 22, tzinfo=UTC),
    )
    assert retry_after(answer) == seconds


def test_odd_retry_after_fails_its_page_only(outlet: Outlet, tmp_path: Path) -> None:
    serve(outlet, ["/news/1", "/news/2"])
    outlet.routes["/news/1"] = Answer(status=503, headers={"Retry-After": "²"})
    batch = plan(tmp_path, source(outlet))
    report = crawl_source(batch, "valley")
    assert (report.attempt, report.fetched, report.failed_pages) == (1, 1, 1)


@pytest.mark.parametrize(
    "title",
    [
        "&#xD800;Flood &lt;b&gt;x&lt;/b&gt;",
        "&#55296;Flood <b>x</b>",
        "<![CDATA[Flood &#xD800;<b>x</b>]]>",
        "Flood &#99999999999999999999;x",
    ],
)
@pytest.mark.parametrize("end", ["", "<item><title>cut"])
def test_references_to_no_character_cost_a_feed_nothing(
    outlet: Outlet, tmp_path: Path, title: str, end: str
) -> None:
    odd = f"<item><title>{title}</title><link>{outlet.base}/news/2</link></item>{end}"
    answer = feed(outlet.base, ["/news/1"], extra=odd)
    listing = read_feed(answer.body, outlet.base, None, None)
    titles = [make_writable(listed).item.title for listed in listing.items]
    assert titles == ["Title of /news/1", "Flood x"]


def test_no_text_of_an_item_keeps_a_surrogate() -> None:
    bad = "a\ud800b"
    item = ListedItem(title=bad, summary=bad, full_text=bad, authors=(bad,), categories=(bad,))
    clean = make_writable(Listed(url=f"https://v.example/{bad}", item=item))
    told = ListedItem(title="ab", summary="ab", full_text="ab", authors=("ab",), categories=("ab",))
    assert clean == Listed(url="https://v.example/ab", item=told)


@pytest.mark.parametrize("target", ["http://[bad", "http://e.pk:99999999/", "https://"])
def test_redirect_to_what_is_no_address_is_a_poll_in_trouble(
    outlet: Outlet, tmp_path: Path, target: str
) -> None:
    outlet.routes["/feed"] = Answer(status=302, headers={"Location": target})
    batch = plan(tmp_path, source(outlet))
    assert crawl_source(batch, "valley").failed
    assert [poll.reason for poll in read_polls(batch, "valley")] == ["bad_url"]


def test_sitemap_index_that_names_no_address_keeps_the_parts_before(
    outlet: Outlet, tmp_path: Path
) -> None:
    part = f"{outlet.base}/part.xml"
    index = (
        f"<sitemapindex><sitemap><loc>{part}</loc><lastmod>2026-11-21T00:00:00Z</lastmod>"
        "</sitemap><sitemap><loc>http://[bad</loc></sitemap></sitemapindex>"
    )
    urls = f"<urlset><url><loc>{outlet.base}/news/1</loc></url></urlset>"
    outlet.routes |= {
        "/index.xml": Answer(index.encode()),
        "/part.xml": Answer(gzip.compress(urls.encode())),
        "/news/1": article("1"),
    }
    of = source(outlet, entrances=(Entrance(kind="sitemap", url=f"{outlet.base}/index.xml"),))
    batch = plan(tmp_path, of)
    assert crawl_source(batch, "valley").fetched == 1
    polls = {poll.entrance: poll for poll in read_polls(batch, "valley")}
    assert (polls[part].reason, polls[part].matched) == (None, 1)
    assert polls[of.entrances[0].url].detail == "left out: 1 parts of other sites"


def test_value_that_breaks_our_own_code_fails_its_line_only(outlet: Outlet, tmp_path: Path) -> None:
    batch = plan(tmp_path, source(outlet))
    job = read_job(batch, "valley")
    archive = ArchiveWriter(warc_path(batch, "valley", 1), home=tmp_path, software="test")
    ledger = open_ledger(batch, "valley", 1)
    walk = Walk(job=job, journal=Journal(), archive=archive, fetches=ledger)
    spider = OutletSpider(walk)
    spider._fetcher = _Breaking()  # type: ignore[assignment]
    url = f"{outlet.base}/news/1"
    asyncio.run(spider._ask_page(Ask(url=url, url_key=url_key(url), entrance=None, listed=True)))
    looker = Looker(job, spider._ask_entrance, keep=spider._keep_look)
    (look,) = asyncio.run(looker.look(job.source.entrances[0]))
    ledger.close()
    (line,) = read_fetches(batch, "valley")
    assert (line.reason, line.detail) == ("bad_response", "an odd\\nvalue")
    assert (look.poll.reason, look.poll.detail) == ("bad_response", "an odd\\nvalue")


class _Breaking:
    async def fetch(self, _url: str, **_more: object) -> Reply:
        raise ValueError("an odd\nvalue")
