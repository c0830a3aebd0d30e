import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.khabar.command import Done, assert_one_line, khabar, settings_of
from tests.warehouse.batches import BatchMaker, page, text
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot
from warehouse.releases import release_snapshot

ROOT = Path(__file__).parents[2]
AS_NOBODY = """
import os, sys
import khabar.mend, khabar.export, khabar.commands.query, khabar.commands.export
import khabar.commands.backup, khabar.row_files, khabar.copy_progress, khabar.backup.making
import khabar.shown, warehouse.publish
from khabar.cli import main
os.setgid(65534); os.setuid(65534)
main()
"""
"""Imports first: the other user may not be able to read this Python's folder."""
COUNT = "SELECT count(*) FROM articles"
as_other_user = pytest.mark.skipif(os.geteuid() != 0, reason="another user's rights need root")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("made") / "home"
    load_batch(BatchMaker(home, 1).source(page("/1", text("one"), hour=1)).write())
    publish_snapshot(home)
    release_snapshot(home, "kept")
    return home


@pytest.fixture
def home(made: Path) -> Iterator[Path]:
    """A home that another user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="newcomer-"))
    folder.chmod(0o755)
    home = Path(shutil.copytree(made, folder / "home"))
    yield home
    shutil.rmtree(folder)


def as_nobody(home: Path, *words: str) -> Done:
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, *words],
        cwd=ROOT, env=settings_of(home), capture_output=True, text=True, check=False,
    )  # fmt: skip
    return Done(returncode=done.returncode, stdout=done.stdout, stderr=done.stderr)


def cut(file: Path, length: int) -> None:
    whole = file.read_bytes()
    file.unlink()
    file.write_bytes(whole[:length])


@pytest.mark.parametrize("length", [0, 1000, 20_000, 600_000])
def test_a_snapshot_that_is_cut_short_is_published_again(home: Path, length: int) -> None:
    cut(home / "published" / "news.duckdb", length)
    asked = khabar(home, "sql", "SELECT * FROM articles")
    assert_one_line(asked, "news.duckdb", "khabar publish")
    assert "rebuild" not in asked.stderr
    assert khabar(home, "publish").returncode == 0
    assert khabar(home, "sql", COUNT).returncode == 0


def test_a_release_that_is_cut_short_is_put_back_from_a_backup(home: Path) -> None:
    cut(home / "published" / "releases" / "kept.duckdb", 1000)
    asked = khabar(home, "sql", COUNT, "--release", "kept")
    assert_one_line(asked, "kept.duckdb", "from a backup")
    assert "rebuild" not in asked.stderr


def test_a_warehouse_that_is_cut_short_is_rebuilt(home: Path) -> None:
    cut(home / "warehouse.duckdb", 20_000)
    assert_one_line(khabar(home, "publish"), "warehouse.duckdb", "khabar rebuild")


@as_other_user
def test_a_snapshot_that_may_not_be_read_is_a_matter_of_rights(home: Path) -> None:
    (home / "published" / "news.duckdb").chmod(0)
    asked = as_nobody(home, "sql", COUNT)
    assert_one_line(asked, "news.duckdb", "give yourself the right")
    assert "rebuild" not in asked.stderr


@as_other_user
def test_a_home_in_a_closed_folder_names_the_folder_and_no_writing(home: Path) -> None:
    home.parent.chmod(0o700)
    asked = as_nobody(home, "sql", COUNT)
    assert_one_line(asked, f"you may not read {home.parent};")
    assert "write" not in asked.stderr


@as_other_user
@pytest.mark.parametrize("words", [("sql", COUNT, "-o", "x.csv"), ("export", "x"), ("backup", "x")])
def test_a_closed_target_asks_for_another_place(home: Path, words: tuple[str, ...]) -> None:
    for path in (home, *home.rglob("*")):
        os.chown(path, 65534, 65534)
    target = home.parent / words[-1]
    asked = as_nobody(home, *words[:-1], str(target))
    assert_one_line(asked, str(target), "may not write there", "choose another place")
    assert "KHABAR_HOME" not in asked.stderr


@pytest.mark.parametrize("words", [("publish",), ("publish", "--json"), ("rebuild",), ("compact",)])
def test_a_mistyped_home_is_refused_and_not_begun(tmp_path: Path, words: tuple[str, ...]) -> None:
    lost = tmp_path / "no" / "home"
    assert_one_line(khabar(lost, *words), f"KHABAR_HOME={lost}", "khabar run", "./demo")
    assert list(tmp_path.iterdir()) == []


def test_a_home_with_its_first_batch_is_published(tmp_path: Path) -> None:
    home = tmp_path / "home"
    BatchMaker(home, 1).source(page("/1", text("one"), hour=1)).write()
    assert khabar(home, "publish").returncode == 0


def test_what_is_not_published_says_where_it_looked_and_begins_nothing(tmp_path: Path) -> None:
    for words in (("sql", COUNT), ("release", "x"), ("export", str(tmp_path / "out"))):
        asked = khabar(tmp_path / "lost", *words)
        assert_one_line(asked, f"KHABAR_HOME={tmp_path / 'lost'}: nothing is published yet")
        assert "`export KHABAR_HOME=demo`" in asked.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ways", [(), ("--json",), ("-o", "x.parquet"), ("-o", "x.csv")])
def test_two_questions_are_refused(home: Path, tmp_path: Path, ways: tuple[str, ...]) -> None:
    ways = tuple(str(tmp_path / way) if "." in way else way for way in ways)
    for query in (
        "SELECT 1; SELECT 2",
        "SHOW TABLES; FROM articles",
        "SELECT 1; CREATE TEMP TABLE t (x INT)",
    ):
        assert_one_line(khabar(home, "sql", query, *ways), "2 questions", "one at a time")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 7 AS n;", "-- one; two\nSELECT 7 AS n; /* that; is all */ ;",
        "CREATE TEMP TABLE t AS SELECT 7 AS n; FROM t",
        "SET VARIABLE x = 7; SELECT getvariable('x') AS n",
        "PIVOT (SELECT 7 AS v, 'n' AS k) ON k USING any_value(v)",
    ],
)  # fmt: skip
def test_one_question_may_end_in_a_semicolon_and_be_prepared(home: Path, query: str) -> None:
    asked = khabar(home, "sql", "-", "--json", stdin=query)
    assert (asked.stdout, asked.stderr) == ('{"n": 7}\n', "")


def test_a_missing_folder_is_named_and_a_suffix_may_be_in_capitals(
    home: Path, tmp_path: Path
) -> None:
    lost = tmp_path / "no" / "such" / "x.csv"
    asked = khabar(home, "sql", COUNT, "-o", str(lost))
    assert_one_line(asked, f"{lost}: no such file: there is no folder {tmp_path / 'no'}")
    for name, head in (("all.CSV", b"\xef\xbb\xbf"), ("all.PARQUET", b"PAR1")):
        assert khabar(home, "sql", COUNT, "-o", str(tmp_path / name)).returncode == 0
        assert (tmp_path / name).read_bytes().startswith(head)


def test_an_empty_condition_is_said_to_be_empty(home: Path, tmp_path: Path) -> None:
    for words in (("export", str(tmp_path / "out")), ("since", "kept")):
        assert_one_line(khabar(home, *words, "--where", " "), "--where is empty", "leave it out")
    assert list(tmp_path.iterdir()) == []


def test_a_condition_that_nothing_matches_says_so(home: Path) -> None:
    asked = khabar(home, "since", "kept", "--where", "source_id = 'dwan'")
    assert (asked.returncode, "no article matches this condition" in asked.stdout) == (0, True)
    assert "no article matches" not in khabar(home, "since", "kept").stdout
