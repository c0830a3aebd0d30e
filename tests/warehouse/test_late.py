"""A batch that is accepted late brings what it has, and not what a later one has read better."""

from pathlib import Path

import pytest

from tests.warehouse.batches import BatchMaker, again, page, rows, text
from tests.warehouse.test_rebuild import everything, load
from warehouse.load import load_batch
from warehouse.rebuild import rebuild_warehouse

CLEAN = text("a")
HALF_CLEAN, UNCLEAN = f"{CLEAN}\njoin us there", f"{CLEAN}\nfollow us here\njoin us there"


def accept_late(home: Path, body: str, *, is_asked_later: bool = True) -> None:
    """Read an article unclean; hold a batch that reads it half clean; read it clean; accept."""
    first = page("/a", UNCLEAN, hour=0, extractor="x")
    load(BatchMaker(home, 0).source(first).write())
    held = BatchMaker(home, 5).source(
        page("/a", body, hour=5, extractor="x+1"),
        again("/a", HALF_CLEAN, record_of=first, extractor="x+1"),
        miscount=1,
    )
    load(held.write())
    later = [again("/a", CLEAN, record_of=first, extractor="x+2")]
    if is_asked_later:
        later.append(page("/a", CLEAN, hour=9, extractor="x+2"))
    load(BatchMaker(home, 9).source(*later).write())
    load_batch(held.batch, accept_source="mountain", why="looked at")


@pytest.mark.parametrize("is_asked_later", [True, False])
def test_what_was_read_later_stays_and_no_version_is_made(
    tmp_path: Path, is_asked_later: bool
) -> None:
    accept_late(tmp_path, HALF_CLEAN, is_asked_later=is_asked_later)
    assert rows(tmp_path, "select body, version_count, extractor_version from articles") == [
        (CLEAN, 1, "x+2")
    ]
    read_by = "select distinct extractor_version, version_number from archive_records"
    assert rows(tmp_path, read_by) == [("x+2", 1)]
    before = everything(tmp_path)
    rebuild_warehouse(tmp_path)
    assert everything(tmp_path) == before


def test_what_the_outlet_had_changed_then_is_a_version(tmp_path: Path) -> None:
    changed = text("a", but="changed")
    accept_late(tmp_path, changed)
    assert rows(tmp_path, "select body, version_count from articles") == [(CLEAN, 3)]
    assert rows(tmp_path, "select body from article_versions order by version_number") == [
        (CLEAN,), (changed,)
    ]  # fmt: skip
