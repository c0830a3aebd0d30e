"""What `khabar doctor` asks of Airflow: whose its port is, and whether its parts are well."""

import os
import socket
from datetime import datetime

from khabar.airflow.api import read_health
from khabar.airflow.home import AirflowHome, reached
from khabar.locks import find_holder
from khabar.settings import Settings


def look_at_port(settings: Settings, _now: datetime) -> tuple[bool, str]:
    """Say whose the port of Airflow's page is."""
    is_ours = find_holder(settings.home / "locks" / "up.lock") is not None
    if not is_ours and _stack_url():
        return True, "docker-compose’s to publish"
    with socket.socket() as probe:
        probe.settimeout(2)
        is_taken = probe.connect_ex((reached(settings.host), settings.port)) == 0
    if is_taken and not is_ours:
        return False, f"{settings.port} is taken by another program; set KHABAR_PORT"
    return True, f"{settings.port} is {'Airflow’s' if is_taken else 'free'}"


def look_at_airflow(settings: Settings, _now: datetime) -> tuple[bool, str]:
    """Ask Airflow whether its parts are well: that of this home, or of the stack that we are in."""
    airflow = AirflowHome(home=settings.home, port=settings.port, host=settings.host)
    url, logs = airflow.url, f"see {airflow.folder / 'logs'}"
    if find_holder(settings.home / "locks" / "up.lock") is None:
        url, logs = _stack_url(), "see `docker-compose ps` and `docker-compose logs`"
    if not url:
        return True, "not running here; `khabar up` starts it"
    health = read_health(url)
    sick = [name.replace("_", " ") for name, is_healthy in health.items() if not is_healthy]
    if len(sick) == len(health):
        return False, f"nothing answers at {url}; {logs}"
    return (
        (False, f"{', '.join(sick)} not healthy; {logs}") if sick else (True, f"healthy at {url}")
    )


def _stack_url() -> str:
    """Give the address that a container of the stack has of the API server; empty elsewhere."""
    return os.environ.get("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", "").removesuffix("/execution/")
