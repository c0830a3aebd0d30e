import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from crawlers.batch import Batch
from tests.khabar.command import assert_one_line, khabar, settings_of
from tests.warehouse.batches import BatchMaker, page, rows, text
from warehouse.connection import connect, open_writer, snapshot_file, warehouse_file
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

Spoil = Callable[[Path], None]
CUT_OFF = """
import os, sys
from pathlib import Path
from warehouse.connection import open_writer
with open_writer(Path(sys.argv[1])) as con:
    con.execute("SET wal_autocheckpoint = '1GB'")
    con.execute(sys.argv[2])
    os._exit(9)
"""
STRANGERS_LOG = """
import duckdb, os, sys
con = duckdb.connect(sys.argv[1], config={"storage_compatibility_version": "v1.2.0"})
con.execute(sys.argv[2])
os._exit(0)
"""
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Batch]:
    """A published home, and a batch that waits to be loaded."""
    home = tmp_path_factory.mktemp("place") / "home"
    for hour in (1, 2):
        pages = [page(f"/{hour}-{n}", text(f"a{hour}{n}"), hour=hour) for n in range(5)]
        load_batch(BatchMaker(home, hour).source(*pages).write())
    publish_snapshot(home)
    return home, BatchMaker(home, 3).source(page("/new", text("new"), hour=3)).write()


@pytest.fixture
def home(filled: tuple[Path, Batch], tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled[0], tmp_path / "home"))


def a_text(path: Path) -> None:
    path.write_bytes(b"my thesis, the only copy " * 500)


def no_byte(path: Path) -> None:
    path.write_bytes(b"")


def an_sqlite_file(path: Path) -> None:
    path.unlink()
    con = sqlite3.connect(path)
    con.execute("CREATE TABLE sales (x)")
    con.close()


def a_strangers_duckdb(path: Path) -> None:
    path.unlink()
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE sales AS SELECT 1 AS x")


def a_newer_schema(path: Path) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute("UPDATE alembic_version SET version_num = '9999'")


def cut_in_the_middle(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def cut_in_the_header(path: Path) -> None:
    os.truncate(path, 5_000)


def without_its_last_byte(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 0x10
    path.write_bytes(content)


def a_bit_of_the_header(path: Path) -> None:
    flip(path, 4_200)


def a_bit_of_the_first_block(path: Path) -> None:
    flip(path, 12_288 + 900)


def a_bit_of_the_second_block(path: Path) -> None:
    flip(path, 12_288 + 262_144 + 900)


def another_files_log(path: Path) -> None:
    leave_log(path, "CREATE TABLE sales AS SELECT 1 AS x", of_a_copy=False)


def the_log_of_a_copy(path: Path) -> None:
    leave_log(path, "DELETE FROM articles", of_a_copy=True)


def leave_log(path: Path, query: str, *, of_a_copy: bool) -> None:
    other = path.with_name("other.duckdb")
    if of_a_copy:
        shutil.copyfile(path, other)
    subprocess.run([sys.executable, "-c", STRANGERS_LOG, str(other), query], check=True)
    other.with_name("other.duckdb.wal").rename(path.with_name(f"{path.name}.wal"))
    other.unlink()


def a_log_of_words(path: Path) -> None:
    path.with_name(f"{path.name}.wal").write_bytes(b"stray words " * 40)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "notes.txt").write_text("mine")


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere.duckdb"))
    path.symlink_to("elsewhere.duckdb")


def a_link_to_a_disk_that_is_away(path: Path) -> None:
    path.unlink()
    path.symlink_to("/nowhere/warehouse.duckdb")


def nothing_beside_a_snapshot(path: Path) -> None:
    path.unlink()


def nothing_beside_a_loaded_batch(path: Path) -> None:
    path.unlink()
    snapshot_file(path.parent).unlink()


def look(home: Path) -> dict[str, str]:
    """Tell what lies in the home and in its public folder."""
    seen = {}
    for path in [*home.glob("*"), *snapshot_file(home).parent.glob("*")]:
        if path.is_symlink():
            seen[path.name] = f"link to {path.readlink()}"
        elif path.is_file():
            seen[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            seen[path.name] = "folder" if path.is_dir() else "pipe"
    return seen


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (a_text, "is no DuckDB file"),
        (no_byte, "is no DuckDB file"),
        (an_sqlite_file, "is no DuckDB file"),
        (a_strangers_duckdb, "is no warehouse of Khabar (it has a table 'sales')"),
        (a_newer_schema, "was written by a newer Khabar"),
        (cut_in_the_middle, "is cut off"),
        (cut_in_the_header, "Could not read enough bytes"),
        (without_its_last_byte, "is cut off"),
        (a_bit_of_the_header, "does not match stored checksum"),
        (a_bit_of_the_first_block, "does not match stored checksum"),
        (a_bit_of_the_second_block, "does not match stored checksum"),
        (another_files_log, "has warehouse.duckdb.wal beside it, which no run of Khabar left"),
        (the_log_of_a_copy, "has warehouse.duckdb.wal beside it, which no run of Khabar left"),
        (a_log_of_words, "has warehouse.duckdb.wal beside it, which no run of Khabar left"),
        (a_folder, "is no file"),
        (a_pipe, "is no file"),
        (a_link, "is a link"),
        (a_link_to_a_disk_that_is_away, "is a link"),
        (nothing_beside_a_snapshot, "is missing, but"),
        (nothing_beside_a_loaded_batch, "is missing, but"),
    ],
)
def test_what_is_no_whole_warehouse_is_refused_in_one_line_and_left_untouched(
    filled: tuple[Path, Batch], home: Path, spoil: Spoil, said: str
) -> None:
    spoil(warehouse_file(home))
    before = look(home)
    for words in (["load", filled[1].id], ["publish"], ["dedup", filled[1].id]):
        assert_one_line(khabar(home, *words), str(warehouse_file(home)), said)
        assert look(home) == before


