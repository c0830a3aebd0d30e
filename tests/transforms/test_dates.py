"""Dates are read, never guessed."""

import dataclasses
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from crawlers.page import ListedItem
from tests.transforms.pages import (
    PARAGRAPHS,
    SOURCE,
    article_html,
    html,
    ld,
    make_page,
    story,
    to_article,
)
from transforms.dates import feed_reading, read_modified, read_published
from transforms.document import parse_page
from transforms.moments import Reading, parse_moment
from transforms.solar_hijri import solar_hijri_day

KARACHI = ZoneInfo("Asia/Karachi")
STATED = '"datePublished": "2026-03-09T01:30:00+05:00"'
PLAIN_URL = "https://valley.example/news/bridge"


@pytest.mark.parametrize(
    ("text", "at", "on", "precision"),
    [
        ("2026-03-09T01:30:00+05:00", "2026-03-08T20:30:00+00:00", "2026-03-09", "second"),
        ("2026-03-08T20:30:00Z", "2026-03-08T20:30:00+00:00", "2026-03-09", "second"),
        ("2026-03-09T01:30", "2026-03-08T20:30:00+00:00", "2026-03-09", "minute"),
        ("2026-03-09 01:30:00.123", "2026-03-08T20:30:00+00:00", "2026-03-09", "second"),
        ("2026-03-09T01:30:00+0500", "2026-03-08T20:30:00+00:00", "2026-03-09", "second"),
        ("Mon, 09 Mar 2026 01:30:00 PKT", "2026-03-08T20:30:00+00:00", "2026-03-09", "second"),
        ("Mon, 09 Mar 2026 01:30:00 +0500", "2026-03-08T20:30:00+00:00", "2026-03-09", "second"),
        ("March 9, 2026 1:30 am", "2026-03-08T20:30:00+00:00", "2026-03-09", "minute"),
        ("1773001800", "2026-03-08T20:30:00+00:00", "2026-03-09", "second"),
        ("2026-03-09", None, "2026-03-09", "day"),
        ("2026-03-09T00:00:00", None, "2026-03-09", "day"),
        ("9 March 2026", None, "2026-03-09", "day"),
        ("09/03/2026", None, "2026-03-09", "day"),
        ("2026/03/09", None, "2026-03-09", "day"),
        ("2026.03.09", None, "2026-03-09", "day"),
        ("2026/03/09 01:30:00", "2026-03-08T20:30:00+00:00", "2026-03-09", "second"),
        ("2026/03/09 1:30 am", "2026-03-08T20:30:00+00:00", "2026-03-09", "minute"),
    ],
)
def test_a_time_is_read_in_the_outlets_zone(
    text: str, at: str | None, on: str, precision: str
) -> None:
    reading = parse_moment(text, "meta", KARACHI, day_first=True)
    assert reading is not None
    assert reading.moment.at == (datetime.fromisoformat(at) if at else None)
    assert reading.moment.on == date.fromisoformat(on)
    assert reading.moment.precision == precision


@pytest.mark.parametrize(
    "text", ["", "soon", "March 2026", "2026", "2026-13-45", "10:30", "yesterday", "1" * 80]
)
def test_what_names_no_day_is_no_date(text: str) -> None:
    assert parse_moment(text, "meta", KARACHI, day_first=True) is None


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00", "9999-12-31T23:59:59-05:00", "2026-03-09T24:00:00",
        "March 9, 2026 24:00", "March 9, 2026 10:00 +99:99", "9 Mar 2026 10:00 UTC+30",
        "Mon, 09 Mar 2026 24:30:00 +0000", "Mon, 09 Mar 2026 01:30:00 +9999", "9 March 2026 1e400",
    ],
)  # fmt: skip
@pytest.mark.parametrize("zone", [KARACHI, None])
def test_times_that_no_clock_shows_are_none(text: str, zone: ZoneInfo | None) -> None:
    assert parse_moment(text, "meta", zone, day_first=True) is None


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


def test_without_a_zone_the_day_is_kept_and_the_instant_unknown() -> None:
    reading = parse_moment("2026-03-09T01:30:00", "meta", None, day_first=True)
    assert reading is not None
    assert (reading.moment.at, reading.moment.on) == (None, date(2026, 3, 9))
    assert reading.moment.precision == "second"
    assert reading.iso() == "2026-03-09T01:30:00"


