from datetime import date, timedelta
from pathlib import Path

from tests.warehouse.texts import LATER, NOON, Ask, Text, prose, put, rows, zones
from tests.warehouse.texts import late_text as text
from warehouse.connection import open_writer

SUNDAY, MONDAY, TUESDAY = (date(2026, 11, day) for day in (1, 2, 3))


ORDERS: list[tuple[dict[str, object], dict[str, object], str]] = [
    ({"source": "dawn", "dated_hours": 1}, {"source": "jang", "dated_hours": 1}, "undecidable"),
    ({"source": "dawn", "dated_hours": 1}, {"source": "jang", "dated_hours": 2}, "before"),
    ({"source": "dawn", "dated_hours": 2}, {"source": "jang", "dated_hours": 1}, "after"),
    # Within a minute's article of minutes; the minute after.
    ({"source": "dawn", "dated_hours": 1, "precision": "minute"},
     {"source": "jang", "dated_hours": 1 + 59 / 3600}, "undecidable"),
    ({"source": "dawn", "dated_hours": 1, "precision": "minute"},
     {"source": "jang", "dated_hours": 1 + 60 / 3600}, "before"),
    # 2 November in Karachi is from 19:00 of the first to 19:00 UTC, 7 to 31 hours after noon.
    ({"source": "dawn", "day": MONDAY}, {"source": "jang", "dated_hours": 20}, "undecidable"),
    ({"source": "dawn", "day": MONDAY}, {"source": "jang", "dated_hours": 6.99}, "after"),
    ({"source": "dawn", "day": MONDAY}, {"source": "jang", "dated_hours": 31}, "before"),
    ({"source": "dawn", "day": MONDAY}, {"source": "jang", "day": MONDAY}, "undecidable"),
    ({"source": "dawn", "day": MONDAY}, {"source": "jang", "day": TUESDAY}, "before"),
    # A day in Kabul begins half an hour later; in Apia it ended when it had just begun.
    ({"source": "dawn", "day": MONDAY}, {"source": "kabul", "day": TUESDAY}, "before"),
    ({"source": "kabul", "day": MONDAY}, {"source": "dawn", "day": TUESDAY}, "undecidable"),
    ({"source": "apia", "day": MONDAY}, {"source": "dawn", "dated_hours": 23}, "before"),
    # A zone that nobody knows: 50 hours, from 10:00 UTC of the day before to noon of the day after.
    ({"source": "lost", "day": MONDAY}, {"source": "dawn", "dated_hours": -1}, "undecidable"),
    ({"source": "lost", "day": MONDAY}, {"source": "dawn", "dated_hours": -2.001}, "after"),
    ({"source": "lost", "day": MONDAY}, {"source": "dawn", "dated_hours": 47.999}, "undecidable"),
    ({"source": "lost", "day": MONDAY}, {"source": "dawn", "dated_hours": 48}, "before"),
    # No date of publication: it was out by then, and who knows since when.
    ({"source": "dawn", "basis": "first_seen", "hours": 5},
     {"source": "jang", "dated_hours": 5}, "before"),
    ({"source": "dawn", "basis": "first_seen", "hours": 5},
     {"source": "jang", "dated_hours": 4}, "undecidable"),
    ({"source": "dawn", "basis": "modified", "dated_hours": 5},
     {"source": "jang", "dated_hours": 6}, "before"),
    ({"source": "dawn", "basis": "modified", "day": MONDAY},
     {"source": "jang", "day": SUNDAY}, "undecidable"),
    # Local time labelled as UTC: dated five hours after it was seen, so no word of it is believed.
    ({"source": "dawn", "dated_hours": 15, "hours": 10.1},
     {"source": "jang", "dated_hours": 12}, "before"),
    ({"source": "dawn", "dated_hours": 15, "hours": 10.1},
     {"source": "jang", "dated_hours": 10}, "undecidable"),
]  # fmt: skip


