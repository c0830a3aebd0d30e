import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from khabar.cli import STOPPED
from tests.khabar.command import assert_one_line, khabar, settings_of
from warehouse.publish import publish_snapshot

EVIL = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1")
LONG = "SELECT sum(hash(a.range + b.range)) FROM range(300000) a, range(300000) b"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sql") / "home"
    publish_snapshot(folder)
    return folder


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("SELECT nothing FROM articles", "(line 1, letter 8: nothing FROM articles)"),
        ("SELECT title\nFROM articles\nWHERE 'خبر' = title AND nope", "(line 3, letter 25: nope)"),
        (
            "SET VARIABLE a = 1; SELECT 'خبر', foo FROM articles",
            "(line 1, letter 35: foo FROM articles)",
        ),
        ("SELECT 1 FROM", "(line 1, letter 14: its end)"),
        ("FROM artikels", "(line 1, letter 6: artikels)"),
        ("SELECT 'x'::INT", "(line 1, letter 11: ::INT)"),
    ],
)
def test_error_is_one_line_that_points_to_the_place(home: Path, query: str, place: str) -> None:
    done = khabar(home, "sql", query)
    assert_one_line(done)
    assert done.stderr.rstrip().endswith(place), done.stderr
    assert "{" not in done.stderr


def test_empty_query_says_what_to_try(home: Path) -> None:
    assert_one_line(khabar(home, "sql", "-", stdin="-- nothing"), "empty", "FROM articles LIMIT 5")


def test_csv_file_begins_with_the_mark_and_runs_no_formula(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    done = khabar(home, "sql", "SELECT 'خبر' AS a, 'بنوں' AS b", "-o", str(file))
    assert done.stdout == f"1 row in {file}\n"
    assert file.read_bytes().startswith(b"\xef\xbb\xbfa,b\n")
    quoted = ", ".join("('" + word + "')" for word in EVIL)
    query = f'SELECT c AS "=cmd" FROM (VALUES {quoted}) t(c)'  # noqa: S608
    assert khabar(home, "sql", query, "-o", str(file)).returncode == 0
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = [row[0] for row in csv.reader(text)]
    assert len(rows) == len(EVIL) + 1
    assert not any(row.startswith(EVIL) or row[0] in "=+-@＝\t\r\n" for row in rows)


def test_files_hold_what_was_asked_and_nothing_else_is_left(home: Path, tmp_path: Path) -> None:
    query = (
        "SELECT range AS n, sum(range) OVER () AS s, 'nan'::DOUBLE AS f, '\\x01'::BLOB AS b, "
        "TIMESTAMPTZ '2026-08-01 05:00:00+05' AS t, [1] AS l, 1 AS n FROM range(5000) ORDER BY 1"
    )
    for kind in ("jsonl", "parquet"):
        assert khabar(home, "sql", query, "-o", str(tmp_path / f"x.{kind}")).returncode == 0
    lines = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text("utf-8").splitlines()]
    assert len(lines) == 5000
    assert lines[-1] == {
        "n": 4999, "s": 12497500, "f": "nan", "b": "01", "t": "2026-08-01 00:00:00+00:00",
        "l": [1], "n_1": 1,
    }  # fmt: skip
    assert "NaN" not in (tmp_path / "x.jsonl").read_text("utf-8")
    with duckdb.connect() as con:
        (found,) = con.execute(
            "SELECT count(*), max(n), min(s), min(n_1), "
            "min(t) = TIMESTAMPTZ '2026-08-01 00:00:00+00' "
            "FROM read_parquet(?)", [str(tmp_path / "x.parquet")],
        ).fetchall()  # fmt: skip
    assert found == (5000, 4999, 12497500, 1, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.jsonl", "x.parquet"]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_failed_query_leaves_the_file_of_before(home: Path, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"x.{kind}"
    file.write_text("before")
    late = "SELECT CASE WHEN range = 9000 THEN error('late') END FROM range(10000)"
    assert_one_line(khabar(home, "sql", late, "-o", str(file)), "late")
    assert file.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_what_cannot_be_written_is_one_line(home: Path, tmp_path: Path) -> None:
    done = khabar(home, "sql", "SELECT 1", "-o", str(tmp_path / "x.xls"))
    assert (done.returncode, ".csv, .jsonl or .parquet" in done.stderr) == (2, True)
    lost = str(tmp_path / "no" / "x.csv")
    assert_one_line(khabar(home, "sql", "SELECT 1", "-o", lost), lost)
    span = khabar(home, "sql", "SELECT INTERVAL 1 DAY", "-o", str(tmp_path / "x.parquet"))
    assert_one_line(span, "cast it")
    assert list(tmp_path.iterdir()) == []


def test_long_answers_are_cut_in_the_table_and_that_is_said(home: Path) -> None:
    shown = khabar(home, "sql", "FROM range(100_000)").stdout
    assert "the first 1,000 rows; there are more, --json, --csv and -o FILE" in shown
    assert len(shown.splitlines()) < 1_010
    assert "there are more" not in khabar(home, "sql", "FROM range(1000)").stdout
    whole = khabar(home, "sql", "FROM range(5000)", "--csv").stdout
    assert len(whole.splitlines()) == 5001


@pytest.mark.parametrize("words", [(), ("-o", "x.parquet"), ("-o", "x.csv")])
def test_ctrl_c_stops_it_and_leaves_nothing(
    home: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "khabar.cli", "sql", LONG, *words], env=settings_of(home),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
    )  # fmt: skip
    time.sleep(4)
    assert child.poll() is None
    os.kill(child.pid, signal.SIGINT)
    began = time.monotonic()
    _, err = child.communicate(timeout=30)
    assert time.monotonic() - began < 5
    assert child.returncode == 130
    assert err == f"{STOPPED}\n"
    assert list(tmp_path.iterdir()) == []


def test_a_long_answer_draws_no_bar_among_its_rows(home: Path) -> None:
    query = "SELECT current_setting('enable_progress_bar') AS is_drawn"
    assert json.loads(khabar(home, "sql", "--json", query).stdout) == {"is_drawn": False}


SPILL = """
import sys
from pathlib import Path
from warehouse import query
query.SEAL = ("SET memory_limit = '60MB'", "SET threads = 2", *query.SEAL)
text = f"hash(range + {sys.argv[2]})::VARCHAR || hash(range)::VARCHAR"
sort = f"SELECT range AS i, {text} AS s FROM range(2_000_000) ORDER BY s"
check = f"SELECT count(*), sum(i), count(*) FILTER (s <> {text.replace('range', 'i')})"
print(query.sql_rows(Path(sys.argv[1]), f"{check} FROM ({sort} LIMIT 1_900_000)")[1])
"""


def test_questions_that_need_the_disk_at_once_do_not_write_over_each_other(home: Path) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", SPILL, str(home), str(seed)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for seed in (1, 2, 3)
    ]  # fmt: skip
    for child in children:
        out, err = child.communicate(timeout=120)
        assert child.returncode == 0, err
        assert out.startswith("[(1900000, "), out
        assert out.endswith(", 0)]\n"), out
    assert [path.name for path in home.iterdir() if "tmp" in path.name] == []


def test_folder_of_a_question_that_was_killed_is_cleared_by_the_next(home: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "khabar.cli", "sql", LONG], env=settings_of(home),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    while not list(home.glob(".tmp.*.part")):
        assert child.poll() is None
        time.sleep(0.05)
    child.kill()
    child.communicate()
    assert len(list(home.glob(".tmp.*.part"))) == 1
    assert khabar(home, "sql", "SELECT 1").returncode == 0
    assert not list(home.glob(".tmp.*.part"))