def test_the_printed_time_has_the_outlets_offset() -> None:
    reading = parse_moment("2026-03-08T20:30:00Z", "meta", KARACHI, day_first=True)
    assert reading is not None
    assert reading.iso() == "2026-03-09T01:30:00+05:00"


@pytest.mark.parametrize(
    "above",
    [
        '<aside><time datetime="2026-03-01T10:00:00Z">1 March 2026</time></aside>',
        '<div class="sidebar"><span class="date">March 1, 2026</span></div>',
        '<p class="meta">Last updated: March 8, 2026</p>',
        '<meta property="article:modified_time" content="2026-03-08T10:00:00Z">',
    ],
)
def test_sidebars_footers_and_changes_are_no_publication_date(above: str) -> None:
    page = make_page(
        html(f"{above}<article><h1>Bridge reopens after flood</h1>{story()}</article>"), PLAIN_URL
    )
    assert to_article(page).published is None


@pytest.mark.parametrize(
    ("line", "on"),
    [
        ("Published: 9 March 2026", date(2026, 3, 9)),
        ("پیر 9 مارچ 2026", date(2026, 3, 9)),
        ("۰۹ مارچ ۲۰۲۶", date(2026, 3, 9)),
        ("د ۲۰۲۶ د مارچ ۹", None),
        ("9 فبروري 2026", date(2026, 2, 9)),
        ("09.03.2026", date(2026, 3, 9)),
        ("lunes 9 de marzo de 2026", date(2026, 3, 9)),
        ("2026年03月09日", date(2026, 3, 9)),
        ("9. 3. 2026.", date(2026, 3, 9)),
        ("اتوار، ۸ مارچ ۲۰۲۶ء", date(2026, 3, 8)),
        ("۱۸ رمضان ۱۴۴۷ھ، ۸ مارچ ۲۰۲۶", date(2026, 3, 8)),
        ("18 رمضان المبارک 1447", None),
        ("18/09/1447", None),
        ("۱۴۰۴ کال د کب ۱۸", date(2026, 3, 9)),
        ("۱۸ حوت ۱۴۰۴", date(2026, 3, 9)),
        ("1404/12/18", None),
        ("March 2026", None),
        ("03/2026, page 12", None),
    ],
)
def test_the_date_beside_the_headline_is_read_in_many_languages(line: str, on: date | None) -> None:
    published = to_article(make_page(article_html(above=f"<div>{line}</div>"), PLAIN_URL)).published
    assert (published.on if published else None) == on
    if published is not None:
        assert (published.origin, published.precision) == ("text", "day")


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


def test_a_labelled_date_far_from_the_headline_is_read() -> None:
    far = "<p>word</p>" * 20
    body = f"<article><h1>Bridge reopens</h1>{story()}{far}<p>Veröffentlichung: 9. März 2026</p>"
    made = to_article(make_page(html(f"{body}{far}</article>"), PLAIN_URL)).published
    assert made is not None
    assert (made.on, made.origin) == (date(2026, 3, 9), "text")


def read_in_no_zone(page_html: str, url: str = PLAIN_URL) -> Reading:
    page = make_page(page_html, url)
    reading = read_published(parse_page(page, dataclasses.replace(SOURCE, timezone=None)))
    assert reading is not None
    return reading


def published_meta(text: str, name: str = "article:published_time") -> str:
    return f'<meta property="{name}" content="{text}">'


@pytest.mark.parametrize(
    "elsewhere",
    [
        published_meta("2026-03-09T01:30:20+05:00", "date"),
        published_meta("2026-03-09T01:30:20+05:00", "article:modified_time"),
    ],
    ids=["another date", "the last change"],
)
def test_a_visible_clock_takes_the_offset_of_the_same_clock_elsewhere(elsewhere: str) -> None:
    shown = "<p>Published: 9 March 2026, 01:30</p>"
    reading = read_in_no_zone(article_html(elsewhere, shown))
    assert reading.iso() == "2026-03-09T01:30:00+05:00"
    assert (reading.moment.origin, reading.moment.precision) == ("text", "minute")


def test_a_clock_takes_no_offset_from_another_clock() -> None:
    changed = published_meta("2026-03-09T08:15:00+05:00", "article:modified_time")
    reading = read_in_no_zone(article_html(changed, "<p>Published: 9 March 2026, 01:30</p>"))
    assert (reading.iso(), reading.moment.at) == ("2026-03-09T01:30:00", None)


