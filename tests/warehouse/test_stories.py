import random
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.texts import Text, prose, put, rows, staged, story_of, write_articles
from warehouse.connection import open_writer
from warehouse.stories import DECISIONS, apply_stories, decide_stories


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_writer(tmp_path) as connection:
        yield connection


def cut(text: str, start: float, end: float) -> str:
    words = text.split()
    return " ".join(words[int(len(words) * start) : int(len(words) * end)])


def gold(day: int) -> str:
    """A form filled in anew each day."""
    draw = random.Random(day)  # noqa: S311
    rates = [str(draw.randint(100_000, 400_000)) for _ in range(10)]
    form = "Gold price in the bazaar stood at rupees {} per tola while ten grams of it cost {} and "
    form += "silver was sold at {} per tola the association said and the dollar closed at {} with "
    form += "the index at {} points after a turnover of {} shares and the traders of the old town "
    form += "sold {} bars and {} coins and bought {} rings and {} chains before the evening prayer"
    return f"{form.format(*rates)} {prose(77, 80)}"


def test_a_copy_in_the_same_batch_joins_the_story_of_the_earlier(
    con: duckdb.DuckDBPyConnection,
) -> None:
    text = prose(1)
    put(con, [Text(id=5, body=text, hours=1), Text(id=9, body=f"AGENCY {text}", source="jang")])
    assert rows(
        con,
        "select article_id, story_id, relation, method, matched_to from story_articles "
        "order by article_id",
    ) == [(5, 9, "copy", "minhash", 9), (9, 9, "earliest_known", "first", None)]
    assert rows(
        con, "select story_id, earliest_article_id, article_count, source_count from stories"
    ) == [(9, 9, 2, 2)]
    assert rows(con, "select distinct story_id from articles") == [(9,)]


def test_a_copy_in_a_later_batch_joins_the_story_that_is_there(
    con: duckdb.DuckDBPyConnection,
) -> None:
    put(con, [Text(id=1, body=prose(1)), Text(id=2, body=prose(2))])
    put(con, [Text(id=3, body=f"{prose(2)} said the desk", hours=5)], batch="b2")
    assert story_of(con) == {1: 1, 2: 2, 3: 2}
    (similarity, containment), *_ = con.execute(
        "select similarity, containment from story_articles where article_id = 3"
    ).fetchall()
    assert 0.9 < similarity < 1
    assert containment > 0.95


def test_an_exact_copy_is_found_by_its_hash_even_where_it_is_too_short_for_a_signature(
    con: duckdb.DuckDBPyConnection,
) -> None:
    notice = "The bridge at Bar Shor stays closed until Friday evening"
    put(con, [Text(id=1, body=notice), Text(id=2, body=notice.upper(), source="jang")])
    put(con, [Text(id=3, body=notice, hours=9)], batch="b2")
    assert story_of(con) == {1: 1, 2: 1, 3: 1}
    assert rows(con, "select method from story_articles where article_id > 1") == [("exact",)] * 2


def test_empty_and_tiny_texts_never_match_each_other(con: duckdb.DuckDBPyConnection) -> None:
    put(con, [Text(id=number, body="") for number in (1, 2, 3)])
    put(con, [Text(id=4, body=""), Text(id=5, body="Watch live"), Text(id=6, body="Watch live")])
    assert story_of(con) == {number: number for number in range(1, 7)}
    assert rows(con, "select count(*) from signatures") == [(0,)]


def test_a_part_of_a_text_is_an_excerpt(con: duckdb.DuckDBPyConnection) -> None:
    put(con, [Text(id=1, body=prose(1, 400))])
    put(con, [Text(id=2, body=cut(prose(1, 400), 0, 0.35), hours=2)], batch="b2")
    assert rows(con, "select story_id, relation from story_articles order by article_id") == [
        (1, "earliest_known"),
        (1, "excerpt"),
    ]


def test_daily_rates_are_a_series_and_not_one_story(con: duckdb.DuckDBPyConnection) -> None:
    put(con, [Text(id=day, body=gold(day), hours=24 * day) for day in range(1, 6)])
    put(con, [Text(id=6, body=gold(6), hours=144)], batch="b2")
    assert len(set(story_of(con).values())) == 6
    linked = rows(con, "select article_id from article_series order by 1")
    assert (6,) in linked
    assert len(linked) == 5


