"""A page's date is taken from the place that knows it best."""

import dataclasses
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from crawlers.page import ListedItem
from tests.transforms.pages import (
    PLAIN_URL,
    SOURCE,
    article_html,
    ld,
    make_page,
    published_meta,
    to_article,
)
from transforms.dates import feed_reading

KARACHI = ZoneInfo("Asia/Karachi")
STATED = '"datePublished": "2026-03-09T01:30:00+05:00"'


@pytest.mark.parametrize(
    "item",
    [
        ListedItem(published_at=datetime(1, 1, 1, tzinfo=KARACHI), published_on=date(1, 1, 1)),
        ListedItem(published_at=datetime.max.replace(tzinfo=UTC), published_on=date.max),
        ListedItem(published_on=date(1, 1, 1)),
        ListedItem(published_on=date.max),
    ],
)
@pytest.mark.parametrize("zone", ["Asia/Karachi", None])
def test_a_feeds_day_before_any_outlet_was_online_is_no_date(
    item: ListedItem, zone: str | None
) -> None:
    assert feed_reading(item, zone) is None


def test_a_date_after_the_fetch_is_refused_and_the_next_one_taken() -> None:
    head = (
        '<meta property="article:published_time" content="2026-05-01T10:00:00Z">'
        '<meta name="pubdate" content="2026-03-09">'
    )
    published = to_article(make_page(article_html(head), PLAIN_URL)).published
    assert published is not None
    assert published.on == date(2026, 3, 9)


def test_the_feed_gives_the_time_where_the_page_gives_none() -> None:
    item = ListedItem(title="Bridge", published_at=datetime(2026, 3, 9, 4, tzinfo=UTC))
    published = to_article(make_page(article_html(), PLAIN_URL, item=item)).published
    assert published is not None
    assert (published.at, published.origin) == (datetime(2026, 3, 9, 4, tzinfo=UTC), "feed")


def test_a_later_source_adds_the_time_to_a_bare_day_but_never_moves_it() -> None:
    head = ld('{"@type":"NewsArticle","datePublished":"2026-03-09"}')
    same = ListedItem(title="Bridge", published_at=datetime(2026, 3, 9, 4, tzinfo=UTC))
    made = to_article(make_page(article_html(head), PLAIN_URL, item=same)).published
    assert made is not None
    assert made.at == datetime(2026, 3, 9, 4, tzinfo=UTC)
    other = ListedItem(title="Bridge", published_at=datetime(2026, 3, 5, 4, tzinfo=UTC))
    kept = to_article(make_page(article_html(head), PLAIN_URL, item=other)).published
    assert kept is not None
    assert (kept.at, kept.on) == (None, date(2026, 3, 9))


def test_the_day_in_the_address_counts() -> None:
    page = make_page(article_html(), "https://valley.example/2026/03/09/bridge")
    published = to_article(page).published
    assert published is not None
    assert (published.on, published.origin) == (date(2026, 3, 9), "url")


def test_the_outlets_day_is_not_the_utc_day() -> None:
    head = '<meta property="article:published_time" content="2026-03-08T20:30:00Z">'
    unknown = dataclasses.replace(SOURCE, timezone=None)
    here = to_article(make_page(article_html(head), PLAIN_URL)).published
    nowhere = to_article(make_page(article_html(head), PLAIN_URL), unknown).published
    assert here is not None
    assert nowhere is not None
    assert (here.on, nowhere.on) == (date(2026, 3, 9), date(2026, 3, 8))


@pytest.mark.parametrize(
    "mark",
    [
        '<time class="published" datetime="2026-03-09T01:30:00+05:00" pubdate>9 March</time>',
        '<time datetime="2026-03-08T20:30:00Z" class="entry-date published">9 March</time>',
        '<time datetime="2026-03-09T01:30:00+05:00" itemprop="datePublished">9 March</time>',
    ],
    ids=["pubdate", "hAtom", "microdata"],
)
def test_the_articles_own_time_says_when_on_the_addresss_day(mark: str) -> None:
    updated = '<span class="updated">Updated <time datetime="2026-03-09T08:00:00Z">x</time></span>'
    beside = '<aside><time class="published" datetime="2026-03-09T03:00:00Z">x</time></aside>'
    url = "https://valley.example/2026/03/09/bridge-reopens.html"
    made = to_article(make_page(article_html(above=beside + mark + updated), url))
    assert made.published is not None
    assert made.published.at == datetime(2026, 3, 8, 20, 30, tzinfo=UTC)
    assert made.published.on == date(2026, 3, 9)
    assert made.published.origin == ("microdata" if "itemprop" in mark else "html")


