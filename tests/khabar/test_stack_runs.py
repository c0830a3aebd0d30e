import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from warcio.archiveiterator import ArchiveIterator

from khabar.airflow.api import Run
from khabar.airflow.processes import find_below, send
from khabar.airflow.records import clean_arguments
from khabar.newsroom.faults import Fault
from tests.khabar.databases import find_postgres
from tests.khabar.running_stack import CRAWLERS, RunningStack, running_stack
from warehouse.connection import open_snapshot

WITHOUT = [
    name for name, found in {
        "postgresql": find_postgres(), "redis-server": shutil.which("redis-server"),
    }.items() if not found
]  # fmt: skip
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(bool(WITHOUT), reason=f"not installed: {', '.join(WITHOUT)}"),
]

SLOW_SECONDS = 1.5
"""What each answer takes while a worker is to be killed."""


@pytest.fixture(scope="module")
def running() -> Iterator[RunningStack]:
    with running_stack() as running:
        yield running


def crawls_below(pid: int) -> dict[psutil.Process, str]:
    """Map the crawls that run below a worker to their sources."""
    found = {}
    for process in find_below([pid]):
        with suppress(psutil.Error):
            line = process.cmdline()
            if "crawlers.run" in line:
                found[process] = Path(line[line.index("crawlers.run") + 1]).stem
    return found


def archived(folder: Path, batch_id: str) -> set[str]:
    """Read the addresses of pages out of an outlet's WARC files of a batch, unfinished ones too."""
    urls = set()
    for path in folder.rglob(f"*{batch_id}-*.warc.gz*"):
        with path.open("rb") as file:
            try:
                for record in ArchiveIterator(file):
                    if record.rec_type in ("response", "revisit"):
                        urls.add(str(record.rec_headers.get_header("WARC-Target-URI")))
            except (EOFError, OSError, ValueError):
                continue  # cut off by the kill
    return urls


def assert_complete(running: RunningStack, run: Run, removed: Sequence[str] = ()) -> None:
    """Every outlet is loaded, and what failed of it is no more than what the town has removed."""
    batch_id = running.batch_of(run.id)
    query = "SELECT source_id, status, new + updated + unchanged, failed FROM batch_sources"
    with open_snapshot(running.stack.root("warehouse") / "khabar") as con:
        rows = con.execute(f"{query} WHERE batch_id = ?", [batch_id]).fetchall()
    outlets = running.town.outlets
    assert {source_id for source_id, *_ in rows} == outlets.keys()
    for source_id, how, articles, failed in rows:
        assert how == "loaded"
        assert articles > 0
        gone = sum(url.startswith(f"{outlets[source_id].origin}/") for url in removed)
        assert failed <= gone, source_id


def environment(process: psutil.Process) -> str:
    try:
        return "\n".join(process.environ().values())
    except psutil.Error:
        return ""


def test_ingest_turns_green_on_two_crawl_workers_and_one_for_the_warehouse(
    running: RunningStack,
) -> None:
    running.crew.wait_until(lambda: bool(running.api.runs("ingest")), 120, "no run was scheduled")
    run = running.wait_for(running.api.runs("ingest")[-1].id)
    assert run.state == "success", running.explain(run)
    assert set(running.states(run).values()) == {"success"}
    assert_complete(running, run)
    for crawler in CRAWLERS:
        assert "task_id=source.crawl" in (running.stack.folder / f"{crawler}.log").read_text()
        home = running.stack.root(crawler) / "khabar"
        assert not (home / "warehouse.duckdb").exists()
        assert not (home / "published").exists()


def test_no_worker_that_crawls_knows_what_it_need_not(running: RunningStack) -> None:
    secrets = running.stack.secrets
    for crawler in CRAWLERS:
        told = environment(psutil.Process(running.crew.pids()[crawler]))
        known = {name for name, secret in secrets.items() if secret in told}
        assert known == {"REDIS_PASSWORD"}


def test_killed_crawl_worker_loses_nothing_and_asks_for_no_archived_page_again(
    running: RunningStack,
) -> None:
    api, crew, town = running.api, running.crew, running.town
    passed = town.advance(hours=30)
    for outlet in town.outlets:
        town.misbehave(outlet, Fault(kind="slow", seconds=SLOW_SECONDS))
    run_id = api.trigger("ingest", {"force": True}, "one of its workers is killed")
    # What is asked before is the full hour's own run's, which ours waits for.
    crew.wait_until(lambda: running.batch_of(run_id) is not None, 400, "no batch")
    began = datetime.now(UTC)

    def visits(source_id: str) -> list[str]:
        urls = [
            (visit.at, f"http://{visit.host}{visit.path}")
            for visit in town.log
            if visit.outlet == source_id
        ]
        return [url for at, url in urls if at > began and town.truth_of(url)]

    victim = crew.pids()[CRAWLERS[0]]
    crew.wait_until(
        lambda: any(len(visits(one)) >= 4 for one in crawls_below(victim).values()), 300, "no crawl"
    )
    crawls = crawls_below(victim)
    dying = set(crawls.values())
    known = {
        name for name, secret in running.stack.secrets.items() for one in crawls
        if secret in environment(one)
    }  # fmt: skip
    container = [psutil.Process(victim), *find_below([victim])]
    send(container, signal.SIGKILL)
    psutil.wait_procs(container, timeout=10)
    killed_at = datetime.now(UTC)
    batch_id, archive = str(running.batch_of(run_id)), running.stack.volume("archive")
    safe = {url for one in dying for url in archived(archive / one, batch_id)}
    kept = {url for one in dying for url in visits(one) if url in safe}
    town.heal()
    run = running.wait_for(run_id)

    assert known == set()
    assert len(kept) >= 2
    assert run.state == "success", running.explain(run)
    assert set(running.states(run).values()) == {"success"}
    after = {f"http://{visit.host}{visit.path}" for visit in town.log if visit.at > killed_at}
    assert after & kept == set()
    tries = {task.label: task.try_number for task in api.tasks("ingest", run_id)
             if task.task == "source.crawl"}  # fmt: skip
    names = {town.outlets[one].name for one in dying}
    assert {name for name, number in tries.items() if number > 1} >= names
    assert_complete(running, run, passed.removed)
    assert any(line.startswith(f"{CRAWLERS[0]} died") for line in crew.restarted)


def test_upkeep_removes_old_runs_from_postgres(running: RunningStack) -> None:
    before = {run.id for run in running.api.runs("ingest") if run.has_ended}
    service = running.stack.member("upkeep", "upkeep")
    in_a_year = datetime.now(UTC) + timedelta(days=365)
    done = subprocess.run(
        [sys.executable, "-m", "airflow", *clean_arguments(in_a_year)],
        env={**service.env}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    after = {run.id for run in running.api.runs("ingest")}
    assert len(before) >= 2
    assert len(before & after) <= 1  # Airflow keeps the last one of a schedule
