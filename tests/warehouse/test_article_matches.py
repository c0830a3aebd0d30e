import itertools
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.batches import BatchMaker, page, text
from tests.warehouse.batches import rows as told_by
from tests.warehouse.texts import Text, prose, put, rows, story_of
from warehouse.connection import connect, open_writer
from warehouse.dedup import dedup_batch
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

URDU = (
    "پشاور میں بارش کے بعد دریا کا پانی پل تک پہنچ گیا اور لوگ سکول کی چھت پر رات گزارنے پر مجبور "
    "ہو گئے جبکہ ضلعی انتظامیہ نے کشتیاں بھیج دیں اور متاثرین کو خیموں میں منتقل کیا گیا"
)
PAIRS = "select article_id, other_id from article_matches order by all"


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_writer(tmp_path) as connection:
        yield connection


def test_alike_articles_are_kept_as_pairs_whichever_batch_they_came_in(
    con: duckdb.DuckDBPyConnection,
) -> None:
    put(con, [Text(id=1, body=prose(1)), Text(id=7, body=f"x {prose(1)}"), Text(id=3, body="")])
    put(con, [Text(id=5, body=f"{prose(1)} y", hours=3), Text(id=6, body=prose(6))], batch="b2")
    assert rows(con, PAIRS) == [(1, 5), (1, 7), (5, 7)]
    found = rows(con, "select distinct batch_id, similarity > 0.9, containment > 0.9 "
                      "from article_matches order by 1")  # fmt: skip
    assert found == [("b1", True, True), ("b2", True, True)]


def test_urdu_letters_of_two_keyboards_make_a_pair_of_equal_texts(
    con: duckdb.DuckDBPyConnection,
) -> None:
    arabic = URDU.replace("ی", "ي").replace("ک", "ك")
    put(con, [Text(id=1, body=URDU, language="ur"), Text(id=2, body=arabic, language="ur")])
    assert rows(con, "select article_id, other_id, similarity, containment "
                     "from article_matches") == [(1, 2, 1, 1)]  # fmt: skip
    assert rows(con, "select languages, article_count from stories") == [(["ur"], 2)]


def test_exact_copies_are_all_paired_while_they_are_few(con: duckdb.DuckDBPyConnection) -> None:
    put(con, [Text(id=number, body=prose(1), hours=number) for number in (1, 2, 3)])
    put(con, [Text(id=4, body=prose(1), hours=9)], batch="b2")
    assert rows(con, PAIRS) == list(itertools.combinations((1, 2, 3, 4), 2))


def test_a_text_of_hundreds_of_articles_makes_a_bounded_number_of_pairs(
    con: duckdb.DuckDBPyConnection,
) -> None:
    notice = prose(1, 9)  # too short for bands
    put(con, [Text(id=number, body=notice, hours=number) for number in range(1, 401)])
    expected = sum(min(number - 1, 20) for number in range(1, 401))
    assert rows(con, "select count(*) from article_matches") == [(expected,)]
    put(con, [Text(id=999, body=notice, hours=999)], batch="b2")
    assert rows(con, "select article_id from article_matches where batch_id = 'b2' order by 1") == [
        (number,) for number in range(1, 21)
    ]


def test_tiny_texts_make_no_pair(con: duckdb.DuckDBPyConnection) -> None:
    put(con, [Text(id=1, body="Watch live"), Text(id=2, body="Watch live"), Text(id=3, body="")])
    put(con, [Text(id=4, body=""), Text(id=5, body="Watch live")], batch="b2")
    assert rows(con, PAIRS) == []


def test_pairs_of_a_text_that_changed_are_those_of_its_new_text(
    con: duckdb.DuckDBPyConnection,
) -> None:
    put(con, [Text(id=1, body=prose(1)), Text(id=2, body=f"x {prose(1)}"),
              Text(id=3, body=prose(3)), Text(id=4, body=f"{prose(1)} y")])  # fmt: skip
    put(con, [Text(id=2, body=f"x {prose(3)}", hours=9)], batch="b2")
    assert rows(con, PAIRS) == [(1, 4), (2, 3)]
    put(con, [Text(id=2, body=f"x {prose(1)}", hours=12)], batch="b3")
    assert rows(con, PAIRS) == [(1, 2), (1, 4), (2, 4)]


