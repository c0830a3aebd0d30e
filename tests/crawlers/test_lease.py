"""One host is one process's at a time, and its distance holds from one process to the next."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from crawlers.batch import Batch
from crawlers.catalogue import Entrance, Politeness
from crawlers.crawl import GRACE_SECONDS, crawl_source
from crawlers.lease import HostBusyError, hosts_of, is_wanted, lease_hosts
from crawlers.ledger import read_fetches
from crawlers.source_file import MAX_MINUTES
from tests.crawlers.distance import LATE_SECONDS, note_turns, shortest
from tests.crawlers.outlet import Answer, Outlet, article, feed, plan, source

pytestmark = pytest.mark.usefixtures("warm_crawls")

ROOT = Path(__file__).parents[2]
CRAWL = """
import sys
from pathlib import Path
from crawlers.batch import Batch
from crawlers.crawl import crawl_source
crawl_source(Batch(id=sys.argv[1], home=Path(sys.argv[2])), "valley")
"""
WAIT = """
import sys
from pathlib import Path
from crawlers.lease import lease_hosts
with lease_hosts(Path(sys.argv[1]), ["v.example"], wait=60):
    print("has it", flush=True)
    sys.stdin.read()
"""


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def start_crawl(batch: Batch) -> subprocess.Popen[str]:
    return start(CRAWL, batch.id, str(batch.home))


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.02)


def serve(outlet: Outlet, count: int, robots: bytes = b"") -> None:
    paths = [f"/news/{n}" for n in range(count)]
    outlet.routes |= {path: article(path) for path in paths}
    outlet.routes |= {"/feed": feed(outlet.base, paths), "/robots.txt": Answer(robots)}


def closest(outlet: Outlet) -> float:
    return shortest([at for _, at, _ in outlet.log])


def test_two_sources_of_one_outlet_in_one_batch_are_both_crawled(
    outlet: Outlet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = []

    def lease(home: Path, hosts: Iterable[str], wait: float = 0.0, **more: bool) -> object:
        waits.append(wait)
        return lease_hosts(home, hosts, wait, **more)

    monkeypatch.setattr("crawlers.crawl.lease_hosts", lease)
    serve(outlet, 3)
    of = source(outlet, politeness=Politeness(delay_seconds=0.3))
    batches = [plan(tmp_path, replace(of, id=name), run=name) for name in ("pashto", "urdu")]
    work = list(zip(batches, ("pashto", "urdu"), strict=True))
    with ThreadPoolExecutor() as pool:
        reports = list(pool.map(lambda one: crawl_source(*one), work))
    assert [report.fetched for report in reports] == [3, 3]
    longest = Politeness(max_minutes=MAX_MINUTES).max_minutes * 60 + GRACE_SECONDS
    assert min(waits) >= longest, "none fails because another is not done yet"


@pytest.fixture
def waiter(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with lease_hosts(tmp_path, ["v.example"]), start(WAIT, str(tmp_path)) as process:
        try:
            until(lambda: is_wanted(tmp_path, ["www.v.example"]))
            yield process
        finally:
            process.kill()


def test_two_crawls_of_one_host_at_once_never_add_up(outlet: Outlet, tmp_path: Path) -> None:
    serve(outlet, 4)
    note_turns(outlet, tmp_path)
    of = source(outlet, politeness=Politeness(delay_seconds=0.3))
    with (
        start_crawl(plan(tmp_path, of, run="1")) as one,
        start_crawl(plan(tmp_path, of, run="2")) as other,
    ):
        assert (one.wait(60), other.wait(60)) == (0, 0)
    assert Counter(outlet.paths) == dict.fromkeys(
        ["/robots.txt", "/feed", *(f"/news/{n}" for n in range(4))], 2
    )
    assert closest(outlet) > 0.29


def test_crawl_after_another_waits_out_the_distance_that_robots_asked_for(
    outlet: Outlet, tmp_path: Path
) -> None:
    serve(outlet, 0, b"User-agent: *\nCrawl-delay: 2.5")
    of = source(outlet, politeness=Politeness(delay_seconds=0.1))
    for run in "12":
        crawl_source(plan(tmp_path, of, run=run), "valley")
    assert outlet.paths == ["/robots.txt", "/feed"] * 2
    assert closest(outlet) > 2.5 - LATE_SECONDS


def test_yielding_crawl_ends_early_where_another_wants_the_host(
    outlet: Outlet, tmp_path: Path
) -> None:
    serve(outlet, 60)
    note_turns(outlet, tmp_path)
    of = source(outlet, politeness=Politeness(delay_seconds=0.25))
    backfill = plan(tmp_path, of, run="1", is_yielding=True)
    with start_crawl(backfill) as process:
        until(lambda: len(outlet.log) > 4)
        short = source(outlet, politeness=Politeness(delay_seconds=0.25, max_pages=3))
        assert crawl_source(plan(tmp_path, short, run="2"), "valley").fetched == 3
        assert process.wait(20) == 0
    lines = read_fetches(backfill, "valley")
    left = [line for line in lines if line.detail == "another crawl wants the host"]
    assert {line.reason for line in left} == {"deferred"}
    assert len(lines) == 60
    assert len(left) >= 50
    assert closest(outlet) > 0.24


def test_crawl_that_does_not_yield_is_not_disturbed(outlet: Outlet, tmp_path: Path) -> None:
    serve(outlet, 6)
    of = source(outlet, politeness=Politeness(delay_seconds=0.1))
    with start_crawl(batch := plan(tmp_path, of, run="1")) as process:
        until(lambda: len(outlet.log) > 2)
        with lease_hosts(tmp_path, [outlet.host], wait=20):
            assert len(outlet.log) == 8
        assert process.wait(20) == 0
    assert {line.disposition for line in read_fetches(batch, "valley")} == {"fetched"}


def test_holder_sees_who_waits_but_not_who_died_waiting(
    tmp_path: Path, waiter: subprocess.Popen[str]
) -> None:
    assert is_wanted(tmp_path, ["other.example", "v.example"])
    assert not is_wanted(tmp_path, ["other.example"])
    os.kill(waiter.pid, signal.SIGKILL)
    waiter.wait()
    assert not is_wanted(tmp_path, ["v.example"])


def test_sign_of_waiting_goes_when_the_wait_ends(tmp_path: Path) -> None:
    with lease_hosts(tmp_path, ["v.example"]):
        with (
            pytest.raises(HostBusyError, match="is being crawled by process"),
            lease_hosts(tmp_path, ["v.example"], wait=0.1),
        ):
            pass
        assert not is_wanted(tmp_path, ["v.example"])
        with start(WAIT, str(tmp_path)) as process:
            until(lambda: is_wanted(tmp_path, ["v.example"]))
            process.kill()
    with start(WAIT, str(tmp_path)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "has it\n"
        assert not is_wanted(tmp_path, ["v.example"])
        process.communicate("")


def test_crawl_that_gives_way_does_not_ask_others_to(tmp_path: Path) -> None:
    with (
        lease_hosts(tmp_path, ["v.example"]),
        pytest.raises(HostBusyError),
        lease_hosts(tmp_path, ["v.example"], wait=-1, is_urgent=False),
    ):
        pass
    assert not (tmp_path / "locks" / "host-v.example.wanted").exists()


def test_every_host_of_a_source_is_leased_once(outlet: Outlet) -> None:
    of = source(
        outlet,
        hosts=("www.v.example", "v.example", "urdu.v.example"),
        entrances=(Entrance(kind="feed", url="https://feeds.example/v?x={y}"),),
        backfill=(Entrance(kind="listing", url="https://old.v.example/{yyyy}/{mm}"),),
    )
    assert hosts_of(of) == {"v.example", "urdu.v.example", "feeds.example", "old.v.example"}


@pytest.mark.parametrize("name", ["../../x", "a/b", "[::1]", "127.0.0.1:80"])
def test_no_host_names_a_file_elsewhere(tmp_path: Path, name: str) -> None:
    with lease_hosts(tmp_path, [name]):
        assert [path.parent.name for path in tmp_path.rglob("*.lock")] == ["locks"]
