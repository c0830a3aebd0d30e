from pathlib import Path

from tests.warehouse.batches import BatchMaker, outcomes, page, rows, text
from warehouse.load import load_batch


def test_a_first_batch_becomes_rows(tmp_path: Path) -> None:
    batch = BatchMaker(tmp_path, 0).source(page("/a", text("a")), page("/b", text("b"))).write()
    report = load_batch(batch)
    assert report.new == 2
    assert outcomes(tmp_path, batch) == {"/a": "new", "/b": "new"}
    assert rows(tmp_path, "SELECT count(*), count(story_id) FROM articles") == [(2, 2)]
