import time
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from crawlers.archive_documents import archive_documents
from crawlers.catalogue import Entrance, Politeness
from crawlers.crawl import crawl_source
from crawlers.job import slice_pages
from crawlers.ledger import read_fetches, read_job
from tests.crawlers.outlet import Answer, Outlet, plan, source

WINDOW = (date(2026, 5, 1), date(2026, 5, 10))
IMPATIENT = """
from crawlers import job
job.SLICE_MINUTES, job.MIN_SECONDS_A_PAGE = 0.06, 0.001  # pages enough: time alone ends it
"""


@pytest.mark.parametrize("delay", [0, 1, 2, 7.5, 60])
def test_slice_of_a_backfill_is_five_minutes_at_most_whatever_its_outlet_allows(
    outlet: Outlet, tmp_path: Path, delay: float
) -> None:
    allowed = Politeness(delay_seconds=delay, max_pages=100_000, max_minutes=240)
    of = source(outlet, politeness=allowed)
    job = read_job(plan(tmp_path, of, window=WINDOW), "valley")
    assert job.max_minutes <= 5
    assert 1 <= job.max_pages <= 5 * 60 / max(delay, 1)
    assert slice_pages(of) == job.max_pages
    regular = replace(job, window=None)
    assert (regular.max_minutes, regular.max_pages) == (240, 100_000)
    brief = replace(of, politeness=replace(allowed, max_pages=3, max_minutes=1))
    short = replace(job, source=brief)
    assert (short.max_minutes, short.max_pages) == (1, 3)


def test_slice_whose_minutes_are_over_leaves_the_rest_to_the_next(
    outlet: Outlet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [f"/news/{number}" for number in range(40)]
    links = "".join(f'<a href="{path}">Story</a>' for path in paths)
    outlet.routes["/p/1"] = Answer(f"<html>{links}</html>".encode())
    slow = Answer(b"<p>late</p>", headers={"X-Sleep": "0.8"}, behave="slow")
    outlet.routes |= dict.fromkeys(paths, slow)
    (tmp_path / "sitecustomize.py").write_text(IMPATIENT)  # for the crawl, a process of its own
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    of = source(
        outlet,
        backfill=(Entrance(kind="listing", url=f"{outlet.base}/p/{{page}}"),),
        politeness=Politeness(delay_seconds=0, max_pages=100, max_minutes=60),
    )
    batch = plan(tmp_path, of, window=WINDOW, documents=archive_documents(of, WINDOW))
    began = time.monotonic()
    crawl_source(batch, "valley")
    lines = read_fetches(batch, "valley")
    reasons = Counter(line.reason for line in lines)
    assert time.monotonic() - began < 60
    assert reasons["deferred"] >= 10
    assert {line.detail for line in lines if line.reason == "deferred"} == {
        "the source's time was over"
    }
    assert reasons.total() == len(paths)
