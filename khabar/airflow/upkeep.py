"""What `khabar up` does beside Airflow's components, as a container of its own.

At each start it brings the metadata database up to date, and sees to the login and to the pool;
then it removes old runs once a day.
"""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from khabar.airflow.home import USER, write_private
from khabar.airflow.records import clean_arguments

CLEAN_SECONDS = 86_400.0
POOL = ("warehouse", "1", "A DuckDB file has one writer")
PREPARED = "prepared"
"""File in AIRFLOW_HOME that says so to the health check."""


def prepare(home: Path) -> None:
    """Make ready what the components need before they start.

    Raises:
        CalledProcessError: Airflow's own log above it says why.
    """
    (home / PREPARED).unlink(missing_ok=True)
    _airflow("db", "migrate")
    _airflow("pools", "set", *POOL)
    passwords = Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    write_private(passwords, json.dumps({USER: os.environ["ADMIN_PASSWORD"]}))
    (home / PREPARED).touch()


def main() -> None:
    """Prepare, then clean each day, until a signal ends it."""
    try:
        prepare(Path(os.environ["AIRFLOW_HOME"]))
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(error.cmd[1:])} failed with exit code {error.returncode}: see above")
    while True:
        try:
            _airflow(*clean_arguments(datetime.now(UTC)))
        except subprocess.CalledProcessError as error:
            # The news go on, whatever Airflow keeps of the past.
            print(f"old runs were not removed (exit code {error.returncode})", flush=True)  # noqa: T201
        time.sleep(CLEAN_SECONDS)


def _airflow(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "airflow", *arguments], check=True)


if __name__ == "__main__":
    main()
