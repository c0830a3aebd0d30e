from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from crawlers.archive_documents import archive_documents, document_key
from crawlers.batch import Batch
from crawlers.catalogue import Entrance, Politeness
from crawlers.crawl import crawl_source
from crawlers.job import ArchiveDocument, DeferredPage
from crawlers.journal import recover
from crawlers.ledger import read_fetches, read_polls
from crawlers.page import Poll
from crawlers.urls import key_hash, url_key
from tests.crawlers.outlet import Answer, Outlet, article, plan, source

pytestmark = pytest.mark.usefixtures("warm_crawls")

WINDOW = (date(2026, 5, 1), date(2026, 5, 10))


def add_article(outlet: Outlet, name: str) -> str:
    path = f"/news/{name}"
    outlet.routes[path] = article(path)
    return path


def feed_page(outlet: Outlet, days: list[date]) -> Answer:
    """List an article for each day, and let it answer."""
    items = ""
    for day in days:
        path = add_article(outlet, str(day))
        told = format_datetime(datetime.combine(day, time(12), UTC))
        items += f"<item><link>{outlet.base}{path}</link><pubDate>{told}</pubDate></item>"
    return Answer(f'<rss version="2.0"><channel>{items}</channel></rss>'.encode())


def list_page(outlet: Outlet, numbers: range, after: str = "") -> Answer:
    links = ""
    for number in numbers:
        path = add_article(outlet, str(number))
        links += f'<a href="{path}">Story {number}</a>'
    return Answer(f'<html>{links}<a class="next" href="{after}">next</a></html>'.encode())


def look_back(outlet: Outlet, home: Path, *entries: Entrance, **memory: object) -> Batch:
    of = source(outlet, backfill=entries)
    documents = archive_documents(of, WINDOW)
    batch = plan(home, of, window=WINDOW, documents=documents, is_yielding=True, **memory)
    crawl_source(batch, "valley")
    return batch


def polls(batch: Batch, outlet: Outlet) -> dict[str, Poll]:
    return {p.entrance.removeprefix(outlet.base): p for p in read_polls(batch, "valley")}


def fetched(batch: Batch) -> set[str]:
    lines = read_fetches(batch, "valley")
    return {line.url.rpartition("/")[2] for line in lines if line.disposition == "fetched"}


def test_paged_feed_is_read_until_a_page_lists_only_what_is_older(
    outlet: Outlet, tmp_path: Path
) -> None:
    newest = date(2026, 5, 14)
    for page in range(1, 9):
        days = [newest - timedelta(days=5 * (page - 1) + n) for n in range(5)]
        outlet.routes[f"/feed?paged={page}"] = feed_page(outlet, days)
    entry = Entrance(kind="feed", url=f"{outlet.base}/feed?paged={{page}}")
    batch = look_back(outlet, tmp_path, entry)
    read = polls(batch, outlet)
    assert list(read) == [f"/feed?paged={page}" for page in (1, 2, 3, 4)]
    assert fetched(batch) == {str(WINDOW[0] + timedelta(days=n)) for n in range(10)}
    first, *_, last = read.values()
    assert (first.items, first.matched) == (5, 1)
    assert first.detail == "left out: 4 articles from after 2026-05-10"
    assert last.detail == "left out: 5 articles from before 2026-05-01"
    assert "/feed" not in outlet.paths  # the regular entrance


def test_paged_feed_ends_where_a_page_is_missing(outlet: Outlet, tmp_path: Path) -> None:
    outlet.routes["/feed?paged=1"] = feed_page(outlet, [date(2026, 5, 9)])
    entry = Entrance(kind="feed", url=f"{outlet.base}/feed?paged={{page}}")
    read = polls(look_back(outlet, tmp_path, entry), outlet)
    assert [poll.reason for poll in read.values()] == [None, "gone"]


def test_pages_end_where_one_repeats_the_one_before_or_is_empty(
    outlet: Outlet, tmp_path: Path
) -> None:
    outlet.routes["/a/1"] = list_page(outlet, range(3))
    outlet.routes["/a/2"] = outlet.routes["/a/3"] = list_page(outlet, range(3, 5))
    outlet.routes["/b/1"] = list_page(outlet, range(6, 8))
    outlet.routes["/b/2"] = list_page(outlet, range(0))
    rows = [Entrance(kind="listing", url=f"{outlet.base}/{row}/{{page}}") for row in "ab"]
    batch = look_back(outlet, tmp_path, *rows)
    assert list(polls(batch, outlet)) == ["/a/1", "/a/2", "/a/3", "/b/1", "/b/2"]
    assert fetched(batch) == {"0", "1", "2", "3", "4", "6", "7"}


