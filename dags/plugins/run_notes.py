"""The note of each run that ended: what its tasks said, in words that a colleague can read."""

# mypy: disallow-untyped-decorators=False, disallow-subclassing-any=False

import sys
from collections.abc import Sequence
from typing import Any

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

MAX_LETTERS = 1000
"""Airflow's own bound of a note."""
LINE = "line"
"""The XCom key that dags/running.py says things under."""
MARK = "▸ "
"""What stands before it in the note is a person's, and kept."""


@hookimpl
def on_dag_run_success(dag_run: Any, msg: str) -> None:
    """Note what the last task said."""
    del msg
    _note(dag_run)


@hookimpl
def on_dag_run_failed(dag_run: Any, msg: str) -> None:
    """Note what the tasks said that failed."""
    del msg
    _note(dag_run)


def compose_note(ended: Sequence[tuple[str, str | None, str | None]]) -> str | None:
    """Make a note of (task id, state, what it said), in the order in which the tasks ended."""
    said = [(state, line) for _, state, line in ended if line]
    failed = [line for state, line in said if state == "failed"]
    silent = [
        f"{task_id} failed without a word: see its log"
        for task_id, state, line in ended
        if state == "failed" and not line
    ]
    if failed or silent:
        return " · ".join(dict.fromkeys([*silent, *failed]))[:MAX_LETTERS]
    return said[-1][1][:MAX_LETTERS] if said else None


def join_notes(before: str | None, note: str) -> str:
    """Put a run's note below what a person wrote, in the place of the one of an earlier try."""
    by_hand = (before or "").partition(MARK)[0].rstrip()
    said = f"{MARK}{note}"
    return f"{by_hand}\n\n{said}" if by_hand else said


def _note(dag_run: Any) -> None:
    """Write the note of a run of ours.

    This runs in the scheduler, which commits the run with its note. The Task SDK of Airflow 3.3
    lets no task write the note of its own run.
    """
    note = compose_note(_ended(dag_run.dag_id, dag_run.run_id))
    if note is not None:
        dag_run.note = join_notes(dag_run.note, note)[:MAX_LETTERS]


def _ended(dag_id: str, run_id: str) -> list[tuple[str, str | None, str | None]]:
    """Read what ended, in order, and said what; in a session beside the scheduler's own."""
    from airflow.models.dagrun import DagRun
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session(scoped=False) as session:
        tasks = DagRun.fetch_task_instances(dag_id=dag_id, run_id=run_id, session=session)
        rows = session.scalars(XComModel.get_many(run_id=run_id, dag_ids=dag_id, key=LINE)).all()
        lines = {row.task_id: XComModel.deserialize_value(row) for row in rows if row.map_index < 0}
        ended = [task for task in tasks if task.map_index < 0 and task.end_date]
        return [
            (task.task_id, task.state, lines.get(task.task_id))
            for task in sorted(ended, key=lambda task: task.end_date)
        ]


class RunNotesPlugin(AirflowPlugin):
    """Tells Airflow of this listener."""

    name = "khabar_run_notes"
    listeners = [sys.modules[__name__]]  # noqa: RUF012 (Airflow reads it so)
