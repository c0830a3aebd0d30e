from pathlib import Path

import pytest

from tests.warehouse.texts import LATER, Ask, Text, prose, put, rows
from tests.warehouse.texts import late_text as text
from warehouse.connection import open_writer


@pytest.mark.parametrize("found_by", ["backfill", "import"])
def test_what_was_not_found_live_counts_and_has_no_delay(ask: Ask, found_by: str) -> None:
    con = ask([text(1, "dawn", dated_hours=1), text(2, "jang", dated_hours=3, found_by=found_by)])
    assert rows(con, "select against_earliest, delay_seconds, delay_from_seconds, delay_to_seconds "
                     "from story_timeline where article_id = 2") == [
        ("after", None, None, None)]  # fmt: skip
    assert rows(con, "select stories, first_here, first_there, delays, median_delay_seconds, "
                     "median_delay_from_seconds, median_delay_to_seconds from syndication "
                     "where source_id = 'dawn'") == [
        (1, 1, 0, 0, None, None, None)]  # fmt: skip


def test_an_article_without_a_date_of_publication_is_before_but_nobody_knows_how_long(
    ask: Ask,
) -> None:
    con = ask([text(1, "dawn", basis="first_seen", hours=1), text(2, "jang", dated_hours=3)])
    assert rows(con, "select first_here, delays from syndication where source_id = 'dawn'") == [
        (1, 0)
    ]
    assert rows(con, "select against_earliest, delay_seconds, delay_from_seconds "
                     "from story_timeline where article_id = 2") == [
        ("after", None, None)]  # fmt: skip


def test_each_two_outlets_are_told_of_from_either_side(ask: Ask) -> None:
    texts = [
        text(10 * story + side, source, story=story, dated_hours=hours, credits=named)
        for story, hours_here, hours_there in ((1, 1, 2), (2, 1, 5), (3, 9, 5), (4, 3, 3))
        for side, source, hours, named in (
            (0, "dawn", hours_here, "APP" if story == 1 else None),
            (1, "jang", hours_there, "APP" if story < 3 else None),
        )
    ]
    con = ask([*texts, text(99, "kabul", story=9)])
    found = rows(
        con,
        "select source_id, other_source_id, stories, first_here, first_there, undecidable, "
        "share_undecidable, delays, median_delay_seconds, credited_here, credited_there, "
        "share_credited from syndication order by source_id",
    )
    assert found == [
        ("dawn", "jang", 4, 2, 1, 1, 0.25, 2, 2.5 * 3600, 1, 2, 0.5),
        ("jang", "dawn", 4, 1, 2, 1, 0.25, 1, 4 * 3600, 2, 1, 0.5),
    ]


def test_how_much_of_the_text_is_told_of_the_shorter_and_of_the_longer(ask: Ask) -> None:
    part = " ".join(prose(1, 400).split()[:200])
    con = ask([
        Text(id=1, body=prose(1, 400), source="dawn"), Text(id=2, body=part, source="jang"),
        Text(id=3, body=prose(1, 400), source="kabul", hours=3),
    ])  # fmt: skip
    measured = rows(
        con,
        "select source_id || ' ' || other_source_id, compared, median_share_of_shorter, "
        "median_share_of_longer from syndication",
    )
    shares = {pair: shares for pair, *shares in measured}
    assert shares["dawn kabul"] == [1, 1, 1]
    for pair in ("dawn jang", "jang dawn", "jang kabul"):
        compared, of_shorter, of_longer = shares[pair]
        assert compared == 1
        assert of_shorter == pytest.approx(1, abs=0.1)
        assert of_longer == pytest.approx(0.5, abs=0.1)


def test_equal_texts_need_no_pair_of_their_own_to_be_measured(ask: Ask, tmp_path: Path) -> None:
    """Of an exact text only the oldest are paired, and only one of a batch with near copies."""
    with open_writer(tmp_path) as con:
        copies = [text(number, f"web:{number}", body=prose(1)) for number in range(1, 31)]
        put(con, [*copies, text(99, "dawn", body=f"x {prose(1)}", hours=LATER + 1)])
        assert rows(con, "select count(*) from article_matches where 99 in (article_id, other_id)"
                    ) == [(1,)]  # fmt: skip
    con = ask([])
    assert rows(con, "select count(*), count(*) filter (median_share_of_shorter > 0.9) "
                     "from syndication") == [(31 * 30, 31 * 30)]  # fmt: skip


def test_two_texts_that_were_never_compared_have_no_share(ask: Ask, tmp_path: Path) -> None:
    with open_writer(tmp_path) as con:
        put(con, [text(1, "dawn"), text(2, "jang")])
        con.execute("delete from article_matches")  # as those stored before schema 9
    found = rows(ask([]), "select stories, compared, median_share_of_shorter, "
                          "median_share_of_longer from syndication")  # fmt: skip
    assert found == [(1, 0, None, None)] * 2


def test_a_story_counts_once_however_often_an_outlet_printed_it(ask: Ask, tmp_path: Path) -> None:
    with open_writer(tmp_path) as con:
        many = [text(n, "dawn", body=f"{prose(1)} w{n % 9}", dated_hours=n) for n in range(1, 41)]
        put(con, [*many, text(99, "jang", dated_hours=20)])
    assert rows(
        ask([]),
        "select source_id, stories, articles_here, articles_there, first_here, delays, "
        "median_delay_seconds from syndication order by 1",
    ) == [("dawn", 1, 40, 1, 1, 1, 19 * 3600), ("jang", 1, 1, 40, 0, 0, None)]


def test_urdu_copies_of_two_outlets_are_syndication(ask: Ask) -> None:
    urdu = "پشاور میں بارش کے بعد دریا کا پانی پل تک پہنچ گیا اور لوگ سکول کی چھت پر رات گزارنے پر"
    arabic = urdu.replace("ی", "ي").replace("ک", "ك")
    con = ask([
        text(1, "jang", body=urdu, language="ur", dated_hours=1, credits="اے پی پی"),
        text(2, "kabul", body=arabic, language="ur", dated_hours=2),
    ])  # fmt: skip
    assert rows(con, "select source_id, median_share_of_shorter, credited_here, first_here "
                     "from syndication where source_id = 'jang'") == [
        ("jang", 1, 1, 1)]  # fmt: skip
    assert rows(con, "select credited_source, language from story_timeline "
                     "where relation = 'earliest_known'") == [("اے پی پی", "ur")]  # fmt: skip
