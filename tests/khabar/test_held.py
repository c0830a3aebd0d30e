import json
from pathlib import Path

from tests.khabar.command import assert_one_line, khabar
from tests.warehouse.batches import BatchMaker, page, rejected, text


def test_pages_of_a_held_outlet_are_listed_and_their_text_made_safe(tmp_path: Path) -> None:
    lines = (page("/a", text("a"), title="Road [red]opens[/] \x1b[2J"), rejected("/t"))
    batch = BatchMaker(tmp_path, 6).source(*lines, miscount=1).source(id="river").write()
    shown = khabar(tmp_path, "held", batch.id, "mountain")
    assert shown.returncode == 0, shown.stderr
    assert "Road [red]opens[/] \\x1b[2J" in shown.stdout
    assert shown.stdout.index("https://mountain.example/t") < shown.stdout.index(".example/a")
    told = khabar(tmp_path, "held", batch.id, "mountain", "--json").stdout.splitlines()
    assert [json.loads(one)["made"] for one in told] == ["listing", "article"]
    none = khabar(tmp_path, "held", batch.id, "river")
    assert (none.returncode, none.stdout) == (0, "no page of it was fetched\n")


def test_what_is_not_there_is_one_line(tmp_path: Path) -> None:
    batch = BatchMaker(tmp_path, 6).source(rejected("/t")).write()
    assert_one_line(khabar(tmp_path, "held", batch.id, "river"), "river is not planned")
    assert_one_line(khabar(tmp_path, "held", batch.id, "../x"), "../x")
    assert_one_line(khabar(tmp_path, "held", "20260801T060000Z-ingest-00000000", "river"), "batch")
    (batch.extract_folder("mountain") / "rejections.parquet").write_bytes(b"no file")
    assert_one_line(khabar(tmp_path, "held", batch.id, "mountain"), "khabar extract")
