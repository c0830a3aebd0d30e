"""A site's own lines on their way: from a batch's files to the next job."""

import shutil
from pathlib import Path

import duckdb
import pytest

from crawlers.batch import Batch
from crawlers.job import SiteLine
from tests.warehouse.batches import BatchMaker, Line, page, rows, text
from transforms.site_lines import IN_FORCE
from warehouse.connection import open_snapshot, snapshot_file, warehouse_file
from warehouse.dedup import dedup_batch
from warehouse.line_memory import LOOKED_AT, LineMemory, recall_all_lines, recall_lines
from warehouse.load import load_batch

OFFER = "Carry the valley in your pocket"
LEARNT = SiteLine(line=OFFER, place="end", pages=5)
HELD = "select source_id, line, place, pages, learnt_at::date::varchar, batch_id from site_lines"


def load(batch: Batch, accept: str | None = None) -> None:
    dedup_batch(batch)
    load_batch(batch)
    if accept is not None:
        load_batch(batch, accept_source=accept, why="looked at")


def publish(home: Path) -> None:
    snapshot_file(home).parent.mkdir(exist_ok=True)
    shutil.copyfile(warehouse_file(home), snapshot_file(home))


def recall(home: Path, source_id: str = "mountain") -> LineMemory:
    publish(home)
    with open_snapshot(home) as con:
        return recall_lines(con, source_id)


def pages(count: int, hour: float, below: str = OFFER) -> list[Line]:
    return [
        page(f"/{hour}-{number}", f"{text(f'at{hour}n{number}x')}\n{below}", hour=hour)
        for number in range(count)
    ]


def test_learnt_lines_are_rows_once_and_the_next_job_knows_them(tmp_path: Path) -> None:
    one = BatchMaker(tmp_path, 0).source(*pages(2, 0), learnt=[LEARNT]).write()
    load(one)
    load_batch(one)
    assert rows(tmp_path, HELD) == [("mountain", OFFER, "end", 5, "2026-08-01", one.id)]
    assert recall(tmp_path).known == (LEARNT,)
    assert recall(tmp_path, "valley") == LineMemory()


def test_a_line_learnt_again_is_fresh_again_and_a_late_load_does_not_age_it(
    tmp_path: Path,
) -> None:
    late = BatchMaker(tmp_path, 10).source(*pages(1, 10), learnt=[LEARNT]).write()
    load(BatchMaker(tmp_path, 0).source(*pages(1, 0), learnt=[LEARNT]).write())
    again = SiteLine(line=OFFER, place="end", pages=9)
    newest = BatchMaker(tmp_path, 50).source(*pages(1, 50), learnt=[again]).write()
    load(newest)
    load(late)
    assert rows(tmp_path, HELD) == [("mountain", OFFER, "end", 9, "2026-08-03", newest.id)]


def test_a_held_source_teaches_nothing_until_it_is_accepted(tmp_path: Path) -> None:
    batch = BatchMaker(tmp_path, 0).source(*pages(1, 0), learnt=[LEARNT], miscount=1).write()
    load(batch)
    assert rows(tmp_path, HELD) == []
    load_batch(batch, accept_source="mountain", why="a twin was counted twice")
    assert [row[1] for row in rows(tmp_path, HELD)] == [OFFER]


def test_other_lines_under_a_loaded_batch_are_other_input(tmp_path: Path) -> None:
    load(BatchMaker(tmp_path, 0).source(*pages(1, 0)).write())
    other = BatchMaker(tmp_path, 0).source(*pages(1, 0), learnt=[LEARNT]).write()
    with pytest.raises(Exception, match="is loaded already, with other files of mountain"):
        load_batch(other)


def test_lines_of_the_newest_articles_are_counted_once_a_story(tmp_path: Path) -> None:
    copies = [
        page(f"/copy{number}", f"Copy {number} {text('at0n0x')}\n{OFFER}", hour=0)
        for number in range(3)
    ]
    load(BatchMaker(tmp_path, 0).source(*pages(3, 0), *copies).write())
    memory = recall(tmp_path)
    assert memory.texts == 3
    assert {(one.line, one.place, one.pages) for one in memory.seen} == {
        (OFFER, "anywhere", 3),
        (OFFER, "end", 3),
    }


def test_no_more_than_the_newest_articles_are_looked_at(tmp_path: Path) -> None:
    old = pages(LOOKED_AT, 0, below="What the site said of old")
    load(BatchMaker(tmp_path, 0).source(*old).write())
    load(BatchMaker(tmp_path, 5).source(*pages(LOOKED_AT, 5)).write())
    memory = recall(tmp_path)
    assert (memory.texts, {one.line for one in memory.seen}) == (LOOKED_AT, {OFFER})


def test_the_lines_learnt_first_stay_in_force(tmp_path: Path) -> None:
    """Else what is taken out, and the extractor's version, would change with every batch."""
    old = [SiteLine(line=f"Old line {number}", place="end", pages=5) for number in range(IN_FORCE)]
    load(BatchMaker(tmp_path, 0).source(*pages(1, 0), learnt=old).write())
    more = [SiteLine(line=f"New line {number}", place="end", pages=9) for number in range(20)]
    load(BatchMaker(tmp_path, 5).source(*pages(1, 5), learnt=more).write())
    assert sorted(one.line for one in recall(tmp_path).known) == sorted(one.line for one in old)


def test_an_import_hears_of_every_source_that_has_articles(tmp_path: Path) -> None:
    assert recall_all_lines(tmp_path) == {}
    maker = BatchMaker(tmp_path, 0).source(*pages(1, 0), learnt=[LEARNT])
    river = page("/r", text("r"), hour=0, host="https://river.example")
    load(maker.source(river, id="river", host="https://river.example").write())
    publish(tmp_path)
    assert recall_all_lines(tmp_path) == {"mountain": (LEARNT,), "river": ()}


def test_a_snapshot_from_before_lines_were_learnt_knows_none(tmp_path: Path) -> None:
    load(BatchMaker(tmp_path, 0).source(*pages(3, 0)).write())
    publish(tmp_path)
    with duckdb.connect(str(snapshot_file(tmp_path))) as con:
        con.execute("drop table site_lines")
    with open_snapshot(tmp_path) as con:
        assert recall_lines(con, "mountain") == LineMemory()
    assert recall_all_lines(tmp_path) == {}
