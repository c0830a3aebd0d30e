import csv
import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.khabar.command import assert_one_line, khabar
from tests.warehouse.batches import BatchMaker, on, page, text
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("export") / "home"
    pages = [
        page("/a", text("a"), title="=1+1", published=on("2026-06-30")),
        page("/b", text("b"), title="سیلاب", published=on("2026-07-01")),
        page("/c", text("c"), title="Flood", published=on("2026-07-31")),
        page("/d", text("d", 2_000), title="Undated"),
    ]
    load_batch(BatchMaker(home, 1).source(*pages).write())
    publish_snapshot(home)
    return home


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_months_lie_beside_what_proves_them(home: Path, tmp_path: Path) -> None:
    done = khabar(home, "export", str(tmp_path / "all"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("4 articles of snapshot ")
    assert names(tmp_path / "all") == [
        "README.md", "SHA256SUMS", "articles-2026-06.parquet", "articles-2026-07.parquet",
        "articles-2026-08.parquet", "query.sql", "snapshot.json",
    ]  # fmt: skip
    check = ["sha256sum", "-c", "--strict", "SHA256SUMS"]
    checked = subprocess.run(
        check, cwd=tmp_path / "all", capture_output=True, text=True, check=True
    )
    assert checked.stdout.count(": OK") == 6
    told = json.loads((tmp_path / "all" / "snapshot.json").read_text("utf-8"))
    card = json.loads((home / "published" / "news.json").read_text("utf-8"))
    assert told["snapshot_id"] == card["snapshot_id"]
    assert told["files"] == {
        "articles-2026-06.parquet": 1, "articles-2026-07.parquet": 2, "articles-2026-08.parquet": 1,
    }  # fmt: skip
    readme = (tmp_path / "all" / "README.md").read_text("utf-8")
    assert "| `gone_at` | TIMESTAMP WITH TIME ZONE | yes |" in readme
    assert names(tmp_path) == ["all"]


def test_the_query_gives_the_rows_of_the_files_again(home: Path, tmp_path: Path) -> None:
    where = "title <> 'Flood' -- not that one"
    done = khabar(home, "export", str(tmp_path / "x"), "--where", where)
    assert done.returncode == 0, done.stderr
    query = (tmp_path / "x" / "query.sql").read_text("utf-8").rstrip().removesuffix(";")
    with duckdb.connect(str(home / "published" / "news.duckdb"), read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        asked = con.execute(query).fetchall()
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        files = str(tmp_path / "x" / "articles-*.parquet")
        kept = con.execute("FROM read_parquet(?) ORDER BY dated_at, article_id", [files]).fetchall()
    assert len(asked) == 3
    assert kept == asked


def test_csv_and_json_lines_hold_the_same_articles(home: Path, tmp_path: Path) -> None:
    for kind in ("csv", "jsonl"):
        done = khabar(home, "export", str(tmp_path / kind), "--format", kind)
        assert done.returncode == 0, done.stderr
    june = tmp_path / "csv" / "articles-2026-06.csv"
    assert june.read_bytes().startswith(b"\xef\xbb\xbf")
    with june.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    line = json.loads((tmp_path / "jsonl" / "articles-2026-06.jsonl").read_text("utf-8"))
    assert (row["title"], line["title"]) == ("'=1+1", "=1+1")
    assert row["article_id"] == str(line["article_id"])


def test_folder_with_something_in_it_is_refused_and_untouched(home: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert_one_line(khabar(home, "export", str(tmp_path)), str(tmp_path), "has something in it")
    assert_one_line(khabar(home, "export", str(tmp_path / "notes.txt")), "is a file")
    assert names(tmp_path) == ["notes.txt"]
    (tmp_path / "empty").mkdir()
    assert khabar(home, "export", str(tmp_path / "empty")).returncode == 0
    assert "SHA256SUMS" in names(tmp_path / "empty")


@pytest.mark.parametrize(
    ("where", "said"),
    [("nope = 1", "nope = 1"), ("false", "no article is chosen"), ("title =", "syntax error")],
)
def test_wrong_condition_is_one_line_and_leaves_nothing(
    home: Path, tmp_path: Path, where: str, said: str
) -> None:
    assert_one_line(khabar(home, "export", str(tmp_path / "x"), "--where", where), said)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("title =", "(line 1, letter 8: its end)"),
        ("true\nAND month = 1", "(line 2, letter 5: month = 1)"),
        ("سال = article_id", "(line 1, letter 1: سال = article_id)"),
        (")", "(line 1, letter 1: )"),
        ("true) OR (true", "(line 1, letter 5: ) OR (true)"),
        ("true --)\n) OR (true", "(line 2, letter 1: ) OR (true)"),
        ("true /*", "unterminated /* comment"),
    ],
)
def test_place_of_an_error_is_counted_in_what_the_user_wrote(
    home: Path, tmp_path: Path, where: str, place: str
) -> None:
    done = khabar(home, "export", str(tmp_path / "x"), "--where", where)
    assert_one_line(done, place)


def fill_and_die(target: Path, ways: str) -> None:
    """Be killed while a target is not whole."""
    program = (
        "import os, signal, sys; from pathlib import Path; from khabar.unfinished import when_whole"
        "\nfrom crawlers.unfinished import new_file"
        f"\nwith when_whole(Path(sys.argv[1]), {ways}) as part:"
        "\n  (part / 'x' if part.is_dir() else part).write_text('half')"
        "\n  os.kill(os.getpid(), signal.SIGKILL)"
    )
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", program, str(target)], env=env, check=False)
    assert done.returncode == -signal.SIGKILL


def test_the_next_run_clears_what_killed_ones_left_and_nothing_else(
    home: Path, tmp_path: Path
) -> None:
    fill_and_die(tmp_path / "x", "Path.mkdir")
    fill_and_die(tmp_path / "x.csv", "new_file")
    (tmp_path / ".x.1.part.txt").write_text("mine")
    (tmp_path / ".x.77.part").mkdir()
    assert len(names(tmp_path)) == 4
    os.mkfifo(tmp_path / ".x.csv.88.part")
    living = os.open(tmp_path / ".x.77.part", os.O_RDONLY)
    fcntl.flock(living, fcntl.LOCK_EX)
    assert khabar(home, "export", str(tmp_path / "x")).returncode == 0
    query = ("sql", "FROM sources", "-o", str(tmp_path / "x.csv"))
    assert khabar(home, *query).returncode == 0
    os.close(living)
    assert names(tmp_path) == [".x.1.part.txt", ".x.77.part", "x", "x.csv"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("a small disk needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "none", str(disk)],
        capture_output=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_full_disk_is_one_line_and_leaves_nothing(home: Path, small_disk: Path, kind: str) -> None:
    done = khabar(home, "export", str(small_disk / "x"), "--format", kind)
    assert_one_line(done, str(small_disk / "x"), "the disk is full")
    assert names(small_disk) == []
