"""A source file learns what to leave out: that is tried first, held, approved, and loaded."""

import json
from pathlib import Path

import pytest

from khabar.run import finish
from tests.crawlers.outlet import Outlet
from tests.khabar.command import assert_one_line, khabar
from tests.whole_way.valley import CHANGED, Valley
from tests.whole_way.walk import Nobody, differences, rows, tables
from transforms import extractor_trial
from transforms.extractor_trial import read_trial
from warehouse.accept import accept_extractor, accept_held
from warehouse.incidents import list_incidents
from warehouse.load import LoadRefused
from warehouse.publish import publish_snapshot
from warehouse.rebuild import rebuild_warehouse

pytestmark = pytest.mark.usefixtures("warm_guards")


@pytest.fixture
def valley(outlet: Outlet, tmp_path: Path) -> Valley:
    return Valley(outlet, tmp_path, promos=5)


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
    assert "`khabar extractors accept valley --why …`" in incident.note

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
    held, _ = valley.pass_through(hints=CHANGED)
    assert "no extractor has changed" in khabar(valley.home / "other", "extractors").stdout
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
    assert "1 batches were held" in done.stdout
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


def test_an_older_extractor_that_comes_back_is_not_held_by_the_newers_trial(
    valley: Valley,
) -> None:
    held, _ = valley.pass_through(hints=CHANGED)
    _, summary = valley.pass_through()
    assert summary.line.startswith("1 of 1 sources fine")
    assert valley.watch() == [], "what was held is not in force any more"
    with pytest.raises(LoadRefused, match="say why"):
        accept_held(held, "valley", " ")
    assert read_trial(valley.home, "valley") is not None
    assert len(accept_held(held, "valley", "it was right")) == 1


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


def test_a_trial_ends_after_its_time_with_what_it_saw(
    valley: Valley, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extractor_trial, "SECONDS", 0.0)
    _, summary = valley.pass_through(hints=CHANGED)
    assert "1 of 1 archived pages come out otherwise" in summary.line


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
