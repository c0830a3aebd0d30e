"""One run of the DAG `ingest`, started through Airflow's API and followed to its end."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from khabar.airflow.api import AirflowApi, Run, TaskState
from khabar.airflow.crew import Crew

DAG = "ingest"
STEPS = {
    "plan": "plan",
    "source.crawl": "crawl",
    "source.extract": "extract",
    "dedup": "find copies",
    "load": "load",
    "publish": "publish",
    "summary": "summary",
}
LOOK_SECONDS = 1.0
SCHEDULER_SECONDS = 20


def start_ingest(api: AirflowApi, *, force: bool) -> str:
    """Let the schedule begin and return the id of a run to follow.

    A run that a stop cut short goes on by itself, and Airflow makes up for the last full hour as
    soon as a DAG is un-paused. Either is the one to follow: a run triggered beside it would wait,
    and then find nothing due.
    """
    next_at = api.next_run_at(DAG)
    known = api.runs(DAG)
    api.unpause(DAG)
    if unfinished := [run.id for run in known if not run.has_ended]:
        return unfinished[-1]
    if next_at is not None and next_at <= datetime.now(UTC):
        for _ in range(SCHEDULER_SECONDS):
            if fresh := [run.id for run in api.runs(DAG) if run not in known]:
                return fresh[-1]
            time.sleep(LOOK_SECONDS)
    return trigger_ingest(api, force=force)


def trigger_ingest(api: AirflowApi, *, force: bool) -> str:
    """Start a run by hand and return its id."""
    return api.trigger(DAG, {"force": force}, "Started by `khabar up`")


def follow(crew: Crew, api: AirflowApi, run_id: str, show: Callable[[str], None]) -> Run:
    """Wait for a run's end, telling what its tasks do.

    Raises:
        CrewError: where a component died too often, or the API fails for too long.
    """
    while True:
        crew.check()
        run = api.run(DAG, run_id)
        show(_progress(api.tasks(DAG, run_id)))
        if run.has_ended:
            return run
        time.sleep(LOOK_SECONDS)


def _progress(tasks: tuple[TaskState, ...]) -> str:
    parts = []
    for task_id, name in STEPS.items():
        states = Counter(task.state for task in tasks if task.task == task_id)
        total, done, bad = states.total(), states["success"], states["failed"]
        if not total or states["skipped"] == total:
            continue
        mark = "✓" if done == total else f"{done}/{total}" if total > 1 else ""
        failed = f" ({bad} failed)" if bad else ""
        if mark or failed or states["running"]:
            parts.append(f"{name} {mark or '…'}{failed}")
    return " · ".join(parts) or "waiting for the scheduler"
