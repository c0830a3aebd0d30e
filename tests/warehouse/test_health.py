"""What the operator's page is told: its sentence, and a row an outlet."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.catalogue import CatalogueError
from tests.warehouse.batches import START, BatchMaker, page, text
from tests.warehouse.two_outlets import NOW, extracted, published, source, told
from warehouse.dedup import dedup_batch
from warehouse.health import read_health, read_spoilt
from warehouse.health_kept import _facts, snapshot_facts
from warehouse.health_rows import ask_facts
from warehouse.health_words import Clock
from warehouse.incidents import acknowledge, mute, open_incident
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot
from warehouse.summary import summarise_batch


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
    which = "the last run of all outlets"
    assert f"{which} is red" in health.sentence
    [alarm] = health.alarms
    assert alarm.startswith(f"{which}, {whole.id}, is red: 1 of 2 due sources failed")


def test_who_is_asked_again_counts_as_failing_until_that_has_ended(tmp_path: Path) -> None:
    published(tmp_path)
    again = BatchMaker(tmp_path, 8).source(id="river", crawl=False, extract=False).write()
    health = told(tmp_path)
    assert health.sentence.startswith("1 of 2 fine, ")
    assert "the last run of all outlets is red" in health.sentence
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
    assert "the last run of all outlets is red" in health.sentence
    assert [row.state for row in health.sources] == ["fine", "fine"]


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


def test_unverified_outlets_are_counted_apart(tmp_path: Path) -> None:
    published(tmp_path)
    sources = [source("mountain"), source("river", verified=False)]
    health = read_health(tmp_path, sources, [], NOW)
    assert health.sentence.startswith("1 of 1 fine (and 0 of 1 unverified), ")


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