def test_listing_is_walked_through_its_next_links_also_where_all_is_known(
    outlet: Outlet, tmp_path: Path
) -> None:
    for page in range(1, 5):
        after = f"/list/{page + 1}" if page < 4 else ""
        outlet.routes[f"/list/{page}"] = list_page(outlet, range(page * 3, page * 3 + 3), after)
    known = [key_hash(url_key(f"{outlet.base}/news/{number}")) for number in range(9)]
    entry = Entrance(kind="listing", url=f"{outlet.base}/list/1", next_css="a.next")
    batch = look_back(outlet, tmp_path, entry, known_hashes=tuple(known))
    assert list(polls(batch, outlet)) == [f"/list/{page}" for page in (1, 2, 3, 4)]
    assert fetched(batch) == {str(number) for number in range(9, 15)}


def test_listing_that_leads_back_to_itself_is_read_once(outlet: Outlet, tmp_path: Path) -> None:
    outlet.routes["/list/1"] = list_page(outlet, range(3), "/list/2")
    outlet.routes["/list/2"] = list_page(outlet, range(3, 6), "/list/1")
    entry = Entrance(kind="listing", url=f"{outlet.base}/list/1", next_css="a.next")
    look_back(outlet, tmp_path, entry)
    assert outlet.paths.count("/list/1") == outlet.paths.count("/list/2") == 1


def test_row_of_pages_without_end_stops_at_its_bound(outlet: Outlet, tmp_path: Path) -> None:
    for page in range(1, 12):
        outlet.routes[f"/p/{page}"] = list_page(outlet, range(page * 2, page * 2 + 2))
    entry = Entrance(kind="listing", url=f"{outlet.base}/p/{{page}}", pages=6)
    assert len(polls(look_back(outlet, tmp_path, entry), outlet)) == 6


def sitemap(outlet: Outlet, name: str) -> str:
    path = add_article(outlet, name)
    outlet.routes[f"/{name}"] = Answer(
        f"<urlset><url><loc>{outlet.base}{path}</loc></url></urlset>".encode()
    )
    return f"{outlet.base}/{name}"


def test_index_is_read_by_the_months_of_its_parts_however_many(
    outlet: Outlet, tmp_path: Path
) -> None:
    months = [f"{year}-{month:02d}" for year in (2024, 2025, 2026) for month in range(1, 13)]
    parts = [sitemap(outlet, f"sitemap-{month}.xml") for month in months]
    parts += [sitemap(outlet, f"part{number}.xml") for number in range(25)]
    changed = {f"{outlet.base}/part{number}.xml": "2026-04-01T00:00:00Z" for number in range(3)}
    locs = "".join(
        f"<sitemap><loc>{url}</loc><lastmod>{changed.get(url, '2026-11-01')}</lastmod></sitemap>"
        for url in parts
    )
    outlet.routes["/index.xml"] = Answer(f"<sitemapindex>{locs}</sitemapindex>".encode())
    entry = Entrance(kind="sitemap", url=f"{outlet.base}/index.xml")
    batch = look_back(outlet, tmp_path, entry)
    read = set(polls(batch, outlet)) - {"/index.xml"}
    assert read == {"/sitemap-2026-05.xml"} | {f"/part{number}.xml" for number in range(3, 25)}
    assert len(fetched(batch)) == 23


def index(outlet: Outlet, name: str, *parts: str) -> str:
    locs = "".join(f"<sitemap><loc>{outlet.base}/{part}</loc></sitemap>" for part in parts)
    outlet.routes[f"/{name}"] = Answer(f"<sitemapindex>{locs}</sitemapindex>".encode())
    return f"{outlet.base}/{name}"


def test_index_in_an_index_ends_there(outlet: Outlet, tmp_path: Path) -> None:
    for number in range(9):
        index(outlet, f"deep{number}.xml", f"deep{number + 1}.xml", f"wide{number}.xml")
    entry = Entrance(kind="sitemap", url=f"{outlet.base}/deep0.xml")
    read = polls(look_back(outlet, tmp_path, entry), outlet)
    assert list(read) == ["/deep0.xml", "/deep1.xml", "/wide0.xml"]
    assert read["/deep1.xml"].reason == "bad_response"
    assert read["/deep1.xml"].detail == "an index in an index ends there: its 2 parts are unread"


