"""One real Airflow on a running newsroom, started once and shared by every test that asks."""

import json
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from khabar.airflow.api import AirflowApi, Run, TaskState
from khabar.airflow.crew import Crew
from khabar.airflow.home import USER, AirflowHome, lock_home, prepare_home
from khabar.airflow.machine import (
    airflow_env,
    open_api,
    start_airflow,
    wait_for_dags,
    wait_healthy,
)
from khabar.airflow.processes import find_marked
from khabar.newsroom.running import RunningTown, running_town
from tests.post import open_web

RUN_SECONDS = 300
VIEWER = "viewer"
"""A second user, who has the password of the first."""
DAGS = ("ingest", "maintain", "watch", "backfill", "import_archive", "reprocess", "accept")
ARTICLES = 12
"""Of each outlet: few, since the session waits for each ingest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RealAirflow:
    """A healthy Airflow, logged in, and the town that its crawls reach."""

    crew: Crew
    home: AirflowHome
    api: AirflowApi
    town: RunningTown
    first: Run
    """The run with which Airflow made up for the last full hour: of all outlets, all new."""
    heartbeats: list[tuple[str, bytes]]
    """What was asked of the address that KHABAR_HEARTBEAT names: path and body."""

    def ingest(self, **conf: object) -> Run:
        """Trigger the DAG `ingest` and wait for the run's end."""
        return self.trigger("ingest", **conf)

    def trigger(self, dag: str, **conf: object) -> Run:
        """Trigger a DAG and wait for the run's end."""
        run_id = self.api.trigger(dag, conf, "a test")
        self.crew.wait_until(
            lambda: self.api.run(dag, run_id).has_ended, RUN_SECONDS, f"{run_id} did not end"
        )
        return self.api.run(dag, run_id)

    def states(self, run: Run, dag: str = "ingest") -> dict[str, str | None]:
        """Map `task` or `task of label` to its state."""
        return {_name(task): task.state for task in self.api.tasks(dag, run.id)}

    def explain(self, run: Run, dag: str = "ingest") -> str:
        """Tell of a run's states, and the errors in the logs of those that failed."""
        folder = self.home.folder / "logs" / f"dag_id={dag}" / f"run_id={run.id}"
        lines = [
            f"{log.relative_to(folder)}: {line[:2000]}"
            for log in sorted(folder.rglob("*.log"))
            for line in log.read_text().splitlines()
            if '"level":"error"' in line
        ]
        return "\n".join([str(self.states(run, dag)), *lines])

    def note(self, run: Run, dag: str = "ingest") -> str:
        """Return the note of a run."""
        reply = self.api.request("GET", f"dags/{dag}/dagRuns/{run.id}").raise_for_status()
        return str(reply.json()["note"])

    def log(self, run: Run, task_id: str, dag: str = "ingest") -> str:
        """Return the text of an unmapped task's last log."""
        folder = self.home.folder / "logs" / f"dag_id={dag}" / f"run_id={run.id}"
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
    """Start the session's own."""
    with running_airflow() as airflow:
        yield airflow


@contextmanager
def running_airflow(*unpaused: str, **settings: str) -> Iterator[RealAirflow]:
    """Start Airflow on a town of seven outlets; at the end nothing of it may be left.

    These DAGs are unpaused before the first ingest, and these settings (KHABAR_…) are told.
    """
    with (
        tempfile.TemporaryDirectory(prefix="khabar-") as folder,
        running_town(articles=ARTICLES) as town,
        open_web() as (address, heartbeats),
    ):
        home = Path(folder)
        mark = str(home)
        with lock_home(home), Crew(mark) as crew:
            airflow = prepare_home(home, free_port())
            _add_viewer(airflow)
            told = _reach(town) | {"KHABAR_HEARTBEAT": f"{address}/alive"} | settings
            start_airflow(crew, airflow, airflow_env(airflow, told))
            wait_healthy(crew, airflow, lambda _: None)
            with open_api(crew, airflow) as api:
                wait_for_dags(crew, api, [*DAGS, *unpaused])
                api.create_pool("warehouse", 1)
                for dag_id in unpaused:
                    api.unpause(dag_id)
                first = _missed_tick(crew, api)
                yield RealAirflow(
                    crew=crew, home=airflow, api=api, town=town, first=first,
                    heartbeats=heartbeats,
                )  # fmt: skip
        assert find_marked(mark) == []


def _add_viewer(airflow: AirflowHome) -> None:
    """Let somebody in who may look and not touch."""
    known = json.loads(airflow.passwords.read_text())
    airflow.passwords.write_text(json.dumps(known | {VIEWER: known[USER]}))


def _reach(town: RunningTown) -> dict[str, str]:
    return {
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin,{VIEWER}:viewer",
        "KHABAR_CATALOGUE": str(town.sources_folder),
        "KHABAR_LOOPBACK": " ".join(sorted(town.loopback)),
    }


def _missed_tick(crew: Crew, api: AirflowApi) -> Run:
    api.unpause("ingest")
    crew.wait_until(lambda: bool(api.runs("ingest")), 60, "no run was scheduled")
    run_id = api.runs("ingest")[-1].id
    crew.wait_until(lambda: api.run("ingest", run_id).has_ended, RUN_SECONDS, "no end")
    return api.run("ingest", run_id)


@pytest.fixture(scope="session")
def airflow_home() -> Iterator[Path]:
    """Point AIRFLOW_HOME at an empty folder before a test imports Airflow."""
    with tempfile.TemporaryDirectory(prefix="khabar-") as folder:
        os.environ["AIRFLOW_HOME"] = folder
        os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
        yield Path(folder)
