import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.batches import BatchMaker, page
from transforms.normalise import FOLDS, normalise_text, words
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

URDU = (
    "بنوں میں دھماکے سے ۱۲ افراد جاں بحق ہو گئے۔پولیس نے علاقے کو گھیرے میں لے لیا۔ "
    "کیا یہ پہلا واقعہ ہے؟ نہیں۔"
)
BODY = (
    "Twelve shops burnt down in the old bazaar on Monday night. Officials counted 12 killed and 40 "
    "hurt. “We need 1,200 tents,” said Mr. Khan.\nThe road to the pass was closed for 3 hours."
)
SERVED: dict[str, list[tuple[str, str]]] = {
    "toll": [
        ("12 killed in bazaar fire", BODY),
        ("15 killed in bazaar fire", BODY.replace("12 killed", "15 killed")),
    ],
    "headline": [("Blast in Bannu", BODY), ("Two held after blast in Bannu", BODY)],
    "moved": [
        ("Fire", "It left 12 dead. Another 40 were hurt. All went home."),
        ("Fire", "Another 40 were hurt. It left 12 dead. All went home."),
    ],
    "within": [
        ("Fire", "It left 12 dead and 40 hurt. All went home."),
        ("Fire", "It left 40 hurt and 12 dead. Nobody went home."),
    ],
    "separators": [
        ("Rates", "They paid Rs1,20,000 and 1,200 for ۱۵ bags of ١٢٫٥ kg at १० shops."),
        ("Rates", "They paid Rs120000 and 1200 for 15 bags of 12.5 kg at 10 shops again."),
    ],
    "urdu": [("بنوں دھماکہ", URDU), ("بنوں دھماکہ", URDU.replace("۱۲", "۱۵"))],
    "spelling": [
        ("خبر", f"{URDU}یہ آخری جملہ ہے۔"),
        ("خبر", f"{URDU.replace('ک', 'ك').replace('ی', 'ي')}یہ نیا جملہ ہے۔"),
    ],
    "thrice": [("A", "He said yes. It rained."), ("A", "He said no. It rained."),
               ("A", "He said yes. It rained.")],
    "long": [
        ("Log", "\n".join(f"Entry {n} of the log." for n in range(1001))),
        ("Log", "\n".join(f"Entry {n} of the log." for n in range(1002))),
    ],
    "rewritten": [
        ("Long read", " ".join(f"before{n}x" for n in range(2001)) + "."),
        ("Long read", " ".join(f"after{n}x" for n in range(30)) + "."),
    ],
    "many": [
        ("List", "\n".join(f"Line {n} was here." for n in range(30))),
        ("List", "\n".join(f"Row {n + 100} is here." for n in range(30))),
    ],
    "opened": [("Fire", f"{BODY[:150]} …"), ("Fire", BODY), ("Fire", f"{BODY}\nIt rained.")],
    "higher": [("Fire", "It rained. It left 12"), ("Fire", "It rained. It left 120 dead.")],
    "renamed": [("Fire", "It rained."), ("Fires", "It rained. All went home.")],
    "shorter": [("Fire", "It rained. All went home."), ("Fire", "It rained.")],
    "before": [("Fire", "It rained."), ("Fire", "All went home. It rained.")],
    "never": [("Quiet", BODY)],
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    for number in range(3):
        lines = [
            page(f"/{name}", served[number][1], hour=number + 0.25, title=served[number][0])
            for name, served in SERVED.items()
            if number < len(served)
        ]
        load_batch(BatchMaker(home, number + 1).source(*lines).write())
    publish_snapshot(home)
    return home


@pytest.fixture(scope="module")
def news(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the snapshot as a stock client does: another name, an alias, no extension."""
    copy = home / "a copy.duckdb"
    shutil.copyfile(home / "published" / "news.duckdb", copy)
    with duckdb.connect() as con:
        con.execute("SET autoinstall_known_extensions = false")
        con.execute("SET autoload_known_extensions = false")
        con.execute(f"ATTACH '{copy}' AS theirs (READ_ONLY)")
        con.execute("USE theirs")
        con.execute("SET TimeZone = 'UTC'")
        yield con


def change(news: duckdb.DuckDBPyConnection, name: str) -> dict[str, Any]:
    found = news.execute(
        "FROM article_changes WHERE url LIKE '%/' || ? ORDER BY version_number", [name]
    )
    names = [one[0] for one in found.description]
    return dict(zip(names, found.fetchall()[0], strict=True))


def test_a_rising_toll_is_a_change_of_numbers_in_headline_and_text(
    news: duckdb.DuckDBPyConnection,
) -> None:
    one = change(news, "toll")
    assert (one["title_before"], one["title_after"]) == (
        "12 killed in bazaar fire",
        "15 killed in bazaar fire",
    )
    assert one["is_title_changed"] is True
    assert (one["numbers_before"], one["numbers_after"]) == ([12], [15])
    assert (one["removed_word_count"], one["added_word_count"]) == (1, 1)
    assert (one["removed_words"], one["added_words"]) == (["12"], ["15"])
    assert one["diff"] == (
        "- Officials counted 12 killed and 40 hurt.\n+ Officials counted 15 killed and 40 hurt."
    )


def test_a_new_headline_alone_changes_nothing_of_the_text(
    news: duckdb.DuckDBPyConnection,
) -> None:
    one = change(news, "headline")
    assert one["is_title_changed"] is True
    assert (one["removed_word_count"], one["added_word_count"]) == (0, 0)
    assert (one["removed_words"], one["added_words"], one["diff"]) == ([], [], "")
    assert (one["numbers_before"], one["numbers_after"]) == ([], [])


@pytest.mark.parametrize(
    ("name", "is_only_longer"),
    [
        ("opened", [True, True]), ("toll", [False]), ("headline", [False]), ("moved", [False]),
        ("higher", [False]), ("renamed", [False]), ("shorter", [False]), ("before", [False]),
        ("long", [None]),
    ],
)  # fmt: skip
def test_a_text_that_only_goes_on_is_told_from_an_edit(
    news: duckdb.DuckDBPyConnection, name: str, is_only_longer: list[bool | None]
) -> None:
    rows = news.execute(
        "SELECT is_only_longer FROM article_changes WHERE url LIKE '%/' || ? "
        "ORDER BY version_number",
        [name],
    ).fetchall()
    assert [one for (one,) in rows] == is_only_longer


@pytest.mark.parametrize(
    ("name", "diff"),
    [
        ("moved", "= the same sentences in another order"),
        (
            "within",
            (
                "- It left 12 dead and 40 hurt.\n- All went home.\n"
                "+ It left 40 hurt and 12 dead.\n+ Nobody went home."
            ),
        ),
    ],
)
def test_a_number_that_only_moved_is_no_change(
    news: duckdb.DuckDBPyConnection, name: str, diff: str
) -> None:
    one = change(news, name)
    assert (one["numbers_before"], one["numbers_after"]) == ([], [])
    assert (one["is_title_changed"], one["diff"]) == (False, diff)


def test_numbers_are_read_in_any_script_and_with_separators(
    news: duckdb.DuckDBPyConnection,
) -> None:
    one = change(news, "separators")
    assert (one["numbers_before"], one["numbers_after"]) == ([], [])
    assert "again" in one["added_words"]
    read = news.execute("SELECT numbers_in('1,20,000.5; ۱۲٫۵ १० ၄၂ 𝟜𝟝 3, 4 ' || repeat('9', 30))")
    assert read.fetchall() == [([120000.5, 12.5, 10, 42, 45, 3, 4],)]
    read = news.execute("SELECT numbers_in('۱۲،۰۰۰ ۱۲، ۱۵ ۲،۳'), numbers_in('22.11.2026, 3.5.')")
    assert read.fetchall() == [([12000, 12, 15, 2, 3], [22, 11, 2026, 3.5])]


def test_every_script_has_its_digits(news: duckdb.DuckDBPyConnection) -> None:
    zeros = [chr(code) for code in range(0x110000) if unicodedata.digit(chr(code), -1) == 0
             and unicodedata.category(chr(code)) == "Nd"]  # fmt: skip
    text = " ".join(f"{chr(ord(zero) + 4)}{chr(ord(zero) + 2)}" for zero in zeros)
    read = news.execute("SELECT numbers_in(?)", [text]).fetchall()[0][0]
    assert read.count(42) >= 60
    assert set(read) == {42}


def test_urdu_is_split_at_its_own_full_stop(news: duckdb.DuckDBPyConnection) -> None:
    one = change(news, "urdu")
    assert (one["numbers_before"], one["numbers_after"]) == ([12], [15])
    assert (one["removed_words"], one["added_words"]) == (["۱۲"], ["۱۵"])
    before = "بنوں میں دھماکے سے ۱۲ افراد جاں بحق ہو گئے۔"
    assert one["diff"] == f"- {before}\n+ {before.replace('۱۲', '۱۵')}"


def test_letter_variants_are_no_change(news: duckdb.DuckDBPyConnection) -> None:
    one = change(news, "spelling")
    assert one["diff"] == "- یہ آخری جملہ ہے۔\n+ یہ نیا جملہ ہے۔"
    assert (one["removed_words"], one["added_words"]) == (["آخری"], ["نیا"])


def test_folding_in_sql_is_the_folding_of_hashes(news: duckdb.DuckDBPyConnection) -> None:
    blocks = ((0xAA, 0x5FF), (0x600, 0x7FF), (0x8A0, 0x8FF), (0x1E00, 0x1FFF), (0xFE70, 0xFEFC))
    told = (chr(code) for first, last in blocks for code in range(first, last + 1))
    signs = [sign for sign in told if unicodedata.category(sign)[0] in "LN"]
    signs += [chr(code) for code, to in FOLDS.items() if to is None]
    rows = news.execute(
        "SELECT sign, folded(bare_words('A' || sign || 'b')) FROM (SELECT unnest(?) AS sign)",
        [signs],
    )
    expected = {sign: " ".join(words(normalise_text(f"A{sign}b"))) for sign in signs}
    off = {sign for sign, folded in rows.fetchall() if folded != expected[sign]}
    # A letter that stands for two, and forms of marks without a letter.
    assert {sign for sign in off if len(unicodedata.normalize("NFKC", sign)) == 1} <= {"ﺀ"}
    assert not off & set("ßﻻﻼ")


@pytest.mark.parametrize("text", [
    "Café Zürich, naïve façade", "پولیس نے ۱۲ افراد", "پوليس ١٢ كسان", "مُحَمَّد", "سرحد\u200cي",
    "ﭘﻮﻟﯿﺲ ﻻﮨﻮﺭ", "خیبر پختونخوا", "ＡＢＣ １２", "کتاب\u0654", "ﬁne ﬂat", "a\x00b", "",
])  # fmt: skip
def test_folding_in_sql_is_that_of_words(news: duckdb.DuckDBPyConnection, text: str) -> None:
    folded = news.execute("SELECT folded(bare_words(?))", [text]).fetchall()
    assert folded == [(" ".join(words(normalise_text(text))),)]


def test_each_change_is_between_two_looks(news: duckdb.DuckDBPyConnection) -> None:
    rows = news.execute(
        "SELECT version_number, strftime(last_seen_before, '%H:%M'), "
        "strftime(changed_by, '%H:%M'), within_hours, added_words FROM article_changes "
        "WHERE url LIKE '%/thrice' ORDER BY version_number"
    ).fetchall()
    assert rows == [(2, "00:15", "01:15", 1.0, ["no"]), (3, "01:15", "02:15", 1.0, ["yes"])]


def test_what_is_too_long_is_not_compared(news: duckdb.DuckDBPyConnection) -> None:
    one = change(news, "long")
    fields = ("numbers_before", "numbers_after", "removed_word_count", "added_words", "diff")
    assert [one[field] for field in fields] == [None] * 5
    one = change(news, "rewritten")
    assert (one["removed_word_count"], one["added_words"]) == (None, None)
    assert one["diff"].startswith("- before0x")
    assert len(one["diff"].partition("\n")[0]) == 502


def test_a_diff_is_short_and_says_what_it_leaves_out(news: duckdb.DuckDBPyConnection) -> None:
    lines = change(news, "many")["diff"].splitlines()
    assert len(lines) == 21
    assert lines[-1] == "… and 40 more"


def test_an_article_of_one_version_has_no_change(news: duckdb.DuckDBPyConnection) -> None:
    rows = news.execute("SELECT count(*) FROM article_changes WHERE url LIKE '%/never'").fetchall()
    assert rows == [(0,)]


@pytest.mark.parametrize("view", ["article_changes", "gone_articles"])
def test_every_column_has_a_comment(news: duckdb.DuckDBPyConnection, view: str) -> None:
    rows = news.execute(
        "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = ?", [view]
    ).fetchall()
    assert rows
    assert [name for name, comment in rows if not comment] == []
