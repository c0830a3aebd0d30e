import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest

from crawlers.batch import Batch, write_json
from tests.warehouse.batches import BatchMaker, failed, page, rejected, text
from transforms.extractor_trial import BECAUSE
from warehouse.dedup import dedup_batch
from warehouse.load import load_batch
from warehouse.plan import PlanReport
from warehouse.publish import publish_snapshot
from warehouse.summary import ON_TRIAL, summarise_batch


def finish(batch: Batch) -> None:
    dedup_batch(batch)
    load_batch(batch)
    publish_snapshot(batch.home, batch.id)


def maker(home: Path, fine: int) -> BatchMaker:
    """Plan some outlets that are well, one article each."""
    made = BatchMaker(home, 6)
    for number in range(fine):
        made.source(page(f"/{number}", text(f"t{number}x")), id=f"outlet{number}")
    return made


def test_a_good_batch_is_green_and_says_what_came(tmp_path: Path) -> None:
    made = BatchMaker(tmp_path, 6)
    made.source(page("/a", text("a")), page("/b", f"x {text('a')}"), rejected("/t"), failed("/f"))
    batch = made.source(page("/c", text("c")), id="valley").write()
    finish(batch)
    summary = summarise_batch(batch)
    assert (summary.is_red, summary.why, summary.published) == (False, None, True)
    assert summary.line.startswith(
        "2 of 2 sources fine; 3 new and 0 updated articles, 1 page rejected, 1 failed; published "
    )
    mountain, valley = summary.sources
    assert mountain.name == "Mountain"
    assert (mountain.articles, mountain.stories, mountain.rejections, mountain.failures) == (
        2,
        1,
        1,
        1,
    )
    assert (valley.articles, valley.stories, valley.state) == (1, 1, "fine")
    assert json.loads(batch.status("summary").read_bytes())["line"] == summary.line


def test_one_failed_outlet_of_five_is_no_red_run(tmp_path: Path) -> None:
    batch = maker(tmp_path, 4).source(id="river", failed="http_5xx: HTTP 503").write()
    finish(batch)
    summary = summarise_batch(batch)
    assert not summary.is_red
    assert "4 of 5 sources fine; not: river (failed: http_5xx: HTTP 503);" in summary.line


def test_a_dead_entrance_is_named_though_another_works(tmp_path: Path) -> None:
    batch = maker(tmp_path, 2).write()
    path = batch.status("crawl", "outlet0")
    told = json.loads(path.read_bytes()) | {"trouble": "feed is dead: HTTP 404; listing used"}
    write_json(path, told)
    finish(batch)
    summary = summarise_batch(batch)
    assert summary.sources[0].state == "fine (feed is dead: HTTP 404; listing used)"
    assert not summary.is_red
    assert summary.line.startswith(
        "2 of 2 sources fine; with an entrance to mend: "
        "outlet0 (feed is dead: HTTP 404; listing used); 2 new"
    )


def test_a_full_disk_is_told_once_and_fails_no_outlet(tmp_path: Path) -> None:
    why = "/data: 12 MB free, less than KHABAR_DISK_FLOOR_MB=1,024"
    made = maker(tmp_path, 1)
    for number in range(4):
        made.source(id=f"unasked{number}")
    batch = made.write()
    for number in range(4):
        path = batch.status("crawl", f"unasked{number}")
        write_json(path, json.loads(path.read_bytes()) | {"stopped": why})
    finish(batch)
    summary = summarise_batch(batch)
    assert not summary.is_red
    assert summary.line.startswith(
        f"5 of 5 sources fine; 4 crawls ended early ({why}): the next run asks for what was left; "
        "1 new"
    )
    assert summary.line.count("MB free") == 1


def test_outlets_that_nobody_verified_make_no_run_red(tmp_path: Path) -> None:
    made = maker(tmp_path, 4)
    for number in range(6):
        made.source(id=f"guess{number}", failed="dns: no such host", verified=False)
    batch = made.write()
    finish(batch)
    summary = summarise_batch(batch)
    assert not summary.is_red
    assert "4 of 10 sources fine; not: guess0 (failed: dns" in summary.line


def test_more_than_a_fifth_of_the_due_outlets_failed_is_red(tmp_path: Path) -> None:
    made = maker(tmp_path, 4).source(id="river", failed="http_5xx: HTTP 503")
    batch = made.source(id="lake", crawl=False, extract=False).write()
    finish(batch)
    summary = summarise_batch(batch)
    assert summary.is_red
    assert summary.why is not None
    assert summary.why.startswith("2 of 6 due sources failed, more than 20%: river (")
    assert "lake (failed: crawl_died)" in summary.why


