import logging
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawlers.crawl import crawl_source
from crawlers.ledger import read_fetches, read_polls
from crawlers.room import tell_low_disk
from tests.crawlers.outlet import Answer, Outlet, article, feed, plan, source
from tests.small_disk import small_disk

pytestmark = pytest.mark.usefixtures("warm_crawls")

DISK_MB, FLOOR_MB = 48, 16
PAGES = 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", DISK_MB) as disk:
        yield disk


def fill(disk: Path) -> None:
    with (disk / "filler").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, ((DISK_MB - FLOOR_MB // 2) << 20) - (512 << 10))


def test_crawl_ends_where_the_disk_fills_up_and_keeps_what_it_has(
    outlet: Outlet, disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    def fifth(path: str, _headers: dict[str, str]) -> Answer:
        fill(disk)
        return article(path)

    names = [f"/news/{n}" for n in range(PAGES)]
    outlet.routes |= {"/feed": feed(outlet.base, names), **{name: article(name) for name in names}}
    outlet.routes["/news/5"] = fifth
    batch = plan(disk, source(outlet), disk_floor_mb=FLOOR_MB)
    report = crawl_source(batch, "valley")

    lines = read_fetches(batch, "valley")
    states = Counter((line.disposition, line.reason) for line in lines)
    assert states.total() == report.listed == PAGES
    assert 6 <= states["fetched", None] <= 8
    assert states["skipped", "deferred"] == PAGES - states["fetched", None]
    assert report.pages_archived == states["fetched", None]
    assert not report.failed
    told = tell_low_disk(disk, FLOOR_MB)
    assert told is not None
    assert "KHABAR_DISK_FLOOR_MB=16" in told
    assert {line.detail for line in lines if line.reason == "deferred"} == {told}
    assert f"ended early: {told}" in report.line
    assert sum("ended early" in record.message for record in caplog.records) == 1

    (disk / "filler").unlink()
    outlet.routes["/news/5"] = article("/news/5")
    assert crawl_source(plan(disk, source(outlet), run="2"), "valley").fetched == PAGES


def test_below_the_floor_before_the_first_look_no_outlet_has_failed(
    outlet: Outlet, disk: Path
) -> None:
    outlet.routes |= {"/feed": feed(outlet.base, ["/news/1"]), "/news/1": article("/news/1")}
    fill(disk)
    batch = plan(disk, source(outlet), disk_floor_mb=FLOOR_MB)
    report = crawl_source(batch, "valley")
    told = tell_low_disk(disk, FLOOR_MB)
    assert told is not None
    assert (report.failed, report.reason, report.trouble) == (False, None, None)
    assert report.stopped == told
    assert report.line.count("MB free") == 1
    assert f"ended early: {told}" in report.line
    assert [poll.reason for poll in read_polls(batch, "valley")] == ["deferred"]

    (disk / "filler").unlink()
    after = crawl_source(plan(disk, source(outlet), run="2"), "valley")
    assert (after.fetched, after.stopped) == (1, None)


def test_archive_on_a_disk_of_its_own_is_looked_at(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with small_disk(home / "archive", 4) as archive:
        assert tell_low_disk(home, 3) is None
        assert (tell_low_disk(home, 5) or "").startswith(f"{archive}: 4 MB free")
