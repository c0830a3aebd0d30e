"""AIRFLOW_HOME of the one-machine setup: its folders, its secrets, its settings."""

import errno
import fcntl
import io
import json
import os
import secrets
import socket
import string
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from configparser import RawConfigParser
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

PROJECT = Path(__file__).parents[2]
LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 (only where an operator says so)
USER = "admin"
LOCK_SECONDS = 10
"""How long a writer of Airflow's SQLite waits for another: twice what Python's sqlite3 does."""
ANSWER_SECONDS = 3 * LOCK_SECONDS
"""How long a task waits for the API server, where others write before it."""
SILENT_SECONDS = 2 * ANSWER_SECONDS
"""After which a task that was not heard of is dead: not for one answer that was late."""


class StartError(Exception):
    """Airflow cannot be started; the message names the culprit and the mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AirflowHome:
    """Where one Airflow lies, and where it listens."""

    home: Path
    """KHABAR_HOME."""
    port: int
    host: str = LOOPBACK
    """Address of the UI's listener; 0.0.0.0 is every one of this machine."""

    @property
    def folder(self) -> Path:
        """AIRFLOW_HOME."""
        return self.home / "airflow"

    @property
    def url(self) -> str:
        """Address by which this machine reaches the UI and the API; no component takes another."""
        return f"http://{reached(self.host)}:{self.port}"

    @property
    def passwords(self) -> Path:
        """The generated password, as SimpleAuthManager wants it."""
        return self.folder / "passwords.json"

    @property
    def password(self) -> str:
        """The generated password of the one user, `admin`."""
        return str(json.loads(self.passwords.read_text())[USER])

    def log(self, component: str) -> Path:
        """File that takes a component's output."""
        return self.folder / "logs" / f"{component}.log"


def reached(host: str) -> str:
    """Give the address by which this machine reaches what listens on `host`."""
    return LOOPBACK if host == EVERYWHERE else host


def begin_home(home: Path, port: int, host: str = LOOPBACK) -> AirflowHome:
    """Create what is missing, and generate the password once; what runs there is not touched.

    Raises:
        StartError: where the folder cannot be written.
    """
    airflow = AirflowHome(home=home, port=port, host=host)
    with _explained(home):
        (airflow.folder / "logs").mkdir(parents=True, exist_ok=True)
        airflow.folder.chmod(0o700)
        if not airflow.passwords.exists():
            write_private(airflow.passwords, json.dumps({USER: _password()}))
    return airflow


def prepare_home(home: Path, port: int, host: str = LOOPBACK) -> AirflowHome:
    """Begin it, generate the secrets once, and write `airflow.cfg`; for who holds its lock.

    Raises:
        StartError: where the folder cannot be written.
    """
    airflow = begin_home(home, port, host)
    with _explained(home):
        write_private(airflow.folder / "airflow.cfg", _configuration(airflow))
    return airflow


def lock_home(home: Path) -> IO[str]:
    """Take the lease of this home's one `khabar up`; it ends with the process.

    Raises:
        StartError: where another `khabar up` holds it, or the folder cannot be written.
    """
    path = home / "locks" / "up.lock"
    with _explained(home):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise StartError(
            f"`khabar up` already runs on {home} (process {holder}): stop it with Ctrl-C, "
            "or set KHABAR_HOME to another folder"
        ) from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def check_port(port: int, mend: str, host: str = LOOPBACK) -> None:
    """Make sure that a port is free, and its address one of this machine.

    Raises:
        StartError: where it is not; `mend` says how to choose another port.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise StartError(
                    f"KHABAR_HOST={host} is no address of this machine; set it to one of its own, "
                    f"or to {EVERYWHERE} for all of them"
                ) from None
            raise StartError(
                f"port {port} cannot be had ({error.strerror}); choose another: {mend}"
            ) from None


@contextmanager
def _explained(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StartError(
            f"KHABAR_HOME={home} cannot be written ({error.strerror}): "
            "set KHABAR_HOME to a folder of yours"
        ) from None


def _password() -> str:
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(20))


def _secrets(airflow: AirflowHome) -> dict[str, str]:
    path = airflow.folder / "secrets.json"
    if not path.exists():
        names = ("jwt_secret", "secret_key", "fernet_key")
        keys = {
            name: urlsafe_b64encode(
                secrets.token_bytes(32 if name == "fernet_key" else 48)
            ).decode()
            for name in names
        }
        write_private(path, json.dumps(keys))
    return {str(name): str(key) for name, key in json.loads(path.read_text()).items()}


def _configuration(airflow: AirflowHome) -> str:
    keys = _secrets(airflow)
    sections: dict[str, dict[str, object]] = {
        "core": {
            "dags_folder": PROJECT / "dags",
            "plugins_folder": PROJECT / "dags" / "plugins",
            "load_examples": False,
            "executor": "LocalExecutor",
            "parallelism": 6,
            "max_active_tasks_per_dag": 6,
            "max_map_length": 20_000,  # outlets due at once: of over 1,024 Airflow would fail Plan
            "auth_manager": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager"
            ".SimpleAuthManager",
            "simple_auth_manager_users": f"{USER}:admin",
            "simple_auth_manager_passwords_file": airflow.passwords,
            "simple_auth_manager_all_admins": False,
            "execution_api_server_url": f"{airflow.url}/execution/",
            "fernet_key": keys["fernet_key"],
        },
        "database": {
            "sql_alchemy_conn": f"sqlite:///{quote(str(airflow.folder))}/airflow.db"
            f"?timeout={LOCK_SECONDS}",
        },
        "api": {
            "host": airflow.host,
            "port": airflow.port,
            "base_url": airflow.url,
            "workers": 1,
            "secret_key": keys["secret_key"],
            "instance_name": "Khabar",
        },
        "api_auth": {"jwt_secret": keys["jwt_secret"]},
        # A killed scheduler's or worker's tasks start again after a minute, not after five.
        "scheduler": {
            "orphaned_tasks_check_interval": 30,
            "task_instance_heartbeat_timeout": SILENT_SECONDS,
        },
        "dag_processor": {
            "refresh_interval": 10,
            "min_file_process_interval": 30,
            "parsing_processes": 1,
            "print_stats_interval": 0,  # its table, each half minute, was most of what it said
        },
        "workers": {"execution_api_timeout": ANSWER_SECONDS},
        "logging": {"base_log_folder": airflow.folder / "logs"},
    }
    return _as_ini(sections)


def _as_ini(sections: dict[str, dict[str, object]]) -> str:
    parser = RawConfigParser()
    for name, options in sections.items():
        parser[name] = {key: str(value).replace("%", "%%") for key, value in options.items()}
    text = io.StringIO("")
    text.write("# Written anew by `khabar up` at each start: changes made here are lost.\n")
    parser.write(text)
    return text.getvalue()


def write_private(path: Path, text: str) -> None:
    """Write a file that its user alone may read, at no moment otherwise."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.replace(path)
