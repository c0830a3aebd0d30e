"""A source file learns what to leave out: that is tried first, held, approved, and loaded."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from crawlers.job import SiteLine
from crawlers.ledger import read_job
from khabar.run import finish
from tests.crawlers.outlet import Outlet
from tests.khabar.command import assert_one_line, khabar
from tests.whole_way.valley import CHANGED, NAMES, OTHER, Valley
from tests.whole_way.walk import Nobody, differences, rows, tables
from transforms import extractor_trial
from transforms.extractor_trial import read_trial, try_extractor
from transforms.guard import Guard
from warehouse.accept import accept_extractor
from warehouse.connection import snapshot_file
from warehouse.incidents import list_incidents
from warehouse.publish import publish_snapshot
from warehouse.rebuild import rebuild_warehouse

pytestmark = pytest.mark.usefixtures("warm_crawls", "warm_guards")


def test_what_a_changed_extractor_reads_waits_for_a_word_and_is_then_loaded_whole(
    valley: Valley,
) -> None:
    before = valley.titles()
    assert len(before) == 5
    assert read_trial(valley.home, "valley") is None
    valley.publish("dome")
    first, summary = valley.pass_through(hints=CHANGED)
    assert summary.why is None, "it waits, and nothing broke"
    assert (
        "valley (held: its extractor changed: 5 of 5 archived pages come out otherwise, "
        "more than the 20% that may without anybody's word)" in summary.line
    )
    extracted = json.loads(first.status("extract", "valley").read_bytes())
    assert extracted["articles"] == 1, "nothing is lost"
    trial = read_trial(valley.home, "valley")
    assert trial is not None
    assert [one.field for one in trial.comparison.fields] == ["body"]
    valley.publish("kiln")
    second, _ = valley.pass_through(hints=CHANGED)
    assert read_trial(valley.home, "valley") == trial, "it is not tried again"
    assert valley.titles() == before
    assert valley.watch() == ["extractor_changed"]
    (incident,) = list_incidents(valley.home)
    assert "*Let it in* on its page of *Health*, or `khabar extractors accept valley --why …`" in (
        incident.note
    )

    done = khabar(
        valley.home, "load", first.id, "--source", "valley", "--accept", "--why", "rightly so"
    )
    assert done.returncode == 0, done.stderr
    assert [first.id in done.stdout, second.id in done.stdout] == [True, True]
    _, summary = valley.pass_through(hints=CHANGED)
    assert summary.line.startswith("1 of 1 sources fine")
    assert valley.titles() == before | {"News of dome", "News of kiln"}
    assert valley.watch() == []
    publish_snapshot(valley.home)  # the table of incidents has what their files say
    loaded = tables(valley.home)
    rebuild_warehouse(valley.home)
    assert list(differences(loaded, tables(valley.home))) == []


def test_what_changes_little_passes_by_itself_and_is_noted(outlet: Outlet, tmp_path: Path) -> None:
    valley = Valley(outlet, tmp_path, promos=1)
    batch, summary = valley.pass_through(hints=CHANGED)
    assert summary.line.startswith("1 of 1 sources fine")
    line = json.loads(batch.status("extract", "valley").read_bytes())["line"]
    assert line.endswith("its extractor changed: 1 of 5 archived pages come out otherwise")
    shown = khabar(tmp_path, "extractors")
    assert "passed" in shown.stdout
    assert_one_line(
        khabar(tmp_path, "extractors", "accept", "valley", "--why", "x"), "no trial of its"
    )
    again, _ = valley.pass_through(hints=CHANGED)
    line = json.loads(again.status("extract", "valley").read_bytes())["line"]
    assert "extractor changed" not in line, "it is told once"


def test_the_command_shows_what_changes_and_lets_it_in(valley: Valley) -> None:
    assert "no extractor has changed" in khabar(valley.home, "extractors").stdout
    held, _ = valley.pass_through(hints=CHANGED)
    listed = khabar(valley.home, "extractors").stdout
    assert "held" in listed
    told = json.loads(khabar(valley.home, "extractors", "--json").stdout)
    assert (told["source_id"], told["comparison"]["looked_at"]) == ("valley", 5)
    shown = khabar(valley.home, "extractors", "show", "valley").stdout
    assert "- Win a radio of your own with our " in shown
    assert_one_line(khabar(valley.home, "extractors", "show", "nowhere"), "was never tried")
    assert_one_line(
        khabar(valley.home, "extractors", "accept", "valley", "--why", " "), "say why valley"
    )
    done = khabar(valley.home, "extractors", "accept", "valley", "--why", "the quiz is no news")
    assert done.returncode == 0, done.stderr
    assert "1 batch was held" in done.stdout
    assert held.id in done.stdout
    proof = "select accepted_why from batch_sources where accepted_why is not null"
    assert rows(valley.home / "warehouse.duckdb", proof) == [("the quiz is no news",)]
    assert "approved: the quiz" in khabar(valley.home, "extractors").stdout


def test_an_approval_reaches_pages_that_were_extracted_before_it_and_not_loaded(
    valley: Valley,
) -> None:
    valley.publish("dome")
    batch = valley.collect(hints=CHANGED)
    assert batch.status("trial", "valley").is_file()
    assert accept_extractor(valley.home, "valley", "rightly so") == ()
    assert finish(batch, Nobody()).line.startswith("1 of 1 sources fine")
    assert "News of dome" in valley.titles()
    loaded = tables(valley.home)
    rebuild_warehouse(valley.home)
    assert list(differences(loaded, tables(valley.home))) == []


def test_a_mended_source_file_orphans_nothing_that_was_held(valley: Valley) -> None:
    valley.publish("dome")
    valley.pass_through(hints=CHANGED)
    valley.listed.remove("/news/dome")
    _, summary = valley.pass_through()
    assert summary.line.startswith("1 of 1 sources fine"), "it is held by no newer's trial"
    assert valley.watch() == ["extractor_changed"], "what was held waits still"
    (incident,) = list_incidents(valley.home)
    assert "`khabar extractors accept valley --why …`" in incident.note
    assert "`khabar reprocess valley --reason …`" in incident.note
    valley.pass_through(hints=OTHER)
    trial = read_trial(valley.home, "valley")
    assert trial is not None
    assert not trial.is_held, "the newest trial says nothing of it"
    done = khabar(valley.home, "extractors", "accept", "valley", "--why", "to be read again")
    assert done.returncode == 0, done.stderr
    publish_snapshot(valley.home)
    assert "News of dome" in valley.titles()
    assert valley.watch() == []
    words = ("reprocess", "valley", "--reason", "its file is mended", "--approve")
    done = khabar(valley.home, *words, catalogue=str(valley.home / "catalogue"))
    assert done.returncode == 0, done.stderr
    made = "select distinct split_part(extractor_version, '+', 3) from articles"
    assert len(rows(snapshot_file(valley.home), made)) == 1


def test_a_trial_that_is_killed_leaves_nothing_and_is_made_again(
    valley: Valley, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(extractor_trial, "write_trial", die)
        batch = valley.collect(hints=CHANGED)
    assert [str(one) for one in valley.errors] == ["killed"]
    assert not batch.status("extract", "valley").is_file()
    assert not (valley.home / "trials").exists()
    _, summary = valley.pass_through(hints=CHANGED)
    assert "5 of 5 archived pages" in summary.line


def test_a_trial_ends_after_its_time_and_says_nothing_of_few_pages(
    valley: Valley, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extractor_trial, "SECONDS", 0.0)
    _, summary = valley.pass_through(hints=CHANGED)
    assert summary.line.startswith("1 of 1 sources fine")
    assert read_trial(valley.home, "valley") is None, "it is tried again"
    monkeypatch.setattr(extractor_trial, "LEAST", 1)
    _, summary = valley.pass_through(hints=[{"prune": ".promo"}, *OTHER])
    assert "1 of 1 archived pages" in summary.line


def test_lines_that_were_learnt_meanwhile_are_no_change_of_the_extractor(valley: Valley) -> None:
    batch = valley.collect(hints=OTHER)
    job = read_job(batch, "valley")
    promo = {f"Win a radio of your own with our {name} quiz, ends when the last set is gone."
             for name in NAMES}  # fmt: skip
    learnt = tuple(SiteLine(line=one, place="anywhere", pages=9) for one in sorted(promo))
    extractor_trial.trial_file(valley.home, "valley").unlink()
    with Guard() as guard:
        trial = try_extractor(guard, batch, replace(job, site_lines=learnt))
    assert trial is not None
    assert (trial.comparison.looked_at, trial.comparison.changed) == (5, 0)


def test_pages_that_the_archive_lost_hold_nothing(valley: Valley) -> None:
    for file in (valley.home / "archive").rglob("*.warc.gz"):
        file.rename(file.with_suffix(".lost"))
    _, summary = valley.pass_through(hints=CHANGED)
    assert summary.line.startswith("1 of 1 sources fine")
    assert read_trial(valley.home, "valley") is None


def test_a_damaged_trial_is_made_again(valley: Valley) -> None:
    valley.pass_through(hints=CHANGED)
    extractor_trial.trial_file(valley.home, "valley").write_text("{")
    valley.pass_through(hints=CHANGED)
    trial = read_trial(valley.home, "valley")
    assert trial is not None
    assert trial.is_held
