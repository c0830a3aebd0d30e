"""A date that is another story's, another event's or the last change's is no publication date."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.transforms.pages import (
    PLAIN_URL,
    SOURCE,
    article_html,
    html,
    ld,
    make_page,
    story,
    to_article,
)
from transforms.article import Moment
from transforms.dates import read_published
from transforms.moments import parse_moment
from transforms.parsing import parse_page

NO_ZONE = replace(SOURCE, timezone=None)
SHOWN = '<p class="date">9 March 2026</p>'
EARLIER = "2025-01-01T10:00:00+05:00"
CARD = (
    '<div itemscope itemtype="https://schema.org/{kind}">'
    f'<time itemprop="datePublished" datetime="{EARLIER}">x</time></div>'
)
CHANGED = '<meta property="article:modified_time" content="2026-03-09T22:15:00+05:00">'


def published(body: str, url: str = PLAIN_URL) -> Moment | None:
    return to_article(make_page(body, url)).published


def day_of(body: str, url: str = PLAIN_URL) -> date | None:
    found = published(body, url)
    return found.on if found is not None else None


@pytest.mark.parametrize(
    "beside",
    [
        f'<aside class="sidebar">{CARD.format(kind="NewsArticle")}</aside>',
        f'<aside><meta itemprop="datePublished" content="{EARLIER}"></aside>',
        f'<div id="comments">{CARD.format(kind="Comment")}</div>',
        CARD.format(kind="UserComments"),
        CARD.format(kind="NewsArticle") * 2,
    ],
    ids=["sidebar", "meta in a sidebar", "comments", "a comment", "a list of stories"],
)
def test_another_items_microdata_gives_way_to_the_printed_day(beside: str) -> None:
    body = f"<article><h1>Bridge reopens after flood</h1>{SHOWN}{story()}</article>"
    assert day_of(html(beside + body)) == date(2026, 3, 9)


@pytest.mark.parametrize("tag", ["aside", "footer"])
def test_an_articles_own_aside_holds_its_microdata(tag: str) -> None:
    stamp = f'<{tag}><time itemprop="datePublished" datetime="2026-03-09T01:30:00+05:00">x</time>'
    body = (
        '<article class="node--promoted" itemscope itemtype="https://schema.org/NewsArticle">'
        f"<h1>Bridge reopens after flood</h1>{story()}{stamp}</{tag}></article>"
    )
    found = published(html(body + CARD.format(kind="NewsArticle")))
    assert found is not None
    assert (found.at, found.origin) == (datetime(2026, 3, 8, 20, 30, tzinfo=UTC), "microdata")


@pytest.mark.parametrize(
    "path",
    [
        "news/aps-attack-of-2014-12-16-remembered", "news/aps-attack-16-12-2014-remembered",
        "story/20110423/aps-remembered", "news/aps-attack-remembered-20141216",
    ],
)  # fmt: skip
def test_an_events_day_in_the_address_gives_way_to_the_articles_own_time(path: str) -> None:
    own = '<p>Published <time datetime="2026-03-09T10:00:00+05:00">9 March 2026</time></p>'
    found = published(article_html(above=own), f"https://valley.example/{path}")
    assert found is not None
    assert (found.on, found.origin) == (date(2026, 3, 9), "html")


@pytest.mark.parametrize(
    ("path", "on"),
    [
        ("news/aps-attack-of-2014-12-16-remembered", None),
        ("news/aps-attack-16-12-2014-remembered", None),
        ("news/aps-remembered-20141216", None),
        ("news/120260309/aps", None),
        ("2026/3/9/bridge", date(2026, 3, 9)),
        ("news/2026-03/09/bridge", date(2026, 3, 9)),
        ("news/2026-03-09/bridge", date(2026, 3, 9)),
        ("news/20260309/bridge", date(2026, 3, 9)),
        ("news/2026-03-09-bridge-reopens", date(2026, 3, 9)),
        ("article/20260309-OYT1T50218/", date(2026, 3, 9)),
    ],
)
def test_the_addresss_day_is_a_part_of_its_path(path: str, on: date | None) -> None:
    assert day_of(article_html(), f"https://valley.example/{path}") == on


@pytest.mark.parametrize(
    "headline",
    ["Attack of 16 December 2014 remembered", "16 December 2014", "16 دسمبر 2014 کا حملہ"],
)
def test_the_day_that_a_headline_tells_of_is_no_publication_date(headline: str) -> None:
    body = f"<article><h1>{headline}</h1>{story()}</article>"
    assert day_of(html(body, title=headline)) is None


@pytest.mark.parametrize(
    "deck",
    [
        "<h2>Attack of 16 December 2014 remembered</h2>",
        "<div class='deck'>Hearing set for 12 December 2025 adjourned</div>",
        "<p>The school festival began on 5 March 2026</p>",
        "<p>پشاور میں 16 دسمبر 2014 کے حملے کی یاد میں تقریب منعقد ہوئی</p>",
    ],
)
def test_the_day_that_a_deck_tells_of_is_no_publication_date(deck: str) -> None:
    assert day_of(article_html(above=deck)) is None


@pytest.mark.parametrize(
    "line",
    [
        "<h2 class='date-header'>Monday, March 9, 2026</h2>",
        "<p>By Ali Khan on 9 March 2026 at 10:30 pm</p>",
        "<p>geschrieben am 9. März 2026 um 15:44 Uhr</p>",
        "<p>miércoles, 9 de marzo de 2026 - 3:40 a.m.</p>",
        "<p>پشاور پیر 9 مارچ 2026 شام 3:15</p>",
        "<p>Published on the new web edition 9 March 2026</p>",
    ],
)
def test_names_and_a_clock_beside_a_date_make_no_sentence_of_it(line: str) -> None:
    assert day_of(article_html(above=line)) == date(2026, 3, 9)


def test_a_changed_time_that_stands_alone_is_the_change_and_no_publication() -> None:
    above = "<time datetime='2026-03-09T10:00+05:00'>Updated March 9</time>"
    made = to_article(make_page(article_html(above=above), PLAIN_URL))
    assert made.published is None
    assert made.modified is not None
    assert made.modified.at == datetime(2026, 3, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize("day", ["", ld('{"@type":"NewsArticle","datePublished":"2026-03-09"}')])
def test_an_unnamed_date_that_is_the_last_change_says_nothing_of_the_publication(day: str) -> None:
    named = CHANGED.replace('property="article:modified_time"', 'name="date"')
    found = published(article_html(day + named + CHANGED))
    assert found == (
        Moment(at=None, on=date(2026, 3, 9), precision="day", origin="json-ld") if day else None
    )


@pytest.mark.parametrize(
    ("zone", "day", "is_taken"),
    [
        ("Asia/Karachi", "2026-03-11", True),
        ("Asia/Karachi", "2026-03-12", False),
        ("Pacific/Auckland", "2026-03-12", True),
        (None, "2026-03-12", True),
        (None, "2026-03-13", False),
    ],
)
def test_a_day_more_than_one_after_the_fetch_is_refused_on_the_outlets_own_calendar(
    zone: str | None, day: str, is_taken: bool
) -> None:
    page = make_page(article_html(ld(f'{{"@type":"NewsArticle","datePublished":"{day}"}}')))
    assert bool(to_article(page, replace(SOURCE, timezone=zone)).published) is is_taken


@pytest.mark.parametrize(
    ("name", "zone", "hour"),
    [
        ("PST", "Asia/Karachi", 17), ("PKT", "Asia/Karachi", 17), ("PST", "Asia/Manila", 14),
        ("PST", "America/New_York", 6), ("BST", "Asia/Dhaka", 16), ("BST", "Asia/Karachi", 21),
        ("IST", "Asia/Jerusalem", 20), ("IST", "Asia/Karachi", 17), ("CST", "Asia/Shanghai", 14),
        ("EST", "Australia/Sydney", 11), ("EST", "Europe/London", 3), ("GST", "Asia/Dubai", 18),
    ],
)  # fmt: skip
def test_a_zones_name_means_the_outlets_own_clock_where_it_bears_it(
    name: str, zone: str, hour: int
) -> None:
    written = f"22 Nov 2025 10:30 PM {name}"
    reading = parse_moment(written, "text", ZoneInfo(zone), day_first=True)
    assert reading is not None
    assert reading.moment.at is not None
    assert reading.moment.at.hour == hour
    source = replace(SOURCE, timezone=zone)
    shown = to_article(make_page(article_html(above=f"<p>{written}</p>"), PLAIN_URL), source)
    assert shown.published is not None
    assert shown.published.at == reading.moment.at


@pytest.mark.parametrize("text", ["2026-03-09T00:00:00Z", "2026-03-09T00:00:00+00:00"])
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Karachi", "Europe/London"])
def test_midnight_in_utc_is_a_day_that_a_machine_wrote_as_a_time(text: str, zone: str) -> None:
    reading = parse_moment(text, "json-ld", ZoneInfo(zone), day_first=True)
    assert reading is not None
    assert reading.moment == Moment(at=None, on=date(2026, 3, 9), precision="day", origin="json-ld")


def test_midnight_gives_way_to_the_time_that_the_page_states_elsewhere() -> None:
    head = ld('{"@type":"NewsArticle","datePublished":"2026-03-09T00:00:00Z"}')
    stamp = '<meta property="article:published_time" content="2026-03-09T01:30:00Z">'
    found = published(article_html(head + stamp))
    assert found is not None
    assert found.at == datetime(2026, 3, 9, 1, 30, tzinfo=UTC)


def test_a_time_without_a_zone_is_no_more_than_a_day_in_an_article() -> None:
    head = ld(
        '{"@type":"NewsArticle","datePublished":"2026-03-09 22:15",'
        '"dateModified":"2026-03-09 23:15:30"}'
    )
    made = to_article(make_page(article_html(head), PLAIN_URL), NO_ZONE)
    day = Moment(at=None, on=date(2026, 3, 9), precision="day", origin="json-ld")
    assert (made.published, made.modified) == (day, day)


@pytest.mark.parametrize(
    ("changed", "is_kept"),
    [
        ("2001-01-01T00:00:01Z", False),
        ("2026-03-09T22:13:00Z", False),
        ("2026-03-09T22:14:30Z", True),
        ("2026-03-08", False),
        ("2026-03-10", True),
    ],
)
def test_a_change_before_the_publication_is_none_of_the_published_text(
    changed: str, is_kept: bool
) -> None:
    head = ld(
        '{"@type":"NewsArticle","datePublished":"2026-03-09T22:15:00Z",'
        f'"dateModified":"{changed}"}}'
    )
    assert bool(to_article(make_page(article_html(head), PLAIN_URL)).modified) is is_kept


@pytest.mark.parametrize("tag", ["p", "h2"])
def test_a_line_of_very_many_numbers_is_read_in_no_time(tag: str) -> None:
    line = f"<{tag}>{'1 ' * 200_000}</{tag}>"
    document = parse_page(make_page(article_html(above=line), PLAIN_URL), SOURCE)
    started = time.process_time()
    assert read_published(document) is None
    assert time.process_time() - started < 2
