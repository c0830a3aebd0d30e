import json
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from crawlers.batch import Batch, new_batch_id
from crawlers.catalogue import CatalogueError, Revisit
from crawlers.ledger import read_job, read_manifest
from crawlers.page import Poll, SkipReason
from crawlers.revisit import is_due
from crawlers.urls import key_hash
from tests.warehouse.batches import (
    HOST,
    START,
    BatchMaker,
    Line,
    failed,
    page,
    rejected,
    rows,
    same,
    skipped,
    text,
)
from warehouse import migrations
from warehouse.connection import WarehouseBroken, open_snapshot, snapshot_file, warehouse_file
from warehouse.load import load_batch
from warehouse.memory import TRIES
from warehouse.plan import PlanReport, plan_batch
from warehouse.publish import publish_snapshot
from warehouse.refused_plan import read_refusal
from warehouse.room import DiskLow
from warehouse.schema import SCHEMA_VERSION
from warehouse.snapshot_age import read_schema
from warehouse.summary import summarise_batch

SOURCE = """
name: {name}
home: https://{name}.example/
languages: [en]
timezone: Asia/Karachi
entrances:
  - feed: https://{name}.example/feed
"""


def _catalogue(home: Path, *names: str) -> Path:
    folder = home / "sources"
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / f"{name}.yml").write_text(SOURCE.format(name=name))
    return folder


def test_retired_source_is_never_planned_and_says_why(tmp_path: Path) -> None:
    folder = _catalogue(tmp_path, "hill", "river")
    with (folder / "river.yml").open("a") as file:
        file.write("retired: closed in March 2026\n")
    _, report = _plan(tmp_path, 0)
    assert (report.due, report.resting) == (("hill",), ())
    with pytest.raises(CatalogueError, match="river is retired: closed in March 2026; to crawl it"):
        _plan(tmp_path, 1, only=("river",))


def test_retired_source_is_in_the_warehouse_with_its_reason(tmp_path: Path) -> None:
    folder = _catalogue(tmp_path, "hill", "river", "lake")
    asked = "SELECT source_id, definition->>'retired', batch_id FROM sources ORDER BY 1"
    first, _ = _plan(tmp_path, 0)
    load_batch(first)  # all died: nothing was crawled
    assert rows(tmp_path, asked) == [(one, None, first.id) for one in ("hill", "lake", "river")]
    for name, why in (("river", "closed in March 2026"), ("moor", "it blocks us for good")):
        source = SOURCE.format(name=name)
        (folder / f"{name}.yml").write_text(f"{source}retired: {why}\n")
    second, _ = _plan(tmp_path, 2)
    load_batch(second)
    third, _ = _plan(tmp_path, 4)
    load_batch(third)
    assert rows(tmp_path, asked) == [
        ("hill", None, third.id),
        ("lake", None, third.id),
        ("moor", "it blocks us for good", second.id),
        ("river", "closed in March 2026", second.id),
    ]
    alone, _ = _plan(tmp_path, 6, only=("hill",))
    assert read_manifest(alone).retired == ()


def _plan(home: Path, hour: float, **more: object) -> tuple[Batch, PlanReport]:
    now = START + timedelta(hours=hour)
    batch = Batch(id=new_batch_id(now, "ingest", f"{hour}"), home=home)
    report = plan_batch(
        batch, folders=[home / "sources"], run_id=f"{hour}", dag="ingest", now=now,
        contact="mailto:x@y.example", loopback=frozenset({"127.0.0.1:9"}),
        **({"disk_floor_mb": 5} | more),  # type: ignore[arg-type]
    )  # fmt: skip
    return batch, report


def _publish(home: Path) -> None:
    snapshot_file(home).parent.mkdir(exist_ok=True)
    shutil.copyfile(warehouse_file(home), snapshot_file(home))


def _at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def _poll(hour: float) -> Poll:
    return Poll(
        source_id="", entrance=f"{HOST}/feed", kind="feed", polled_at=START + timedelta(hours=hour),
        status=200, items=1, matched=1, etag='"e"', item_hashes=(5, 9),
    )  # fmt: skip


