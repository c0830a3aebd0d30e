"""What holds a story together, and what must not: chains, digests, live pages, hot bands."""

import itertools
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.texts import Text, prose, put, rows, story_of
from warehouse import placing
from warehouse.candidates import BAND_CAP, NEAR_CAP
from warehouse.connection import open_writer
from warehouse.series import are_series

REPORTS = range(1, 6)


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_writer(tmp_path) as connection:
        yield connection


def window(seed: int, start: int, words: int) -> str:
    return " ".join(prose(seed, 3_000).split()[start : start + words])


def replaced(text: str, seed: int, share: float) -> str:
    """Put other words in the place of a share of a text's words."""
    draw = random.Random(seed)  # noqa: S311 (no secret)
    others = iter(prose(seed + 10**7, len(text.split())).split())
    return " ".join(next(others) if draw.random() < share else word for word in text.split())


def report(number: int) -> str:
    return prose(number, 120)


def copies(number: int, count: int) -> list[Text]:
    return [
        Text(id=1_000 * number + n, body=f"desk {n} {report(number)}", hours=10 + n, source=f"s{n}")
        for n in range(count)
    ]


DIGEST = Text(id=9, body=" ".join(report(number) for number in REPORTS), hours=5)


@pytest.mark.parametrize(
    "batches",
    [
        ["digest", "reports", "copies"],
        ["reports", "digest", "copies"],
        ["copies", "digest", "reports"],
        ["digest copies reports"],
    ],
    ids=" then ".join,
)
def test_a_digest_of_five_reports_chains_no_two_of_them(
    con: duckdb.DuckDBPyConnection, batches: Sequence[str]
) -> None:
    texts = {
        "digest": [DIGEST],
        "reports": [Text(id=number, body=report(number), hours=1) for number in REPORTS],
        "copies": [text for number in REPORTS for text in copies(number, 6)],
    }
    for number, names in enumerate(batches):
        put(con, [text for name in names.split() for text in texts[name]], batch=f"b{number}")
    stories = story_of(con)
    of_reports = {number: stories[number] for number in REPORTS}
    assert len(set(of_reports.values())) == len(REPORTS)
    for number, story in of_reports.items():
        assert {stories[text.id] for text in copies(number, 6)} == {story}


def test_of_texts_half_alike_each_to_the_one_before_the_fourth_is_another_story(
    con: duckdb.DuckDBPyConnection,
) -> None:
    # 300 words every 90: each shares 70 % with the next (Jaccard .54), a third with the one after.
    for step in range(4):
        put(con, [Text(id=step, body=window(1, 90 * step, 300), hours=step)], batch=f"b{step}")
    ((similarity,),) = rows(con, "select similarity from story_articles where article_id = 1")
    assert isinstance(similarity, float)
    assert 0.45 < similarity < 0.65
    stories = story_of(con)
    assert stories[1] == stories[0]
    assert stories[3] != stories[0]


def test_a_live_page_that_drops_its_oldest_entries_does_not_run_on_for_ever(
    con: duckdb.DuckDBPyConnection,
) -> None:
    for step in range(15):
        put(con, [Text(id=step, body=window(2, 80 * step, 400), hours=step)], batch=f"b{step}")
    spans = Counter(story_of(con).values())
    assert len(spans) >= 3
    for story in spans:
        steps = [id_ for id_, of in story_of(con).items() if of == story]
        assert 80 * (max(steps) - min(steps)) < 400, "a text that shares nothing with the first"


def test_two_parts_of_one_text_that_overlap_are_both_its_excerpts(
    con: duckdb.DuckDBPyConnection,
) -> None:
    put(con, [Text(id=1, body=window(3, 0, 400))])
    put(con, [Text(id=2, body=window(3, 0, 140), hours=1)], batch="b2")
    put(con, [Text(id=3, body=window(3, 100, 140), hours=2)], batch="b3")
    assert story_of(con) == {1: 1, 2: 1, 3: 1}


def test_a_disclaimer_under_thousands_of_short_texts_neither_joins_nor_hides_them(
    con: duckdb.DuckDBPyConnection,
) -> None:
    disclaimer = prose(0, 60)
    put(con, [Text(id=n, body=f"{prose(n, 80)} {disclaimer}") for n in range(1, 5_001)])
    assert len(set(story_of(con).values())) == 5_000
    sample = range(50, 5_001, 99)
    again = [Text(id=10_000 + n, body=f"web desk {prose(n, 80)} {disclaimer}") for n in sample]
    put(con, again, batch="b2")
    stories = story_of(con)
    assert [n for n in sample if stories[10_000 + n] != n] == []