@pytest.mark.parametrize(("fine", "is_red"), [(4, False), (3, True)])
def test_a_source_file_that_cannot_be_used_is_a_failed_source(
    tmp_path: Path, fine: int, is_red: bool
) -> None:
    batch = maker(tmp_path, fine).write()
    plan = PlanReport(batch_id=batch.id, due=(), resting=(), errors=("lake.yml: no name",), line="")
    write_json(batch.status("plan"), asdict(plan))
    finish(batch)
    summary = summarise_batch(batch)
    assert summary.is_red is is_red
    assert f"{fine} of {fine + 1} sources fine; not: lake (failed: source file" in summary.line
    assert "lake.yml: no name" in summary.sources[-1].state


def test_a_stage_without_a_report_is_red_and_named_with_its_mend(tmp_path: Path) -> None:
    batch = maker(tmp_path, 3).write()
    for stage, run in (
        ("dedup", dedup_batch),
        ("load", load_batch),
        ("publish", lambda one: publish_snapshot(one.home, one.id)),
    ):
        summary = summarise_batch(batch)
        assert summary.is_red
        assert not summary.published
        assert summary.why == (
            f"{stage} did not end; see its log, then run `khabar {stage} {batch.id}`"
        )
        assert "not published" in summary.line
        run(batch)
    assert not summarise_batch(batch).is_red


def test_a_long_reason_is_cut_between_two_words_and_shows_it(tmp_path: Path) -> None:
    why = "dns: " + "nobody knows this host " * 20
    batch = maker(tmp_path, 9).source(id="river", failed=why).write()
    finish(batch)
    (said,) = re.findall(r"river \((.*?)\)", summarise_batch(batch).line)
    assert len(said) <= 160
    assert re.search(r"(nobody|knows|this|host) …$", said)


def test_a_summary_speaks_of_what_was_extracted_where_load_broke(tmp_path: Path) -> None:
    batch = maker(tmp_path, 2).write()
    for source_id in ("outlet0", "outlet1"):
        report = {"source_id": source_id, "articles": 1, "rejections": [["listing", 2]]}
        write_json(batch.status("extract", source_id), report)
    summary = summarise_batch(batch)
    assert "2 articles extracted, none loaded" in summary.line
    assert [(one.articles, one.rejections) for one in summary.sources] == [(1, 2), (1, 2)]


def test_a_ledger_that_is_off_is_red_even_where_all_others_are_fine(tmp_path: Path) -> None:
    batch = maker(tmp_path, 9).source(page("/r", text("r")), id="river", miscount=3).write()
    finish(batch)
    summary = summarise_batch(batch)
    assert summary.is_red
    assert summary.why is not None
    assert summary.why.startswith("a promise was broken: river is held: the spider listed 4")


def test_an_outlet_held_for_its_rejected_pages_is_no_red_run(tmp_path: Path) -> None:
    pages = [rejected(f"/tag/{number}") for number in range(12)]
    batch = maker(tmp_path, 9).source(*pages, id="river").write()
    finish(batch)
    summary = summarise_batch(batch)
    assert not summary.is_red, summary.why
    assert summary.sources[-1].state.startswith("held: 12 of 12 fetched pages are no articles")


def test_an_outlet_on_trial_whose_crawl_fails_has_failed_all_the_same(tmp_path: Path) -> None:
    made = BatchMaker(tmp_path, 6)
    for number in range(3):
        made.source(page(f"/{number}", text(f"t{number}x")), id=f"outlet{number}", failed="tls: no")
    batch = made.write()
    for number in range(3):
        hold = {"version": "x2", "why": f"{BECAUSE}: 9 of 9 archived pages come out otherwise"}
        write_json(batch.status("trial", f"outlet{number}"), hold)
    finish(batch)
    summary = summarise_batch(batch)
    assert all(one.state.startswith(ON_TRIAL) for one in summary.sources)
    assert (summary.is_red, "3 of 3 due sources failed" in str(summary.why)) == (True, True)


def test_no_outlet_reached_is_said_plainly_and_points_to_the_demo(tmp_path: Path) -> None:
    made = BatchMaker(tmp_path, 6)
    for number in range(3):
        made.source(id=f"outlet{number}", failed="dns: no such host")
    batch = made.write()
    finish(batch)
    summary = summarise_batch(batch)
    assert summary.is_red
    assert summary.line.startswith("none of the 3 due sources could be reached (dns)")
    assert "`make demo`" in summary.line


def test_nothing_due_is_green(tmp_path: Path) -> None:
    summary = summarise_batch(BatchMaker(tmp_path, 6).write())
    assert (summary.line, summary.is_red, summary.sources) == ("nothing due", False, ())


def test_many_bad_outlets_are_counted_and_the_first_named(tmp_path: Path) -> None:
    made = BatchMaker(tmp_path, 6)
    for number in range(7):
        made.source(id=f"outlet{number}", failed="http_4xx: HTTP 403")
    summary = summarise_batch(made.write())
    assert "0 of 7 sources fine; not: outlet0 (" in summary.line
    assert "and 3 more" in summary.line