def test_order_is_given_only_where_the_dates_are_precise_enough(ask: Ask) -> None:
    texts = [
        text(2 * number + side, story=number, **facts)  # type: ignore[arg-type]
        for number, (*pair, _) in enumerate(ORDERS, start=1)
        for side, facts in enumerate(pair)
    ]
    con = ask(texts)
    asked = (
        "select o.article_id // 2, dated_order(o.dated_from, o.dated_to, t.dated_from, t.dated_to),"
        " dated_order(t.dated_from, t.dated_to, o.dated_from, o.dated_to)"
        "from article_intervals o join article_intervals t on t.article_id = o.article_id + 1 "
        "where o.article_id % 2 = 0 order by 1"
    )
    turned = {"before": "after", "after": "before", "undecidable": "undecidable"}
    for (number, one, other), (*pair, order) in zip(rows(con, asked), ORDERS, strict=True):
        assert (one, other) == (order, turned[order]), (number, pair)
    told = dict(con.execute(
        "select story_id // 2, max(against_earliest) from story_timeline group by story_id"
    ).fetchall())  # fmt: skip
    for number, (*pair, order) in enumerate(ORDERS, start=1):
        assert told[number] == ("undecidable" if order == "undecidable" else "after"), pair
    unlike = "(earliest_from, earliest_to) is distinct from (dated_from, dated_to)"
    assert rows(
        con,
        f"select count(*) from stories s join article_intervals i "  # noqa: S608
        f"on i.article_id = s.earliest_article_id where {unlike}",
    ) == [(0,)]
    sums = con.execute(
        "select sum(stories), sum(undecidable), sum(first_here) - sum(first_there) from syndication"
    )
    undecidable = sum(order == "undecidable" for *_, order in ORDERS)
    assert sums.fetchone() == (2 * len(ORDERS), 2 * undecidable, 0)


def test_delay_lies_in_an_interval_as_wide_as_the_dates_are(ask: Ask) -> None:
    con = ask([
        text(1, "dawn", dated_hours=1), text(2, "jang", dated_hours=3),
        text(3, "kabul", dated_hours=1.5, precision="minute"), text(4, "apia", day=TUESDAY),
    ])  # fmt: skip
    delays = rows(con, "select source_id, delay_seconds, delay_from_seconds, delay_to_seconds "
                       "from story_timeline order by source_id")  # fmt: skip
    assert delays == [
        # Apia's 3 November begins at 11:00 UTC of the second, 22 hours after 13:00 of the first.
        ("apia", 22 * 3600 + 12 * 3600, 22 * 3600 - 1, 46 * 3600),
        ("dawn", None, None, None),
        ("jang", 7200, 7199, 7201),
        ("kabul", 1830, 1799, 1860),
    ]


def test_a_zone_learnt_later_may_put_an_article_before_the_earliest_known(
    ask: Ask, tmp_path: Path
) -> None:
    with open_writer(tmp_path) as con:
        put(con, [text(1, "apia", day=MONDAY), text(2, "dawn", dated_hours=30)])
        assert rows(con, "select earliest_article_id from stories") == [(2,)]
    con = ask([])
    assert rows(con, "select against_earliest from story_timeline where article_id = 1") == [
        ("before",)
    ]


def test_intervals_are_those_of_the_day_that_clocks_were_turned(ask: Ask, tmp_path: Path) -> None:
    with open_writer(tmp_path) as con:
        zones(con, prague="Europe/Prague")
        put(con, [text(1, "prague", day=date(2026, 10, 25))])
    ((start, end),) = rows(ask([]), "select dated_from, dated_to from article_intervals")
    assert end - start == timedelta(hours=25)  # type: ignore[operator]
    assert start < NOON  # type: ignore[operator]


def test_every_column_of_the_stories_views_says_what_it_means(ask: Ask) -> None:
    comments = rows(
        ask([]),
        "select table_name, column_name, comment from duckdb_columns() where table_name in "
        "('article_intervals', 'story_timeline', 'syndication')",
    )
    assert len({view for view, *_ in comments}) == 3
    assert [(view, name) for view, name, comment in comments if not comment] == []


def test_a_timeline_begins_with_the_newest_story_and_its_earliest_known_article(ask: Ask) -> None:
    con = ask([
        text(1, "dawn", dated_hours=5), text(2, "jang", dated_hours=1),
        text(3, "dawn", story=2, dated_hours=9, hours=LATER + 1),
    ])  # fmt: skip
    assert rows(con, "select article_id from story_timeline") == [(3,), (2,), (1,)]


def test_a_timeline_says_what_each_article_is_to_one_known_to_be_out_before_it(ask: Ask) -> None:
    full = prose(1, 400)
    brief = " ".join(full.split()[:160])
    con = ask([
        Text(id=1, body=brief, dated_hours=1, hours=3), Text(id=2, body=full, hours=4),
        Text(id=3, body=f"{brief} ends", hours=5), Text(id=4, body=full, hours=6, source="jang"),
        Text(id=5, body=f"{full} ends", hours=7, dated_hours=2),
    ])  # fmt: skip
    found = "select article_id, relation, matched_as, matched_to from story_timeline"
    assert rows(con, found) == [
        (1, "earliest_known", None, None),
        (5, "copy", "whole", 1),
        (2, "copy", "copy", 5),
        (3, "copy", "copy", 1),
        (4, "copy", "copy", 2),
    ]