def test_a_report_written_on_within_three_days_is_an_update_of_its_story(
    con: duckdb.DuckDBPyConnection,
) -> None:
    start = f"Kalam and Mingora {prose(3, 60)} 11 dead 22 hurt 33 homes 44 shops 55 tents 66 boats"
    later = f"Kalam and Mingora {prose(3, 60)} 12 dead 29 hurt 37 homes 48 shops 59 tents 71 boats"
    put(con, [Text(id=1, body=start), Text(id=2, body=f"{later} {prose(8, 25)}", hours=20)])
    assert rows(con, "select story_id, relation from story_articles order by article_id") == [
        (1, "earliest_known"),
        (1, "update"),
    ]
    put(con, [Text(id=3, body=f"{later} {prose(9, 25)}", hours=24 * 30)], batch="b2")
    assert story_of(con)[3] == 1  # its numbers are those of the update, a month ago or not
    other = later.replace("12", "13").replace("29", "30").replace("37", "38").replace("48", "50")
    put(con, [Text(id=4, body=f"{other} {prose(10, 25)}", hours=24 * 90)], batch="b3")
    assert story_of(con)[4] == 4
    assert rows(con, "select count(*) from article_series where article_id = 4") == [(1,)]


def test_an_older_article_that_comes_later_becomes_the_earliest_known(
    con: duckdb.DuckDBPyConnection,
) -> None:
    put(con, [Text(id=1, body=prose(1), hours=10), Text(id=2, body=f"x {prose(1)}", hours=11)])
    put(con, [Text(id=3, body=f"{prose(1)} y", hours=20, dated_hours=1)], batch="b2")
    assert rows(con, "select story_id, earliest_article_id, article_count from stories") == [
        (1, 3, 3)
    ]
    assert rows(con, "select article_id, relation from story_articles order by 1") == [
        (1, "copy"),
        (2, "copy"),
        (3, "earliest_known"),
    ]
    assert rows(con, "select article_id from story_articles where similarity is null") == [(3,)]


def test_a_digest_of_two_reports_does_not_make_them_one_story(
    con: duckdb.DuckDBPyConnection,
) -> None:
    put(con, [Text(id=1, body=prose(1)), Text(id=2, body=prose(2))])
    put(con, [Text(id=3, body=f"{prose(1)} {prose(2)}", hours=5)], batch="b2")
    assert story_of(con)[1] == 1
    assert story_of(con)[2] == 2
    assert rows(con, "select count(*) from stories where merged_into is not null") == [(0,)]
    put(con, [Text(id=4, body=f"z {prose(2)}", hours=6)], batch="b3")
    assert story_of(con)[4] == 2


def test_weak_links_do_not_chain_two_stories(con: duckdb.DuckDBPyConnection) -> None:
    long = prose(1, 600)
    put(con, [Text(id=1, body=cut(long, 0, 0.5)), Text(id=2, body=cut(long, 0.5, 1))])
    put(con, [Text(id=3, body=cut(long, 0.2, 0.8), hours=5)], batch="b2")
    stories = story_of(con)
    assert stories[1] == 1
    assert stories[2] == 2


def test_two_stories_that_one_text_proves_to_be_one_merge_into_the_older(
    con: duckdb.DuckDBPyConnection,
) -> None:
    # 1 and 2 are too unlike to meet; each is strongly like 3, which lies between them.
    words = prose(1, 400).split()
    first, between, last = words[:330], words[30:], words[60:] + prose(7, 60).split()
    put(con, [Text(id=8, body=" ".join(first))])
    con.execute("delete from signatures")  # as if an older version of the matching had missed it
    put(con, [Text(id=2, body=" ".join(last), hours=3)], batch="b2")
    assert story_of(con) == {8: 8, 2: 2}
    put(con, [Text(id=8, body=" ".join(first))], batch="b3")
    put(con, [Text(id=5, body=" ".join(between), hours=4)], batch="b4")
    assert story_of(con) == {8: 8, 2: 8, 5: 8}
    assert rows(
        con, "select story_id, merged_into, article_count from stories order by story_id"
    ) == [(2, 8, 0), (8, None, 3)]
    assert rows(con, "select distinct story_id from articles") == [(8,)]


def test_a_text_that_was_edited_keeps_its_story(con: duckdb.DuckDBPyConnection) -> None:
    put(con, [Text(id=1, body=prose(1)), Text(id=2, body=f"x {prose(1)}", hours=1)])
    put(con, [Text(id=1, body=f"{prose(1)} and more")], batch="b2")
    assert story_of(con) == {1: 1, 2: 1}
    assert rows(con, "select count(*) from signatures") == [(2,)]