@pytest.mark.parametrize("zone", [None, "Asia/Karachi"])
@pytest.mark.parametrize(
    ("change", "changed"),
    [
        ("2026-03-09T06:07:08+00:00", "2026-03-09T06:07:08+05:00"),
        ("2026-03-09T09:07:08+05:00", "2026-03-09T09:07:08+05:00"),
    ],
    ids=["by the same program", "by another"],
)
def test_local_time_that_is_labelled_as_utc_takes_the_offset_of_its_double(
    zone: str | None, change: str, changed: str
) -> None:
    dates = f'"datePublished": "2026-03-09T05:12:42+00:00", "dateModified": "{change}"'
    head = ld(f'{{"@type": "Article", {dates}}}') + published_meta("2026-03-09T05:12:42+05:00")
    source = dataclasses.replace(SOURCE, timezone=zone)
    document = parse_page(make_page(article_html(head)), source)
    published = read_published(document)
    readings = published, read_modified(document, published)
    assert [one and one.iso() for one in readings] == ["2026-03-09T05:12:42+05:00", changed]


def test_a_change_in_utc_is_told_on_the_clock_of_the_publication() -> None:
    head = published_meta("2026-03-09T01:30:00+05:00") + published_meta(
        "2026-03-09T20:40:00Z", "article:modified_time"
    )
    document = parse_page(make_page(article_html(head)), dataclasses.replace(SOURCE, timezone=None))
    changed = read_modified(document, read_published(document))
    assert changed is not None
    assert changed.iso() == "2026-03-10T01:40:00+05:00"
    assert changed.moment.on == date(2026, 3, 10)


def test_utc_beside_another_clock_stays_utc() -> None:
    head = ld('{"@type": "Article", "datePublished": "2026-03-09T05:12:42Z"}')
    page_html = article_html(head + published_meta("2026-03-09T05:12:43+05:00"))
    assert read_in_no_zone(page_html).iso() == "2026-03-09T05:12:42+00:00"


@pytest.mark.parametrize(
    ("shown", "iso"),
    [
        ("March 8, 2026</p><p>|</p><p>9:30pm", "2026-03-08T21:30:00-05:00"),
        ("March 8, 2026 at 9:30 PM EST", "2026-03-08T21:30:00-05:00"),
        ("9 March 2026 7:30", "2026-03-09T07:30:00+05:00"),
        ("9 March 2026 7:37", "2026-03-09T02:30:00+00:00"),
        ("7 March 2026 7:30", "2026-03-09T02:30:00+00:00"),
    ],
    ids=["west", "named zone", "east", "no zone's clock", "another day"],
)
def test_the_visible_clock_shows_the_offset_of_an_instant_in_utc(shown: str, iso: str) -> None:
    head = published_meta("2026-03-09T02:30:00Z")
    reading = read_in_no_zone(article_html(head, f"<p>{shown}</p>"))
    assert reading.moment.at == datetime(2026, 3, 9, 2, 30, tzinfo=UTC)
    assert reading.iso() == iso
    assert reading.moment.on.isoformat() == iso[:10]


def test_the_outlets_own_day_is_that_of_its_address_where_no_offset_is_known() -> None:
    head = published_meta("2026-03-09T02:30:00Z")
    reading = read_in_no_zone(article_html(head), "https://valley.example/2026/03/08/bridge")
    assert reading.moment.at == datetime(2026, 3, 9, 2, 30, tzinfo=UTC)
    assert reading.moment.on == date(2026, 3, 8)


@pytest.mark.parametrize(
    ("shown", "iso"),
    [
        ("9 March 2026, 3:15 p.m.", "2026-03-09T15:15:00"),
        ("9 March 2026 12:15 AM", "2026-03-09T00:15:00"),
        ("9 March 2026 3:15 pm PKT", "2026-03-09T15:15:00+05:00"),
        ("9. März 2026 | 15.15 Uhr", "2026-03-09T15:15:00"),
        ("Posted on 9 March 2026 21h15", "2026-03-09T21:15:00"),
        ("2026年3月9日 下午3:15", "2026-03-09T15:15:00"),
        ("پیر 9 مارچ 2026 شام 3:15", "2026-03-09T15:15:00"),
        ("9 مارس 2026 - 03:15 م", "2026-03-09T15:15:00"),
        ("پیر 9 مارچ 2026 3:15", "2026-03-09"),
        ("پیر 9 مارچ 2026 15:15", "2026-03-09T15:15:00"),
        ("9 March 2026 25:15", "2026-03-09"),
    ],
)
def test_the_clock_beside_the_visible_date_is_read(shown: str, iso: str) -> None:
    assert read_in_no_zone(article_html(above=f"<p>{shown}</p>")).iso() == iso


