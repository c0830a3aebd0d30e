"""The README's ten questions, asked of a world in which each has a known answer."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from tests.khabar.command import khabar
from tests.worked_world import HOSTS, write_world
from warehouse.connection import snapshot_file

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
TEN = re.findall(r"^\*\*(\d+)\. ([^*]+)\*\*.*?^```sql\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
QUESTIONS = {int(number): query for number, _, query in TEN}
Row = dict[str, object]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worked") / "home"
    write_world(folder)
    return folder


@pytest.fixture(scope="module")
def news(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(snapshot_file(home)), read_only=True) as con:  # as the README has it
        con.execute("SET TimeZone = 'UTC'")
        yield con


def answers(news: duckdb.DuckDBPyConnection, number: int) -> list[Row]:
    found = news.execute(QUESTIONS[number])
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_there_are_ten_each_of_twelve_lines_at_most() -> None:
    assert list(QUESTIONS) == list(range(1, 11))
    assert max(len(query.splitlines()) for query in QUESTIONS.values()) <= 12


def test_1_coverage_by_outlet_language_and_day(news: duckdb.DuckDBPyConnection) -> None:
    rows = answers(news, 1)
    told = {(row["day"], row["source_id"], row["language"]): row for row in rows}
    assert len(rows) == 100
    assert told[date(2026, 9, 5), "jirga", "ur"]["articles"] == 1
    assert told[date(2026, 9, 5), "jirga", "en"]["articles"] == 0
    assert told[date(2026, 9, 5), "mountain", "en"] == {
        "day": date(2026, 9, 5), "source_id": "mountain", "language": "en", "articles": 5,
        "observed": "full",
    }  # fmt: skip
    assert told[date(2026, 9, 6), "wadi", "ps"]["articles"] == 1


def test_2_silence_is_told_from_blindness(news: duckdb.DuckDBPyConnection) -> None:
    asked = QUESTIONS[2].replace("LIMIT 100", "")
    found = {(str(day), source): observed for day, source, observed, _ in
             news.execute(asked).fetchall()}  # fmt: skip
    assert found["2026-08-25", "valley"] == "full"
    assert found["2026-08-19", "valley"] == found["2026-08-20", "valley"] == "blind"
    assert {source for (_, source) in found} == {"mountain", "valley", "jirga", "wadi"}
    assert ("2026-08-24", "valley") not in found
    assert {day for day, source in found if source == "mountain"} == {"2026-08-01", "2026-09-09"}


def test_3_headlines_and_figures_that_changed(news: duckdb.DuckDBPyConnection) -> None:
    (row,) = answers(news, 3)
    assert row["source_id"] == "mountain"
    assert (row["title_before"], row["title_after"]) == (
        "12 killed in bazaar blast",
        "15 killed in bazaar blast",
    )
    assert (row["numbers_before"], row["numbers_after"]) == ([12], [15])


def test_4_who_had_the_story_when_and_whom_they_credit(news: duckdb.DuckDBPyConnection) -> None:
    first, second = answers(news, 4)
    assert (first["source_id"], first["relation"], first["title"]) == (
        "mountain", "earliest_known", "First with it",
    )  # fmt: skip
    assert (second["source_id"], second["relation"], second["against_earliest"]) == (
        "valley", "copy", "after",
    )  # fmt: skip
    assert (second["delay_seconds"], second["shared_text"], second["credited_source"]) == (
        5400, 1, "APP",
    )  # fmt: skip
    assert first["dated_from"] == datetime(2026, 9, 4, 4, tzinfo=UTC)


def test_5_how_much_is_agency_text(news: duckdb.DuckDBPyConnection) -> None:
    rows = {row["source_id"]: row for row in answers(news, 5)}
    assert rows["valley"] == {
        "source_id": "valley", "articles": 37, "most_used": "APP", "credited": 0.03, "shared": 0,
        "of_all_words": pytest.approx(90 / (35 * 60 + 90 + 80), abs=0.006),
    }  # fmt: skip
    assert (rows["mountain"]["most_used"], rows["mountain"]["credited"]) == ("APP", 0)
    assert rows["mountain"]["shared"] == pytest.approx(1 / 119, abs=0.006)
    assert (rows["jirga"]["most_used"], rows["jirga"]["of_all_words"]) == (None, 0)


def test_6_bannu_and_police_in_three_languages(news: duckdb.DuckDBPyConnection) -> None:
    rows = answers(news, 6)
    assert [(row["source_id"], row["language"]) for row in rows] == [
        ("wadi", "ps"),
        ("jirga", "ur"),
        ("mountain", "en"),
    ]
    pashto, urdu, english = (str(row["snippet"]) for row in rows)
    assert "Bannu" in english
    assert "Police" in english
    assert "بنوں" in urdu
    assert "بنو" in pashto


def test_7_dates_that_are_first_seen_or_a_day_only(news: duckdb.DuckDBPyConnection) -> None:
    told = [(row["title"], row["date_basis"], row["published_precision"], row["dated_on"])
            for row in answers(news, 7)]  # fmt: skip
    assert told == [
        ("Who knows when", "first_seen", None, date(2026, 9, 3)),
        ("Some time that day", "published", "day", date(2026, 9, 2)),
    ]


def test_8_what_vanished_and_what_it_said(news: duckdb.DuckDBPyConnection) -> None:
    (row,) = answers(news, 8)
    assert (row["source_id"], row["title"], row["answer"]) == (
        "mountain", "Minister resigns", "HTTP 404",
    )  # fmt: skip
    assert str(row["body"]).startswith("The minister resigned.")
    assert row["missed_from"] == datetime(2026, 9, 10, 12, tzinfo=UTC)


def test_9_days_of_thin_texts_without_authors(news: duckdb.DuckDBPyConnection) -> None:
    (row,) = answers(news, 9)
    assert row == {
        "day": date(2026, 9, 8), "source_id": "mountain", "articles": 3, "median_words": 10,
        "median_words_before": 60, "author_share": 0, "author_share_before": 1,
    }  # fmt: skip


def test_10_what_proves_ten_articles(news: duckdb.DuckDBPyConnection) -> None:
    rows = answers(news, 10)
    assert len({row["article_id"] for row in rows}) == 10
    newest = next(row for row in rows if str(row["url"]) == f"{HOSTS['wadi']}/bannu")
    assert newest["retrieved_at"] == datetime(2026, 9, 6, 5, tzinfo=UTC)
    assert (newest["extractor_version"], newest["offset_bytes"]) == ("x1", 0)
    for row in rows:
        assert re.fullmatch("[0-9a-f]{64}", str(row["page_sha256"]))
        assert str(row["archive_record_id"]).startswith("urn:uuid:")
        assert str(row["file"]).endswith(".warc.gz")


@pytest.mark.parametrize("number", sorted(QUESTIONS))
def test_khabar_sql_shows_each_answer_a_row_a_line(home: Path, number: int) -> None:
    done = khabar(home, "sql", QUESTIONS[number])
    assert (done.returncode, done.stderr) == (0, "")
    head, *lines, told = (line for line in done.stdout.splitlines() if line.strip("─ "))
    assert "source_id" in head or "article_id" in head
    assert told.startswith(f"{len(lines)} row")
    assert len(lines) > 0
    if number == 6:
        assert "بنوں میں پوليس نے" in done.stdout
