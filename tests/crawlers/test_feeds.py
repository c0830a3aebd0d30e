"""Feeds and sitemaps as outlets send them: any charset, any age, any trick."""

import time
from zoneinfo import ZoneInfo

import pytest

from crawlers.entrances import UnreadableEntranceError
from crawlers.entrances.feed import MAX_ITEMS, read_feed
from crawlers.entrances.listing import read_listing
from crawlers.entrances.sitemap import read_sitemap

ZONE = ZoneInfo("Asia/Karachi")
BASE = "https://valley.example/feed/"
URDU = "پاکستان بارش خبر"
ITEM = f"<item><title>{URDU}</title><link>https://v.example/1</link></item>"


def declared(name: str | None) -> str:
    return '<?xml version="1.0"?>' if name is None else f'<?xml version="1.0" encoding="{name}"?>'


@pytest.mark.parametrize(
    ("header", "declaration", "written"),
    [
        (None, None, "utf-8"),
        (None, None, "utf-8-sig"),
        (None, None, "utf-16"),
        (None, None, "utf-16-be"),
        (None, "utf-16", "utf-16-le"),
        (None, None, "windows-1256"),
        (None, "windows-1256", "windows-1256"),
        ("text/xml; charset=windows-1256", None, "windows-1256"),
        ("text/xml; charset=iso-8859-1", None, "utf-8"),
        (None, "iso-8859-1", "utf-8"),
        (None, "windows-1252", "utf-8"),
        (None, "windows-1256", "utf-8"),
        (None, "gb2312", "utf-8"),
        (None, "utf-16", "utf-8"),
        (None, "no-such-charset", "utf-8"),
        (None, "utf-8", "windows-1256"),
        ("text/xml; charset=utf-8", "utf-8", "windows-1256"),
    ],
)
def test_urdu_comes_out_right_whatever_its_charset_is_said_to_be(
    header: str | None, declaration: str | None, written: str
) -> None:
    body = f"{declared(declaration)}<rss version='2.0'><channel>{ITEM}</channel></rss>"
    (listed,) = read_feed(body.encode(written), BASE, header, ZONE).items
    assert listed.item.title == URDU
    entry = f"<url><loc>https://v.example/1</loc><news><title>{URDU}</title></news></url>"
    sitemap = f"{declared(declaration)}<urlset>{entry}</urlset>"
    (listed,) = read_sitemap(sitemap.encode(written), BASE, ZONE).items
    assert listed.item.title == URDU


def test_listing_in_utf_8_that_says_it_is_latin_comes_out_right() -> None:
    page = f"<html><a href='/1'>{URDU}</a>".encode()
    kind = "text/html; charset=iso-8859-1"
    (listed,) = read_listing(page, BASE, kind, links_css=None, next_css=None).items
    assert listed.item.title == URDU


DTD = (
    '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" '
    '"http://my.netscape.com/publish/formats/rss-0.91.dtd">'
)
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


@pytest.mark.parametrize(
    "feed",
    [
        DTD + '<rss version="0.91">{}</rss>',
        '<rss version="0.92">{}</rss>',
        '<rss version="2.0">{}</rss>',
        f'<rdf:RDF xmlns:rdf="{RDF}" xmlns="http://my.netscape.com/rdf/simple/0.9/">{{}}</rdf:RDF>',
        f'<rdf:RDF xmlns:rdf="{RDF}" xmlns="http://purl.org/rss/1.0/">{{}}</rdf:RDF>',
    ],
)
def test_rss_of_any_age(feed: str) -> None:
    body = feed.format(f"<channel><title>V</title>{ITEM}</channel>").encode()
    (listed,) = read_feed(body, BASE, None, ZONE).items
    assert (listed.url, listed.item.title) == ("https://v.example/1", URDU)


def test_relative_links_are_read_from_their_xml_base() -> None:
    atom = (
        b'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://v.example/news/">'
        b'<entry xml:base="kp/"><title>A</title><link href="1"/></entry></feed>'
    )
    rss = (
        b'<rss version="2.0" xml:base="https://v.example/news/"><channel><item><link>kp/1</link>'
        b"</item></channel></rss>"
    )
    for body in (atom, rss):
        (listed,) = read_feed(body, BASE, None, ZONE).items
        assert listed.url == "https://v.example/news/kp/1"