def test_a_day_that_no_zone_had_at_that_instant_is_not_the_outlets_day() -> None:
    head = published_meta("2026-03-09T10:04:00Z")
    reading = read_in_no_zone(article_html(head), "https://valley.example/2026/03/08/bridge")
    assert reading.moment.on == date(2026, 3, 9)


def test_a_film_of_two_minutes_was_not_published_at_two_in_the_night() -> None:
    reading = read_in_no_zone(article_html(above="<p>9 March 2026</p><p>02:57</p>"))
    assert reading.iso() == "2026-03-09"


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


@pytest.mark.parametrize(
    "opening", ["9. März 2026 – ", "(9 March 2026) ", "Swat, (09.03.2026). ", "09.03.2026 „"]
)
def test_the_date_line_that_opens_a_paragraph_is_read(opening: str) -> None:
    body = f"<article><h1>Bridge reopens</h1><p>{opening}{PARAGRAPHS[0]}</p>{story()}</article>"
    published = to_article(make_page(html(body), PLAIN_URL)).published
    assert published is not None
    assert (published.on, published.origin) == (date(2026, 3, 9), "text")


def test_a_day_that_a_paragraph_tells_of_is_no_date_line() -> None:
    told = f"<p>On 9 March 2026 the bridge was closed. {PARAGRAPHS[0]}</p>"
    body = f"<article><h1>Bridge reopens</h1>{told}{story()}</article>"
    assert to_article(make_page(html(body), PLAIN_URL)).published is None


def test_the_date_below_updated_is_no_publication_date() -> None:
    shown = "<div><span>Updated</span><span>9 March 2026</span></div>"
    assert to_article(make_page(article_html(above=shown), PLAIN_URL)).published is None


@pytest.mark.parametrize(
    "masthead",
    [
        "<header><div>Tuesday, 10 March 2026</div></header>",
        '<div class="top-bar">Tuesday, 10 March 2026</div>',
        "<header><time datetime='2026-03-10T09:00:00+05:00'>Tuesday, 10 March 2026</time></header>",
    ],
)
def test_todays_date_in_the_masthead_is_no_publication_date(masthead: str) -> None:
    body = f"{masthead}<article><h1>Bridge reopens after flood</h1>{story()}</article>"
    assert to_article(make_page(html(body), PLAIN_URL)).published is None


def test_an_articles_own_header_holds_its_date() -> None:
    header = "<header><h1>Bridge reopens after flood</h1><p>9 March 2026</p></header>"
    for page in (
        f"{header}{story()}",
        f"<article><header>9 March 2026</header>{story()}</article>",
    ):
        published = to_article(make_page(html(page), PLAIN_URL)).published
        assert published is not None
        assert published.on == date(2026, 3, 9)


def test_a_menu_with_a_word_of_the_headline_is_not_taken_for_it() -> None:
    menu = "<ul><li>Bridge</li>" + "<li>Other</li>" * 30 + "</ul>"
    page = html(f"{menu}<h1>Bridge reopens after flood</h1><p>9 March 2026</p>{story()}")
    published = to_article(make_page(page, PLAIN_URL)).published
    assert published is not None
    assert published.on == date(2026, 3, 9)


@pytest.mark.parametrize(("path", "on"), [("29-10-2025", date(2025, 10, 29)), ("04-05-2025", None)])
def test_a_day_first_address_counts_where_it_can_mean_one_day_only(
    path: str, on: date | None
) -> None:
    page = make_page(article_html(), f"https://valley.example/news/{path}")
    published = to_article(page).published
    assert (published.on if published else None) == on


@pytest.mark.parametrize(
    ("written", "on"),
    [
        ((1400, 1, 1), date(2021, 3, 21)),
        ((1403, 12, 30), date(2025, 3, 20)),
        ((1404, 1, 1), date(2025, 3, 21)),
        ((1405, 7, 1), date(2026, 9, 23)),
        ((1404, 12, 30), None),
    ],
)
def test_solar_hijri_days_are_converted(written: tuple[int, int, int], on: date | None) -> None:
    assert solar_hijri_day(*written) == on
