import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from crawlers.archive import part_of, read_notes, read_page, salvage
from crawlers.batch import Batch
from crawlers.catalogue import Entrance
from crawlers.crawl import CrawlDiedError, crawl_source
from crawlers.crawl_report import REPORT_JSON
from crawlers.job import DeferredPage
from crawlers.journal import last_attempt, warc_path
from crawlers.ledger import read_fetches, read_polls
from crawlers.page import FETCH_JSON
from crawlers.urls import url_key
from tests.crawlers.outlet import Answer, Outlet, article, feed, plan, source

pytestmark = pytest.mark.usefixtures("warm_crawls")

NAMES = [f"/news/{n}" for n in range(30)]
PARENT = """
import sys
from pathlib import Path
from crawlers.batch import Batch
from crawlers.crawl import crawl_source
crawl_source(Batch(id=sys.argv[1], home=Path(sys.argv[2])), "valley")
"""


def serve_slowly(outlet: Outlet) -> None:
    outlet.routes["/feed"] = feed(outlet.base, NAMES)
    outlet.routes |= {
        name: Answer(article(name).body, headers={"X-Sleep": "0.1"}, behave="slow")
        for name in NAMES
    }


def start(batch: Batch) -> subprocess.Popen[bytes]:
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", PARENT, batch.id, str(batch.home)],
        env={**os.environ, "PYTHONPATH": str(root)},
        stderr=subprocess.DEVNULL,
    )


def wait_for(outlet: Outlet, requests: int) -> None:
    ends = time.monotonic() + 20
    while len(outlet.log) < requests:
        assert time.monotonic() < ends, outlet.paths
        time.sleep(0.01)


def crawler_of(parent: subprocess.Popen[bytes]) -> psutil.Process:
    (child,) = psutil.Process(parent.pid).children()
    return child


def assert_nothing_lost_nothing_twice(outlet: Outlet, batch: Batch) -> None:
    fetches = read_fetches(batch, "valley")
    assert sorted(line.url for line in fetches) == sorted(f"{outlet.base}{n}" for n in NAMES)
    assert {(line.disposition, line.listed) for line in fetches} == {("fetched", True)}
    pages = [read_page(batch.home, "valley", line) for line in fetches]
    assert {page.body for page in pages} == {article(name).body for name in NAMES}
    twice = [path for path, count in Counter(outlet.paths).items() if count > 1]
    # Those under way when the kill came could not be known; two at most are asked at a time.
    assert len(set(twice) - {"/robots.txt"}) <= 2
    assert outlet.paths.count("/feed") == 1


def test_crawler_killed_in_mid_crawl_is_resumed(outlet: Outlet, tmp_path: Path) -> None:
    serve_slowly(outlet)
    batch = plan(tmp_path, source(outlet))
    parent = start(batch)
    wait_for(outlet, 14)
    crawler_of(parent).send_signal(signal.SIGKILL)
    assert parent.wait(20) != 0
    # Salvaged at once, before any second attempt, and whole enough to be loaded.
    dead = REPORT_JSON.validate_json(batch.status("crawl", "valley").read_bytes())
    assert (dead.failed, dead.reason, dead.attempt) == (True, "crawl_died", 1)
    kept = read_fetches(batch, "valley")
    reasons = Counter(line.reason for line in kept)
    assert 8 <= dead.fetched == dead.pages_archived == reasons[None] <= 14
    assert (dead.listed, reasons["deferred"]) == (30, 30 - dead.fetched)
    assert all(line.listed for line in kept)
    report = crawl_source(batch, "valley")
    assert (report.attempt, report.listed, report.fetched) == (2, 30, 30)
    assert (report.failed, report.reason) == (False, None)
    assert_nothing_lost_nothing_twice(outlet, batch)


def test_crawl_stopped_by_its_task_leaves_a_ledger_that_can_be_loaded(
    outlet: Outlet, tmp_path: Path
) -> None:
    serve_slowly(outlet)
    of = source(outlet)
    url = f"{outlet.base}/news/left"
    left = DeferredPage(url=url, url_key=url_key(url), entrance=None, item=None)
    batch = plan(tmp_path, of, deferred=(left,))
    parent = start(batch)
    wait_for(outlet, 8)
    parent.send_signal(signal.SIGINT)
    assert parent.wait(20) != 0
    dead = REPORT_JSON.validate_json(batch.status("crawl", "valley").read_bytes())
    kept = read_fetches(batch, "valley")
    assert (dead.reason, dead.listed) == ("crawl_died", sum(line.listed for line in kept))
    assert dead.fetched == sum(line.record is not None for line in kept) >= 4
    # The page that an earlier batch left keeps its place by the line that is there.
    assert not [line for line in kept if line.url == url]


def test_later_attempt_drops_what_a_dead_one_deferred(outlet: Outlet, tmp_path: Path) -> None:
    outlet.routes |= {"/feed": feed(outlet.base, NAMES[:3]), **{n: article(n) for n in NAMES[:3]}}
    batch = plan(tmp_path, source(outlet))
    report = crawl_source(batch, "valley")
    status = batch.status("crawl", "valley")
    status.write_bytes(REPORT_JSON.dump_json(replace(report, failed=True, reason="crawl_died")))
    stale = replace(read_fetches(batch, "valley")[0], url_key="https://v.example/x", record=None)
    line = FETCH_JSON.dump_json(replace(stale, disposition="skipped", reason="deferred"))
    (batch.crawl_folder("valley") / "1.unasked.fetches.jsonl").write_bytes(line + b"\n")
    assert len(read_fetches(batch, "valley")) == 4
    again = crawl_source(batch, "valley")
    assert (again.failed, again.listed, len(read_fetches(batch, "valley"))) == (False, 3, 3)


