"""The whole of `khabar up`: newsroom, Airflow, ingests and their tables, the wait for Ctrl-C."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

from khabar.airflow.crew import Crew, CrewError
from khabar.airflow.home import USER, AirflowHome, check_port, lock_home, prepare_home
from khabar.airflow.machine import (
    airflow_env,
    clean_records,
    open_api,
    start_airflow,
    wait_for_dags,
    wait_healthy,
)
from khabar.demo_town import DemoTown, start_newsroom
from khabar.ingest_run import DAG
from khabar.ingest_shown import Desk, show_demo, show_live
from khabar.screen import Screen
from khabar.settings import read_settings

NEWSROOM_PORTS = 8
CLEAN_SECONDS = 86_400.0
"""How often old runs are removed from Airflow's database."""
NIGHTLY = "maintain"
WATCH = "watch"
LAKE = "lake"
BY_HAND = ("backfill", "import_archive", "reprocess", "accept")
"""DAGs without a schedule: a run that somebody triggers shall not wait for an un-pausing."""
_QUESTION = "SELECT dated_on, source_id, title FROM articles ORDER BY dated_at DESC LIMIT 10"


def run_up(
    home: Path, port: int, host: str, screen: Screen, *, newsroom_port: int | None, stay: bool
) -> bool:
    """Start everything, ingest, show it; return whether all went well.

    Raises:
        StartError: where something stands in the way; nothing was started.
        CrewError: where a process died too often or did not get ready; everything was stopped.
        ApiError: where Airflow refused what it was asked; everything was stopped.
    """
    began = time.monotonic()
    with lock_home(home), Crew(str(home)) as crew:
        make = "run" if newsroom_port is None else "demo"
        check_port(port, f"KHABAR_PORT={port + 1} make {make}", host)
        warn_of_others(host, screen)
        is_first = not AirflowHome(home=home, port=port).passwords.exists()
        airflow = prepare_home(home, port, host)
        env, town = airflow_env(airflow, {}), None
        if newsroom_port is not None:
            town = _open_newsroom(crew, home, env, newsroom_port, screen)
            env |= town.settings
        _open_airflow(crew, airflow, env, screen, began)
        with open_api(crew, airflow, screen.doing) as api:
            screen.doing("waiting for the DAGs")
            at_once = (*BY_HAND, LAKE) if read_settings().has_lake else BY_HAND
            wait_for_dags(crew, api, [DAG, NIGHTLY, WATCH, *at_once])
            api.create_pool("warehouse", 1)
            for dag_id in at_once:
                api.unpause(dag_id)
            desk = Desk(crew=crew, api=api, home=home, screen=screen)
            is_good = show_live(desk) if town is None else show_demo(desk, town)
            if stay:
                # Its last night is made up for at once: not before there is something to maintain.
                api.unpause(NIGHTLY)
                api.unpause(WATCH)
            say_where(airflow, screen, stay=stay, is_first=is_first)
        if stay:
            stay_up(crew, airflow, env, screen)
    return is_good


def _open_newsroom(
    crew: Crew, home: Path, env: Mapping[str, str], port: int, screen: Screen
) -> DemoTown:
    # Whole, for who called `make demo`, which passes no port on.
    mend = f".venv/bin/khabar up --demo --newsroom-port {port + 100}"
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


def warn_of_others(host: str, screen: Screen) -> None:
    """Say what guards Airflow where others than this machine reach it."""
    if not IPv4Address(host).is_loopback:
        screen.say(
            f"KHABAR_HOST={host}: who reaches this machine reaches Airflow, and its login alone "
            "guards it, sent in the clear: put a proxy with TLS in front"
        )


def say_where(airflow: AirflowHome, screen: Screen, *, stay: bool, is_first: bool) -> None:
    """Say where Airflow, the snapshot and the logs are; the password at the first start only."""
    home = airflow.home
    is_usual = home == Path("data").resolve()
    setting = "" if is_usual else f"KHABAR_HOME={home} "
    screen.say("")
    if stay:
        # Shown once: what is said again and again ends up in a journal that others read.
        secret = f"password {airflow.password}" if is_first else f"password in {airflow.passwords}"
        screen.say(f"Airflow   {airflow.url}   user {USER}, {secret}")
    screen.say(f'Query     {setting}.venv/bin/khabar sql "{_QUESTION}"')
    screen.say(f"DuckDB    {home / 'published' / 'news.duckdb'} (always open it read-only)")
    screen.say(f"Logs      {airflow.folder / 'logs'}")


def stay_up(crew: Crew, airflow: AirflowHome, env: Mapping[str, str], screen: Screen) -> None:
    """Keep the crew alive, and Airflow's database small, until somebody asks to stop.

    Raises:
        CrewError: where a process died too often.
    """
    screen.say("Ctrl-C stops everything")
    screen.doing("running; the next ingest begins at the full hour")
    clean_at = time.monotonic()  # at once: many a machine is never up for a day
    while True:
        crew.check()
        while crew.restarted:
            screen.say(crew.restarted.pop(0))
        if time.monotonic() >= clean_at:
            clean_at = time.monotonic() + CLEAN_SECONDS
            try:
                clean_records(crew, airflow, env, datetime.now(UTC))
            except CrewError as error:  # the news go on, whatever Airflow keeps of the past
                screen.say(str(error))
        time.sleep(1)
