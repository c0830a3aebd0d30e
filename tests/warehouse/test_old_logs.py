import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.khabar.command import khabar
from warehouse.old_logs import remove_logs

OLD, NEW = "dag_id=a/run_id=old/x.log", "dag_id=a/run_id=new/x.log"
PARSED, COMPONENT = "dag_processor/2026-01-01/dags-folder/ingest.py.log", "scheduler.log"


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "airflow" / "logs"
    for name in (OLD, NEW, PARSED, COMPONENT):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("words")
    for name in (OLD, PARSED, COMPONENT):
        os.utime(folder / name, (0, 0))
    return folder


def left(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.log")}


def test_old_logs_are_removed_and_components_keep_theirs(logs: Path) -> None:
    assert remove_logs(logs, datetime.now(UTC)).startswith("removed 2 logs")
    assert left(logs) == {NEW, COMPONENT}
    assert not (logs / OLD).parent.exists()
    assert remove_logs(logs, datetime.now(UTC)).startswith("removed 0 logs")


def test_prune_removes_what_the_night_does(logs: Path, tmp_path: Path) -> None:
    (tmp_path / "batches" / "20260101T000000Z-run-0123abcd").mkdir(parents=True)
    done = khabar(tmp_path, "prune")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1] == "removed 2 logs older than 30 days (0.0 MB)"
    assert left(logs) == {NEW, COMPONENT}