@pytest.mark.parametrize("leaves", ["gets another text", "proves to be another article"])
def test_pairs_of_an_article_that_leaves_its_text_go_to_the_oldest_that_keeps_it(
    con: duckdb.DuckDBPyConnection, leaves: str
) -> None:
    # Of the three with one text only the first was compared with 4 and 5.
    put(con, [Text(id=number, body=prose(1), hours=number) for number in (1, 2, 3)])
    put(con, [Text(id=4, body=f"x {prose(1)}", hours=-1)], batch="b2")
    con.execute("delete from article_matches where other_id = 4 and article_id <> 1")
    before = rows(con, "select similarity, is_form from article_matches where other_id = 4")
    if leaves == "gets another text":
        put(con, [Text(id=1, body=prose(2), hours=1)], batch="b3")
    else:
        put(con, [Text(id=9, body=prose(2), hours=9)], batch="b3", merges={1: 9})
    assert rows(con, PAIRS) == [(2, 3), (2, 4)]
    assert rows(con, "select similarity, is_form from article_matches where other_id = 4") == before
    assert len({story_of(con)[number] for number in (2, 3, 4)}) == 1


def test_an_id_that_won_keeps_its_own_pairs(con: duckdb.DuckDBPyConnection) -> None:
    put(con, [Text(id=number, body=prose(1, 9), hours=number) for number in (1, 2, 3)])
    con.execute("update article_matches set similarity = 0.5 where article_id = 2")
    put(con, [], "b2", merges={2: 1})
    assert rows(con, "select article_id, other_id, similarity, batch_id from article_matches") == [
        (1, 3, 1, "b1")
    ]


def test_an_id_whose_text_is_read_anew_takes_no_pair_over(con: duckdb.DuckDBPyConnection) -> None:
    put(con, [Text(id=1, body=prose(1)), Text(id=2, body=prose(2)), Text(id=3, body=prose(2, 190))])
    put(con, [Text(id=1, body=prose(4))], "b2", merges={2: 1})
    assert rows(con, PAIRS) == []


def test_the_snapshot_carries_the_pairs(tmp_path: Path) -> None:
    with open_writer(tmp_path) as con:
        put(con, [Text(id=1, body=prose(1)), Text(id=2, body=f"x {prose(1)}")])
    assert publish_snapshot(tmp_path).counts["article_matches"] == 1
    with connect(tmp_path / "published" / "news.duckdb", read_only=True) as con:
        assert rows(con, PAIRS) == [(1, 2)]


KILLED = """
import os, signal, sys
from pathlib import Path
from crawlers.batch import Batch
from warehouse import load

load.check_warehouse = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
load.load_batch(Batch(id=sys.argv[2], home=Path(sys.argv[1])))
"""


def test_pairs_decided_before_a_kill_are_committed_once(tmp_path: Path) -> None:
    found = []
    for name in ("calm", "killed"):
        home = tmp_path / name
        first = BatchMaker(home, 0).source(page("/a", text("a"), hour=0)).write()
        load_batch(first)
        lines = (page(f"/{n}", f"{text('a')} {n}", hour=5) for n in range(3))
        second = BatchMaker(home, 5).source(*lines).write()
        dedup_batch(second)
        if name == "killed":
            command = [sys.executable, "-c", KILLED, str(home), second.id]
            child = subprocess.run(command, cwd=Path(__file__).parents[2], check=False)
            assert child.returncode == -signal.SIGKILL
            assert told_by(home, "select count(*) from article_matches") == [(0,)]
        assert load_batch(second).used_decisions
        assert load_batch(second).was_loaded_before
        found.append(told_by(home, "from article_matches order by all"))
    assert len(found[0]) == 6
    assert found[0] == found[1]
