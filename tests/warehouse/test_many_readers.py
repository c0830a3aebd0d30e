"""Eight analysts ask the README's ten questions without pause while ten batches are published."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.batches import rows
from tests.warehouse.life import BALANCE, card_of, write_hour
from warehouse.connection import snapshot_file
from warehouse.load import load_batch
from warehouse.publish import publish_snapshot

README = Path(__file__).parents[2] / "README.md"
READERS, BATCHES = 8, 10


def ten_questions() -> list[str]:
    """Read the questions as an analyst would copy them."""
    part = README.read_text("utf-8").split("### Ten questions")[1].split("\n### ")[0]
    found = re.findall(r"```sql\n(.*?)```", part, re.DOTALL)
    assert len(found) == 10
    return found


@contextmanager
def asking(public: Path, count: int) -> Iterator[list[dict[str, Any]]]:
    """Let analysts ask meanwhile; give their reports at the end."""
    given = json.dumps({"questions": ten_questions(), "balance": BALANCE})
    analysts = [
        subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("analyst.py")), str(public)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(count)
    ]  # fmt: skip
    reports: list[dict[str, Any]] = []
    for one in analysts:
        assert one.stdin is not None
        one.stdin.write(given)
        one.stdin.close()
        one.stdin = None
    try:
        yield reports
    finally:
        for one in analysts:
            one.terminate()
        said = [one.communicate(timeout=120) for one in analysts]
    assert [(one.returncode, err) for one, (_, err) in zip(analysts, said, strict=True)] == (
        [(0, "")] * count
    )
    reports += [json.loads(out) for out, _ in said]


def publish_hours(home: Path, hours: range) -> list[str]:
    """Load and publish batch after batch; name the snapshots."""
    names = []
    for hour in hours:
        load_batch(write_hour(home, hour))
        names.append(publish_snapshot(home).snapshot_id)
    return names


def watch(home: Path, *, readers: int, batches: int) -> list[dict[str, Any]]:
    """Let readers ask while batches come; nothing they see may be wrong."""
    published = publish_hours(home, range(1, 3))
    with asking(snapshot_file(home), readers) as reports:
        published += publish_hours(home, range(3, batches + 3))
    assert [report["errors"] for report in reports] == [[]] * readers
    for report in reports:
        assert set(report["seen"]) <= set(published)
        assert report["seen"] == sorted(report["seen"], key=published.index), "a step back"
    return reports


def test_an_analyst_meets_no_error_and_no_mixed_state_while_batches_come(tmp_path: Path) -> None:
    (report,) = watch(tmp_path, readers=1, batches=3)
    assert report["rounds"] >= 1


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_eight_analysts_meet_no_error_and_no_mixed_state_while_ten_batches_come(
    tmp_path: Path,
) -> None:
    reports = watch(tmp_path, readers=READERS, batches=BATCHES)
    print([(one["rounds"], len(one["seen"])) for one in reports])  # noqa: T201 (how it went)
    assert min(report["rounds"] for report in reports) >= 5
    assert min(len(report["seen"]) for report in reports) >= 3
    assert len({name for report in reports for name in report["seen"]}) >= 6
    assert card_of(snapshot_file(tmp_path))["counts"]["batches"] == BATCHES + 2
    counted = "SELECT (SELECT count(*) FROM article_merges), (SELECT count(gone_at) FROM articles)"
    merged, gone = rows(tmp_path, counted)[0]
    assert (merged, gone) == (BATCHES + 1, BATCHES)