def test_a_boilerplate_that_is_half_of_each_text_makes_fifty_pairs_a_text(
    con: duckdb.DuckDBPyConnection,
) -> None:
    notices = [
        Text(id=n, body=f"{prose(n, 25)} {prose(0, 60)}", hours=n / 10) for n in range(1, 701)
    ]
    put(con, notices[:600])
    put(con, notices[600:], batch="b2")
    pairs = con.execute("select article_id, other_id from article_matches").fetchall()
    in_batch = Counter(later for earlier, later in pairs if (earlier > 600) == (later > 600))
    in_warehouse = Counter(later for earlier, later in pairs if earlier <= 600 < later)
    assert (max(in_batch.values()), max(in_warehouse.values())) == (NEAR_CAP, NEAR_CAP)
    assert len(set(story_of(con).values())) == 1


@pytest.mark.parametrize("share", [0.02, 0.06])
def test_a_story_of_three_hundred_copies_is_one_however_they_come(
    con: duckdb.DuckDBPyConnection, share: float
) -> None:
    text = f"{prose(5, 250)} {prose(99, 40)}"
    draw = random.Random(5)  # noqa: S311 (no secret)
    ids = draw.sample(range(10**6), 6 * BAND_CAP + 60)
    bodies = [text, *(replaced(text, n, share) for n in ids[1:])]
    news = [
        Text(id=id_, body=body, hours=n / 10)
        for n, (id_, body) in enumerate(zip(ids, bodies, strict=True))
    ]
    put(con, news[: 5 * BAND_CAP])
    put(
        con,
        [Text(id=2_000_000 + n, body=f"{prose(n, 90)} {prose(99, 40)}") for n in range(100, 300)],
    )
    put(con, news[5 * BAND_CAP :], batch="b3")
    found = Counter(story_of(con)[one.id] for one in news)
    assert found[ids[0]] >= 0.99 * len(news)


@pytest.mark.parametrize("order", [*itertools.permutations((1, 2, 3))])
def test_a_digest_of_two_reports_holds_one_of_them_at_most(
    con: duckdb.DuckDBPyConnection, order: tuple[int, ...]
) -> None:
    bodies = {1: prose(1), 2: prose(2), 3: f"{prose(1)} {prose(2)}"}
    for hours, number in enumerate(order):
        put(con, [Text(id=number, body=bodies[number], hours=hours)], batch=f"b{number}")
    put(con, [Text(id=4, body=f"x {prose(1)}", hours=9), Text(id=5, body=f"y {prose(2)}", hours=9)],
        batch="b4")  # fmt: skip
    stories = story_of(con)
    assert (stories[4], stories[5]) == (stories[1], stories[2])
    assert stories[1] != stories[2]


def test_a_story_of_thousands_of_near_copies_makes_no_table_of_all_with_all(
    con: duckdb.DuckDBPyConnection,
) -> None:
    put(con, [Text(id=n, body=replaced(prose(6), n, 0.02), hours=n / 60) for n in range(2_500)])
    con.execute("set memory_limit = '250MB'; set temp_directory = ''; set threads = 1")
    put(con, [Text(id=5_000, body=f"desk {prose(6)}", hours=99)], batch="b2")
    assert len(set(story_of(con).values())) == 1


def test_look_alikes_that_many_texts_are_like_are_compared_once(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, compared = prose(7).split(), Counter[tuple[int, int]]()

    def count(lent: duckdb.DuckDBPyConnection, one: int, other: int) -> bool:
        compared[one, other] += 1
        return are_series(lent, one, other)

    monkeypatch.setattr(placing, "are_series", count)
    put(con, [
        Text(id=n, body=" ".join([*words[:50], f"{n + 20} dead {n + 70} hurt {5 * n + 300} saved",
                                  *words[50:]]), hours=100 * n)
        for n in range(6)
    ])  # fmt: skip
    without = [Text(id=100 + n, body=f"desk{n} {prose(7)}", hours=900 + n) for n in range(30)]
    put(con, without, batch="b2")
    assert len(set(story_of(con).values())) == 6
    assert set(compared.values()) == {1}
