from datetime import date, datetime, timedelta
from pathlib import Path

from crawlers.batch import Batch, new_batch_id
from crawlers.catalogue import Entrance, Source
from crawlers.job import ArchiveDocument, CrawlJob, DeferredPage
from crawlers.ledger import read_job, read_manifest
from crawlers.page import Poll
from crawlers.urls import key_hash
from tests.warehouse.batches import (
    HOST,
    START,
    BatchMaker,
    Line,
    failed,
    on,
    page,
    rejected,
    rows,
    skipped,
    text,
)
from tests.warehouse.planning import catalogue, plan, publish
from warehouse.backfill import plan_slice, published_days
from warehouse.load import load_batch

WINDOW = (date(2026, 5, 1), date(2026, 5, 31))
SOURCE = Source(
    id="mountain",
    name="Mountain",
    home=f"{HOST}/",
    languages=("en",),
    timezone="Asia/Karachi",
    entrances=(Entrance(kind="feed", url=f"{HOST}/feed"),),
)
DOCUMENT = ArchiveDocument(entrance=Entrance(kind="sitemap", url=f"{HOST}/2026-05.xml"))


def load(
    home: Path, hour: int, *lines: Line, past: bool = False, polls: tuple[Poll, ...] = ()
) -> None:
    kind = {"dag": "backfill", "found_by": "backfill"} if past else {}
    load_batch(BatchMaker(home, hour, **kind).source(*lines, polls=polls).write())  # type: ignore[arg-type]
    publish(home)


def left(*paths: str) -> list[DeferredPage]:
    urls = [f"{HOST}{path}" for path in paths]
    return [DeferredPage(url=url, url_key=url, entrance=None, item=None) for url in urls]


def sliced(home: Path, *paths: str, hour: int = 9) -> CrawlJob:
    batch = Batch(id=new_batch_id(_at(hour), "backfill", "1"), home=home)
    plan_slice(
        batch,
        SOURCE,
        window=WINDOW,
        documents=(DOCUMENT,),
        documents_read=(),
        pages=left(*paths),
        run_id="1",
        contact="mailto:x@y.example",
        loopback=(),
        disk_floor_mb=7,
    )
    manifest = read_manifest(batch)
    assert (manifest.found_by, manifest.dag, manifest.sources) == (
        "backfill",
        "backfill",
        ("mountain",),
    )
    return read_job(batch, "mountain")


def _at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def test_slice_asks_nothing_that_is_known_and_revisits_nothing(tmp_path: Path) -> None:
    load(tmp_path, 1, page("/a", text("a"), hour=1), rejected("/b", hour=1), failed("/c", "gone"))
    job = sliced(tmp_path, "/a", "/b", "/c", "/d")
    assert [one.url for one in job.deferred] == [f"{HOST}/d"]
    assert job.known == ()
    assert set(job.known_hashes) == {key_hash(f"{HOST}{path}") for path in ("/a", "/b", "/c")}
    assert (job.window, job.documents, job.is_yielding) == (WINDOW, (DOCUMENT,), True)


def test_slice_is_planned_where_nothing_is_published_yet(tmp_path: Path) -> None:
    job = sliced(tmp_path, "/a")
    assert [one.url for one in job.deferred] == [f"{HOST}/a"]
    assert (job.known_hashes, job.disk_floor_mb) == ((), 7)


def test_slice_that_is_planned_again_stays_as_it_was(tmp_path: Path) -> None:
    first = sliced(tmp_path, "/a")
    load(tmp_path, 1, page("/a", text("a"), hour=1))
    assert sliced(tmp_path, "/b") == first


def test_plan_of_the_live_crawl_has_its_own_left_over_pages_whatever_a_backfill_left(
    tmp_path: Path,
) -> None:
    catalogue(tmp_path, "mountain")
    load(tmp_path, 1, skipped("/live"), skipped("/both"))
    load(tmp_path, 2, skipped("/past"), page("/both", text("b"), hour=2), past=True)
    job = read_job(plan(tmp_path, 9)[0], "mountain")
    assert [one.url for one in job.deferred] == [f"{HOST}/live"]


def test_old_articles_that_a_backfill_found_are_not_revisited(tmp_path: Path) -> None:
    catalogue(tmp_path, "mountain")
    lines = (
        page("/undated", text("u"), hour=1),
        page("/old", text("o"), hour=1, published=on("2026-05-03")),
        page("/young", text("y"), hour=1, published=on(f"{_at(-24):%Y-%m-%d}")),
        rejected("/none", hour=1),
    )
    load(tmp_path, 1, *lines, past=True)
    job = read_job(plan(tmp_path, 9)[0], "mountain")
    assert [one.url for one in job.known] == [f"{HOST}/young"]
    assert set(job.known_hashes) == {
        key_hash(f"{HOST}{path}") for path in ("/undated", "/old", "/none")
    }


def test_article_that_the_live_crawl_asks_too_is_revisited_as_any_other(tmp_path: Path) -> None:
    catalogue(tmp_path, "mountain")
    load(tmp_path, 1, page("/a", text("a"), hour=1), past=True)
    load(tmp_path, 2, page("/a", text("a2"), hour=2))
    job = read_job(plan(tmp_path, 9)[0], "mountain")
    assert [one.url for one in job.known] == [f"{HOST}/a"]


def test_look_of_a_backfill_is_a_poll_and_changes_no_entrance(tmp_path: Path) -> None:
    look = Poll(source_id="", entrance=f"{HOST}/feed", kind="feed", polled_at=_at(1), status=200)
    load(tmp_path, 1, polls=(look,), past=True)
    assert rows(tmp_path, "SELECT entrance FROM polls") == [(f"{HOST}/feed",)]
    assert rows(tmp_path, "SELECT entrance FROM entrances") == []


def test_days_of_the_articles_known_are_those_of_publication(tmp_path: Path) -> None:
    assert published_days(tmp_path, "mountain") == {}
    dated = page("/a", text("a"), hour=1, published=on("2026-05-03"))
    load(tmp_path, 1, dated, page("/b", text("b"), hour=1))
    assert published_days(tmp_path, "mountain") == {key_hash(f"{HOST}/a"): date(2026, 5, 3)}


def test_plan_and_slice_name_the_newest_pages_to_try_a_changed_extractor_on(
    tmp_path: Path,
) -> None:
    old = (page(f"/old{n}", text(f"old{n}"), hour=1) for n in range(8))
    load(tmp_path, 1, *old, failed("/lost", "gone"))
    load(tmp_path, 3, *(page(f"/new{n}", text(f"new{n}"), hour=3) for n in range(15)))
    catalogue(tmp_path, "mountain")
    batch, _ = plan(tmp_path, 9)
    for job in (read_job(batch, "mountain"), sliced(tmp_path)):
        assert len(job.tried_on) == 20
        newest = {one.url for one in job.tried_on[:15]}
        assert newest == {f"{HOST}/new{n}" for n in range(15)}
        assert {one.extractor_version for one in job.tried_on} == {"x1"}
