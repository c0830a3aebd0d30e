"""The note of each run that ended: what its tasks said, in words that a colleague can read."""

# mypy: disallow-untyped-decorators=False, disallow-subclassing-any=False

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

MAX_LETTERS = 1000
"""Airflow's own bound of a note."""
LINE = "line"
"""The XCom key that dags/running.py says things under."""
MARK = "▸ "
"""What stands before it in the note is a person's, and kept."""
NAMED = 3
"""So many outlets of a task that failed for several are named."""
MAX_OF_ONE = 150
"""Letters of what each of these said; the log has all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A task that ended, and what it said."""

    task_id: str
    state: str | None
    line: str | None = None
    cell: str | None = None
    """The label of one of several, an outlet's name mostly; None: the task is drawn once."""


@hookimpl
def on_dag_run_success(dag_run: Any, msg: str) -> None:
    """Note what the tasks said."""
    del msg
    _note(dag_run)


@hookimpl
def on_dag_run_failed(dag_run: Any, msg: str) -> None:
    """Note what broke, then what the others said."""
    del msg
    _note(dag_run)


def compose_note(ended: Sequence[Ended]) -> str | None:
    """Make a note of tasks in the order in which they ended: first what broke, then what was said.

    That there was nothing to do is said where nothing else is. One outlet's failure in a green run
    is told by its summary.
    """
    once = [one for one in ended if one.cell is None]
    broken = [
        one.line or f"{one.task_id} failed without a word: see its log"
        for one in once
        if one.state == "failed"
    ]
    if any(one.state in ("failed", "upstream_failed") for one in once):
        broken += _broken_cells([one for one in ended if one.cell is not None])
    said = [one.line for one in once if one.line and one.state != "failed"]
    news = [line for line in said if not _counts_nothing(line)]
    note = " · ".join(dict.fromkeys([*broken, *news] or said[-1:]))
    if len(note) > MAX_LETTERS:
        note = f"{note[: MAX_LETTERS - 1]}…"
    return note or None


def _broken_cells(cells: Sequence[Ended]) -> Iterator[str]:
    """Say of each task that is drawn several times for how many it failed, and name the first."""
    for task_id, group in groupby(
        sorted(cells, key=lambda one: one.task_id), lambda one: one.task_id
    ):
        whole = list(group)
        failed = [one for one in whole if one.state == "failed"]
        if failed:
            named = [
                f"{one.cell} ({one.line[:MAX_OF_ONE]})" if one.line else f"{one.cell} (see its log)"
                for one in failed[:NAMED]
            ]
            named += [f"and {len(failed) - NAMED} more"] * (len(failed) > NAMED)
            yield f"{task_id} failed for {len(failed)} of {len(whole)}: {', '.join(named)}"


def _counts_nothing(line: str) -> bool:
    """Tell whether a line only counts, and each count is 0: nothing was there to do."""
    counts = re.findall(r"\d+(?:[.,]\d+)*", re.sub(r"older than \d+ days", "", line))
    return bool(counts) and not any(count.strip("0.,") for count in counts)


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
    note = compose_note(_read_ended(dag_run.dag_id, dag_run.run_id))
    if note is not None:
        dag_run.note = join_notes(dag_run.note, note)[:MAX_LETTERS]


def _read_ended(dag_id: str, run_id: str) -> list[Ended]:
    """Read what ended, in order, and said what; in a session beside the scheduler's own."""
    from airflow.models.dagrun import DagRun
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session(scoped=False) as session:
        tasks = DagRun.fetch_task_instances(dag_id=dag_id, run_id=run_id, session=session)
        rows = session.scalars(XComModel.get_many(run_id=run_id, dag_ids=dag_id, key=LINE)).all()
        lines = {
            (row.task_id, row.map_index): str(XComModel.deserialize_value(row)) for row in rows
        }
        return [
            Ended(
                task_id=task.task_id,
                state=task.state,
                line=lines.get((task.task_id, task.map_index)),
                cell=task.rendered_map_index if task.map_index >= 0 else None,
            )
            for task in sorted((one for one in tasks if one.end_date), key=lambda one: one.end_date)
        ]


class RunNotesPlugin(AirflowPlugin):
    """Tells Airflow of this listener."""

    name = "khabar_run_notes"
    listeners = [sys.modules[__name__]]  # noqa: RUF012 (Airflow reads it so)
