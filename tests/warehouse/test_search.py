from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.batches import START, BatchMaker, page, rows
from transforms.article import Moment
from warehouse.connection import connect, open_writer
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot
from warehouse.search_texts import LEAD_WORDS, WHOLE_DAYS

FILL = " ".join(f"word{n}" for n in range(60))
OLD = START - timedelta(days=WHOLE_DAYS + 5)
TEXTS = {
    "title": ("Police find the bridge", f"Nothing else. {FILL}"),
    "lead": ("A day in town", f"Police came over a bridge. {FILL}"),
    "body": ("Another day", f"{FILL} Police stood at the old bridge, the very old bridge."),
    "party": ("Party time", f"The policeman and 15 others. {FILL} 1500"),
    "spaced": ("خیبر پختونخوا میں سیلاب", "پشاور میں ۱۲ افراد زخمی ہوئے۔"),
    "joined": ("خیبرپختونخوا کی خبر", "بنوں میں پولیس نے آگ بجھائی۔"),
    "arabic": ("خبر", "پوليس نے كہا کہ بنوں میں ١٢ گھر جل گئے۔"),
    "forms": ("ﭘﻮﻟﯿﺲ", "کاغذ"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    lines = [page(f"/{name}", body, title=title) for name, (title, body) in TEXTS.items()]
    day = Moment(on=OLD.date(), at=OLD, precision="second", origin="meta")
    lines.append(page("/old", f"Hidden lead. {FILL} oldbody", title="Old", published=day))
    load_batch(BatchMaker(home, 0).source(*lines).write())
    publish_snapshot(home)
    return home


@pytest.fixture
def con(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(home / "published" / "news.duckdb", read_only=True) as connection:
        yield connection


@pytest.fixture
def find(con: duckdb.DuckDBPyConnection) -> Callable[..., list[str]]:
    def ask(query: str, more: str = "") -> list[str]:
        found = con.execute(f"select url from search(?{more})", [query]).fetchall()  # noqa: S608
        return [url.rpartition("/")[2] for (url,) in found]

    return ask


def test_headline_comes_before_lead_and_lead_before_body(find: Callable[..., list[str]]) -> None:
    assert find("bridge police") == ["title", "lead", "body"]


def test_all_words_must_match(find: Callable[..., list[str]]) -> None:
    assert find("police bridge stood") == ["body"]
    assert find("police nowhere") == []


def test_quoted_words_are_a_phrase(find: Callable[..., list[str]]) -> None:
    assert find('"old bridge" police') == ["body"]
    assert find('"bridge old"') == []
    assert find("“old bridge”") == ["body"]


def test_latin_words_begin_a_word_and_short_ones_are_whole(find: Callable[..., list[str]]) -> None:
    assert "party" in find("policem")
    assert find("arty") == []
    assert find("15") == ["party"]
    assert find("one") == []


@pytest.mark.parametrize(
    "asked", ["خیبر پختونخوا", "خیبرپختونخوا", '"خیبر پختونخوا"', "خيبرپختونخوا"]
)
def test_joined_and_spaced_forms_are_one(find: Callable[..., list[str]], asked: str) -> None:
    assert set(find(asked)) == {"spaced", "joined"}


def test_letter_variants_digits_and_presentation_forms_fold(
    find: Callable[..., list[str]],
) -> None:
    assert set(find("پولیس")) == {"joined", "arabic", "forms"}
    assert set(find("پوليس بنوں")) == {"joined", "arabic"}
    assert set(find("12")) == {"spaced", "arabic"} == set(find("۱۲"))


def test_short_urdu_words_are_whole_words(find: Callable[..., list[str]]) -> None:
    assert find("آگ") == ["joined"]
    assert find("کاغ") == []


def test_lead_of_all_time_and_bodies_of_ninety_days(find: Callable[..., list[str]]) -> None:
    assert find("hidden") == ["old"]
    assert "old" in find(f"word{LEAD_WORDS - 3}")
    assert "old" not in find(f"word{LEAD_WORDS - 2}")
    assert find("oldbody") == []
    assert find("hidden", f", since := date '{START.date()}'") == []


def test_a_row_says_where_it_was_found_and_shows_it(con: duckdb.DuckDBPyConnection) -> None:
    asked = "select found_in, snippet, found_count from search(?, most := 1)"
    assert con.execute(asked, ["stood"]).fetchall()[0][0] == "body"
    snippet = con.execute(asked, ["stood"]).fetchall()[0][1]
    assert snippet.startswith("… ")
    assert "Police stood at the old bridge," in snippet
    assert con.execute(asked, ["bridge"]).fetchall()[0][2] == 3
    assert con.execute(asked, ["پوليس بجھائی"]).fetchall()[0][1].startswith("بنوں میں پولیس")


@pytest.mark.parametrize(
    "asked",
    ["", " ", '"', '""', '"""', "%", "\\", "'", "';--", "\x00", "a\x00b", "%_\\", ".*(", "[", "\n",
     "word0 " * 10_000, "x" * 100_000, '"' * 100_000, "۔", "\u200c", "😀"],
)  # fmt: skip
def test_hostile_text_is_a_question_like_another(
    find: Callable[..., list[str]], asked: str
) -> None:
    assert find(asked) == (find("word0") if asked.startswith("word0") else [])


def test_words_are_looked_through_once_for_a_question(con: duckdb.DuckDBPyConnection) -> None:
    [(_, plan)] = con.execute("explain from search('police bannu')").fetchall()
    assert "CTE Name: held" in plan
    assert plan.count("search_texts") == 1


def test_nothing_is_asked_with_null(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute("from search(NULL)").fetchall() == []


def test_a_later_batch_shortens_what_is_old_and_says_the_new_words(tmp_path: Path) -> None:
    first = page("/a", f"Lead here. {FILL} deepword", title="One")
    load_batch(BatchMaker(tmp_path, 0).source(first).write())
    asked = (
        "SELECT is_whole, words LIKE '%deepword%', words LIKE '%lead here%' "
        "FROM (SELECT is_whole, coalesce(quick_words, words) AS words FROM search_texts)"
    )
    assert rows(tmp_path, asked) == [(True, True, True)]
    hours = 24 * (WHOLE_DAYS + 2)
    later = page("/b", f"Later text. {FILL}", title="Two", hour=hours)
    load_batch(BatchMaker(tmp_path, hours).source(later).write())
    assert sorted(rows(tmp_path, asked)) == [(False, False, True), (True, False, False)]


def test_a_lead_is_the_same_when_it_was_cut_at_once_and_when_later(tmp_path: Path) -> None:
    day = Moment(on=START.date(), at=START, precision="second", origin="meta")
    texts = {
        "rule": f"{'-' * 1_300} oneword {FILL}",
        "long": " ".join(f"{n}{'w' * 35}" for n in range(60)),
        "unspaced": "ข่าว" * 600,
        "usual": FILL,
    }
    old = [page(f"/{name}", body, published=day) for name, body in texts.items()]
    later = page("/later", "A word.", hour=24 * (WHOLE_DAYS + 5))
    words = []
    for name, batches in {"once": [[*old, later]], "twice": [old, [later]]}.items():
        for hour, lines in enumerate(batches):
            load_batch(BatchMaker(tmp_path / name, hour).source(*lines).write())
        words.append(rows(tmp_path / name, "select words from search_texts order by words"))
    assert words[0] == words[1]
    assert any(" oneword " in str(found) for (found,) in words[0])


@pytest.mark.parametrize("word", ["اوږد", "word", "你" * 8], ids=["Pashto", "English", "Chinese"])
def test_one_long_text_leaves_the_others_quick_to_read_and_is_found_by_its_end(
    tmp_path: Path, word: str
) -> None:
    pages = [page(f"/{n}", f"{FILL} number {n}", title=f"No {n}") for n in range(300)]
    long = " ".join(f"{word}{n}" for n in range(1_500))
    load_batch(BatchMaker(tmp_path, 0).source(*pages, page("/long", long, title="Long")).write())
    publish_snapshot(tmp_path)
    asked = "SELECT is_whole, words IS NULL, quick_words IS NULL, count(*) FROM search_texts"
    assert rows(tmp_path, f"{asked} GROUP BY ALL ORDER BY ALL") == [
        (True, False, False, 1),
        (True, True, False, 300),
    ]
    [(whole, form)] = rows(
        tmp_path,
        "SELECT letters_unpacked(quick_words || words), search_form(title) || chr(10) "
        "|| search_form(body) FROM search_texts JOIN articles USING (article_id) "
        "WHERE words IS NOT NULL",
    )
    assert whole == form
    packed = "SELECT compression FROM pragma_storage_info('search_texts') WHERE column_name = "
    assert ("FSST",) in rows(tmp_path, f"{packed} 'quick_words'")
    ends = '"' + " ".join(long.split()[-2:]) + '"'
    asked = f"SELECT title FROM search('{ends}')"  # noqa: S608
    assert rows(tmp_path, asked) == [("Long",)]


def test_packed_letters_are_a_byte_each_and_none_of_a_text(con: duckdb.DuckDBPyConnection) -> None:
    # Every sign of a spelling: none may look like a packed letter, and each must come back.
    signs = " ".join(map(chr, {*range(0x20, 0xD800)} - {0x27}))
    form, packed = con.execute(
        "select search_form($1), letters_packed(search_form($1))", [signs]
    ).fetchall()[0]
    assert con.execute("select letters_unpacked(?)", [packed]).fetchall() == [(form,)]
    taken = [sign for sign, was in zip(packed, form, strict=True) if sign != was]
    assert taken
    assert all(sign.isascii() and sign not in form for sign in taken)
    urdu = con.execute("select search_form('بنوں میں پولیس نے ټولنه ښار ګټل')").fetchall()[0][0]
    assert con.execute("select letters_packed(?)", [urdu]).fetchall()[0][0].isascii()


def test_words_of_a_changed_text_replace_the_old_ones(tmp_path: Path) -> None:
    for hour, body in ((0, "first words of it"), (2, "second words of it")):
        load_batch(BatchMaker(tmp_path, hour).source(page("/a", body, hour=hour)).write())
    asked = "SELECT quick_words LIKE '%second%' FROM search_texts"
    assert rows(tmp_path, asked) == [(True,)]


def test_words_that_a_migration_left_out_come_with_publish(tmp_path: Path) -> None:
    load_batch(BatchMaker(tmp_path, 0).source(page("/a", "some words")).write())
    with open_writer(tmp_path) as con:
        con.execute("DELETE FROM search_texts")
    publish_snapshot(tmp_path)
    assert rows(tmp_path, "SELECT count(*) FROM search_texts") == [(1,)]


def test_words_that_a_migration_left_out_come_with_the_next_load(tmp_path: Path) -> None:
    load_batch(BatchMaker(tmp_path, 0).source(page("/a", "some words")).write())
    with open_writer(tmp_path) as con:
        con.execute("DELETE FROM search_texts")
    load_batch(BatchMaker(tmp_path, 2).source(page("/b", "others", hour=2)).write())
    assert rows(tmp_path, "SELECT count(*) FROM search_texts") == [(2,)]
