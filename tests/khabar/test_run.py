import _thread
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from crawlers.batch import Batch
from crawlers.crawl import CrawlDiedError
from crawlers.crawl_report import CrawlReport
from khabar import run
from khabar.newsroom.running import RunningTown, running_town
from khabar.progress import Progress
from tests.khabar.command import khabar, settings_of

pytestmark = pytest.mark.usefixtures("warm_crawls")

COUNT = "SELECT source_id, count(*) AS articles FROM articles GROUP BY ALL ORDER BY ALL"
TWO = ("tirwal_chronicle", "valley_newswire")


@pytest.fixture(scope="module")
def town() -> Iterator[RunningTown]:
    with running_town(articles=12) as town:
        yield town


def reach(town: RunningTown) -> dict[str, str]:
    return {"catalogue": str(town.sources_folder), "loopback": " ".join(sorted(town.loopback))}


def rows(home: Path, query: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in khabar(home, "sql", query, "--json").stdout.splitlines()]


@pytest.fixture(scope="module")
def undisturbed(town: RunningTown, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run one batch of two outlets, undisturbed."""
    home = tmp_path_factory.mktemp("run") / "home"
    done = khabar(home, "run", *TWO, "--json", **reach(town))
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert {source["source_id"]: source["state"] for source in summary["sources"]} == dict.fromkeys(
        TWO, "fine"
    )
    return home


def test_run_takes_the_named_outlets_the_whole_way(undisturbed: Path) -> None:
    counted = rows(undisturbed, COUNT)
    assert [row["source_id"] for row in counted] == list(TWO)
    assert all(int(str(row["articles"])) >= 8 for row in counted)


def test_stages_by_hand_give_what_run_gives(
    town: RunningTown, undisturbed: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    planned = khabar(home, "plan", *TWO, **reach(town))
    batch_id = planned.stdout.splitlines()[-1]
    for words in (
        *(("crawl", batch_id, source) for source in TWO),
        *(("extract", batch_id, source) for source in TWO),
        ("dedup", batch_id), ("load", batch_id), ("publish",),
    ):  # fmt: skip
        done = khabar(home, *words, **reach(town))
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.strip().splitlines()) == 1
    assert rows(home, COUNT) == rows(undisturbed, COUNT)
    assert batch_id in khabar(home, "status").stdout


def test_batch_run_again_changes_nothing(town: RunningTown, undisturbed: Path) -> None:
    before = rows(undisturbed, COUNT)
    [batch] = json.loads(khabar(undisturbed, "status", "--json").stdout)["batches"]
    done = khabar(undisturbed, "run", "--batch", batch["batch_id"], **reach(town))
    assert done.returncode == 0, done.stderr
    assert rows(undisturbed, COUNT) == before


def test_run_that_is_stopped_leaves_nobody_behind_and_says_how_to_go_on(
    town: RunningTown, undisturbed: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    process = subprocess.Popen(
        [sys.executable, "-m", "khabar.cli", "run", *TWO],
        env=settings_of(home, **reach(town)), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    crawls = wait_for_crawls(process.pid)
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert not [child for child in crawls if child.is_running()]
    resume = re.search(r"to go on: khabar (run --batch (\S+))$", said, re.MULTILINE)
    assert resume is not None, said
    assert "Traceback" not in said
    done = khabar(home, *resume[1].split(), **reach(town))
    assert done.returncode == 0, done.stderr
    assert rows(home, COUNT) == rows(undisturbed, COUNT)


def wait_for_crawls(pid: int) -> list[psutil.Process]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        children = psutil.Process(pid).children(recursive=True)
        crawls = [one for one in children if "crawlers.run" in " ".join(one.cmdline())]
        if len(crawls) == len(TWO):
            return crawls
        time.sleep(0.1)
    raise AssertionError("no crawl was started")


def test_gathering_that_is_interrupted_begins_nothing_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    workers: list[threading.Thread] = []

    def crawl(_: Batch, source_id: str) -> CrawlReport:
        done.append(f"crawl {source_id}")
        workers.append(threading.current_thread())
        _thread.interrupt_main()
        time.sleep(0.5)
        raise CrawlDiedError("its process was ended")

    monkeypatch.setattr(run, "crawl_source", crawl)
    monkeypatch.setattr(run, "extract_source", lambda *_: done.append("extract"))
    monkeypatch.setattr(run, "AT_ONCE", 1)
    batch = Batch(id="20261122T000000Z-run-00000000", home=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run.gather(batch, ["one", "two"], Progress(is_quiet=True))
    workers[0].join(10)
    assert done == ["crawl one"]