def test_index_that_robots_txt_names_is_followed(outlet: Outlet, tmp_path: Path) -> None:
    sitemap(outlet, "news.xml")
    named = index(outlet, "index.xml", "news.xml")
    outlet.routes["/robots.txt"] = Answer(f"Sitemap: {named}\n".encode())
    entry = Entrance(kind="sitemap", url=f"{outlet.base}/robots.txt")
    assert fetched(look_back(outlet, tmp_path, entry)) == {"news.xml"}


def test_document_that_an_earlier_slice_read_is_not_asked(outlet: Outlet, tmp_path: Path) -> None:
    outlet.routes["/a"] = list_page(outlet, range(2))
    outlet.routes["/b"] = list_page(outlet, range(2, 4))
    entries = tuple(Entrance(kind="listing", url=f"{outlet.base}/{name}") for name in "ab")
    of = source(outlet, backfill=entries)
    first, second = archive_documents(of, WINDOW)
    batch = plan(
        tmp_path, of, window=WINDOW, documents=(first, second),
        documents_read=(document_key(first, of),),
    )  # fmt: skip
    crawl_source(batch, "valley")
    assert list(polls(batch, outlet)) == ["/b"]


def test_slice_that_has_its_work_already_reads_no_document(outlet: Outlet, tmp_path: Path) -> None:
    outlet.routes["/p/1"] = list_page(outlet, range(5))
    left = tuple(
        DeferredPage(url=url, url_key=url_key(url), entrance=None, item=None)
        for url in (f"{outlet.base}/news/{number}" for number in range(4))
    )
    entry = Entrance(kind="listing", url=f"{outlet.base}/p/{{page}}")
    of = source(outlet, backfill=(entry,), politeness=Politeness(delay_seconds=0, max_pages=4))
    documents = archive_documents(of, WINDOW)
    batch = plan(tmp_path, of, window=WINDOW, documents=documents, deferred=left)
    report = crawl_source(batch, "valley")
    assert not report.failed
    assert "/p/1" not in outlet.paths
    assert fetched(batch) == {"0", "1", "2", "3"}


def test_slice_reads_no_more_documents_than_it_has_work_for(outlet: Outlet, tmp_path: Path) -> None:
    for page in range(1, 9):
        outlet.routes[f"/p/{page}"] = list_page(outlet, range(page * 3, page * 3 + 3))
    entry = Entrance(kind="listing", url=f"{outlet.base}/p/{{page}}")
    of = source(outlet, backfill=(entry,), politeness=Politeness(delay_seconds=0, max_pages=5))
    batch = plan(tmp_path, of, window=WINDOW, documents=archive_documents(of, WINDOW))
    crawl_source(batch, "valley")
    assert [path for path in outlet.paths if path.startswith("/p/")] == ["/p/1", "/p/2"]
    [*_, last] = recover(batch, "valley").looks
    assert last.more == (f"{outlet.base}/p/3",)


def test_hostile_document_is_trouble_and_ends_nothing(outlet: Outlet, tmp_path: Path) -> None:
    outlet.routes["/bad"] = Answer(b"<html><a href='http://[::1/news/'>x</a>" + b"\x00" * 10)
    outlet.routes["/nofeed"] = Answer(b"<html><body>Welcome</body></html>")
    outlet.routes["/good"] = list_page(outlet, range(2))
    batch = look_back(
        outlet,
        tmp_path,
        Entrance(kind="listing", url=f"{outlet.base}/bad"),
        Entrance(kind="feed", url=f"{outlet.base}/nofeed"),
        Entrance(kind="listing", url=f"{outlet.base}/good"),
    )
    assert polls(batch, outlet)["/nofeed"].reason == "not_a_feed"
    assert fetched(batch) == {"0", "1"}


@pytest.mark.parametrize("links_css", [".day a", None])
def test_day_of_an_archive_page_dates_the_links_of_its_list_only(
    outlet: Outlet, tmp_path: Path, links_css: str | None
) -> None:
    outlet.routes["/news/1"] = article("/news/1")
    html = b"<html><div class=day><a href='/news/1'>One</a></div></html>"
    outlet.routes["/2026/05/01"] = Answer(html)
    document = ArchiveDocument(
        entrance=Entrance(kind="listing", url=f"{outlet.base}/2026/05/01", links_css=links_css),
        day=date(2026, 5, 1) if links_css else None,
    )
    batch = plan(tmp_path, source(outlet), window=WINDOW, documents=(document,))
    crawl_source(batch, "valley")
    [line] = read_fetches(batch, "valley")
    assert line.item is not None
    assert line.item.published_on == (date(2026, 5, 1) if links_css else None)
