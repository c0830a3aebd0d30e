"""What keeps the child process in check: limits, certificates, and no orphans."""

import _thread
import threading
import time
from pathlib import Path

import psutil
import pytest

from crawlers import crawl
from crawlers.catalogue import Politeness
from crawlers.crawl import CrawlDiedError, crawl_source
from tests.crawlers.distance import note_turns, shortest
from tests.crawlers.outlet import Answer, Outlet, article, feed, plan, source


def crawlers_running() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "crawlers.run" in " ".join(child.cmdline())]


def test_crawl_over_its_hard_limit_is_stopped(
    outlet: Outlet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawl, "GRACE_SECONDS", -57.0)
    outlet.routes["/feed"] = Answer(behave="silent")
    batch = plan(tmp_path, source(outlet))
    with pytest.raises(CrawlDiedError, match="hard limit"):
        crawl_source(batch, "valley")
    assert crawlers_running() == []


def test_exception_in_the_task_leaves_no_orphan(outlet: Outlet, tmp_path: Path) -> None:
    outlet.routes["/feed"] = Answer(behave="silent")
    batch = plan(tmp_path, source(outlet))

    def interrupt_when_asked() -> None:
        ends = time.monotonic() + 20
        while "/feed" not in outlet.paths and time.monotonic() < ends:
            time.sleep(0.05)
        _thread.interrupt_main()

    threading.Thread(target=interrupt_when_asked).start()
    with pytest.raises(KeyboardInterrupt):
        crawl_source(batch, "valley")
    assert crawlers_running() == []


def test_delay_of_the_source_is_kept(outlet: Outlet, tmp_path: Path) -> None:
    names = [f"/news/{n}" for n in range(3)]
    outlet.routes |= {"/feed": feed(outlet.base, names), **{name: article(name) for name in names}}
    note_turns(outlet, tmp_path)
    batch = plan(tmp_path, source(outlet, politeness=Politeness(delay_seconds=0.4)))
    assert crawl_source(batch, "valley").fetched == 3
    times = [at for _, at, _ in outlet.log]
    assert len(times) == 5
    assert shortest(times) > 0.39
