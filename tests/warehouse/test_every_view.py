"""Every view and macro of the folder, opened in each way that an analyst may open the file."""
# ruff: noqa: S608 (names of our own views)

import csv
import io
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import duckdb
import pytest

from crawlers.page import Poll
from tests.warehouse.batches import START, BatchMaker, Line, failed, page, text
from tests.warehouse.test_reprocess import prepare
from warehouse.connection import snapshot_file
from warehouse.load import load_batch
from warehouse.load_again import load_again
from warehouse.publish import publish_snapshot
from warehouse.views import FOLDER

SCRIPTS = "".join(path.read_text("utf-8") for path in sorted(FOLDER.glob("*.sql")))
VIEWS = re.findall(r"^create view (\w+)", SCRIPTS, re.MULTILINE)
MACROS = re.findall(r"^create macro (\w+)\(([^)]*)\) as( table)?", SCRIPTS, re.MULTILINE)
OF_ARTICLES = ["article_agencies", "article_changes", "article_intervals", "gone_articles",
               "returned_articles", "story_timeline"]  # fmt: skip
COUNTING = ["daily_coverage", "daily_fields", "daily_languages", "source_health"]
VALLEY = "https://valley.example"
VALUES = ("'s1 s2'", "['s1']", "TIMESTAMPTZ '2026-08-01'")
"""One of each kind that macros take."""
Ask = Callable[[str], list[tuple[object, ...]]]


def bare(path: str, body: str, *, hour: float, host: str = "https://mountain.example") -> Line:
    """Make a page that gives neither a date nor an author nor a headline."""
    line = page(path, body, hour=hour, host=host)
    assert line.article is not None
    return replace(line, article=replace(line.article, title=None, title_from=None))


def gone(path: str) -> Line:
    line = failed(path, "gone")
    return replace(line, fetch=replace(line.fetch, status=404))


def look(hour: int) -> Poll:
    return Poll(source_id="", entrance="feed", kind="feed", polled_at=START, status=200, items=9,
                matched=9, overlapped=hour > 1)  # fmt: skip


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Change an article, remove one, let one return, and let two outlets share one."""
    home = tmp_path_factory.mktemp("home")
    batches: dict[int, list[Line]] = {
        1: [bare("/x", f"12 dead. {text('x')}", hour=1), bare("/g", text("g"), hour=1),
            bare("/r", text("r"), hour=1), bare("/s", text("s"), hour=1)],
        30: [bare("/x", f"15 dead. {text('x')}", hour=30), gone("/g"), gone("/r")],
        60: [gone("/g"), gone("/r")],
        90: [bare("/r", text("r"), hour=90)],
    }  # fmt: skip
    for hour, lines in batches.items():
        made = BatchMaker(home, hour).source(*lines, polls=[look(hour)])
        if hour == 1:
            made.source(bare("/s", text("s"), hour=2, host=VALLEY), id="valley", host=VALLEY)
        load_batch(made.write())
    load_again(prepare(home, 89))
    publish_snapshot(home)
    elsewhere = tmp_path_factory.mktemp("an analyst's") / "another name.duckdb"
    shutil.copyfile(snapshot_file(home), elsewhere)
    elsewhere.chmod(0o444)
    return elsewhere


@contextmanager
def renamed(file: Path) -> Iterator[Ask]:
    with duckdb.connect(str(file), read_only=True) as con:
        yield lambda query: con.execute(query).fetchall()


@contextmanager
def attached(file: Path) -> Iterator[Ask]:
    with duckdb.connect() as con:
        con.execute("ATTACH '{}' AS old (READ_ONLY)".format(str(file).replace("'", "''")))
        con.execute("USE old")
        yield lambda query: con.execute(query).fetchall()


@contextmanager
def command_line(file: Path) -> Iterator[Ask]:
    """Ask DuckDB's own program, as it comes from PyPI."""
    found = find_spec("duckdb_cli")
    if found is None or found.origin is None:
        pytest.skip("duckdb-cli is not installed: this platform has no wheel of it")
    program = Path(found.origin).with_name("duckdb")

    def ask(query: str) -> list[tuple[object, ...]]:
        done = subprocess.run(
            [program, "-readonly", "-csv", "-noheader", str(file), "-c", query],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        return [tuple(row) for row in csv.reader(io.StringIO(done.stdout))]

    yield ask


@pytest.fixture(params=[renamed, attached, command_line], ids=lambda way: way.__name__)
def ask(request: pytest.FixtureRequest, file: Path) -> Iterator[Ask]:
    with request.param(file) as asking:
        yield asking


def test_every_view_answers(ask: Ask) -> None:
    assert VIEWS
    for view in VIEWS:
        assert ask(f"from {view}"), view


def test_every_macro_can_be_called(ask: Ask) -> None:
    assert {"local_day", "search"} <= {name for name, _, _ in MACROS}
    for name, parameters, is_table in MACROS:
        count = len([one for one in parameters.split(",") if ":=" not in one])
        errors = []
        for values in product(VALUES, repeat=count):
            call = f"{name}({', '.join(values)})"
            try:
                ask(f"from {call}" if is_table else f"select {call}")
                break
            except (duckdb.Error, AssertionError) as error:
                errors.append(str(error))
        else:
            pytest.fail(errors[0])


def test_articles_without_date_author_and_headline_are_in_every_view(ask: Ask) -> None:
    bare_ones = (
        "select count(*) from {} where article_id in (select article_id from articles "
        "where date_basis = 'first_seen' and title is null and len(authors) = 0)"
    )
    counts = {view: int(str(ask(bare_ones.format(view))[0][0])) for view in OF_ARTICLES}
    assert counts == {
        "article_agencies": 5, "article_changes": 1, "article_intervals": 5, "gone_articles": 1,
        "returned_articles": 1, "story_timeline": 5,
    }  # fmt: skip
    for view in COUNTING:
        assert int(str(ask(f"select sum(articles) from {view}")[0][0])) == 5, view
    assert len(ask("from search('s5 s6')")) == 2
    shared = ask("select stories, undecidable + first_here + first_there from syndication")
    assert [tuple(map(str, row)) for row in shared] == [("1", "1")] * 2


def test_every_view_with_articles_is_asked_for_them(file: Path) -> None:
    with renamed(file) as asking:
        having = asking("select table_name, column_name from duckdb_columns() "
                        "where column_name in ('article_id', 'articles')")  # fmt: skip
    assert {str(view) for view, name in having if view in VIEWS and name == "article_id"} == set(
        OF_ARTICLES
    )
    assert {str(view) for view, name in having if view in VIEWS and name == "articles"} == set(
        COUNTING
    )


def test_each_says_what_it_is(file: Path) -> None:
    with renamed(file) as asking:
        views = asking("select view_name from duckdb_views() where not internal "
                       "and length(comment) > 20")  # fmt: skip
        columns = asking(
            "select table_name, column_name from duckdb_columns() where not internal "
            "and coalesce(comment, '') = '' union all select table_name, '' from duckdb_tables() "
            "where coalesce(comment, '') = ''"
        )
        macros = asking("select distinct function_name from duckdb_functions() where not internal "
                        "and length(comment) > 20")  # fmt: skip
    assert {name for (name,) in views} == set(VIEWS)
    assert columns == []
    assert {name for (name,) in macros} == {name for name, _, _ in MACROS}


def test_nothing_can_be_written(file: Path) -> None:
    with renamed(file) as asking, pytest.raises(duckdb.InvalidInputException, match="read-only"):
        asking("delete from articles")
    with attached(file) as asking, pytest.raises(duckdb.InvalidInputException, match="read-only"):
        asking("create view mine as from articles")