def test_an_article_that_gets_another_text_leaves_its_story_to_those_that_keep_theirs(
    con: duckdb.DuckDBPyConnection,
) -> None:
    put(con, [Text(id=1, body=prose(1)), Text(id=2, body=f"x {prose(1)}", hours=1)])
    put(con, [Text(id=1, body=prose(4))], batch="b2")
    left = story_of(con)
    assert left[2] == 1
    assert left[1] not in {1, 2}
    put(con, [Text(id=3, body=f"{prose(4)} y", hours=9)], batch="b3")
    assert story_of(con) == left | {3: left[1]}
    put(con, [Text(id=1, body=prose(1))], batch="b4")
    assert story_of(con) == {1: 1, 2: 1, 3: left[1]}
    assert rows(con, "select story_id, article_count from stories where merged_into is null "
                "order by article_count") == [(left[1], 1), (1, 2)]  # fmt: skip


def test_a_headline_that_gets_its_text_later_joins_the_story_of_that_text(
    con: duckdb.DuckDBPyConnection,
) -> None:
    put(con, [Text(id=1, body=prose(1)), Text(id=2, body="", hours=1)])
    put(con, [Text(id=2, body=f"{prose(1)} y", hours=1)], batch="b2")
    assert story_of(con) == {1: 1, 2: 1}
    assert rows(con, "select merged_into from stories where story_id = 2") == [(1,)]


def test_the_outcome_does_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    texts = [
        Text(id=seed * 10 + part, body=cut(prose(seed, 300), part / 10, 0.6 + part / 10))
        for seed in range(8)
        for part in range(4)
    ] + [Text(id=900 + day, body=gold(day)) for day in range(6)]
    outcomes = []
    for seed in range(3):
        shuffled = random.Random(seed).sample(texts, len(texts))  # noqa: S311
        with open_writer(tmp_path / str(seed)) as con:
            put(con, shuffled)
            tables = ("story_articles", "stories", "article_series", "signatures")
            outcomes.append([rows(con, f"from {name} order by all") for name in tables])
    assert outcomes[0] == outcomes[1] == outcomes[2]


def test_deciding_writes_nothing_but_its_temporary_tables(con: duckdb.DuckDBPyConnection) -> None:
    texts = [Text(id=1, body=prose(1)), Text(id=2, body=f"x {prose(1)}")]
    with staged(con, texts):
        decide_stories(con)
        first = [rows(con, f"from {name}") for name in DECISIONS]
        decide_stories(con)
        assert [rows(con, f"from {name}") for name in DECISIONS] == first
        assert rows(con, "select count(*) from story_articles") == [(0,)]
        con.execute("begin")
        write_articles(con, texts, "b1")
        apply_stories(con, "b1")
        con.execute("rollback")
    assert rows(con, "select count(*) from stories") == [(0,)]


def test_text_shared_by_hundreds_of_articles_is_capped_and_copies_are_still_found(
    con: duckdb.DuckDBPyConnection,
) -> None:
    footer = prose(99, 30)
    put(con, [Text(id=number, body=f"{prose(number, 60)} {footer}") for number in range(1, 301)])
    assert len(set(story_of(con).values())) == 300
    put(con, [Text(id=999, body=f"x {prose(250, 60)} {footer}", hours=3)], batch="b2")
    assert story_of(con)[999] == 250


def test_story_rows_follow_an_article_whose_id_proved_to_be_another_ones(
    con: duckdb.DuckDBPyConnection,
) -> None:
    put(
        con,
        [Text(id=1, body=prose(1)), Text(id=2, body=prose(2)), Text(id=3, body=f"x {prose(2)}")],
    )
    put(con, [Text(id=4, body=gold(4), hours=1), Text(id=5, body=gold(5), hours=900)], batch="b2")
    put(con, [], "b3", merges={2: 1, 4: 1})
    assert story_of(con) == {1: 1, 3: 2, 5: 5}
    assert rows(con, "select story_id, merged_into, article_count from stories order by 1") == [
        (1, None, 1),
        (2, None, 1),
        (4, 1, 0),
        (5, None, 1),
    ]
    assert rows(con, "select like_article_id from article_series") == []
    for query in (
        "select count(*) from signatures where article_id in (2, 4)",
        "select count(*) from story_articles where matched_to in (2, 4)",
    ):
        assert rows(con, query) == [(0,)]
