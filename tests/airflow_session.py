"""One real Airflow on a running newsroom, started once and shared by every test that asks."""

import os
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from khabar.airflow.api import AirflowApi, Run, TaskState
from khabar.airflow.crew import Crew
from khabar.airflow.home import AirflowHome, lock_home, prepare_home
from khabar.airflow.machine import (
    airflow_env,
    open_api,
    start_airflow,
    wait_for_dags,
    wait_healthy,
)
from khabar.airflow.processes import find_marked
from khabar.newsroom.running import RunningTown, running_town

RUN_SECONDS = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class RealAirflow:
    """A healthy Airflow, logged in, and the town that its crawls reach."""

    crew: Crew
    home: AirflowHome
    api: AirflowApi
    town: RunningTown

    def ingest(self, **conf: object) -> Run:
        """Trigger the DAG `ingest` and wait for the run's end."""
        run_id = self.api.trigger("ingest", conf, "a test")
        deadline = time.monotonic() + RUN_SECONDS
        while not (run := self.api.run("ingest", run_id)).has_ended:
            assert time.monotonic() < deadline, (run, self.api.tasks("ingest", run_id))
            self.crew.check()
            time.sleep(0.5)
        return run

    def states(self, run: Run) -> dict[str, str | None]:
        """Map `task` or `task of label` to its state."""
        return {_name(task): task.state for task in self.api.tasks("ingest", run.id)}

    def log(self, run: Run, task_id: str) -> str:
        """Return the text of an unmapped task's last log."""
        folder = self.home.folder / "logs" / "dag_id=ingest" / f"run_id={run.id}"
        return max((folder / f"task_id={task_id}").glob("attempt=*.log")).read_text()


def _name(task: TaskState) -> str:
    return task.task if task.label == task.task else f"{task.task} of {task.label}"


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def real_airflow() -> Iterator[RealAirflow]:
    """Start Airflow on a town of seven outlets; at the end nothing of it may be left."""
    with tempfile.TemporaryDirectory(prefix="khabar-") as folder, running_town() as town:
        home = Path(folder)
        mark = str(home)
        with lock_home(home), Crew(mark) as crew:
            airflow = prepare_home(home, free_port())
            start_airflow(crew, airflow, airflow_env(airflow, _reach(town)))
            wait_healthy(crew, airflow, lambda _: None)
            with open_api(airflow) as api:
                wait_for_dags(crew, api, ["ingest"])
                api.create_pool("warehouse", 1)
                _spend_missed_tick(api)
                yield RealAirflow(crew=crew, home=airflow, api=api, town=town)
        assert find_marked(mark) == []


def _reach(town: RunningTown) -> dict[str, str]:
    return {
        "KHABAR_CATALOGUE": str(town.sources_folder),
        "KHABAR_LOOPBACK": " ".join(sorted(town.loopback)),
    }


def _spend_missed_tick(api: AirflowApi) -> None:
    """Let Airflow make up for the last full hour, so that no test meets that run by surprise."""
    api.unpause("ingest")
    deadline = time.monotonic() + RUN_SECONDS
    while not (ids := api.run_ids("ingest")) or not api.run("ingest", min(ids)).has_ended:
        assert time.monotonic() < deadline, ids
        time.sleep(0.5)


@pytest.fixture(scope="session")
def airflow_home() -> Iterator[Path]:
    """Point AIRFLOW_HOME at an empty folder before a test imports Airflow."""
    with tempfile.TemporaryDirectory(prefix="khabar-") as folder:
        os.environ["AIRFLOW_HOME"] = folder
        os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
        yield Path(folder)