def bombs() -> list[bytes]:
    nested = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    return [
        f'<!DOCTYPE x [<!ENTITY a0 "lol">{nested}]>'.encode(),
        b'<!DOCTYPE x [<!ENTITY a11 "' + b"x" * 100_000 + b'">]>',
        b'<!DOCTYPE x [<!ENTITY a11 SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE x [<!ENTITY t "<rss "><!ENTITY a11 "' + b"y" * 100_000 + b'">]>',
    ]


@pytest.mark.parametrize("doctype", bombs())
def test_entities_are_never_expanded(doctype: bytes) -> None:
    began = time.process_time()
    item = b"<item><title>" + b"&a11;" * 1000 + b"</title><link>https://v.example/1</link></item>"
    body = doctype + b"<rss version='2.0'><channel>" + item + b"</channel></rss>"
    for listed in read_feed(body, BASE, None, ZONE).items:
        title = listed.item.title or ""
        assert len(title) < 10_000
        assert "root:" not in title
    entry = b"<url><loc>https://v.example/1</loc><news><title>" + b"&a11;" * 1000
    body = doctype + b"<urlset>" + entry + b"</title></news></url></urlset>"
    for listed in read_sitemap(body, BASE, ZONE).items:
        assert len(listed.item.title or "") < 10_000
    assert time.process_time() - began < 2


def test_entities_that_a_feed_declares_for_itself_cost_it_nothing() -> None:
    doctype = b'<!DOCTYPE rss [<!ENTITY nbsp "&#160;"><!ENTITY mdash "&#8212;">]>'
    item = b"<item><title>A&nbsp;B &mdash; C</title><link>https://v.example/1</link></item>"
    body = declared(None).encode() + doctype + b"<rss version='2.0'><channel>" + item
    (listed,) = read_feed(body + b"</channel></rss>", BASE, None, ZONE).items
    assert listed.item.title == "A B \N{EM DASH} C"


@pytest.mark.parametrize("start", ["", "\n\n", "<!-- cached -->", f"<!--{'x' * 5000}-->\n"])
def test_web_page_is_known_whatever_it_begins_with(start: str) -> None:
    body = f"{start}<!DOCTYPE html><html><body><p>We moved</p></body></html>".encode()
    with pytest.raises(UnreadableEntranceError) as error:
        read_feed(body, BASE, None, ZONE)
    assert error.value.reason == "not_a_feed"
    with pytest.raises(UnreadableEntranceError) as error:
        read_sitemap(body, BASE, ZONE)
    assert error.value.reason == "not_a_feed"


def test_feed_that_lists_nothing_is_a_feed() -> None:
    body = b"<rss version='2.0'><channel><title>V</title></channel></rss>"
    assert read_feed(body, BASE, None, ZONE).items == ()


@pytest.mark.parametrize(
    ("head", "item", "tail"),
    [
        ('<rss version="2.0"><channel>', "<item><link>/news/{}</link></item>", "</channel></rss>"),
        (
            '<feed xmlns="http://www.w3.org/2005/Atom">',
            '<entry><link href="/news/{}"/></entry>',
            "</feed>",
        ),
    ],
)
def test_feed_of_very_many_items_is_read_up_to_a_bound(head: str, item: str, tail: str) -> None:
    body = head + "".join(item.format(n) for n in range(MAX_ITEMS + 20_000)) + tail
    listing = read_feed(body.encode(), BASE, None, ZONE)
    assert (len(listing.items), listing.over_bound) == (MAX_ITEMS, 20_000)
    assert not listing.is_cut_short
    assert listing.items[-1].url.endswith(f"/news/{MAX_ITEMS - 1}")
    some = head + item.format(1) + item.format(2) + tail
    assert read_feed(some.encode(), BASE, None, ZONE).over_bound == 0