def test_damage_that_is_met_while_writing_is_one_line_and_commits_nothing(
    filled: tuple[Path, Batch], home: Path
) -> None:
    query = (
        "SELECT block_id FROM pragma_storage_info('article_urls') "
        "WHERE column_name = 'url_key' AND segment_type = 'VARCHAR'"
    )
    with connect(warehouse_file(home), read_only=True) as con:
        [(block,)] = con.execute(query).fetchall()
    flip(warehouse_file(home), 12_288 + 262_144 * block + 900)
    public = snapshot_file(home).read_bytes()
    assert_one_line(khabar(home, "load", filled[1].id), str(warehouse_file(home)), "is damaged")
    assert rows(home, "SELECT count(*) FROM batches") == [(2,)]
    assert snapshot_file(home).read_bytes() == public


def cut_off(home: Path, query: str) -> Path:
    """Let a writer die after a commit; return the log that it left."""
    process = subprocess.run(
        [sys.executable, "-c", CUT_OFF, str(home), query], cwd=ROOT, check=False
    )
    assert process.returncode == 9
    return warehouse_file(home).with_name("warehouse.duckdb.wal")


INSERT = "INSERT INTO state VALUES (77, now())"


def test_the_log_of_a_writer_that_was_cut_off_is_folded_in(home: Path) -> None:
    assert cut_off(home, INSERT).stat().st_size > 0
    with open_writer(home) as con:
        assert con.execute("SELECT max(state_number) FROM state").fetchall() == [(77,)]
    assert rows(home, "SELECT max(state_number) FROM state") == [(77,)]
    assert not (home / "locks" / "warehouse.open").exists()


@pytest.mark.parametrize("kept", [0, 1, 40, -1])
def test_a_log_that_was_cut_in_its_first_commit_hinders_nobody(home: Path, kept: int) -> None:
    log = cut_off(home, INSERT)
    log.write_bytes(log.read_bytes()[:kept])
    done = khabar(home, "publish")
    assert done.returncode == 0, done.stderr
    assert not log.exists()
    assert rows(home, "SELECT max(state_number) FROM state") == [(2,)]


def test_an_older_copy_put_under_a_log_is_refused_and_left_untouched(home: Path) -> None:
    older = warehouse_file(home).read_bytes()
    with open_writer(home) as con:
        con.execute("DELETE FROM polls")
        con.execute("INSERT INTO state VALUES (3, now())")
    cut_off(home, "DELETE FROM articles")
    warehouse_file(home).write_bytes(older)
    before = look(home)
    assert_one_line(khabar(home, "publish"), "is older than warehouse.duckdb.wal beside it")
    assert look(home) == before


def test_a_file_that_became_shorter_by_itself_is_taken(tmp_path: Path) -> None:
    fill = "SELECT i, 1, now(), now(), '', md5(i::VARCHAR) || i, [], NULL, NULL, 9, i, 'x', 'x', "
    fill = f"INSERT INTO article_versions {fill} 'x', 'x' FROM range(300000) t(i)"
    with open_writer(tmp_path) as con:
        con.execute(fill)
        con.execute("CHECKPOINT")
        con.execute("DELETE FROM article_versions")
        con.execute("CHECKPOINT")
    with connect(warehouse_file(tmp_path), read_only=True) as con:
        [(block, total)] = con.execute(
            "SELECT block_size, total_blocks FROM pragma_database_size()"
        ).fetchall()
    assert warehouse_file(tmp_path).stat().st_size < block * total, "no short file was made"
    with open_writer(tmp_path) as con:
        assert con.execute("SELECT count(*) FROM article_versions").fetchall() == [(0,)]


@pytest.fixture
def open_home(filled: tuple[Path, Batch]) -> Iterator[Path]:
    """A home that another user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="place-"))
    folder.chmod(0o755)
    yield Path(shutil.copytree(filled[0], folder / "home"))
    shutil.rmtree(folder)


AS_NOBODY = """
import os, sys
import khabar.mend, warehouse.dedup, warehouse.load, warehouse.publish
from khabar.cli import main
os.setgid(65534); os.setuid(65534)
sys.argv = ["khabar", "publish"]
main()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's rights need root to be tried")
def test_a_file_that_may_not_be_read_is_refused_in_one_line(open_home: Path) -> None:
    for path in (open_home, *open_home.rglob("*")):
        os.chown(path, 65534, 65534)
    os.chown(warehouse_file(open_home), 0, 0)
    warehouse_file(open_home).chmod(0o600)
    before = look(open_home)
    process = subprocess.run(
        [sys.executable, "-c", AS_NOBODY],
        cwd=ROOT, env=settings_of(open_home), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert process.returncode == 1
    (line,) = process.stderr.splitlines()
    assert str(warehouse_file(open_home)) in line
    assert "give yourself the right" in line
    assert look(open_home) == before
