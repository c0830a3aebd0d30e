import csv
import io
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from khabar.cli import app
from tests.khabar.command import assert_one_line, khabar
from tests.warehouse.batches import BatchMaker, page, text
from warehouse.dedup import dedup_batch
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot
from warehouse.summary import summarise_batch

BUNDLED = Path(__file__).parents[2] / "crawlers" / "sources"
COMMANDS = sorted(
    [command.name or "" for command in app.registered_commands]
    + [group.name or "" for group in app.registered_groups]
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish an empty warehouse."""
    folder = tmp_path_factory.mktemp("cli") / "home"
    publish_snapshot(folder)
    return folder


def test_help_names_every_command(tmp_path: Path) -> None:
    done = khabar(tmp_path, "--help")
    assert done.returncode == 0
    for name in COMMANDS:
        assert f"│ {name} " in done.stdout


def test_help_loads_no_room() -> None:
    code = (
        "import sys, khabar.cli; "
        "print([m for m in ('duckdb', 'scrapy', 'trafilatura', 'airflow', 'pydantic') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_its_help(name: str) -> None:
    done = CliRunner().invoke(app, [name, "--help"])
    assert done.exit_code == 0
    assert f" {name} " in done.stdout


def test_every_command_of_the_house_is_there() -> None:
    assert set(COMMANDS) == {
        "backup", "restore", "lake",
        "up", "run", "status", "sql", "sources", "plan", "crawl", "extract", "dedup", "load",
        "publish", "rebuild", "import", "page", "parse", "stories", "backfill", "diff", "cite",
        "schema", "export", "release", "since", "compact", "evidence",
        "incidents", "watch", "doctor", "reprocess", "verify", "prune",
        "extractors", "held",
    }  # fmt: skip


def test_sql_prints_a_table_json_and_csv(home: Path) -> None:
    query = "SELECT 1 AS n, 'ا' || chr(10) || chr(27) || 'b' AS t, '=1+1' AS f, NULL AS x"
    shown = khabar(home, "sql", query)
    assert shown.returncode == 0
    assert "ا ⏎ \\x1bb" in shown.stdout
    assert "1 row" in shown.stdout
    as_json = khabar(home, "sql", query, "--json")
    assert json.loads(as_json.stdout) == {"n": 1, "t": "ا\n\x1bb", "f": "=1+1", "x": None}
    as_csv = khabar(home, "sql", query, "--csv")
    assert list(csv.reader(io.StringIO(as_csv.stdout))) == [
        ["n", "t", "f", "x"], ["1", "ا\n\\x1bb", "'=1+1", ""]
    ]  # fmt: skip


def test_sql_cuts_long_values_in_the_table_only_and_says_so(home: Path) -> None:
    query = "SELECT range(1000) AS hashes, 1 AS one"
    shown = khabar(home, "sql", query).stdout
    assert max(map(len, shown.splitlines())) < 300
    assert "1 row; values are cut at 240 characters, --json and --csv give them whole" in shown
    assert "cut" not in khabar(home, "sql", "SELECT 1 AS one").stdout
    assert json.loads(khabar(home, "sql", query, "--json").stdout)["hashes"][-1] == 999
    assert "999]" in khabar(home, "sql", query, "--csv").stdout


def test_sql_is_read_from_stdin(home: Path) -> None:
    assert "42" in khabar(home, "sql", "-", stdin="SELECT 42 AS answer").stdout


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM articles",
        "CREATE TABLE t (i INT)",
        "DROP TABLE articles",
        "VACUUM; DROP VIEW x",
    ],
)
def test_sql_cannot_write(home: Path, query: str) -> None:
    before = (home / "published" / "news.duckdb").read_bytes()
    assert_one_line(khabar(home, "sql", query))
    assert (home / "published" / "news.duckdb").read_bytes() == before


def test_sql_says_what_is_wrong_with_a_query(home: Path) -> None:
    assert_one_line(khabar(home, "sql", "SELECT nothing FROM articles"), "nothing")


def test_reader_that_goes_away_is_no_error_of_ours(home: Path) -> None:
    command = f"{sys.executable} -m khabar.cli sql 'FROM range(200000)' --csv | head -1"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False,
        env=os.environ | {"KHABAR_HOME": str(home)},
    )  # fmt: skip
    assert done.stdout == "range\n"
    assert done.stderr == ""


def test_status_says_what_is_published(home: Path, tmp_path: Path) -> None:
    assert "0 articles, published" in khabar(home, "status").stdout
    said = json.loads(khabar(home, "status", "--json").stdout)
    assert (said["home"], said["batches"]) == (str(home), [])
    fresh = khabar(tmp_path / "fresh", "status")
    assert fresh.returncode == 0
    assert "nothing is published yet" in fresh.stdout
    assert not (tmp_path / "fresh").exists()


def test_sources_lists_the_good_and_names_the_bad(tmp_path: Path) -> None:
    folder = tmp_path / "catalogue"
    folder.mkdir()
    good = (
        "name: Valley Herald\nhome: https://v.test/\nlanguages: [en]\ntimezone: Asia/Karachi\n"
        "entrances:\n  - feed: https://v.test/feed/\n"
    )
    (folder / "valley_herald.yml").write_text(good)
    done = khabar(tmp_path / "home", "sources", catalogue=str(folder))
    assert done.returncode == 0
    assert "1 feed" in done.stdout
    (folder / "odd.yml").write_text(good + "colour: red\n")
    (folder / "twice.yml").write_text(good + "name: Again\n")
    (folder / "same.yml").write_text(good)
    done = khabar(tmp_path / "home", "sources", catalogue=str(folder))
    assert done.returncode == 1
    told = done.stderr.splitlines()
    assert len(told) == 3
    assert any("odd.yml: unknown key 'colour'" in line for line in told)
    assert any("twice.yml" in line and "'name' given twice" in line for line in told)
    assert any("has the first entrance of same.yml" in line for line in told)


def test_catalogue_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = khabar(tmp_path / "home", "sources", catalogue=str(tmp_path / "nowhere"))
    assert done.returncode == 1
    assert f"0 sources in {tmp_path / 'nowhere'}" in done.stdout


def test_batch_that_is_not_there_is_said(home: Path) -> None:
    batch_id = f"{datetime(2020, 1, 1, tzinfo=UTC):%Y%m%dT%H%M%SZ}-run-00000000"
    for words in (
        ("crawl", batch_id, "dawn"), ("extract", batch_id, "dawn"), ("dedup", batch_id),
        ("load", batch_id), ("run", "--batch", batch_id),
    ):  # fmt: skip
        assert_one_line(khabar(home, *words), batch_id, "khabar status")
    assert_one_line(khabar(home, "dedup", "../../etc"), "not a batch id")


def test_source_that_is_not_there_is_said(home: Path) -> None:
    for command in ("run", "plan"):
        done = khabar(home, command, "nobody", catalogue=str(BUNDLED))
        assert_one_line(done, "nobody")


def test_accept_needs_its_why(home: Path) -> None:
    done = khabar(home, "load", "20200101T000000Z-run-00000000", "--source", "dawn", "--accept")
    assert done.returncode == 2
    assert "go together" in done.stderr


def test_batch_that_was_not_published_is_green_once_its_mend_was_typed(tmp_path: Path) -> None:
    made = BatchMaker(tmp_path, 6)
    batch = made.source(page("/a", text("a"))).write()
    dedup_batch(batch)
    assert_one_line(khabar(tmp_path, "publish", batch.id), batch.id, "did not run")
    load_batch(batch)
    mend = re.search("`khabar ([^`]+)`", str(summarise_batch(batch).why))
    assert mend is not None
    done = khabar(tmp_path, *mend[1].split())
    assert done.returncode == 0, done.stderr
    assert not summarise_batch(batch).is_red
