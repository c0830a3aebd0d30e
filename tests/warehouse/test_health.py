"""What the operator's page is told, also where load, publish or the snapshot is what broke."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.batch import MANIFEST_JSON, Batch, write_json, write_whole
from crawlers.catalogue import CatalogueError, Entrance, Expectations, Source
from crawlers.ledger import read_manifest
from crawlers.page import Poll
from tests.warehouse.batches import HOST, START, BatchMaker, failed, page, rejected, text
from tests.warehouse.test_replay import replayed
from tests.warehouse.test_reprocess import ingest, prepare
from warehouse.connection import snapshot_file, warehouse_file
from warehouse.dedup import dedup_batch
from warehouse.health import Health, find_band, read_health, read_source, read_spoilt
from warehouse.health_files import SourceInBatch
from warehouse.health_kept import _facts, snapshot_facts
from warehouse.health_rows import Day, ask_facts
from warehouse.health_runs import find_batches
from warehouse.health_words import Clock
from warehouse.incidents import acknowledge, mute, open_incident
from warehouse.load import load_batch
from warehouse.load_again import load_again
from warehouse.publish import publish_snapshot
from warehouse.refused_plan import keep_refusal
from warehouse.room import DiskLow
from warehouse.summary import describe_loads, describe_reprocess, summarise_batch

NOW = START + timedelta(hours=6, minutes=30)


def source(id: str, *, verified: bool = True, retired: str | None = None) -> Source:  # noqa: A002
    return Source(
        id=id, name=id.title(), home=HOST + "/", languages=("en",), timezone="Asia/Karachi",
        entrances=(Entrance(kind="feed", url=f"{HOST}/{id}"),), hosts=("mountain.example",),
        expect=Expectations(articles_per_day=3), verified=verified, retired=retired,
    )  # fmt: skip


def looks(hours: Iterable[int]) -> list[Poll]:
    return [
        Poll(
            source_id="", entrance=HOST + "/feed", kind="feed", items=1, matched=1,
            polled_at=START + timedelta(hours=hour), status=200, overlapped=True,
            next_interval_minutes=60,
        )
        for hour in hours
    ]  # fmt: skip


def two_outlets(home: Path, hour: int = 6) -> Batch:
    """One outlet is well, one is down."""
    made = BatchMaker(home, hour)
    lines = [page(f"/a{hour}", text(f"a{hour}x"), hour=hour), failed("/f")]
    lines.append(rejected(f"/t{hour}", hour=hour))
    made.source(*lines, id="mountain", polls=looks(range(hour)))
    batch = made.source(id="river", failed="http_5xx: HTTP 503").write()
    extracted(batch, articles=1)
    return batch


def extracted(batch: Batch, articles: int) -> None:
    """Leave the report of an extraction, as it does."""
    report = {"articles": articles, "rejections": [["listing", 1]]}
    write_json(batch.status("extract", "mountain"), report)


def published(home: Path) -> Batch:
    batch = two_outlets(home)
    dedup_batch(batch)
    load_batch(batch)
    publish_snapshot(home, batch.id)
    summarise_batch(batch)
    return batch


def told(home: Path, *, now: datetime = NOW, others: Iterable[Source] = ()) -> Health:
    return read_health(home, [source("mountain"), source("river"), *others], [], now)


def test_a_home_where_nothing_ran_says_what_to_do(tmp_path: Path) -> None:
    health = told(tmp_path)
    assert health.sentence == "Nothing has run yet: trigger the DAG `ingest`, or `khabar run`"
    assert health.newest is None
    assert [row.is_fine for row in health.sources] == [False, False]


def test_the_sentence_counts_the_fine_and_the_new_problems(tmp_path: Path) -> None:
    batch = published(tmp_path)
    open_incident(tmp_path, "river", "blocked", "403 at both entrances", NOW)
    open_incident(tmp_path, None, "disk_low", "2 GB left", NOW)
    health = told(tmp_path, now=datetime.now(UTC))
    at = Clock(now=datetime.now(UTC), zone="Asia/Karachi").say(health.published_at or NOW)
    assert " PKT)" in at
    assert health.sentence == (
        f"1 of 2 fine, published {at}, the newest run is red, two new problems"
    )
    river, mountain = health.sources
    assert (river.source_id, river.is_fine) == ("river", False)
    assert river.state == "failed: http_5xx: HTTP 503"
    assert [one.kind for one in river.incidents] == ["blocked"]
    assert [one.kind for one in health.incidents] == ["disk_low"]
    assert mountain.state == "fine"
    assert mountain.in_batch is not None
    funnel = mountain.in_batch.funnel
    assert (funnel.listed, funnel.new, funnel.rejected, funnel.failed) == (3, 1, 1, 1)
    assert mountain.batch is not None
    assert (mountain.batch.batch_id, mountain.batch.stage) == (batch.id, "published")
    assert mountain.last_article_at is not None


def test_who_knows_of_a_problem_makes_it_no_new_one(tmp_path: Path) -> None:
    published(tmp_path)
    first = open_incident(tmp_path, "river", "blocked", "403", NOW)
    second = open_incident(tmp_path, "mountain", "silent", "0 of 3", NOW)
    assert told(tmp_path).sentence.endswith(", two new problems")
    states = {row.source_id: row.state for row in told(tmp_path).sources}
    assert states["mountain"] == "silent, its last batch fine"
    acknowledge(tmp_path, first.incident_id, "amina", NOW)
    assert told(tmp_path).sentence.endswith(", one new problem")
    assert told(tmp_path).sentence.startswith("0 of 2 fine")
    mute(tmp_path, second.incident_id, NOW + timedelta(hours=2), "amina")
    health = told(tmp_path)
    assert health.sentence.startswith("1 of 2 fine")
    assert health.sentence.endswith(", no new problems")
    assert told(tmp_path, now=NOW + timedelta(hours=3)).sentence.endswith(", one new problem")


def test_it_speaks_where_load_broke_and_nothing_was_ever_published(tmp_path: Path) -> None:
    batch = two_outlets(tmp_path)
    dedup_batch(batch)
    summarise_batch(batch)
    health = told(tmp_path)
    assert health.sentence.startswith("1 of 2 fine, nothing is published, the newest run is red")
    assert health.alarms[0].startswith("the newest run is red: load did not end; see its log")
    assert "nothing is published yet" in health.alarms[1]
    river, mountain = health.sources
    assert river.state == "failed: http_5xx: HTTP 503"
    assert mountain.in_batch is not None
    assert (mountain.in_batch.funnel.extracted, mountain.in_batch.funnel.new) == (1, None)


def test_it_speaks_where_publish_broke_and_analysts_see_the_last_snapshot(tmp_path: Path) -> None:
    published(tmp_path)
    later = two_outlets(tmp_path, 8)
    dedup_batch(later)
    load_batch(later)
    summarise_batch(later)
    health = told(tmp_path)
    assert health.newest is not None
    assert (health.newest.batch_id, health.newest.stage) == (later.id, "loaded")
    assert health.alarms[0].startswith("the newest run is red: publish did not end")
    assert health.published_at is not None
    assert {row.source_id: row.state for row in health.sources}["mountain"] == "fine"
    assert {row.source_id: bool(row.days) for row in health.sources}["mountain"]


def test_it_speaks_where_the_snapshot_is_no_warehouse(tmp_path: Path) -> None:
    published(tmp_path)
    snapshot_file(tmp_path).unlink()
    snapshot_file(tmp_path).write_bytes(b"no warehouse at all" * 1000)
    health = told(tmp_path)
    assert "the published snapshot cannot be read" in health.alarms[-1]
    assert "news.duckdb" in health.alarms[-1]
    assert health.sources[1].state == "fine"
    assert health.sources[1].days == ()


def test_an_outlet_asked_alone_in_vain_is_its_rows_matter(tmp_path: Path) -> None:
    whole = published(tmp_path)
    alone = BatchMaker(tmp_path, 8).source(id="river", failed="http_5xx: HTTP 503").write()
    dedup_batch(alone)
    load_batch(alone)
    publish_snapshot(tmp_path, alone.id)
    assert summarise_batch(alone).is_red
    health = told(tmp_path)
    assert health.newest is not None
    assert health.newest.batch_id == alone.id
    assert health.sources[0].state == "failed: http_5xx: HTTP 503"
    # Nor does it hide that the run of all before it was red, for more than 20 % had failed.
    assert "the newest run is red" in health.sentence
    [alarm] = health.alarms
    assert alarm.startswith(f"the newest run of all, {whole.id}, is red: 1 of 2 due sources failed")


def test_who_is_asked_again_counts_as_failing_until_that_has_ended(tmp_path: Path) -> None:
    published(tmp_path)
    again = BatchMaker(tmp_path, 8).source(id="river", crawl=False, extract=False).write()
    health = told(tmp_path)
    assert health.sentence.startswith("1 of 2 fine, ")
    assert "the newest run is red" in health.sentence
    assert health.newest is not None
    assert health.newest.batch_id == again.id
    river = health.sources[0]
    assert (river.source_id, river.is_fine) == ("river", False)
    assert river.state == (
        "failed: http_5xx: HTTP 503; asked again: waits for its crawl, or is being crawled"
    )
    done = BatchMaker(tmp_path, 9).source(page("/r", text("r"), hour=9), id="river").write()
    dedup_batch(done)
    load_batch(done)
    publish_snapshot(tmp_path, done.id)
    summarise_batch(done)
    health = told(tmp_path)
    assert health.sentence.startswith("2 of 2 fine, ")
    assert "the newest run is red" in health.sentence  # that of all
    assert [row.state for row in health.sources] == ["fine", "fine"]


def test_a_red_run_of_one_outlet_is_over_with_the_next_green_one(tmp_path: Path) -> None:
    broken = BatchMaker(tmp_path, 7).source(page("/a", text("a"), hour=7)).write()
    summarise_batch(broken)
    assert "the newest run is red" in told(tmp_path).sentence
    done = BatchMaker(tmp_path, 8).source(page("/b", text("b"), hour=8)).write()
    dedup_batch(done)
    load_batch(done)
    publish_snapshot(tmp_path, done.id)
    summarise_batch(done)
    assert "red" not in told(tmp_path).sentence


def test_a_backfill_hides_no_ingest_and_a_rare_outlet_may_rest(tmp_path: Path) -> None:
    published(tmp_path)
    for minute in range(60):
        name = f"20260801T09{minute:02}00Z-backfill-0123456{minute % 10}"
        (tmp_path / "batches" / name).mkdir(parents=True)
    weekly = replace(source("weekly"), interval_minutes=7 * 24 * 60)
    hourly = replace(source("hourly"), interval_minutes=60)
    health = told(tmp_path, others=[weekly, hourly])
    rows = {row.source_id: row for row in health.sources}
    assert rows["mountain"].state == "fine"
    assert (rows["weekly"].is_fine, rows["hourly"].is_fine) == (True, True)
    health = told(tmp_path, others=[weekly, hourly], now=START + timedelta(hours=11))
    rows = {row.source_id: row for row in health.sources}
    assert (rows["weekly"].is_fine, rows["hourly"].is_fine) == (True, False)
    assert rows["hourly"].state.startswith("not asked since ")


def test_a_status_file_that_is_damaged_hides_no_other_outlet(tmp_path: Path) -> None:
    batch = published(tmp_path)
    batch.status("load").write_bytes(b"{")
    health = told(tmp_path)
    assert {row.source_id: row.state for row in health.sources} == {
        "river": "failed: http_5xx: HTTP 503",
        "mountain": "fine",
    }


def test_a_batch_under_way_says_what_it_waits_for(tmp_path: Path) -> None:
    made = BatchMaker(tmp_path, 6)
    made.source(page("/a", text("a")), id="mountain")
    extracted(made.source(id="river", crawl=False, extract=False).write(), articles=1)
    health = told(tmp_path)
    assert {row.source_id: row.state for row in health.sources} == {
        "mountain": "extracted, waits for load",
        "river": "waits for its crawl, or is being crawled",
    }
    assert all(row.is_fine for row in health.sources)
    assert len(health.alarms) == 1
    assert "nothing is published yet" in health.alarms[0]
    late = told(tmp_path, now=NOW + timedelta(hours=4))
    assert "began 4 hours ago and has not ended" in late.alarms[0]


def test_bad_source_files_and_retired_outlets_are_told_apart(tmp_path: Path) -> None:
    published(tmp_path)
    sources = [source("mountain"), source("river", retired="closed in May")]
    health = read_health(tmp_path, sources, [CatalogueError("hill.yml: no key `fed`")], NOW)
    assert [row.source_id for row in health.sources] == ["hill", "mountain"]
    assert all("hill" not in alarm for alarm in health.alarms)


def test_an_outlet_whose_file_is_spoilt_stays_and_says_why(tmp_path: Path) -> None:
    published(tmp_path)
    why = "river.yml: unknown key 'timezon'; known keys are name, home"
    spoilt = [CatalogueError(why), CatalogueError("mountain.yaml: rename it to mountain.yml")]
    health = read_health(tmp_path, [source("mountain")], spoilt, NOW)
    assert health.sentence.startswith("1 of 2 fine, ")
    assert health.sentence.endswith(", one new problem")
    river = health.sources[0]
    assert (river.source_id, river.is_usable, river.is_fine) == ("river", False, False)
    assert river.state == f"source file cannot be used: {why}"
    assert "mountain.yaml: rename it to mountain.yml" in health.alarms
    assert not health.is_well
    known = open_incident(tmp_path, "river", "source_file", why, NOW)
    told_of = read_health(tmp_path, [source("mountain")], spoilt, NOW)
    assert told_of.sentence.endswith(", one new problem")
    acknowledge(tmp_path, known.incident_id, "amina", NOW)
    told_of = read_health(tmp_path, [source("mountain")], spoilt, NOW)
    assert told_of.sentence.endswith(", no new problems")
    detail = read_spoilt(tmp_path, "river", why, NOW)
    assert detail.row.state == river.state
    assert [one.kind for one in detail.row.incidents] == ["source_file"]


@pytest.mark.parametrize("how", ["cut off", "missing", "no database"])
def test_a_lost_snapshot_is_what_the_sentence_names(tmp_path: Path, how: str) -> None:
    published(tmp_path)
    public = snapshot_file(tmp_path)
    public.chmod(0o644)
    if how == "missing":
        public.unlink()
    else:
        whole = public.read_bytes()
        public.write_bytes(whole[: len(whole) * 9 // 10] if how == "cut off" else b"no" * 20_000)
    health = told(tmp_path)
    says = "is missing" if how == "missing" else "cannot be read"
    assert f", the published snapshot {says}, " in health.sentence
    assert health.sentence.endswith(", one new problem")
    assert "`khabar publish` makes it" in health.alarms[-1]
    assert "make demo" not in health.alarms[-1]
    open_incident(tmp_path, None, "unreadable", "it is", NOW)
    assert told(tmp_path).sentence.endswith(", one new problem")
    publish_snapshot(tmp_path)
    assert ", published " in told(tmp_path).sentence


def test_a_lost_warehouse_and_a_run_that_opened_no_batch_are_said(tmp_path: Path) -> None:
    published(tmp_path)
    warehouse_file(tmp_path).rename(tmp_path / "aside")
    health = told(tmp_path)
    assert ", the warehouse cannot be used, one new problem" in health.sentence
    assert "warehouse.duckdb: is missing; put it back or run `khabar rebuild`" in health.alarms[-1]
    (tmp_path / "aside").rename(warehouse_file(tmp_path))
    with pytest.raises(DiskLow), keep_refusal(tmp_path, NOW, is_of_all=True):
        raise DiskLow("the disk is full")
    health = told(tmp_path)
    assert ", the newest run opened no batch, one new problem" in health.sentence
    at = "06:30 UTC (11:30 PKT)"
    assert health.alarms[-1] == f"the newest run opened no batch, {at}: the disk is full"
    with keep_refusal(tmp_path, NOW, is_of_all=True):
        pass
    assert "opened no batch" not in told(tmp_path).sentence


def test_a_first_run_that_opened_no_batch_is_what_is_said(tmp_path: Path) -> None:
    with pytest.raises(DiskLow), keep_refusal(tmp_path, NOW, is_of_all=True):
        raise DiskLow("the disk is full")
    health = told(tmp_path)
    assert health.sentence == "Nothing has run yet: the newest run opened no batch"
    assert health.alarms[-1].endswith(": the disk is full")


def test_unverified_outlets_are_counted_apart(tmp_path: Path) -> None:
    published(tmp_path)
    sources = [source("mountain"), source("river", verified=False)]
    health = read_health(tmp_path, sources, [], NOW)
    assert health.sentence.startswith("1 of 1 fine (and 0 of 1 unverified), ")


def test_a_day_that_nobody_looked_at_is_blind_and_no_zero(tmp_path: Path) -> None:
    hours = [*range(30), *range(75, 100)]
    lines = [page(f"/{n}", text(f"t{n}x"), hour=n) for n in (1, 2, 80)]
    batch = BatchMaker(tmp_path, 100).source(*lines, polls=looks(hours)).write()
    dedup_batch(batch)
    load_batch(batch)
    publish_snapshot(tmp_path, batch.id)
    (row,) = read_health(tmp_path, [source("mountain")], [], NOW).sources
    assert [(one.day.day, one.articles, one.observed) for one in row.days] == [
        (1, 2, "partial"), (2, 0, "full"), (3, 0, "blind"), (4, 1, "full"),
        (5, 0, "partial"),
    ]  # fmt: skip


def test_a_run_finds_its_batch_by_airflows_run_id(tmp_path: Path) -> None:
    run_id = "scheduled__2026-08-01T06:00:00+00:00"
    batch = Batch(id=BatchMaker(tmp_path, 6).batch.id, home=tmp_path)
    assert find_batches(tmp_path, "ingest", run_id) == ()
    made = two_outlets(tmp_path)
    assert find_batches(tmp_path, "ingest", "run6") == ()  # its manifest says "run"
    manifest = read_manifest(made)
    plain = MANIFEST_JSON.dump_python(manifest, mode="json") | {"run_id": "run6"}
    write_json(made.manifest, plain)
    (found,) = find_batches(tmp_path, "ingest", "run6")
    assert (found.batch_id, found.run_id) == (batch.id, "run6")
    assert find_batches(tmp_path, "maintain", "run6") == ()


def test_the_tab_of_a_reprocess_tells_of_pages_that_are_read_again(tmp_path: Path) -> None:
    first = rejected("/x", hour=1)
    ingest(tmp_path, 1, first)
    batch = prepare(tmp_path, 5, replayed(first, text("a")))
    manifest = MANIFEST_JSON.dump_python(read_manifest(batch), mode="json")
    write_json(batch.manifest, manifest | {"run_id": "run5"})
    (waits,) = find_batches(tmp_path, "reprocess", "run5")
    assert [one.state for one in waits.sources] == ["waits to be read again, or is being read"]
    report = {
        "read": 1, "changed": 1, "became": 1, "rejected": 0, "still_rejected": 2,
        "line": "mountain: 3 rows read again, 1 change",
    }  # fmt: skip
    write_json(batch.status("extract", "mountain"), report)
    (read,) = find_batches(tmp_path, "reprocess", "run5")
    assert [one.state for one in read.sources] == ["3 rows read again, 1 change; waits for load"]
    load_again(batch)
    publish_snapshot(tmp_path, batch.id)
    (done,) = find_batches(tmp_path, "reprocess", "run5")
    assert (done.is_over, done.sources[0].is_fine) == (True, True)
    assert "1 rejected pages became articles (why: cleaner texts)" in done.line
    funnel = done.sources[0].funnel
    assert (funnel.extracted, funnel.new, funnel.updated, funnel.rejected) == (1, 1, 0, 2)
    assert describe_reprocess(batch)["articles_new"] == 1


def test_page_reads_what_the_publish_kept_and_asks_the_snapshot_where_that_is_of_another(
    tmp_path: Path,
) -> None:
    published(tmp_path)
    kept, asked = tmp_path / "health.json", ask_facts(tmp_path)
    assert asked.last_article_at.keys() == {"mountain"}
    assert snapshot_facts(tmp_path) == asked
    marked = kept.read_text().replace('"mountain"', '"another"')
    kept.write_text(marked)
    _facts.cache_clear()
    assert snapshot_facts(tmp_path).last_article_at.keys() == {"another"}
    for spoilt in (marked.replace('"file":[', '"file":[1'), marked[:40], ""):
        kept.write_text(spoilt)
        _facts.cache_clear()
        assert snapshot_facts(tmp_path) == asked
    kept.unlink()
    _facts.cache_clear()
    assert snapshot_facts(tmp_path) == asked


def test_loads_of_a_kind_are_counted_since_a_run_began(tmp_path: Path) -> None:
    began = datetime.now(UTC)
    made = BatchMaker(tmp_path, 1, dag="import", found_by="import")
    load_batch(made.source(page("/a", text("a"))).source(page("/b", text("b")), id="river").write())
    ingest(tmp_path, 2, page("/c", text("c"), hour=2))
    publish_snapshot(tmp_path)
    told = describe_loads(tmp_path, "import", began)
    assert (told["batch"], told["batches"], told["articles_new"]) == (made.batch.id, 1, 2)
    assert describe_loads(tmp_path, "import", began, "river")["articles_new"] == 1
    assert describe_loads(tmp_path, "import", datetime.now(UTC))["articles_new"] == 0


def in_batch(home: Path, source_id: str) -> SourceInBatch:
    row = next(one for one in told(home).sources if one.source_id == source_id)
    assert row.in_batch is not None
    return row.in_batch


def test_a_page_that_answered_gone_has_not_failed_before_the_load_nor_after(
    tmp_path: Path,
) -> None:
    lines = (page("/a", text("a")), failed("/f"), failed("/g", "gone"))
    batch = BatchMaker(tmp_path, 6).source(*lines, known_not_due=2).write()
    assert summarise_batch(batch).sources[0].failures == 1
    before = in_batch(tmp_path, "mountain").funnel
    assert (before.listed, before.asked_again, before.failed, before.gone) == (5, 0, 1, 1)
    dedup_batch(batch)
    load_batch(batch)
    summary = summarise_batch(batch)
    assert "1 failed, 1 answered gone" in summary.line
    assert summary.sources[0].failures == 1
    after = in_batch(tmp_path, "mountain").funnel
    assert (after.listed, after.asked_again, after.failed, after.gone) == (5, 0, 1, 1)


def test_a_held_outlet_shows_what_its_files_say_and_not_what_was_loaded(tmp_path: Path) -> None:
    lines = [rejected(f"/t{number}") for number in range(12)]
    extra = replace(lines[0].fetch, listed=False)
    lines[0] = replace(lines[0], fetch=extra)
    batch = BatchMaker(tmp_path, 6).source(*lines, failed("/f"), failed("/g", "gone")).write()
    write_json(
        batch.status("extract", "mountain"), {"articles": 0, "rejections": [["listing", 12]]}
    )
    dedup_batch(batch)
    load_batch(batch)
    summarise_batch(batch)
    held = in_batch(tmp_path, "mountain")
    assert held.is_held
    funnel = held.funnel
    assert (funnel.listed, funnel.asked_again, funnel.fetched, funnel.new) == (13, 1, 12, None)
    assert (funnel.extracted, funnel.rejected, funnel.failed, funnel.gone) == (0, 12, 1, 1)


def test_what_is_held_and_failed_is_said_alike_by_summary_and_page(tmp_path: Path) -> None:
    lines = [rejected(f"/t{number}") for number in range(12)]
    batch = BatchMaker(tmp_path, 6).source(*lines, failed="broken_feed: no element found").write()
    dedup_batch(batch)
    load_batch(batch)
    summary = summarise_batch(batch)
    both = (
        "held: 12 of 12 fetched pages are no articles; the source file allows 60 %; "
        "failed: broken_feed: no element found"
    )
    assert f"not: mountain ({both});" in summary.line
    assert summary.sources[-1].state == both
    assert in_batch(tmp_path, "mountain").state == both
    load_batch(batch, accept_source="mountain", why="they are galleries")
    assert in_batch(tmp_path, "mountain").state == "failed: broken_feed: no element found"
    assert in_batch(tmp_path, "mountain").funnel.rejected == 12


def test_an_outlets_page_has_its_failures_and_rejections(tmp_path: Path) -> None:
    published(tmp_path)
    closed = open_incident(tmp_path, "mountain", "silent", "0 of 3", NOW)
    detail = read_source(tmp_path, source("mountain"), NOW)
    assert detail.row.incidents == (closed,)
    assert detail.facts.rejections == (("listing", 1),)
    assert [one.reason for one in detail.facts.failures] == ["timeout"]
    assert [one.title for one in detail.facts.articles] == ["A headline"]
    assert detail.promised_per_day == 3
    assert detail.band is None
    (entrance,) = detail.facts.entrances
    assert (entrance.kind, entrance.is_failing) == ("feed", False)


def look(hour: float, **found: object) -> Poll:
    (one,) = looks([0])
    return replace(one, polled_at=START + timedelta(hours=hour), **found)  # type: ignore[arg-type]


def test_an_entrance_is_as_the_newest_look_found_it_though_its_batch_is_held(
    tmp_path: Path,
) -> None:
    published(tmp_path)
    (before,) = read_source(tmp_path, source("mountain"), NOW).facts.entrances
    assert (before.is_failing, before.polled_at) == (False, START + timedelta(hours=5))
    polls = [
        look(6.5, reason="broken_feed", detail="no element found", overlapped=None),
        look(6.6, reason="host_resting", detail="until 14:00", overlapped=None),
        look(6.7, reason="gone", part_of=HOST + "/feed", entrance=HOST + "/part"),
        look(6.8, entrance=HOST + "/other", is_stale=True, newest_at=START),
    ]
    made = BatchMaker(tmp_path, 7).source(page("/b", text("b")), miscount=1, polls=polls)
    batch = made.write()
    dedup_batch(batch)
    load_batch(batch)
    publish_snapshot(tmp_path, batch.id)
    feed, other = read_source(tmp_path, source("mountain"), NOW).facts.entrances
    assert (feed.is_failing, feed.why) == (True, "broken_feed: no element found")
    assert (feed.polled_at, feed.answered_at) == (START + timedelta(hours=6.5), before.answered_at)
    assert (other.is_failing, other.is_stale, other.newest_at) == (False, True, START)
    (batch.crawl_folder("mountain") / "1.polls.jsonl").write_text("no poll")
    assert read_source(tmp_path, source("mountain"), NOW).facts.entrances == (before,)
    snapshot_file(tmp_path).unlink()
    (alone,) = read_source(tmp_path, source("mountain"), NOW).facts.entrances
    assert (alone.address, alone.polled_at) == (before.address, before.polled_at)


def test_an_outlets_page_speaks_without_a_snapshot(tmp_path: Path) -> None:
    two_outlets(tmp_path)
    detail = read_source(tmp_path, source("river"), NOW)
    assert detail.row.state.startswith("failed: http_5xx")
    assert "nothing is published yet" in detail.alarms[0]
    assert detail.facts.articles == ()


def test_what_is_usual_is_told_of_whole_days_only() -> None:
    days = [
        Day(day=date(2026, 8, number), articles=number, observed="full") for number in range(1, 16)
    ]
    band = find_band([*days, Day(day=date(2026, 8, 16), articles=999, observed="full")])
    assert band is not None
    assert [band.low, band.middle, band.high] == pytest.approx([2.4, 8, 13.6])
    blind = [Day(day=one.day, articles=0, observed="blind") for one in days]
    assert find_band(blind) is None


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-08-01T06:12", "06:12 UTC (11:12 PKT)"),
        ("2026-08-01T20:00", "20:00 UTC (Sun 01:00 PKT)"),
        ("2026-07-31T06:12", "31 Jul 06:12 UTC (11:12 PKT)"),
        ("2025-12-31T06:12", "31 Dec 2025 06:12 UTC (11:12 PKT)"),
    ],
)
def test_an_instant_is_said_in_utc_and_in_local_time(at: str, said: str) -> None:
    clock = Clock.of(NOW, ["Asia/Karachi", None, "Asia/Karachi", "Europe/London"])
    assert clock.say(datetime.fromisoformat(at).replace(tzinfo=UTC)) == said
    assert Clock.of(NOW, [None]).say(NOW) == "06:30 UTC"


def test_a_report_that_changes_is_read_again(tmp_path: Path) -> None:
    batch = two_outlets(tmp_path)
    dedup_batch(batch)
    summarise_batch(batch)
    assert told(tmp_path).sources[1].state == "fine"
    batch.status("load").write_bytes(b"")
    write_whole(batch.status("summary"), batch.status("summary").read_bytes().replace(
        b'"fine"', b'"held: 61 % are no articles"'
    ))  # fmt: skip
    assert told(tmp_path).sources[0].state == "held: 61 % are no articles"