def test_a_marked_time_of_another_day_does_not_move_the_addresss_day() -> None:
    mark = '<time class="published" datetime="2026-03-05T01:30:00+05:00">5 March</time>'
    url = "https://valley.example/2026/03/09/bridge-reopens.html"
    made = to_article(make_page(article_html(above=mark), url)).published
    assert made is not None
    assert (made.at, made.on, made.origin) == (None, date(2026, 3, 9), "url")


def test_what_a_sitemap_said_is_not_called_the_feeds() -> None:
    item = ListedItem(
        title="Bridge reopens after flood",
        published_at=datetime(2026, 3, 8, 20, 30, tzinfo=UTC),
        categories=("Floods", "Zarin"),
        told_by="sitemap",
    )
    made = to_article(make_page(article_html(), PLAIN_URL, item=item))
    assert made.published is not None
    assert (made.published.origin, made.tags_from) == ("sitemap", "sitemap")


def test_a_wordpress_time_that_is_both_published_and_updated_is_the_publication() -> None:
    mark = (
        '<time class="entry-date published updated" datetime="2026-03-09T01:30:00+05:00">x</time>'
    )
    made = to_article(make_page(article_html(above=mark), PLAIN_URL))
    assert made.published is not None
    assert made.published.at == datetime(2026, 3, 8, 20, 30, tzinfo=UTC)
    assert made.modified is None


def test_a_time_marked_as_a_change_is_the_modification_but_not_a_sidebars() -> None:
    mark = '<p class="updated">Updated <time datetime="2026-03-09T08:00:00+05:00">x</time></p>'
    made = to_article(make_page(article_html(above=mark), PLAIN_URL))
    assert made.published is None
    assert made.modified is not None
    assert made.modified.at == datetime(2026, 3, 9, 3, tzinfo=UTC)
    assert to_article(make_page(article_html(above=f"<aside>{mark}</aside>"))).modified is None


@pytest.mark.parametrize(
    ("head", "above", "origin"),
    [
        (
            ld(f'{{"@type": "WebPage", {STATED}}}'), "", "json-ld"
        ),
        (
            f'<script>{{"@context": "https://schema.org", "@type": "Article", {STATED}}}</script>',
            "", "json-ld",
        ),
        (
            "", '<span property="schema:datePublished" content="2026-03-08T20:30:00Z">x</span>',
            "microdata",
        ),
    ],
    ids=["WebPage", "untyped script", "RDFa"],
)  # fmt: skip
def test_the_date_is_read_from_less_common_statements(head: str, above: str, origin: str) -> None:
    made = to_article(make_page(article_html(head, above), PLAIN_URL)).published
    assert made is not None
    assert (made.at, made.origin) == (datetime(2026, 3, 8, 20, 30, tzinfo=UTC), origin)


def test_a_meta_date_that_says_not_of_what_gives_way_to_the_visible_date() -> None:
    head = '<meta name="date" content="2026-03-10">'
    shown = to_article(make_page(article_html(head, "<p>9 March 2026</p>"), PLAIN_URL)).published
    alone = to_article(make_page(article_html(head), PLAIN_URL)).published
    assert shown is not None
    assert alone is not None
    assert (shown.on, shown.origin) == (date(2026, 3, 9), "text")
    assert (alone.on, alone.origin) == (date(2026, 3, 10), "meta")


@pytest.mark.parametrize(
    ("change", "day"),
    [("03/10/2026", date(2026, 4, 3)), ("02/27/2026", date(2026, 3, 4))],
    ids=["either way", "month first"],
)
def test_a_page_that_writes_the_month_first_once_does_so_always(change: str, day: date) -> None:
    head = published_meta("03/04/2026") + published_meta(change, "article:modified_time")
    page = make_page(article_html(head), PLAIN_URL, fetched_at=datetime(2026, 5, 1, tzinfo=UTC))
    published = to_article(page).published
    assert published is not None
    assert published.on == day


@pytest.mark.parametrize(("path", "on"), [("29-10-2025", date(2025, 10, 29)), ("04-05-2025", None)])
def test_a_day_first_address_counts_where_it_can_mean_one_day_only(
    path: str, on: date | None
) -> None:
    page = make_page(article_html(), f"https://valley.example/news/{path}")
    published = to_article(page).published
    assert (published.on if published else None) == on