def test_with_nothing_published_all_are_due_and_nothing_is_known(tmp_path: Path) -> None:
    _catalogue(tmp_path, "mountain", "valley")
    batch, report = _plan(tmp_path, 1)
    assert report.due == ("mountain", "valley")
    assert read_manifest(batch).sources == ("mountain", "valley")
    job = read_job(batch, "mountain")
    assert (job.known, job.known_hashes, job.entrances, job.deferred) == ((), (), (), ())
    assert (job.loopback, job.disk_floor_mb) == (("127.0.0.1:9",), 5)
    assert json.loads(batch.status("plan").read_text())["line"] == report.line


def test_a_source_rests_until_its_interval_has_nearly_passed(tmp_path: Path) -> None:
    _catalogue(tmp_path, "mountain", "valley")
    load_batch(BatchMaker(tmp_path, 1).source(page("/a", text("a")), polls=[_poll(1)]).write())
    _publish(tmp_path)
    assert _plan(tmp_path, 1.85)[1].due == ("valley",)
    assert _plan(tmp_path, 1.85)[1].resting == ("mountain",)
    assert _plan(tmp_path, 1.95)[1].due == ("mountain", "valley")
    batch, report = _plan(tmp_path, 1.5, force=True)
    assert report.due == ("mountain", "valley")
    assert read_job(batch, "mountain").is_forced
    batch, report = _plan(tmp_path, 1.6, only=("mountain",))
    assert report.due == ("mountain",)
    assert not read_job(batch, "mountain").is_forced


TWO_WAYS = SOURCE + "  - sitemap: https://{name}.example/map.xml\n"
MAP = f"{HOST}/map.xml"


def _two_ways(home: Path) -> None:
    (home / "sources").mkdir()
    (home / "sources" / "mountain.yml").write_text(TWO_WAYS.format(name="mountain"))


def _looked(home: Path, hour: int, *polls: Poll, lines: tuple[Line, ...] = ()) -> None:
    load_batch(BatchMaker(home, hour).source(*lines, polls=polls).write())
    _publish(home)


def _due_entrances(home: Path, hour: float, **more: object) -> list[str] | None:
    """Tell which entrances a plan has due; None where the source rests."""
    batch, report = _plan(home, hour, **more)
    if not report.due:
        return None
    states = {one.url: one.is_due for one in read_job(batch, "mountain").entrances}
    return [url.removeprefix(HOST) for url in (f"{HOST}/feed", MAP) if states.get(url, True)]


def test_each_entrance_is_due_at_its_own_interval(tmp_path: Path) -> None:
    _two_ways(tmp_path)
    feed = replace(_poll(1), next_interval_minutes=60)
    sitemap = replace(feed, entrance=MAP, kind="sitemap", next_interval_minutes=240)
    _looked(tmp_path, 1, feed)
    assert _due_entrances(tmp_path, 1.1) == ["/map.xml"], "never looked at"
    _looked(tmp_path, 2, replace(feed, polled_at=_at(2.4)), replace(sitemap, polled_at=_at(2.4)))
    due = {hour: _due_entrances(tmp_path, hour) for hour in (2.8, 2.95, 5.5, 5.7)}
    assert due == {2.8: None, 2.95: ["/feed"], 5.5: ["/feed"], 5.7: ["/feed", "/map.xml"]}
    for more in ({"force": True}, {"only": ("mountain",)}):
        assert _due_entrances(tmp_path, 2.1, **more) == ["/feed", "/map.xml"]


def test_what_is_known_of_an_entrance_comes_with_the_plan(tmp_path: Path) -> None:
    _two_ways(tmp_path)
    feed = replace(_poll(1), next_interval_minutes=90, newest_at=_at(0.5), last_modified="monday")
    stale = replace(_poll(1), entrance=MAP, kind="sitemap", is_stale=True)
    part = replace(stale, entrance=f"{HOST}/1.xml", part_of=MAP, reason="gone", is_stale=False)
    _looked(tmp_path, 1, feed, stale, replace(part, next_interval_minutes=120))
    batch, _ = _plan(tmp_path, 2.7)
    one, two, three = read_job(batch, "mountain").entrances
    assert (one.url, one.part_of, one.is_due, one.is_well) == (part.entrance, MAP, False, False)
    assert (one.failure_weight, one.answered_at) == (1, None)
    assert (two.url, two.is_due, two.is_well) == (f"{HOST}/feed", True, True)
    assert (two.interval_minutes, two.newest_at, two.answered_at) == (90, _at(0.5), _at(1))
    assert (two.etag, two.last_modified) == ('"e"', "monday")
    assert (three.url, three.is_well) == (MAP, False)
    (_, named, _) = read_job(_plan(tmp_path, 2.8, only=("mountain",))[0], "mountain").entrances
    assert (named.etag, named.last_modified) == (None, None), "named: read, whatever it says"


