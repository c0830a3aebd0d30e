"""An operator's word comes in the midst of a load, is cut off on its way, and is given again."""

from pathlib import Path
from threading import Thread

import pytest

from crawlers.batch import Batch, write_json
from khabar.run import finish
from tests.whole_way.valley import CHANGED, Valley
from tests.whole_way.walk import Nobody, differences, rows, tables
from warehouse import accept, load
from warehouse.accept import accept_extractor, accept_held
from warehouse.checks import judge_sources
from warehouse.connection import WriterBusy, warehouse_file
from warehouse.load import LoadRefused
from warehouse.load_report import LoadReport
from warehouse.rebuild import rebuild_warehouse

pytestmark = pytest.mark.usefixtures("warm_crawls", "warm_guards")

HELD = "select batch_id from batch_sources where status = 'held'"


def assert_all_is_in(valley: Valley) -> None:
    assert rows(warehouse_file(valley.home), HELD) == []
    loaded = tables(valley.home)
    rebuild_warehouse(valley.home)
    assert list(differences(loaded, tables(valley.home))) == []


def test_an_approval_in_the_midst_of_a_load_loses_no_batch(
    valley: Valley, monkeypatch: pytest.MonkeyPatch
) -> None:
    valley.publish("dome")
    batch = valley.collect(hints=CHANGED)
    said: list[tuple[LoadReport, ...]] = []
    word = Thread(target=lambda: said.append(accept_extractor(valley.home, "valley", "rightly so")))
    judge = judge_sources

    def interrupted(*args: object) -> None:
        judge(*args)  # type: ignore[arg-type]
        if not word.ident and args[1] is None:
            word.start()
            word.join(1)

    monkeypatch.setattr(load, "judge_sources", interrupted)
    finish(batch, Nobody())
    word.join()
    assert [[one.batch_id for one in reports] for reports in said] == [[batch.id]]
    assert_all_is_in(valley)


def test_an_approval_finds_what_was_committed_and_not_told_yet(valley: Valley) -> None:
    held, _ = valley.pass_through(hints=CHANGED)
    held.status("load").unlink()
    assert [one.batch_id for one in accept_extractor(valley.home, "valley", "right")] == [held.id]
    assert_all_is_in(valley)


def test_a_word_given_twice_is_as_good_as_once_and_another_one_is_refused(valley: Valley) -> None:
    valley.publish("dome")
    held, _ = valley.pass_through(hints=CHANGED)
    (first,) = accept_held(held, "valley", "rightly so")
    (again,) = accept_held(held, "valley", "rightly so")
    assert (first.new, first.was_loaded_before) == (1, False)
    assert (again.new, again.was_loaded_before) == (1, True)
    with pytest.raises(LoadRefused, match="not held"):
        accept_held(held, "valley", "for another reason")
    assert_all_is_in(valley)


def test_a_word_that_was_cut_off_goes_on_when_it_is_given_again(
    valley: Valley, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = valley.pass_through(hints=CHANGED)
    second, _ = valley.pass_through(hints=CHANGED)
    third, _ = valley.pass_through(hints=CHANGED)

    def busy(batch: Batch, **_: object) -> LoadReport:
        if batch.id == second.id:
            raise WriterBusy("the warehouse is busy")
        return load.load_batch(batch, **_)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(accept, "load_batch", busy)
        with pytest.raises(WriterBusy):
            accept_held(first, "valley", "rightly so")
    assert rows(warehouse_file(valley.home), HELD) == [(second.id,), (third.id,)]
    reports = accept_held(first, "valley", "rightly so")
    assert [one.batch_id for one in reports] == [first.id, second.id, third.id]
    assert_all_is_in(valley)


def test_a_word_killed_after_its_commit_is_told_when_it_is_given_again(
    valley: Valley, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, _ = valley.pass_through(hints=CHANGED)

    def die(path: Path, value: object) -> None:
        if path.name.startswith("accept."):
            raise OSError("killed")
        write_json(path, value)

    with monkeypatch.context() as patch:
        patch.setattr(load, "write_json", die)
        with pytest.raises(OSError, match="killed"):
            accept_extractor(valley.home, "valley", "rightly so")
    assert not held.status("accept", "valley").is_file()
    assert [one.batch_id for one in accept_extractor(valley.home, "valley", "so")] == [held.id]
    assert_all_is_in(valley)
