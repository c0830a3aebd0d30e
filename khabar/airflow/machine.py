"""Airflow's four components as members of a crew, from an empty folder to healthy."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from khabar.airflow.api import AirflowApi, read_health
from khabar.airflow.crew import Crew, CrewError, Member, NotReadyError
from khabar.airflow.home import LOOPBACK, PROJECT, USER, AirflowHome, reached
from khabar.airflow.records import clean_arguments

COMPONENTS: dict[str, tuple[str, ...]] = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
HEALTHY_SECONDS = 180.0
PATIENCE_SECONDS = 180.0
"""How long the API may fail: a new API server takes a minute to start on a busy machine."""


def airflow_env(home: AirflowHome, settings: Mapping[str, str]) -> dict[str, str]:
    """Build the environment of every component: ours, without another Airflow's settings.

    But with connections (AIRFLOW_CONN_…), by which alerts are sent: none has a secret on disk then.
    """
    direct = ",".join(dict.fromkeys((LOOPBACK, "localhost", reached(home.host))))
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AIRFLOW") or name.startswith("AIRFLOW_CONN_")
    }
    return {
        **kept,
        **settings,
        "KHABAR_HOME": str(home.home),
        "AIRFLOW_HOME": str(home.folder),
        "PYTHONPATH": str(PROJECT),
        "PYTHONUNBUFFERED": "1",
        "SPT_NOENV": "1",  # or process titles overwrite the environment that marks a process
        "NO_PROXY": direct,
        "no_proxy": direct,
    }


def start_airflow(crew: Crew, home: AirflowHome, env: Mapping[str, str]) -> None:
    """Bring the metadata database up to date and start the components.

    Raises:
        CrewError: naming what failed and its log file.
    """
    _migrate(crew, home, env)
    for name, arguments in COMPONENTS.items():
        crew.start(
            Member(
                name=name,
                module="airflow",
                arguments=arguments,
                env=env,
                log=home.log(name),
                kill_children_first=name == "scheduler",
            )
        )


def clean_records(crew: Crew, home: AirflowHome, env: Mapping[str, str], now: datetime) -> None:
    """Remove old runs from Airflow's database.

    Raises:
        CrewError: where it fails, naming its log file.
    """
    crew.run(
        Member(
            name="airflow db clean",
            module="airflow",
            arguments=clean_arguments(now),
            env=env,
            log=home.log("clean"),
        ),
        timeout_seconds=300,
    )


def wait_healthy(crew: Crew, home: AirflowHome, show: Callable[[Mapping[str, bool]], None]) -> None:
    """Wait until Airflow says of each of its parts that it is healthy.

    Raises:
        CrewError: where that takes too long, or a component dies too often.
    """

    def is_healthy() -> bool:
        health = read_health(home.url)
        show(health)
        return all(health.values())

    crew.wait_until(is_healthy, HEALTHY_SECONDS, "Airflow did not become healthy")


def wait_for_dags(crew: Crew, api: AirflowApi, dag_ids: Iterable[str]) -> None:
    """Wait until the DAG processor has registered the DAGs.

    Raises:
        CrewError: where that takes too long; it carries the import error, if there is one.
    """
    try:
        for dag_id in dag_ids:
            crew.wait_until(lambda wanted=dag_id: api.has_dag(wanted), 60, f"no DAG {dag_id!r}")  # type: ignore[misc]
    except NotReadyError as error:
        broken = [text.strip().splitlines()[-1] for text in api.import_errors()]
        raise CrewError("; ".join([str(error), *broken])) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """What is done while Airflow does not answer: its crew is kept alive, and the trouble shown."""

    crew: Crew
    home: AirflowHome
    show: Callable[[str], None]

    def __call__(self, trouble: str, seconds: float) -> None:
        """Bear with what has been wrong for some seconds.

        Raises:
            CrewError: where it has been wrong for PATIENCE_SECONDS.
        """
        if seconds > PATIENCE_SECONDS:
            raise CrewError(f"{trouble}, for {seconds:.0f} s: see {self.home.log('api-server')}")
        self.crew.check()
        self.show(trouble)


def open_api(
    crew: Crew, home: AirflowHome, show: Callable[[str], None] = lambda _: None
) -> AirflowApi:
    """Return a client; it logs in when entered."""
    patience = Patience(crew=crew, home=home, show=show)
    return AirflowApi(home.url, USER, home.password, patience)


def _migrate(crew: Crew, home: AirflowHome, env: Mapping[str, str]) -> None:
    stamp = home.folder / "migrated"
    wanted = version("apache-airflow-core")
    database = home.folder / "airflow.db"
    if database.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    crew.run(
        Member(
            name="airflow db migrate",
            module="airflow",
            arguments=("db", "migrate"),
            env=env,
            log=home.log("migrate"),
        ),
        timeout_seconds=180,
    )
    stamp.write_text(wanted)
