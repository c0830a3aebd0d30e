"""What Airflow itself takes for a task that does nothing, as `khabar up` sets it up."""

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from khabar.airflow.api import AirflowApi
from khabar.airflow.crew import Crew
from khabar.airflow.home import lock_home, prepare_home
from khabar.airflow.machine import (
    airflow_env,
    open_api,
    start_airflow,
    wait_for_dags,
    wait_healthy,
)
from khabar.airflow.processes import find_marked
from tests.airflow_session import free_port

DAG = "cells"
COLUMNS = 60
IDLE_SECONDS = 20.0
LONGEST_SECONDS = 900.0
SETTINGS = {"AIRFLOW__CORE__DAGS_FOLDER": str(Path(__file__).with_name("dags"))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """What a run of so many tasks took."""

    tasks: int
    cpu_seconds: float
    """A task, of all of Airflow's processes; what they take when idle is taken off."""
    idle: float
    """CPU seconds a second, of all of Airflow's processes with nothing to do."""
    each_second: float
    """Tasks."""


def measure_cells() -> Cells:
    """Run one DAG of empty cells in an Airflow of its own."""
    with TemporaryDirectory(prefix="khabar-") as name:
        home = Path(name)
        with lock_home(home), Crew(name) as crew:
            airflow = prepare_home(home, free_port())
            start_airflow(crew, airflow, airflow_env(airflow, SETTINGS))
            wait_healthy(crew, airflow, lambda _: None)
            with open_api(crew, airflow) as api:
                wait_for_dags(crew, api, [DAG])
                api.unpause(DAG)
                _run(crew, api, columns=2)
                idle = _idle(name)
                before, began = _cpu(name), time.monotonic()
                _run(crew, api, columns=COLUMNS)
                taken, seconds = _cpu(name) - before, time.monotonic() - began
    tasks = 2 * COLUMNS + 1
    return Cells(
        tasks=tasks,
        cpu_seconds=(taken - idle * seconds) / tasks,
        idle=idle,
        each_second=tasks / seconds,
    )


def _run(crew: Crew, api: AirflowApi, columns: int) -> None:
    run_id = api.trigger(DAG, {"columns": columns}, "empty cells")
    crew.wait_until(lambda: api.run(DAG, run_id).has_ended, LONGEST_SECONDS, "no end")
    if api.run(DAG, run_id).state != "success":
        raise AssertionError(f"{columns} empty cells did not succeed")


def _idle(mark: str) -> float:
    before = _cpu(mark)
    time.sleep(IDLE_SECONDS)
    return (_cpu(mark) - before) / IDLE_SECONDS


def _cpu(mark: str) -> float:
    """Count seconds of what runs, and of what it started and saw end."""
    total = 0.0
    for process in find_marked(mark):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total
