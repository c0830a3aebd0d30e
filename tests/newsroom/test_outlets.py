"""Seven kinds of site on real sockets, each as its kind is."""

import gzip
import json
import re
from datetime import timedelta
from html import unescape

import feedparser
import pytest

from crawlers.catalogue import load_catalogue
from khabar.newsroom.outlets.newswire import CREDIT
from khabar.newsroom.running import RunningTown, running_town
from khabar.newsroom.truth import Truth
from tests.newsroom.conftest import NOW, get

OUTLETS = (
    "tirwal_chronicle",
    "valley_herald",
    "roznama_tirwal",
    "mountain_ledger",
    "awaz_wadi",
    "tirwal_ghag",
    "valley_newswire",
)
FEEDS = {
    "tirwal_chronicle": "/feed/",
    "valley_herald": "/atom.xml",
    "roznama_tirwal": "/rss.xml",
    "tirwal_ghag": "/api/rss",
    "valley_newswire": "/rss",
}


def _articles(town: RunningTown, outlet: str) -> list[Truth]:
    return [truth for truth in town.truth(outlet) if truth.kind == "article"]


def _text(body: bytes, encoding: str = "utf-8") -> str:
    return unescape(body.decode(encoding))


@pytest.mark.parametrize("outlet", OUTLETS)
def test_every_article_answers_with_its_whole_text_on_a_heavy_page(
    town: RunningTown, outlet: str
) -> None:
    articles = _articles(town, outlet)
    assert len(articles) >= 30
    encoding = "cp1256" if outlet == "awaz_wadi" else "utf-8"
    for truth in articles:
        got = get(truth.url)
        assert got.status == 200
        assert len(got.body) >= 60 * 1024
        page = _text(got.body, encoding)
        assert truth.title in page
        assert all(paragraph in page for paragraph in truth.paragraphs)


@pytest.mark.parametrize("outlet", OUTLETS)
def test_every_outlet_has_its_furniture(town: RunningTown, outlet: str) -> None:
    home = town.outlets[outlet].origin
    rule = re.compile(town.outlets[outlet].article_rule)
    for path in ("/", "/about", "/section/0", "/robots.txt"):
        assert get(f"{home}{path}").status == 200
        assert not rule.search(f"{home}{path}")
    assert get(f"{home}/no/such/page").status == 404


@pytest.mark.parametrize("outlet", OUTLETS)
def test_some_listed_pages_are_no_articles(town: RunningTown, outlet: str) -> None:
    decoys = [truth for truth in town.truth(outlet) if truth.kind != "article"]
    assert 1 <= len(decoys) <= 2
    for truth in decoys:
        got = get(truth.url)
        assert got.status == 200
        assert truth.paragraphs[0].encode() not in got.body


@pytest.mark.parametrize("outlet", FEEDS)
def test_feeds_list_every_article_by_an_address_the_rule_takes(
    town: RunningTown, outlet: str
) -> None:
    feed = feedparser.parse(get(town.outlets[outlet].origin + FEEDS[outlet]).body)
    assert not feed.bozo
    links = [entry.link for entry in feed.entries]
    rule = re.compile(town.outlets[outlet].article_rule)
    assert all(rule.search(link) for link in links)
    every = {url: truth.index for truth in town.truth(outlet) for url in truth.urls}
    assert {every[link] for link in links} == set(every.values())
    truth = town.truth_of(links[0])
    assert truth is not None
    assert feed.entries[0].published_parsed[:6] == truth.published_at.utctimetuple()[:6]


def test_the_chronicle_prints_a_tag_line_and_answers_by_number(town: RunningTown) -> None:
    redirected, printed = 0, 0
    for truth in _articles(town, "tirwal_chronicle"):
        page = _text(get(truth.url).body)
        tagline = f'<p class="post-tagline">{", ".join(truth.tags)}</p>'
        assert page.index(tagline) < page.index(truth.paragraphs[0])
        assert '<span class="screen-reader-text">Scroll to Top</span>' in page
        assert "application/ld+json" not in page
        short = get(truth.urls[1])
        if short.status == 301:
            assert truth.url.endswith(short.headers["location"])
            redirected += 1
        else:
            assert f'<link rel="canonical" href="{truth.url}">'.encode() in short.body
            printed += 1
    assert min(redirected, printed) >= 10


def test_the_herald_has_json_ld_and_amp_twins(town: RunningTown) -> None:
    for truth in _articles(town, "valley_herald"):
        page = get(truth.url).body.decode()
        raw = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
        assert raw is not None
        article = json.loads(raw[1])["@graph"][-1]
        assert article["headline"] == truth.title
        assert [author["name"] for author in article["author"]] == list(truth.authors)
        assert article["datePublished"].endswith("+05:00")
        assert f'<link rel="amphtml" href="{truth.urls[1]}">' in page
        twin = get(truth.urls[1]).body.decode()
        assert twin.startswith("<!DOCTYPE html>\n<html amp ")
        assert f'<link rel="canonical" href="{truth.url}">' in twin


