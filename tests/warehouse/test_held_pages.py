"""Pages of an outlet that is held, by its batch's own files."""

from pathlib import Path

import pytest

from crawlers.ledger import LedgerError
from tests.warehouse.batches import BatchMaker, failed, page, rejected, text
from warehouse.connection import WarehouseError
from warehouse.held_pages import list_held_pages


def test_pages_that_are_no_articles_come_first_with_their_reason(tmp_path: Path) -> None:
    lines = (page("/a", text("a"), title="Road opens"), rejected("/t"), failed("/f"))
    batch = BatchMaker(tmp_path, 6).source(*lines).write()
    found = [(one.made, one.detail, one.url, one.title)
             for one in list_held_pages(batch, "mountain")]  # fmt: skip
    assert found == [
        ("listing", "looks it", "https://mountain.example/t", None),
        ("article", None, "https://mountain.example/a", "Road opens"),
    ]


def test_an_earlier_capture_that_was_read_again_is_no_page_of_the_batch(tmp_path: Path) -> None:
    now, before = (page("/a", text(f"a{n}"), title=f"Look {n}", hour=n) for n in (6, 2))
    batch = BatchMaker(tmp_path, 6).source(page("/b", text("b"), hour=6), now, before).write()
    found = [(one.url[-2:], one.title) for one in list_held_pages(batch, "mountain")]
    assert found[1:] == [("/a", "Look 6")]
    assert found[0][0] == "/b"


def test_what_was_not_extracted_is_listed_by_its_ledger(tmp_path: Path) -> None:
    made = BatchMaker(tmp_path, 6).source(page("/a", text("a")), failed("/f"), extract=False)
    (one,) = list_held_pages(made.write(), "mountain")
    assert (one.made, one.url) == ("not extracted", "https://mountain.example/a")


def test_a_source_that_was_not_planned_and_a_damaged_file_are_named(tmp_path: Path) -> None:
    batch = BatchMaker(tmp_path, 6).source(rejected("/t")).write()
    with pytest.raises(LedgerError, match="river is not planned"):
        list(list_held_pages(batch, "river"))
    (batch.extract_folder("mountain") / "rejections.parquet").write_bytes(b"no file")
    with pytest.raises(WarehouseError, match="khabar extract"):
        list(list_held_pages(batch, "mountain"))
