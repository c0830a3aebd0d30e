import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from khabar.cli import STOPPED
from khabar.newsroom.running import running_town
from tests.khabar.command import settings_of
from tests.khabar.test_import_command import taken, write_warc

INTERRUPTED = """
import os, signal, sys, threading
from importlib import import_module
from crawlers.batch import Batch
from khabar.cli import main
from warehouse.connection import open_writer

def work(con):
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    con.execute("SELECT count(*) FROM range(3_000_000_000)")

def interrupted(of, *_, **__):
    if hasattr(of, "execute"):
        work(of)
    with open_writer(of.home if isinstance(of, Batch) else of) as con:
        work(con)

setattr(import_module(sys.argv[1]), sys.argv[2], interrupted)
sys.argv = ["khabar", *sys.argv[3:]]
main()
"""
"""A command that gets Ctrl-C while DuckDB is at work."""


def interrupt(module: str, stage: str, home: Path, *words: str, **settings: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, module, stage, *words],
        env=settings_of(home, **settings),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1] if done.stderr else ""


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "stage",
    ["load_batch", *(pytest.param(one, marks=SLOW) for one in ("dedup_batch", "publish_all"))],
)
def test_import_that_is_interrupted_in_a_query_says_how_to_go_on(
    tmp_path: Path, stage: str
) -> None:
    write_warc(tmp_path / "a.warc.gz", ("https://v.test/a", 1, "2019-05-01"))
    said = interrupt(
        "khabar.run", stage, tmp_path / "home", "import", "--all", str(tmp_path / "a.warc.gz")
    )
    assert said.startswith("stopped; to go on: khabar run --batch ")


def test_run_and_backfill_that_are_interrupted_in_a_query_say_how_to_go_on(tmp_path: Path) -> None:
    home, day = tmp_path / "home", datetime.now(UTC) - timedelta(days=2)
    with running_town(articles=12, now=day) as town:
        known = {
            "catalogue": str(town.sources_folder), "loopback": " ".join(sorted(town.loopback)),
        }  # fmt: skip
        said = interrupt("khabar.run", "load_batch", home, "run", "roznama_tirwal", **known)
        assert said.startswith("stopped; to go on: khabar run --batch ")
        past = (str(date(day.year, day.month, day.day) + timedelta(days=n)) for n in (-1, 0))
        days = [word for pair in zip(("--from", "--to"), past, strict=True) for word in pair]
        said = interrupt(
            "khabar.run", "load_batch", home, "backfill", "roznama_tirwal", *days, **known
        )
        assert said == "stopped; run the same command again to go on"


@pytest.mark.parametrize(
    ("module", "name", "command"),
    [
        ("warehouse.publish", "count_tables", "publish"),
        ("warehouse.compact", "table_digest", "compact"),
        pytest.param("warehouse.rebuild", "dedup_batch", "rebuild", marks=SLOW),
        ("warehouse.rebuild", "count_tables", "rebuild"),
    ],
)
def test_stage_that_is_interrupted_in_a_query_says_so_and_leaves_nothing(
    tmp_path: Path, module: str, name: str, command: str
) -> None:
    write_warc(tmp_path / "a.warc.gz", ("https://v.test/a", 1, "2019-05-01"))
    taken(tmp_path / "home", tmp_path / "a.warc.gz")
    before = lies_there(tmp_path / "home")
    assert interrupt(module, name, tmp_path / "home", command) == STOPPED
    assert lies_there(tmp_path / "home") == before


def lies_there(home: Path) -> list[str]:
    return sorted(str(path) for path in home.rglob("*") if not path.is_relative_to(home / "locks"))
