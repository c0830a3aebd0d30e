import json
from dataclasses import replace
from pathlib import Path

import pytest

from crawlers.catalogue import CatalogueError
from crawlers.ledger import read_job, read_manifest
from crawlers.page import SkipReason
from tests.warehouse.batches import (
    HOST,
    BatchMaker,
    page,
    rows,
    skipped,
    text,
)
from tests.warehouse.planning import SOURCE, at, catalogue, looked, plan, poll, publish
from warehouse.load import load_batch
from warehouse.refused_plan import read_refusal
from warehouse.room import DiskLow


def test_retired_source_is_never_planned_and_says_why(tmp_path: Path) -> None:
    folder = catalogue(tmp_path, "hill", "river")
    with (folder / "river.yml").open("a") as file:
        file.write("retired: closed in March 2026\n")
    _, report = plan(tmp_path, 0)
    assert (report.due, report.resting) == (("hill",), ())
    with pytest.raises(CatalogueError, match="river is retired: closed in March 2026; to crawl it"):
        plan(tmp_path, 1, only=("river",))


def test_retired_source_is_in_the_warehouse_with_its_reason(tmp_path: Path) -> None:
    folder = catalogue(tmp_path, "hill", "river", "lake")
    asked = "SELECT source_id, definition->>'retired', batch_id FROM sources ORDER BY 1"
    first, _ = plan(tmp_path, 0)
    load_batch(first)  # all died: nothing was crawled
    assert rows(tmp_path, asked) == [(one, None, first.id) for one in ("hill", "lake", "river")]
    for name, why in (("river", "closed in March 2026"), ("moor", "it blocks us for good")):
        source = SOURCE.format(name=name)
        (folder / f"{name}.yml").write_text(f"{source}retired: {why}\n")
    second, _ = plan(tmp_path, 2)
    load_batch(second)
    third, _ = plan(tmp_path, 4)
    load_batch(third)
    assert rows(tmp_path, asked) == [
        ("hill", None, third.id),
        ("lake", None, third.id),
        ("moor", "it blocks us for good", second.id),
        ("river", "closed in March 2026", second.id),
    ]
    alone, _ = plan(tmp_path, 6, only=("hill",))
    assert read_manifest(alone).retired == ()


def test_with_nothing_published_all_are_due_and_nothing_is_known(tmp_path: Path) -> None:
    catalogue(tmp_path, "mountain", "valley")
    batch, report = plan(tmp_path, 1)
    assert report.due == ("mountain", "valley")
    assert read_manifest(batch).sources == ("mountain", "valley")
    job = read_job(batch, "mountain")
    assert (job.known, job.known_hashes, job.entrances, job.deferred) == ((), (), (), ())
    assert (job.loopback, job.disk_floor_mb) == (("127.0.0.1:9",), 5)
    assert json.loads(batch.status("plan").read_text())["line"] == report.line


def test_a_source_rests_until_its_interval_has_nearly_passed(tmp_path: Path) -> None:
    catalogue(tmp_path, "mountain", "valley")
    load_batch(BatchMaker(tmp_path, 1).source(page("/a", text("a")), polls=[poll(1)]).write())
    publish(tmp_path)
    assert plan(tmp_path, 1.85)[1].due == ("valley",)
    assert plan(tmp_path, 1.85)[1].resting == ("mountain",)
    assert plan(tmp_path, 1.95)[1].due == ("mountain", "valley")
    batch, report = plan(tmp_path, 1.5, force=True)
    assert report.due == ("mountain", "valley")
    assert read_job(batch, "mountain").is_forced
    batch, report = plan(tmp_path, 1.6, only=("mountain",))
    assert report.due == ("mountain",)
    assert not read_job(batch, "mountain").is_forced


TWO_WAYS = SOURCE + "  - sitemap: https://{name}.example/map.xml\n"
MAP = f"{HOST}/map.xml"


def _two_ways(home: Path) -> None:
    (home / "sources").mkdir()
    (home / "sources" / "mountain.yml").write_text(TWO_WAYS.format(name="mountain"))


def _due_entrances(home: Path, hour: float, **more: object) -> list[str] | None:
    """Tell which entrances a plan has due; None where the source rests."""
    batch, report = plan(home, hour, **more)
    if not report.due:
        return None
    states = {one.url: one.is_due for one in read_job(batch, "mountain").entrances}
    return [url.removeprefix(HOST) for url in (f"{HOST}/feed", MAP) if states.get(url, True)]