def test_source_whose_entrance_failed_is_due_at_its_own_interval_for_another(
    tmp_path: Path,
) -> None:
    _two_ways(tmp_path)
    dead = replace(_poll(1), reason="gone", next_interval_minutes=960)
    well = replace(_poll(1), entrance=MAP, kind="sitemap", next_interval_minutes=240)
    _looked(tmp_path, 1, dead, well)
    assert _due_entrances(tmp_path, 1.8) is None
    assert _due_entrances(tmp_path, 1.95) == []
    _looked(tmp_path, 2, replace(well, polled_at=_at(2), reason="gone"))
    assert _due_entrances(tmp_path, 3.5) is None, "there is none to stand in"


@pytest.mark.parametrize("reason", ["deferred", "host_resting"])
def test_entrance_that_was_not_asked_is_due_with_the_next_batch(
    tmp_path: Path, reason: SkipReason
) -> None:
    _two_ways(tmp_path)
    feed = replace(_poll(1), next_interval_minutes=60)
    unasked = replace(_poll(2), reason=reason, next_interval_minutes=None)
    never = replace(unasked, entrance=MAP, kind="sitemap")
    _looked(tmp_path, 1, feed)
    _looked(tmp_path, 2, unasked, never)
    assert _due_entrances(tmp_path, 2.1) == ["/feed", "/map.xml"]
    (state,) = read_job(_plan(tmp_path, 2.2)[0], "mountain").entrances
    assert (state.interval_minutes, state.answered_at, state.is_well) == (60, _at(1), True)


def test_look_that_was_cut_short_is_remembered_until_one_is_whole(tmp_path: Path) -> None:
    _catalogue(tmp_path, "mountain")

    def is_cut_short(hour: int, **look: object) -> bool:
        _looked(tmp_path, hour, replace(_poll(hour), **look))  # type: ignore[arg-type]
        batch, _ = _plan(tmp_path, hour + 0.5, force=True)
        (state,) = read_job(batch, "mountain").entrances
        return state.is_cut_short

    assert is_cut_short(1, is_cut_short=True)
    assert is_cut_short(2, reason="timeout")
    assert not is_cut_short(3)


def test_source_is_due_for_what_it_left_though_its_entrances_rest(tmp_path: Path) -> None:
    _catalogue(tmp_path, "mountain")
    slow = replace(_poll(1), next_interval_minutes=240)
    _looked(tmp_path, 1, slow, lines=(skipped("/later"),))
    assert _plan(tmp_path, 1.8)[1].due == ()
    batch, report = _plan(tmp_path, 1.95)
    assert report.due == ("mountain",)
    assert not any(one.is_due for one in read_job(batch, "mountain").entrances)


def test_source_is_due_for_an_article_to_be_asked_again(tmp_path: Path) -> None:
    _catalogue(tmp_path, "mountain")
    _looked(tmp_path, 1, replace(_poll(1), next_interval_minutes=240), lines=(page("/a", "a"),))
    assert _plan(tmp_path, 1.8)[1].due == ()
    assert _plan(tmp_path, 2.5)[1].due == ("mountain",)


def test_slow_interval_gives_way_to_a_shorter_one_in_the_source_file(tmp_path: Path) -> None:
    folder = _catalogue(tmp_path, "mountain")
    _looked(tmp_path, 1, replace(_poll(1), next_interval_minutes=240))
    assert _plan(tmp_path, 2)[1].due == ()
    with (folder / "mountain.yml").open("a") as file:
        file.write("interval_minutes: 10\n")
    assert _plan(tmp_path, 2.01)[1].due == ("mountain",)


