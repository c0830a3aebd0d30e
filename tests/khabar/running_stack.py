"""Every service of docker-compose.yml, started from it, on the newsroom."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from khabar.airflow.api import AirflowApi, Run
from khabar.airflow.crew import Crew
from khabar.airflow.home import USER
from khabar.airflow.machine import PATIENCE_SECONDS
from khabar.airflow.processes import find_marked
from khabar.newsroom.running import RunningTown, running_town
from tests.airflow_session import DAGS
from tests.khabar.databases import running_databases
from tests.khabar.stack import LocalStack, new_folder, remove

ARTICLES = 12
INNER = ("api-server", "scheduler", "dag-processor", "triggerer")
CRAWLERS = ("worker-1", "worker-2")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningStack:
    """Every service of docker-compose.yml, two of them crawl workers, and the town they reach."""

    stack: LocalStack
    crew: Crew
    api: AirflowApi
    town: RunningTown

    def wait_for(self, run_id: str, seconds: float = 600) -> Run:
        self.crew.wait_until(
            lambda: self.api.run("ingest", run_id).has_ended, seconds, f"{run_id} did not end"
        )
        return self.api.run("ingest", run_id)

    def batch_of(self, run_id: str) -> str | None:
        """Name the batch of a run that is at work; None before that."""
        return self.api.xcom("ingest", run_id, "plan", "batch_id")

    def states(self, run: Run) -> dict[str, str | None]:
        tasks = self.api.tasks("ingest", run.id)
        return {f"{task.task} {task.label}": task.state for task in tasks}

    def explain(self, run: Run) -> str:
        folder = self.stack.volume("logs") / "dag_id=ingest" / f"run_id={run.id}"
        errors = [
            f"{log.relative_to(folder)}: {line[:1500]}"
            for log in sorted(folder.rglob("*.log"))
            for line in log.read_text().splitlines()
            if '"level":"error"' in line
        ]
        return "\n".join([str(self.states(run)), *errors])


@contextmanager
def running_stack() -> Iterator[RunningStack]:
    """Start all; at the end nothing of it may be left."""
    folder = new_folder()
    mark = str(folder)
    try:
        with running_town(articles=ARTICLES) as town:
            reach = {
                "KHABAR_CATALOGUE": str(town.sources_folder),
                "KHABAR_LOOPBACK": " ".join(sorted(town.loopback)),
            }
            stack = LocalStack(folder, reach)
            with running_databases(stack), Crew(mark) as crew:
                start_services(stack, crew)
                password = stack.secrets["ADMIN_PASSWORD"]
                with AirflowApi(stack.url, USER, password, _bear) as api:
                    crew.wait_until(
                        lambda: all(map(api.has_dag, DAGS)), 120, f"no DAGs: {api.import_errors()}"
                    )
                    yield RunningStack(stack=stack, crew=crew, api=api, town=town)
        assert find_marked(mark) == []
    finally:
        remove(folder)


def _bear(trouble: str, seconds: float) -> None:
    assert seconds < PATIENCE_SECONDS, trouble


def start_services(stack: LocalStack, crew: Crew) -> None:
    """Start them in the file's order, each when what it depends on is well."""
    start(stack, crew, "upkeep", "upkeep")
    for service in INNER:
        start(stack, crew, service, service)
    workers = {**dict.fromkeys(CRAWLERS, "worker"), "warehouse": "warehouse"}
    for instance, service in workers.items():
        needed = stack.services[service]["depends_on"]
        wait_well(stack, crew, {name: name for name in needed})
        # Two containers have two hosts' names; here they must be told apart.
        pid = str(stack.folder / f"{instance}.pid")
        start(stack, crew, service, instance, "--celery-hostname", instance, "--pid", pid)
    wait_well(stack, crew, {name: name for name in INNER} | workers)


def start(stack: LocalStack, crew: Crew, service: str, instance: str, *more: str) -> None:
    wait_well(stack, crew, {
        name: name for name in stack.services[service]["depends_on"]
        if name not in ("postgres", "redis")
    })  # fmt: skip
    stack.mount(service, instance)
    crew.start(stack.member(service, instance, *more))


def wait_well(stack: LocalStack, crew: Crew, services: dict[str, str]) -> None:
    for instance, service in services.items():
        is_well = partial(stack.is_well, service, instance)
        crew.wait_until(is_well, 240, f"{instance} is not well")
