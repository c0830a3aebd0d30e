import gzip
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crawlers.entrances import UnreadableEntranceError
from crawlers.entrances.dates import read_date
from crawlers.entrances.feed import read_feed
from crawlers.entrances.listing import read_listing
from crawlers.entrances.sitemap import read_sitemap

ZONE = ZoneInfo("Asia/Karachi")
BASE = "https://valley.example/feed/"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def rss(items: str, head: str = '<?xml version="1.0"?>') -> bytes:
    return (
        f'{head}<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>V</title>{items}</channel></rss>'
    ).encode()


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Sat, 21 Nov 2026 17:00:00 PKT", NOON),
        ("Sat, 21 Nov 2026 17:00:00 +0500", NOON),
        ("Sat, 21 Nov 2026 12:00:00 GMT", NOON),
        ("Sat, 21 Nov 2026 07:00:00 EST", NOON),
        ("Sat, 21 Nov 2026 17:00:00", NOON),
        ("2026-11-21T17:00:00+05:00", NOON),
        ("2026-11-21T12:00:00.000Z", NOON),
        ("2026-11-21 17:00:00", NOON),
        ("2026-11-21T17:00+0500", NOON),
    ],
)
def test_dates_keep_their_zone_or_get_the_outlets(text: str, at: datetime) -> None:
    dated = read_date(text, ZONE)
    assert dated is not None
    assert dated.at == at
    assert dated.on == date(2026, 11, 21)


def test_dates_without_an_instant_give_a_day_only() -> None:
    for text, zone in (("2026-11-21", ZONE), ("Sat, 21 Nov 2026 17:00:00", None),
                       ("Sat, 21 Nov 2026 17:00:00 XQT", ZONE)):  # fmt: skip
        dated = read_date(text, zone)
        assert dated is not None
        assert dated.at is None
        assert dated.on == date(2026, 11, 21)
    for bad in ("", None, "yesterday", "2026-13-45", "32 Foo 2026"):
        assert read_date(bad, ZONE) is None


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00Z",
        "0001-01-01",
        "0001-01-01T00:00:00+05:00",
        "1970-01-01T00:00:00Z",
        "1994-12-31",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_date_that_no_news_site_can_mean_is_none(text: str) -> None:
    dated = read_date(text, ZONE)
    assert dated is None


def test_every_date_read_can_be_told_in_utc() -> None:
    assert read_date("9999-12-31T23:59:59-12:00", None) is None
    for text in ("9999-12-31T23:59:59Z", "1995-01-02T00:00:00"):
        dated = read_date(text, ZONE) or read_date(text, None)
        assert dated is not None
        assert dated.at is not None
        assert dated.at.astimezone(UTC).year in (9999, 1995)


def test_day_is_the_outlets_own() -> None:
    dated = read_date("Sat, 21 Nov 2026 21:30:00 GMT", ZONE)
    assert dated is not None
    assert dated.on == date(2026, 11, 22)


def test_feed_item_carries_all_the_feed_says() -> None:
    body = rss(
        "<item><title>Blast &amp; <b>fire</b></title><link>/news/1/</link>"
        "<guid isPermaLink='false'>?p=1</guid><dc:creator>Amna Gul</dc:creator>"
        "<category>Khyber</category><category>Crime</category><description>&lt;p&gt;Short.&lt;/p&gt;"
        "</description><content:encoded><![CDATA[<p>Full text.</p>]]></content:encoded>"
        "<pubDate>Sat, 21 Nov 2026 17:00:00 PKT</pubDate></item>"
    )
    (listed,) = read_feed(body, BASE, "application/rss+xml", ZONE).items
    assert listed.url == "https://valley.example/news/1/"
    item = listed.item
    assert (item.title, item.summary, item.full_text) == (
        "Blast & fire",
        "Short.",
        "<p>Full text.</p>",
    )
    assert (item.authors, item.categories) == (("Amna Gul",), ("Khyber", "Crime"))
    assert item.published_at == NOON
    assert item.published_at.utcoffset() == timedelta(hours=5)


def test_broken_feed_is_read_as_far_as_it_goes() -> None:
    body = rss("<item><title>One & only</title><link>https://v.example/1</link></item><item><tit")
    assert [item.url for item in read_feed(body, BASE, None, ZONE).items] == ["https://v.example/1"]


def test_item_without_link_uses_a_guid_that_is_one_and_else_is_counted() -> None:
    body = rss(
        "<item><title>A</title><guid isPermaLink='false'>https://v.example/?p=7</guid></item>"
        "<item><title>B</title><guid isPermaLink='false'>tag:7</guid></item>"
        "<item><title>C</title><link><![CDATA[ https://v.example/c ]]></link></item>"
    )
    listing = read_feed(body, BASE, None, ZONE)
    assert [item.url for item in listing.items] == ["https://v.example/?p=7", "https://v.example/c"]
    assert listing.without_link == 1


def test_web_page_sent_as_a_feed_is_named_as_such() -> None:
    page = b"<!DOCTYPE html><html><body><item>no</item></body></html>"
    with pytest.raises(UnreadableEntranceError) as error:
        read_feed(page, BASE, "application/rss+xml", ZONE)
    assert error.value.reason == "not_a_feed"
    for body in (b"", b"/etc/passwd", b"http://127.0.0.1/feed", b"\x00\x01"):
        with pytest.raises(UnreadableEntranceError) as error:
            read_feed(body, BASE, None, ZONE)
        assert error.value.reason == "broken_feed"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1256"])
