"""The whole of `khabar up`: newsroom, Airflow, one ingest, its table, and the wait for Ctrl-C."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from khabar.airflow.api import AirflowApi
from khabar.airflow.crew import Crew
from khabar.airflow.home import USER, AirflowHome, check_port, lock_home, prepare_home
from khabar.airflow.machine import (
    airflow_env,
    open_api,
    start_airflow,
    wait_for_dags,
    wait_healthy,
)
from khabar.demo_town import start_newsroom
from khabar.ingest_run import DAG, follow, start_ingest, trigger_ingest
from khabar.shown import console, plain

NEWSROOM_PORTS = 8
_QUESTION = "SELECT dated_on, source_id, title FROM articles ORDER BY dated_at DESC LIMIT 10"


class Screen:
    """Lines that stay, and one that changes; where there is no terminal, each change is a line."""

    def __init__(self) -> None:
        self._out = console()
        self._status = self._out.status("starting")
        self._last = ""

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def say(self, text: str) -> None:
        """Print a line."""
        self._out.print(plain(text), markup=False)

    def complain(self, text: str) -> None:
        """Print a line to standard error."""
        console(on_stderr=True).print(f"khabar: {plain(text)}", markup=False)

    def doing(self, text: str) -> None:
        """Show what is being done now."""
        if text != self._last and not self._out.is_terminal:
            self.say(text)
        self._last = text
        self._status.update(text)


def run_up(home: Path, port: int, screen: Screen, *, newsroom_port: int | None, stay: bool) -> bool:
    """Start everything, run one ingest, show it; return whether it was green and published.

    Raises:
        StartError: where something stands in the way; nothing was started.
        CrewError: where a process died too often or did not get ready; everything was stopped.
    """
    began = time.monotonic()
    with lock_home(home), Crew(str(home)) as crew:
        is_demo = newsroom_port is not None
        check_port(port, f"KHABAR_PORT={port + 1} make {'demo' if is_demo else 'run'}")
        airflow = prepare_home(home, port)
        env = airflow_env(airflow, {})
        if newsroom_port is not None:
            env |= _open_newsroom(crew, home, env, newsroom_port, screen)
        _open_airflow(crew, airflow, env, screen, began)
        with open_api(airflow) as api:
            screen.doing("waiting for the DAGs")
            wait_for_dags(crew, api, [DAG])
            api.create_pool("warehouse", 1)
            is_good = _ingest(crew, api, home, screen, force=is_demo)
            _say_where(airflow, screen, stay=stay)
        if stay:
            _stay(crew, screen)
    return is_good


def _open_newsroom(
    crew: Crew, home: Path, env: Mapping[str, str], port: int, screen: Screen
) -> dict[str, str]:
    mend = f"khabar up --demo --newsroom-port {port + 100}"
    for each in range(port, port + NEWSROOM_PORTS) if port else ():
        check_port(each, mend)
    screen.doing("opening the newsroom")
    return start_newsroom(crew, home, env, port)


def _open_airflow(
    crew: Crew, airflow: AirflowHome, env: Mapping[str, str], screen: Screen, began: float
) -> None:
    screen.doing("preparing Airflow's database")
    start_airflow(crew, airflow, env)

    def show(health: Mapping[str, bool]) -> None:
        ready = [name.replace("_", " ") for name, is_healthy in health.items() if is_healthy]
        screen.doing(f"starting Airflow: {', '.join(ready) or 'nothing'} ready")

    wait_healthy(crew, airflow, show)
    screen.say(f"Airflow is healthy after {time.monotonic() - began:.0f} s")


def _ingest(crew: Crew, api: AirflowApi, home: Path, screen: Screen, *, force: bool) -> bool:
    """Run one ingest and print what it brought; return whether it was green and published."""

    def show(text: str) -> None:
        screen.doing(f"ingest: {text}")

    run = follow(crew, api, start_ingest(api, force=force), show)
    plan = api.xcom(DAG, run.id, "plan", "line") or ""
    if plan.startswith("nothing due") and force:
        run = follow(crew, api, trigger_ingest(api, force=True), show)
        plan = api.xcom(DAG, run.id, "plan", "line") or ""
    if run.state == "failed":
        failed = [task.label for task in api.tasks(DAG, run.id) if task.state == "failed"]
        logs = home / "airflow" / "logs" / f"dag_id={DAG}" / f"run_id={run.id}"
        screen.complain(f"failed: {', '.join(failed)}; why is in the logs under {logs}")
    screen.say(f"ingest: {run.state} after {run.seconds or 0:.0f} s; {plan}")
    batch_id = api.xcom(DAG, run.id, "plan", "batch_id")
    is_published = batch_id is not None and _show_batch(home, batch_id)
    return run.state == "success" and is_published


def _show_batch(home: Path, batch_id: str) -> bool:
    """Print a batch's table; return whether it was published, and rows with it."""
    from crawlers.batch import Batch
    from khabar.commands.run import show
    from warehouse.connection import open_snapshot
    from warehouse.summary import summarise_batch

    batch = Batch(id=batch_id, home=home)
    if not batch.manifest.exists():
        return False
    summary = summarise_batch(batch)
    show(summary, json=False)
    if not summary.published:
        return False
    with open_snapshot(home) as snapshot:
        return snapshot.execute("SELECT 1 FROM articles LIMIT 1").fetchone() is not None


def _say_where(airflow: AirflowHome, screen: Screen, *, stay: bool) -> None:
    home = airflow.home
    is_usual = home == Path("data").resolve()
    setting = "" if is_usual else f"KHABAR_HOME={home} "
    screen.say("")
    if stay:
        screen.say(f"Airflow   {airflow.url}   user {USER}, password {airflow.password}")
    screen.say(f'Query     {setting}.venv/bin/khabar sql "{_QUESTION}"')
    screen.say(f"DuckDB    {home / 'published' / 'news.duckdb'} (always open it read-only)")
    screen.say(f"Logs      {airflow.folder / 'logs'}")


def _stay(crew: Crew, screen: Screen) -> None:
    screen.say("Ctrl-C stops everything")
    screen.doing("running; the next ingest begins at the full hour")
    while True:
        crew.check()
        while crew.restarted:
            screen.say(crew.restarted.pop(0))
        time.sleep(1)