def test_each_entrance_is_due_at_its_own_interval(tmp_path: Path) -> None:
    _two_ways(tmp_path)
    feed = replace(poll(1), next_interval_minutes=60)
    sitemap = replace(feed, entrance=MAP, kind="sitemap", next_interval_minutes=240)
    looked(tmp_path, 1, feed)
    assert _due_entrances(tmp_path, 1.1) == ["/map.xml"], "never looked at"
    looked(tmp_path, 2, replace(feed, polled_at=at(2.4)), replace(sitemap, polled_at=at(2.4)))
    due = {hour: _due_entrances(tmp_path, hour) for hour in (2.8, 2.95, 5.5, 5.7)}
    assert due == {2.8: None, 2.95: ["/feed"], 5.5: ["/feed"], 5.7: ["/feed", "/map.xml"]}
    for more in ({"force": True}, {"only": ("mountain",)}):
        assert _due_entrances(tmp_path, 2.1, **more) == ["/feed", "/map.xml"]


def test_what_is_known_of_an_entrance_comes_with_the_plan(tmp_path: Path) -> None:
    _two_ways(tmp_path)
    feed = replace(poll(1), next_interval_minutes=90, newest_at=at(0.5), last_modified="monday")
    stale = replace(poll(1), entrance=MAP, kind="sitemap", is_stale=True)
    part = replace(stale, entrance=f"{HOST}/1.xml", part_of=MAP, reason="gone", is_stale=False)
    looked(tmp_path, 1, feed, stale, replace(part, next_interval_minutes=120))
    batch, _ = plan(tmp_path, 2.7)
    one, two, three = read_job(batch, "mountain").entrances
    assert (one.url, one.part_of, one.is_due, one.is_well) == (part.entrance, MAP, False, False)
    assert (one.failure_weight, one.answered_at) == (1, None)
    assert (two.url, two.is_due, two.is_well) == (f"{HOST}/feed", True, True)
    assert (two.interval_minutes, two.newest_at, two.answered_at) == (90, at(0.5), at(1))
    assert (two.etag, two.last_modified) == ('"e"', "monday")
    assert (three.url, three.is_well) == (MAP, False)
    (_, named, _) = read_job(plan(tmp_path, 2.8, only=("mountain",))[0], "mountain").entrances
    assert (named.etag, named.last_modified) == (None, None), "named: read, whatever it says"


def test_source_whose_entrance_failed_is_due_at_its_own_interval_for_another(
    tmp_path: Path,
) -> None:
    _two_ways(tmp_path)
    dead = replace(poll(1), reason="gone", next_interval_minutes=960)
    well = replace(poll(1), entrance=MAP, kind="sitemap", next_interval_minutes=240)
    looked(tmp_path, 1, dead, well)
    assert _due_entrances(tmp_path, 1.8) is None
    assert _due_entrances(tmp_path, 1.95) == []
    looked(tmp_path, 2, replace(well, polled_at=at(2), reason="gone"))
    assert _due_entrances(tmp_path, 3.5) is None, "there is none to stand in"


@pytest.mark.parametrize("reason", ["deferred", "host_resting"])
def test_entrance_that_was_not_asked_is_due_with_the_next_batch(
    tmp_path: Path, reason: SkipReason
) -> None:
    _two_ways(tmp_path)
    feed = replace(poll(1), next_interval_minutes=60)
    unasked = replace(poll(2), reason=reason, next_interval_minutes=None)
    never = replace(unasked, entrance=MAP, kind="sitemap")
    looked(tmp_path, 1, feed)
    looked(tmp_path, 2, unasked, never)
    assert _due_entrances(tmp_path, 2.1) == ["/feed", "/map.xml"]
    (state,) = read_job(plan(tmp_path, 2.2)[0], "mountain").entrances
    assert (state.interval_minutes, state.answered_at, state.is_well) == (60, at(1), True)


