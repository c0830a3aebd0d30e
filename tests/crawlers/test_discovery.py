from time import monotonic

from crawlers.discovery import MAX_FEEDS, MAX_SITEMAPS, find_entrances, read_home_page
from crawlers.probe import read_rules

HOME = "https://www.valley.pk/"
PAGE = """<html lang="en-US"><head><title>Valley Herald | Latest news of Tirwal</title>
<meta name="generator" content="WordPress 6.5">
<link rel="alternate" type="application/rss+xml" href="/feed/">
<link rel="alternate" type="application/rss+xml; charset=utf-8" href="/comments/feed/">
<link rel="alternate" type="application/json" href="/wp-json/">
<link rel="alternate" type="application/atom+xml" href="https://feeds.friend.pk/rss.xml">
<script src="/wp-content/x.js"></script></head>
<body><a href="/rss/1/1">RSS</a><a href="/news/feeding-the-poor">x</a></body></html>"""


def urls(page: str, sitemaps: tuple[str, ...] = (), home: str = HOME) -> list[tuple[str, str]]:
    found = find_entrances(home, read_home_page(page.encode(), home, "text/html"), sitemaps)
    return [(one.kind, one.url) for one in found]


def test_home_page_tells_name_platform_language_and_its_feeds() -> None:
    page = read_home_page(PAGE.encode(), HOME, "text/html")
    assert (page.name, page.platform) == ("Valley Herald", "WordPress 6.5")
    assert (page.declared_language, page.is_challenge) == ("en", False)
    assert page.feeds == (
        "https://www.valley.pk/feed/",
        "https://feeds.friend.pk/rss.xml",
        "https://www.valley.pk/rss/1/1",
    )


def test_declared_feeds_come_first_and_other_domains_not_at_all() -> None:
    found = urls(PAGE)
    assert found[:2] == [("feed", f"{HOME}feed/"), ("feed", f"{HOME}rss/1/1")]
    assert all("friend" not in url for _, url in found)
    assert ("sitemap", f"{HOME}sitemap.xml") in found
    assert found[-1] == ("listing", HOME)


def test_sitemaps_of_robots_txt_take_the_place_of_well_known_ones_news_first() -> None:
    named = (f"{HOME}sitemap_index.xml", f"{HOME}news_sitemap.xml", "https://elsewhere.pk/s.xml")
    maps = [url for kind, url in urls(PAGE, named) if kind == "sitemap"]
    assert maps == [f"{HOME}news_sitemap.xml", f"{HOME}sitemap_index.xml"]


def test_a_section_is_asked_for_a_feed_of_its_own() -> None:
    found = urls("<html></html>", home="https://valley.pk/category/kp/")
    assert found[0] == ("feed", "https://valley.pk/category/kp/feed/")


def test_a_page_full_of_feeds_is_bounded() -> None:
    links = "".join(f'<a href="/feeds/news/{n}">x</a>' for n in range(5_000))
    sitemaps = tuple(f"{HOME}s{n}.xml" for n in range(5_000))
    kinds = [kind for kind, _ in urls(f"<html>{links}</html>", sitemaps)]
    assert kinds.count("feed") == MAX_FEEDS
    assert kinds.count("sitemap") == MAX_SITEMAPS


def test_challenge_and_next_page_are_recognised_and_odd_bytes_read() -> None:
    challenge = read_home_page(b"<title>Just a moment...</title>", HOME, None)
    assert challenge.is_challenge
    paged = read_home_page(b"<a rel='nofollow next' href='/page/2'>x</a>", HOME, "text/html")
    assert paged.next_css
    for odd in (b"", b"\x00\xff\xfe", b"<a href='http://[bad'>", b"<link rel=alternate href>"):
        assert read_home_page(odd, HOME, "text/html").feeds == ()


def test_robots_rules_are_read() -> None:
    body = b"User-agent: *\nCrawl-delay: 7\nDisallow: /private\nSitemap: https://v.pk/s.xml\n"
    rules = read_rules(body)
    assert (rules.state, rules.crawl_delay) == ("read", 7.0)
    assert rules.sitemaps == ("https://v.pk/s.xml",)


def test_robots_of_many_groups_costs_neither_time_nor_memory() -> None:
    agents = "".join(f"User-agent: a{n}\n" for n in range(4_000))
    rules = "".join(f"Disallow: /x{n}\n" for n in range(4_000))
    began = monotonic()
    assert read_rules(f"{agents}{rules}Sitemap: https://v.pk/s.xml\n".encode()).sitemaps
    assert monotonic() - began < 5