def test_feed_in_any_declared_encoding(encoding: str) -> None:
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    body = rss("<item><title>پاکستان</title><link>https://v.example/1</link></item>", head).decode()
    (listed,) = read_feed(body.encode(encoding), BASE, None, ZONE).items
    assert listed.item.title == "پاکستان"


def test_atom_and_rdf_feeds() -> None:
    atom = (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A</title><link href="a"/>'
        b"<updated>2026-11-21T12:00:00Z</updated></entry></feed>"
    )
    (listed,) = read_feed(atom, BASE, None, ZONE).items
    assert listed.url == f"{BASE}a"
    assert (listed.item.published_at, listed.changed_at) == (None, NOON)
    rdf = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        b'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><item '
        b'rdf:about="https://v.example/1"><title>R</title><link>https://v.example/1</link>'
        b"<dc:date>2026-11-21T17:00:00+05:00</dc:date></item></rdf:RDF>"
    )
    (listed,) = read_feed(rdf, BASE, None, ZONE).items
    assert listed.item.published_at == NOON


SITEMAP = b"""<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> <![CDATA[https://v.example/news/1]]> </loc><lastmod>2026-11-21T12:00:00Z</lastmod>
<news:news><news:publication><news:name>V</news:name></news:publication><news:title>Flood</news:title>
<news:publication_date>2026-11-21T17:00:00+05:00</news:publication_date></news:news>
<image:image><image:loc>https://v.example/i.jpg</image:loc><image:title>pic</image:title></image:image>
</url><url><loc>/news/2</loc><lastmod>2026-11-20</lastmod></url><url><lastmod>2026</lastmod></url></urlset>"""


def test_sitemap_with_news_extension_plain_and_gzipped() -> None:
    for body in (SITEMAP, gzip.compress(SITEMAP)):
        listing = read_sitemap(body, "https://v.example/sitemap.xml", ZONE)
        one, two = listing.items
        assert (one.url, two.url) == ("https://v.example/news/1", "https://v.example/news/2")
        assert (one.item.title, one.item.published_at, one.changed_at) == ("Flood", NOON, NOON)
        assert (two.item.published_at, two.changed_at, listing.without_link) == (None, None, 1)


def test_sitemap_index_names_its_newest_parts_first() -> None:
    parts = "".join(
        f"<sitemap><loc>https://v.example/{n}.xml</loc><lastmod>2026-10-{n:02d}T00:00:00Z</lastmod>"
        "</sitemap>" for n in range(1, 31)
    )  # fmt: skip
    listing = read_sitemap(f"<sitemapindex>{parts}</sitemapindex>".encode(), BASE, ZONE)
    assert [part.url for part in listing.parts[:2]] == [
        "https://v.example/30.xml",
        "https://v.example/29.xml",
    ]
    assert len(listing.parts) == 30


def test_sitemap_bombs_and_strangers_are_refused() -> None:
    entity = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>&a;</loc></url></urlset>'
    assert not any("root:" in item.url for item in read_sitemap(entity, BASE, ZONE).items)
    bomb = gzip.compress(b"<urlset>" + b" " * (51 << 20))
    cases = [(bomb, "too_large"), (b"<html><body>404", "not_a_feed"), (b"hello", "broken_feed")]
    for body, reason in [*cases, (b"\x1f\x8bnot gzip", "broken_feed"), (b"<rss/>", "broken_feed")]:
        with pytest.raises(UnreadableEntranceError) as error:
            read_sitemap(body, BASE, ZONE)
        assert error.value.reason == reason


def test_cut_sitemap_is_read_as_far_as_it_goes() -> None:
    listing = read_sitemap(SITEMAP[: SITEMAP.index(b"<url><loc>/news/2") + 20], BASE, ZONE)
    assert listing.items[0].url == "https://v.example/news/1"


def test_listing_takes_links_by_css_and_the_way_to_the_next_page() -> None:
    page = (
        b"<html><head><base href='/valley/'></head><body><nav><a href='/about'>About</a></nav>"
        b"<div class=card><a href='n/1'><img></a><h2><a href='n/1'>Bridge reopens</a></h2></div>"
        b"<div class=card><a href='n/2'>Second</a><a href='javascript:x()'>no</a></div>"
        b"<a class=next href='?page=2'>older</a></body></html>"
    )
    listing = read_listing(page, "https://v.example/", None, links_css=".card", next_css="a.next")
    assert [(item.url, item.item.title) for item in listing.items] == [
        ("https://v.example/valley/n/1", "Bridge reopens"),
        ("https://v.example/valley/n/2", "Second"),
    ]
    assert listing.more == "https://v.example/valley/?page=2"
    everything = read_listing(page, "https://v.example/", None, links_css=None, next_css=None)
    assert len(everything.items) == 4


def test_listing_in_windows_1256() -> None:
    page = "<a href='/1'>پاکستان</a>".encode("windows-1256")
    kind = "text/html; charset=windows-1256"
    (listed,) = read_listing(page, BASE, kind, links_css=None, next_css=None).items
    assert listed.item.title == "پاکستان"