def test_look_that_was_cut_short_is_remembered_until_one_is_whole(tmp_path: Path) -> None:
    catalogue(tmp_path, "mountain")

    def is_cut_short(hour: int, **look: object) -> bool:
        looked(tmp_path, hour, replace(poll(hour), **look))  # type: ignore[arg-type]
        batch, _ = plan(tmp_path, hour + 0.5, force=True)
        (state,) = read_job(batch, "mountain").entrances
        return state.is_cut_short

    assert is_cut_short(1, is_cut_short=True)
    assert is_cut_short(2, reason="timeout")
    assert not is_cut_short(3)


def test_source_is_due_for_what_it_left_though_its_entrances_rest(tmp_path: Path) -> None:
    catalogue(tmp_path, "mountain")
    slow = replace(poll(1), next_interval_minutes=240)
    looked(tmp_path, 1, slow, lines=(skipped("/later"),))
    assert plan(tmp_path, 1.8)[1].due == ()
    batch, report = plan(tmp_path, 1.95)
    assert report.due == ("mountain",)
    assert not any(one.is_due for one in read_job(batch, "mountain").entrances)


def test_source_is_due_for_an_article_to_be_asked_again(tmp_path: Path) -> None:
    catalogue(tmp_path, "mountain")
    looked(tmp_path, 1, replace(poll(1), next_interval_minutes=240), lines=(page("/a", "a"),))
    assert plan(tmp_path, 1.8)[1].due == ()
    assert plan(tmp_path, 2.5)[1].due == ("mountain",)


def test_slow_interval_gives_way_to_a_shorter_one_in_the_source_file(tmp_path: Path) -> None:
    folder = catalogue(tmp_path, "mountain")
    looked(tmp_path, 1, replace(poll(1), next_interval_minutes=240))
    assert plan(tmp_path, 2)[1].due == ()
    with (folder / "mountain.yml").open("a") as file:
        file.write("interval_minutes: 10\n")
    assert plan(tmp_path, 2.01)[1].due == ("mountain",)


def test_one_bad_source_file_fails_one_source(tmp_path: Path) -> None:
    folder = catalogue(tmp_path, "mountain")
    (folder / "broken.yml").write_text("name: [")
    _, report = plan(tmp_path, 1)
    assert report.due == ("mountain",)
    assert len(report.errors) == 1
    assert report.errors[0].startswith("broken.yml")
    assert "1 source file cannot be used: broken.yml" in report.line
    with pytest.raises(CatalogueError, match=r"broken\.yml"):
        plan(tmp_path, 2, only=("broken",))


def test_a_catalogue_in_which_no_file_can_be_used_is_no_plan(tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    with pytest.raises(CatalogueError, match=r"no source file can be used in .*sources"):
        plan(tmp_path, 1)
    for name in "abcdef":
        (folder / f"{name}.yml").write_text("name: [")
    with pytest.raises(CatalogueError, match=r"see `khabar sources`; a\.yml.*; and 2 more") as told:
        plan(tmp_path, 1)
    assert "\n" not in str(told.value)
    assert not (tmp_path / "batches").exists()


def test_an_unknown_source_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    catalogue(tmp_path, "mountain")
    with pytest.raises(CatalogueError, match="no source 'hill'; known are mountain"):
        plan(tmp_path, 1, only=("hill",))


def test_planning_again_returns_the_stored_plan(tmp_path: Path) -> None:
    catalogue(tmp_path, "mountain")
    _, first = plan(tmp_path, 1)
    catalogue(tmp_path, "valley")
    assert plan(tmp_path, 1)[1] == first


def test_a_plan_that_was_killed_is_made_whole_by_planning_again(tmp_path: Path) -> None:
    catalogue(tmp_path, "mountain", "valley")
    batch, first = plan(tmp_path, 1)
    batch.status("plan").unlink()
    batch.job("valley").unlink()
    assert plan(tmp_path, 1)[1] == first
    assert read_job(batch, "valley").source.id == "valley"


def test_a_disk_that_is_nearly_full_refuses_the_plan_and_is_kept(tmp_path: Path) -> None:
    catalogue(tmp_path, "mountain")
    with pytest.raises(DiskLow):
        plan(tmp_path, 1, disk_floor_mb=1 << 40)
    assert "nothing is fetched" in getattr(read_refusal(tmp_path), "why", "")
    with pytest.raises(CatalogueError):
        plan(tmp_path, 2, only=("nobody",))
    assert "nothing is fetched" in getattr(read_refusal(tmp_path), "why", "")
