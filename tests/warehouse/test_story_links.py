import itertools
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.texts import Text, prose, put, rows, story_of, told, zones
from warehouse.connection import open_writer


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_writer(tmp_path) as connection:
        yield connection


def test_the_earliest_known_is_what_is_known_soonest_to_have_been_out(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """An instant goes before the day it lies in, an earlier day before it: in any order."""
    monday, tuesday = date(2026, 11, 2), date(2026, 11, 3)
    texts = [
        Text(id=1, body=f"a {prose(1)}", day=tuesday, hours=90),
        Text(id=2, body=f"b {prose(1)}", dated_hours=40, hours=90, source="jang"),  # Tuesday 04:00Z
        Text(id=3, body=f"c {prose(1)}", day=monday, hours=90, source="jang"),
    ]
    zones(con, dawn="Asia/Karachi", jang="Asia/Karachi")
    facts = "select earliest_article_id, earliest_from, earliest_to from stories"
    put(con, texts[:1])
    assert told(con, facts) == [(1, "2026-11-02 19:00:00", "2026-11-03 19:00:00")]
    put(con, texts[1:2], batch="b2")
    assert told(con, facts) == [(2, "2026-11-03 04:00:00", "2026-11-03 04:00:01")]
    put(con, texts[2:], batch="b3")
    assert told(con, facts) == [(3, "2026-11-01 19:00:00", "2026-11-02 19:00:00")]
    assert rows(con, "select article_id from story_articles where relation = 'earliest_known'") == [
        (3,)
    ]


def test_the_earliest_known_does_not_depend_on_the_order_of_batches(tmp_path: Path) -> None:
    texts = [
        Text(id=1, body=f"a {prose(1)}", day=date(2026, 11, 3), hours=90),
        Text(id=2, body=f"b {prose(1)}", dated_hours=39.99, hours=90, precision="minute"),
        Text(id=3, body=f"c {prose(1)}", day=date(2026, 11, 3), hours=90, source="jang"),
        Text(id=4, body=f"d {prose(1)}", basis="first_seen", hours=39.5),
        Text(id=5, body=f"e {prose(1)}", dated_hours=39.5, hours=90),
    ]
    found = set()
    for number, order in enumerate(random.Random(5).sample(list(itertools.permutations(texts)), 6)):  # noqa: S311
        with open_writer(tmp_path / str(number)) as con:
            zones(con, dawn="Asia/Karachi", jang=None)
            for place, text in enumerate(order):
                put(con, [text], batch=f"b{place}")
            ((_, *facts),) = rows(
                con,
                "select story_id, earliest_article_id, earliest_from, earliest_to, article_count, "
                "source_count, first_seen_at from stories where merged_into is null",
            )
            found.add(tuple(facts))
    assert len(found) == 1
    assert found.pop()[0] == 4


def test_a_story_says_of_its_articles_what_is_so_after_ids_proved_to_be_others(
    con: duckdb.DuckDBPyConnection,
) -> None:
    put(con, [Text(id=1, body=f"a {prose(1)}", hours=1),
              Text(id=2, body=f"b {prose(1)}", source="jang", language="ur"),
              Text(id=3, body=prose(3), hours=2, source="jang")])  # fmt: skip
    con.execute("update articles set gone_at = first_seen_at where article_id = 1")
    facts = """select story_id, earliest_article_id, article_count, source_count, languages,
        earliest_from = first_seen_at from stories order by 1"""
    assert rows(con, facts) == [(2, 2, 2, 2, ["en", "ur"], True), (3, 3, 1, 1, ["en"], True)]
    put(con, [], "b2", merges={2: 3})
    assert rows(con, facts) == [(2, 1, 1, 1, ["en"], True), (3, 3, 1, 1, ["en"], True)]
    assert rows(con, "select relation, matched_to from story_articles where story_id = 2") == [
        ("earliest_known", None)
    ]


RESOLVED = """
select asked.story_id, s.story_id
from stories asked join stories s on s.story_id = coalesce(asked.merged_into, asked.story_id)
where s.merged_into is null order by 1
"""


def test_every_id_of_a_story_that_was_merged_twice_resolves_with_one_join(
    con: duckdb.DuckDBPyConnection,
) -> None:
    put(con, [Text(id=number, body=prose(number), hours=number) for number in (1, 2, 3, 4)])
    put(con, [], "b2", merges={4: 3})
    assert rows(con, RESOLVED) == [(1, 1), (2, 2), (3, 3), (4, 3)]
    put(con, [], "b3", merges={3: 2})
    assert rows(con, RESOLVED) == [(1, 1), (2, 2), (3, 2), (4, 2)]
    put(con, [], "b4", merges={2: 1})
    assert rows(con, RESOLVED) == [(1, 1), (2, 1), (3, 1), (4, 1)]
    assert rows(con, "select story_id, article_count, source_count, languages, "
                     "earliest_article_id, earliest_to from stories where story_id > 1 "
                     "order by 1") == [(n, 0, 0, [], None, None) for n in (2, 3, 4)]  # fmt: skip


def test_a_chain_of_stories_that_texts_proved_to_be_one_is_collapsed(
    con: duckdb.DuckDBPyConnection,
) -> None:
    words = prose(1, 490).split()

    def part(number: int, start: int, hours: float) -> Text:
        return Text(id=number, body=" ".join(words[start : start + 330]), hours=hours)

    oldest, middle, youngest = part(1, 0, 0), part(2, 80, 3), part(3, 160, 5)
    for number, text in enumerate((oldest, middle, youngest)):
        put(con, [text], batch=f"b{number}")
        con.execute("delete from signatures")  # as if an older version had missed it
    put(con, [middle, youngest], batch="b4")
    put(con, [part(4, 120, 6)], batch="b5")
    assert rows(con, RESOLVED) == [(1, 1), (2, 2), (3, 2)]
    put(con, [oldest], batch="b6")
    put(con, [part(5, 40, 7)], batch="b7")
    assert rows(con, RESOLVED) == [(1, 1), (2, 1), (3, 1)]
    assert rows(con, "select article_count, earliest_article_id from stories order by 1") == [
        (0, None),
        (0, None),
        (5, 1),
    ]


def test_a_merged_story_stays_with_the_story_that_took_it_in_while_that_one_stands(
    con: duckdb.DuckDBPyConnection,
) -> None:
    put(con, [Text(id=number, body=prose(number), hours=number) for number in (1, 2, 4)])
    put(con, [Text(id=3, body=f"x {prose(2)}", hours=5)], batch="b1b")
    put(con, [], "b2", merges={4: 2})
    put(con, [], "b3", merges={3: 1})  # story 2 loses an article, not its last
    assert rows(con, RESOLVED) == [(1, 1), (2, 2), (4, 2)]


def test_a_story_emptied_by_two_ids_folds_into_the_older_of_the_two(
    con: duckdb.DuckDBPyConnection,
) -> None:
    put(con, [Text(id=9, body=prose(9)), Text(id=1, body=prose(1), hours=1)])
    put(con, [Text(id=number, body=prose(2), hours=2) for number in (2, 3)], batch="b1b")
    put(con, [], "b2", merges={2: 1, 3: 9})
    assert rows(con, RESOLVED) == [(1, 1), (2, 9), (9, 9)]


def test_the_first_of_a_story_that_was_merged_is_linked_to_what_it_is_most_like(
    con: duckdb.DuckDBPyConnection,
) -> None:
    words = prose(1, 400).split()
    first, between, last = words[:330], words[30:], words[60:] + prose(7, 60).split()
    put(con, [Text(id=8, body=" ".join(first))])
    con.execute("delete from signatures")
    put(con, [Text(id=2, body=" ".join(last), hours=3)], batch="b2")
    put(con, [Text(id=8, body=" ".join(first))], batch="b3")
    put(con, [Text(id=5, body=" ".join(between), hours=4)], batch="b4")
    assert story_of(con) == {8: 8, 2: 8, 5: 8}
    ((matched_to, similarity),) = rows(
        con, "select matched_to, similarity from story_articles where article_id = 2"
    )
    assert matched_to in {5, 8}
    assert isinstance(similarity, float)


def test_an_update_stays_one_whichever_of_the_two_came_first(
    con: duckdb.DuckDBPyConnection,
) -> None:
    start = f"Kalam and Mingora {prose(3, 60)} 11 dead 22 hurt 33 homes 44 shops 55 tents 66 boats"
    later = f"Kalam and Mingora {prose(3, 60)} 12 dead 29 hurt 37 homes 48 shops 59 tents 71 boats"
    put(con, [Text(id=2, body=f"{later} {prose(8, 25)}", hours=20)])
    put(con, [Text(id=1, body=start, hours=30, dated_hours=0)], batch="b2")
    assert rows(con, "select article_id, relation, matched_to from story_articles order by 1") == [
        (1, "earliest_known", None),
        (2, "update", 1),
    ]
