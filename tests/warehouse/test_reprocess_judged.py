"""How much a reprocess may change without a word: rows against rows, pages against pages."""

from pathlib import Path

import pytest

from crawlers.batch import Batch, write_json
from tests.warehouse.batches import BatchMaker
from transforms.change_tally import sum_changes
from warehouse.extract_again import _REPORT, RereadReport, judge_reprocess

LIMIT = "more than the 20% that may without anybody's word"


def reread(home: Path, *, rows: int, changed: int, pages: int = 0, became: int = 0) -> Batch:
    """A batch that read so many rows, and pages that were rejected, again."""
    batch = BatchMaker(home, 6, dag="reprocess", found_by="reprocess").source().write()
    report = RereadReport(
        source_id="mountain", rows=rows + pages, were_rejected=pages, read=rows + became,
        changed=changed + became, became=became, rejected=0, still_rejected=pages - became,
        unread=0, comparison=sum_changes((), {}), seconds=1, line="mountain: read",
    )  # fmt: skip
    write_json(batch.status("extract", "mountain"), _REPORT.dump_python(report, mode="json"))
    return batch


def test_pages_that_stay_rejected_make_no_share_of_changed_rows_smaller(tmp_path: Path) -> None:
    judged = judge_reprocess(reread(tmp_path, rows=20, changed=5, pages=80))
    assert (judged.is_over, judged.share, judged.share_became) == (True, 0.25, 0)
    assert judged.line == (
        f"5 of 20 rows would change (25.0%), {LIMIT}; 0 of 80 rejected pages would become articles "
        "(0.0%)"
    )


def test_articles_that_come_of_rejected_pages_are_no_changed_rows(tmp_path: Path) -> None:
    judged = judge_reprocess(reread(tmp_path, rows=20, changed=1, pages=10, became=2))
    assert (judged.is_over, judged.share, judged.share_became) == (False, 0.05, 0.2)


@pytest.mark.parametrize(("became", "is_over"), [(2, False), (3, True)])
def test_where_only_rejected_pages_are_read_their_own_share_asks(
    tmp_path: Path, became: int, is_over: bool
) -> None:
    judged = judge_reprocess(reread(tmp_path, rows=0, changed=0, pages=10, became=became))
    said = f"{became} of 10 rejected pages would become articles ({became}0.0%)"
    assert (judged.is_over, judged.line) == (is_over, f"{said}, {LIMIT}" if is_over else said)