def test_crawl_killed_among_the_parts_of_an_index_leaves_its_looks_and_resumes(
    outlet: Outlet, tmp_path: Path
) -> None:
    parts = [f"{outlet.base}/part{n}.xml" for n in range(4)]
    named = "".join(f"<sitemap><loc>{part}</loc></sitemap>" for part in parts)
    outlet.routes["/index.xml"] = Answer(f"<sitemapindex>{named}</sitemapindex>".encode())
    for number in range(4):
        entry = f"<urlset><url><loc>{outlet.base}/news/{number}</loc></url></urlset>"
        slow = {"X-Sleep": "0.4"}
        outlet.routes[f"/part{number}.xml"] = Answer(entry.encode(), headers=slow, behave="slow")
        outlet.routes[f"/news/{number}"] = article(str(number))
    ways = (
        Entrance(kind="feed", url=f"{outlet.base}/feed"),  # there is none
        Entrance(kind="sitemap", url=f"{outlet.base}/index.xml"),
    )
    batch = plan(tmp_path, source(outlet, entrances=ways))
    parent = start(batch)
    wait_for(outlet, 6)  # robots, feed, index, two parts, and the third under way
    crawler_of(parent).send_signal(signal.SIGKILL)
    assert parent.wait(20) != 0
    looks = {poll.entrance: poll.reason for poll in read_polls(batch, "valley")}
    assert looks == {ways[0].url: "gone", parts[0]: None, parts[3]: None}
    report = crawl_source(batch, "valley")
    assert (report.failed, report.attempt, report.listed, report.fetched) == (False, 2, 4, 4)
    asked = Counter(path for path in outlet.paths if path.startswith("/part"))
    assert asked == {"/part0.xml": 1, "/part1.xml": 2, "/part2.xml": 1, "/part3.xml": 1}
    last = {poll.entrance: poll for poll in read_polls(batch, "valley")}
    assert (last[ways[1].url].reason, last[parts[3]].part_of) == (None, ways[1].url)


def test_both_processes_killed_leave_no_orphan_and_are_resumed(
    outlet: Outlet, tmp_path: Path
) -> None:
    serve_slowly(outlet)
    batch = plan(tmp_path, source(outlet))
    parent = start(batch)
    wait_for(outlet, 14)
    crawler = crawler_of(parent)
    parent.kill()
    parent.wait()
    report = crawl_source(batch, "valley")  # waits for the dying crawler's lease
    # Who adopts it may be slow to bury it.
    assert not crawler.is_running() or crawler.status() == psutil.STATUS_ZOMBIE
    assert (report.attempt, report.listed, report.fetched) == (2, 30, 30)
    assert_nothing_lost_nothing_twice(outlet, batch)


def test_crawl_that_cannot_start_says_why(outlet: Outlet, tmp_path: Path) -> None:
    batch = plan(tmp_path, source(outlet))
    (tmp_path / "archive").write_text("in the way")
    with pytest.raises(CrawlDiedError, match=r"valley ended early .* NotADirectoryError"):
        crawl_source(batch, "valley")


def test_archive_cut_anywhere_is_salvaged_to_whole_records(outlet: Outlet, tmp_path: Path) -> None:
    outlet.routes |= {"/feed": feed(outlet.base, NAMES[:4]), **{n: article(n) for n in NAMES[:4]}}
    batch = plan(tmp_path, source(outlet))
    crawl_source(batch, "valley")
    warc = warc_path(batch, "valley", last_attempt(batch, "valley"))
    whole = warc.read_bytes()
    with warc.open("rb") as file:
        archive = ArchiveIterator(file)
        ends = [*[archive.get_record_offset() for _ in archive][1:], len(whole)]
    for cut in range(1, len(whole) + 1, 97):
        copy = tmp_path / f"{cut}.warc.gz"
        part_of(copy).write_bytes(whole[:cut])
        assert salvage(copy) == cut - max([end for end in ends if end <= cut], default=0)
        with copy.open("rb") as file:
            assert sum(1 for _ in ArchiveIterator(file)) == sum(end <= cut for end in ends)
    assert len(list(read_notes(warc, "fetch"))) == 4


def test_archive_passes_an_independent_check(
    outlet: Outlet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outlet.routes |= {"/feed": feed(outlet.base, NAMES[:3]), **{n: article(n) for n in NAMES[:3]}}
    batch = plan(tmp_path, source(outlet))
    crawl_source(batch, "valley")
    warc = warc_path(batch, "valley", 1)

    class Options:
        inputs = [str(warc)]  # noqa: RUF012
        verbose = True

    checker = Checker(Options())
    checker.process_all()
    assert checker.exit_value == 0
    out = capsys.readouterr().out
    assert out.count("digest pass") > 10
    assert "fail" not in out