def test_the_ledger_lists_all_in_a_news_sitemap_and_a_gzipped_one(town: RunningTown) -> None:
    home = town.outlets["mountain_ledger"].origin
    assert f"Sitemap: {home}/sitemap.xml" in get(f"{home}/robots.txt").body.decode()
    parts = re.findall(r"<loc>(.*?)</loc>", get(f"{home}/sitemap.xml").body.decode())
    news, older = (get(part).body for part in parts)
    found = re.findall(r"<loc>(.*?)</loc>", news.decode() + gzip.decompress(older).decode())
    assert sorted(found) == sorted(truth.url for truth in town.truth("mountain_ledger"))
    assert get(f"{home}/feed/").status == 404


def test_awaz_leads_from_page_to_page_in_windows_1256(town: RunningTown) -> None:
    home = town.outlets["awaz_wadi"].origin
    url: str | None = f"{home}/news"
    found: list[str] = []
    while url:
        got = get(url)
        assert got.headers["content-type"] == "text/html; charset=windows-1256"
        page = _text(got.body, "cp1256")
        found += re.findall(r'<a class="sarkhi" href="(.*?)"', page)
        more = re.search(r'<a rel="next" href="(.*?)"', page)
        url = f"{home}{more[1]}" if more else None
    assert sorted(f"{home}{path}" for path in found) == sorted(
        truth.url for truth in town.truth("awaz_wadi")
    )
    got = get(f"{home}{found[0]}")
    with pytest.raises(UnicodeDecodeError):
        got.body.decode()
    assert "نومبر ۲۰۲۶" in _text(got.body, "cp1256")


def test_ghag_is_pashto_and_says_urdu(town: RunningTown) -> None:
    truth = _articles(town, "tirwal_ghag")[-1]
    assert truth.language == "ps"
    assert '<html lang="ur" dir="rtl">' in get(truth.url).body.decode()


def test_the_newswire_copies_two_outlets_under_other_headlines(town: RunningTown) -> None:
    keys = {truth.story_key: truth for truth in town.truth() if truth.relation == "original"}
    wire = _articles(town, "valley_newswire")
    copies = [truth for truth in wire if truth.relation in ("copy", "excerpt")]
    assert 25 <= len(copies) < len(wire)
    assert any(truth.relation == "excerpt" for truth in copies)
    assert {truth.story_key.split("/")[0] for truth in copies} == {
        "tirwal_chronicle",
        "valley_herald",
    }
    for truth in copies:
        source = keys[truth.story_key]
        assert truth.published_at > source.published_at
        assert truth.series or truth.title != source.title
        first, *rest = truth.paragraphs
        assert first.endswith(f" (VNA): {source.paragraphs[0]}")
        assert truth.credit is None
        assert tuple(rest) == source.paragraphs[1 : len(truth.paragraphs)]
        assert CREDIT in get(truth.url).body.decode()


def test_the_newswire_writes_on_a_day_later_with_a_higher_toll(town: RunningTown) -> None:
    keys = {truth.story_key: truth for truth in town.truth() if truth.relation == "original"}
    updates = [one for one in _articles(town, "valley_newswire") if one.relation == "update"]
    assert len(updates) == 3
    for truth in updates:
        source = keys[truth.story_key]
        later = truth.published_at - source.published_at
        assert timedelta(hours=24) < later < timedelta(hours=72)
        assert _toll(truth) > _toll(source)
        assert truth.title != source.title
        assert CREDIT in get(truth.url).body.decode()


def _toll(truth: Truth) -> int:
    return max(map(int, re.findall(r"\d+", truth.title)))


@pytest.mark.parametrize("outlet", ["valley_herald", "roznama_tirwal"])
def test_counters_and_ads_move_while_the_article_stands(own_town: RunningTown, outlet: str) -> None:
    before = own_town.truth_of(own_town.url(outlet, 20))
    assert before is not None
    first = get(before.url)
    own_town.advance(1)
    again = get(before.url, If_None_Match=first.headers["etag"])
    assert again.status == 200
    assert again.body != first.body
    assert own_town.truth_of(before.url) == before


def test_the_catalogue_takes_the_source_files(town: RunningTown) -> None:
    sources, errors = load_catalogue([town.sources_folder])
    assert not errors
    assert {source.id for source in sources} == set(OUTLETS)
    assert {host for source in sources for host in source.hosts} == town.loopback
    for source in sources:
        rule = re.compile(source.article)
        truths = town.truth(source.id)
        assert all(rule.search(url) for truth in truths for url in truth.urls)
        assert get(source.entrances[0].url).status == 200


def test_fifty_thousand_articles_are_listed_and_served() -> None:
    with running_town(now=NOW, articles=50_000, bulk=True) as town:
        sources, errors = load_catalogue([town.sources_folder])
        assert not errors
        ledger = next(source for source in sources if source.id == "mountain_ledger")
        parts = re.findall(r"<loc>(.*?)</loc>", get(ledger.entrances[0].url).body.decode())
        assert len(parts) == 5
        listed = re.findall(r"<loc>(.*?)</loc>", get(parts[-1]).body.decode())
        assert len(listed) == 10_000
        truth = town.truth_of(listed[-1])
        assert truth is not None
        assert truth.index == 49_999
        assert truth.paragraphs[0] in unescape(get(truth.url).body.decode())