def test_snapshot_of_an_older_khabar_is_planned_from(tmp_path: Path) -> None:
    _catalogue(tmp_path, "mountain")
    _looked(tmp_path, 1, replace(_poll(1), next_interval_minutes=240))
    with duckdb.connect(str(snapshot_file(tmp_path))) as con:
        for name in ("interval_minutes", "next_at", "is_stale", "part_of", "is_cut_short"):
            con.execute(f"ALTER TABLE entrances DROP COLUMN {name}")
    assert _plan(tmp_path, 1.8)[1].due == ()
    assert _plan(tmp_path, 1.95)[1].due == ("mountain",)


def test_one_bad_source_file_fails_one_source(tmp_path: Path) -> None:
    folder = _catalogue(tmp_path, "mountain")
    (folder / "broken.yml").write_text("name: [")
    _, report = _plan(tmp_path, 1)
    assert report.due == ("mountain",)
    assert len(report.errors) == 1
    assert report.errors[0].startswith("broken.yml")
    assert "1 source files cannot be used: broken.yml" in report.line
    with pytest.raises(CatalogueError, match=r"broken\.yml"):
        _plan(tmp_path, 2, only=("broken",))


def test_a_catalogue_in_which_no_file_can_be_used_is_no_plan(tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    with pytest.raises(CatalogueError, match=r"no source file can be used in .*sources"):
        _plan(tmp_path, 1)
    for name in "abcdef":
        (folder / f"{name}.yml").write_text("name: [")
    with pytest.raises(CatalogueError, match=r"see `khabar sources`; a\.yml.*; and 2 more") as told:
        _plan(tmp_path, 1)
    assert "\n" not in str(told.value)
    assert not (tmp_path / "batches").exists()


def test_an_unknown_source_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    _catalogue(tmp_path, "mountain")
    with pytest.raises(CatalogueError, match="no source 'hill'; known are mountain"):
        _plan(tmp_path, 1, only=("hill",))


def test_planning_again_returns_the_stored_plan(tmp_path: Path) -> None:
    _catalogue(tmp_path, "mountain")
    _, first = _plan(tmp_path, 1)
    _catalogue(tmp_path, "valley")
    assert _plan(tmp_path, 1)[1] == first


def test_a_known_page_comes_with_its_validators_and_its_record(tmp_path: Path) -> None:
    _catalogue(tmp_path, "mountain")
    one = page("/a", text("a"), hour=1, also=[(f"{HOST}/?p=1", "shortlink")])
    load_batch(BatchMaker(tmp_path, 1).source(one, polls=[_poll(1)]).write())
    load_batch(BatchMaker(tmp_path, 3).source(same("/a", text("a"), hour=3)).write())
    _publish(tmp_path)
    job = read_job(_plan(tmp_path, 5)[0], "mountain")
    (known,) = job.known
    assert (known.url, known.etag) == (f"{HOST}/a", one.fetch.etag)
    assert known.page_sha256 == one.fetch.page_sha256
    assert known.last_fetched_at == START + timedelta(hours=3)
    assert known.first_seen_at == START + timedelta(hours=1)
    assert known.dated_at is None
    assert known.record == one.fetch.record
    assert known.extractor_version == "x1"
    assert not known.is_gone
    assert job.known_hashes == (key_hash(f"{HOST}/?p=1"),)
    (entrance,) = job.entrances
    assert (entrance.url, entrance.item_hashes) == (f"{HOST}/feed", (5, 9))


def test_old_pages_are_known_by_their_hash_alone(tmp_path: Path) -> None:
    _catalogue(tmp_path, "mountain")
    load_batch(BatchMaker(tmp_path, 1).source(page("/a", text("a"), hour=1)).write())
    _publish(tmp_path)
    job = read_job(_plan(tmp_path, 24 * 91)[0], "mountain")
    assert job.known == ()
    assert job.known_hashes == (key_hash(f"{HOST}/a"),)


def test_twins_that_were_both_asked_are_asked_once_from_then_on(tmp_path: Path) -> None:
    _catalogue(tmp_path, "mountain")
    slug = page("/a", text("a"), hour=1.2, also=[(f"{HOST}/?p=1", "shortlink")])
    load_batch(BatchMaker(tmp_path, 1).source(slug, page("/?p=1", text("a"), hour=1.1)).write())
    _publish(tmp_path)
    job = read_job(_plan(tmp_path, 5)[0], "mountain")
    assert [known.url for known in job.known] == [f"{HOST}/a"]
    assert job.known_hashes == (key_hash(f"{HOST}/?p=1"),)


def test_the_own_address_of_an_article_is_asked_rather_than_its_twin(tmp_path: Path) -> None:
    _catalogue(tmp_path, "mountain")
    twin = page("/amp/a", text("a"), hour=1.2, canonical=f"{HOST}/a")
    load_batch(BatchMaker(tmp_path, 1).source(page("/a", text("a"), hour=1.1), twin).write())
    _publish(tmp_path)
    job = read_job(_plan(tmp_path, 5)[0], "mountain")
    assert [known.url for known in job.known] == [f"{HOST}/a"]


def test_what_was_put_off_is_asked_next_time_and_what_only_a_feed_told_stays_wanted(
    tmp_path: Path,
) -> None:
    _catalogue(tmp_path, "mountain")
    lines = (
        skipped("/later", feed="said the feed"),
        failed("/down", feed=text("d")),
        skipped("/robot", "robots"),
    )
    load_batch(BatchMaker(tmp_path, 1).source(*lines).write())
    _publish(tmp_path)
    job = read_job(_plan(tmp_path, 5)[0], "mountain")
    assert [one.url for one in job.deferred] == [f"{HOST}/down", f"{HOST}/later"]
    assert job.deferred[1].item is not None
    assert job.deferred[1].item.summary == "said the feed"
    assert job.known == ()
    assert job.known_hashes == ()


def test_a_page_that_failed_by_chance_is_asked_next_time_till_it_is_had_or_given_up(
    tmp_path: Path,
) -> None:
    _catalogue(tmp_path, "mountain")
    plans = []
    for hour in range(1, TRIES + 1):
        lines = [failed("/down", "http_5xx")]
        lines += [page("/once", text("o"), hour=2)] if hour == 2 else []
        lines += [failed("/once", "reset")] if hour == 1 else []
        load_batch(BatchMaker(tmp_path, hour).source(*lines).write())
        _publish(tmp_path)
        plans.append(read_job(_plan(tmp_path, hour + 0.5, force=True)[0], "mountain"))
    wanted = [[one.url for one in job.deferred] for job in plans]
    assert wanted == [[f"{HOST}/down", f"{HOST}/once"], *[[f"{HOST}/down"]] * (TRIES - 2), []]
    known = {one.url: one for one in plans[-1].known}
    insisted = _plan(tmp_path, TRIES + 0.6, force=True, only=["mountain"])[0]
    assert [one.url for one in read_job(insisted, "mountain").deferred] == [f"{HOST}/down"]
    assert known[f"{HOST}/down"].is_gone
    assert not known[f"{HOST}/once"].is_gone


def test_a_page_that_is_not_to_be_had_is_asked_ever_more_rarely(tmp_path: Path) -> None:
    _catalogue(tmp_path, "mountain")
    for hour in (1, 3):
        load_batch(BatchMaker(tmp_path, hour).source(failed("/never", "gone")).write())
    _publish(tmp_path)
    job = read_job(_plan(tmp_path, 4)[0], "mountain")
    (known,) = job.known
    assert job.deferred == ()
    assert known.is_gone
    assert (known.first_seen_at, known.last_fetched_at) == (
        START + timedelta(hours=1),
        START + timedelta(hours=3),
    )
    assert [is_due(known, START + timedelta(hours=hour), Revisit()) for hour in (4, 5)] == [
        False,
        True,
    ]


def test_a_rejected_page_is_known_so_that_it_is_asked_ever_more_rarely(tmp_path: Path) -> None:
    _catalogue(tmp_path, "mountain")
    load_batch(BatchMaker(tmp_path, 1).source(rejected("/gallery", hour=1)).write())
    _publish(tmp_path)
    job = read_job(_plan(tmp_path, 5)[0], "mountain")
    (known,) = job.known
    assert known.url == f"{HOST}/gallery"
    assert known.first_seen_at == START + timedelta(hours=1)


def test_a_plan_that_was_killed_is_made_whole_by_planning_again(tmp_path: Path) -> None:
    _catalogue(tmp_path, "mountain", "valley")
    batch, first = _plan(tmp_path, 1)
    batch.status("plan").unlink()
    batch.job("valley").unlink()
    assert _plan(tmp_path, 1)[1] == first
    assert read_job(batch, "valley").source.id == "valley"


def test_what_a_crawl_that_died_had_not_asked_is_asked_by_the_next(tmp_path: Path) -> None:
    _catalogue(tmp_path, "mountain")
    died = BatchMaker(tmp_path, 1)
    died.source(page("/a", text("a")), skipped("/left"), failed="crawl_died")
    load_batch(died.write())
    load_batch(BatchMaker(tmp_path, 2).source(crawl=False, extract=False).write())
    _publish(tmp_path)
    batch, _ = _plan(tmp_path, 4)
    assert [one.url for one in read_job(batch, "mountain").deferred] == [f"{HOST}/left"]


def test_the_schema_says_the_number_of_its_newest_migration() -> None:
    folder = Path(migrations.__file__).parent / "versions"
    assert max(int(path.name[:4]) for path in folder.glob("0*.py")) == SCHEMA_VERSION


@pytest.fixture
def known(tmp_path: Path) -> Path:
    """A home of one outlet, of which 300 articles are loaded and published."""
    home = tmp_path / "home"
    lines = [page(f"/{n}", text(f"a{n}x"), hour=1) for n in range(300)]
    load_batch(BatchMaker(home, 1).source(*lines, polls=[_poll(1)]).write())
    _catalogue(home, "mountain")
    publish_snapshot(home)
    return home


def _known_to(home: Path, batch: Batch) -> int:
    job = read_job(Batch(id=batch.id, home=home), "mountain")
    return len(job.known) + len(job.known_hashes)


def _cut(path: Path, share: float) -> None:
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.truncate(int(path.stat().st_size * share))


def _spoil_blocks(path: Path) -> None:
    """Leave what is read when it is opened, the first block and the last: only a plan finds it."""
    first, size = 12288 + 262144, path.stat().st_size - 262144
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.seek(first)
        file.write(b"\x5a" * (size - first))


@pytest.mark.parametrize("how", ["gone", "head", "half", "nearly", "blocks"])
def test_a_lost_snapshot_is_made_anew_and_nothing_known_is_forgotten(known: Path, how: str) -> None:
    if how == "gone":
        snapshot_file(known).unlink()
    elif how == "blocks":
        _spoil_blocks(snapshot_file(known))
        assert read_schema(known) == SCHEMA_VERSION
    else:
        _cut(snapshot_file(known), {"head": 0.001, "half": 0.5, "nearly": 0.9}[how])
    batch, report = _plan(known, 4)
    assert _known_to(known, batch) == 300
    with open_snapshot(known) as con:
        assert con.execute("SELECT count(*), sum(length(body)) > 0 FROM articles").fetchall() == [
            (300, True)
        ]
    said = "was missing" if how == "gone" else "could not be read"
    assert f"the published snapshot {said}" in report.line
    assert "made anew from the warehouse: check the disk" in report.line
    assert summarise_batch(batch).line.endswith(str(report.renewed))
    assert _plan(known, 8)[1].renewed is None


def test_where_the_warehouse_is_lost_too_it_says_so_and_asks_nobody(known: Path) -> None:
    _cut(snapshot_file(known), 0.5)
    cut = snapshot_file(known).read_bytes()
    warehouse_file(known).rename(known / "aside.duckdb")
    with pytest.raises(WarehouseBroken, match=r"is not there, but .*run `khabar rebuild`"):
        _plan(known, 4)
    assert snapshot_file(known).read_bytes() == cut
    refused = read_refusal(known)
    assert refused is not None
    assert (refused.at, "khabar rebuild" in refused.why) == (_at(4), True)
    (known / "aside.duckdb").rename(warehouse_file(known))
    _plan(known, 5, only=("mountain",))
    assert read_refusal(known) == refused  # what is asked alone tells nothing of all
    _plan(known, 6)
    assert read_refusal(known) is None


def test_a_disk_that_is_nearly_full_refuses_the_plan_and_is_kept(tmp_path: Path) -> None:
    _catalogue(tmp_path, "mountain")
    with pytest.raises(DiskLow):
        _plan(tmp_path, 1, disk_floor_mb=1 << 40)
    assert "nothing is fetched" in getattr(read_refusal(tmp_path), "why", "")
    with pytest.raises(CatalogueError):
        _plan(tmp_path, 2, only=("nobody",))
    assert "nothing is fetched" in getattr(read_refusal(tmp_path), "why", "")
