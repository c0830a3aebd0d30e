from pathlib import Path

from tests.warehouse.batches import BatchMaker, failed
from warehouse.load import load_batch
from warehouse.load_report import NAMED


def test_a_line_names_some_of_many_failed_sources_and_counts_the_rest(tmp_path: Path) -> None:
    maker = BatchMaker(tmp_path, 1)
    for number in range(NAMED + 5):
        maker.source(failed("/down"), id=f"outlet_{number:02}", failed="crawl_died")
    line = load_batch(maker.write()).line
    assert line.endswith("outlet_08, outlet_09 and 5 more")
