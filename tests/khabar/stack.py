"""docker-compose.yml, read as compose reads it, with its services as processes of this machine."""

import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from khabar.airflow.crew import Member
from khabar.airflow.home import PROJECT
from khabar.airflow.stack_secrets import write_secrets
from tests.airflow_session import free_port

FILE = PROJECT / "docker-compose.yml"
_VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?::(?P<how>[-?])(?P<what>[^}]*))?\}")
_BINARIES = Path(sys.executable).parent


def read_stack(variables: Mapping[str, str]) -> dict[str, Any]:
    """Read the file with its variables filled in.

    Raises:
        KeyError: a variable is missing, with what the file says of it.
    """

    def fill(found: re.Match[str]) -> str:
        name, how, what = found["name"], found["how"], found["what"]
        if name is None:
            return "$"
        if how == "?" and not variables.get(name):
            raise KeyError(f"{name}: {what}")
        return variables.get(name) or (what or "")

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: walk(value) for key, value in node.items()}
        if isinstance(node, list):
            return [walk(value) for value in node]
        return _VARIABLE.sub(fill, node) if isinstance(node, str) else node

    return dict(walk(yaml.safe_load(FILE.read_text("utf-8"))))


def read_variables(path: Path) -> dict[str, str]:
    """Read a file of NAME=VALUE lines."""
    return dict(line.split("=", 1) for line in path.read_text("utf-8").splitlines())


@dataclass(slots=True)
class LocalStack:
    """The services on loopback, each in folders of its own that stand for its volumes."""

    folder: Path
    extra: Mapping[str, str]
    """What containers are told besides: the town."""
    ports: dict[str, int] = field(init=False)
    secrets: dict[str, str] = field(init=False)
    services: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.ports = {name: free_port() for name in ("postgres", "redis", "api-server")}
        write_secrets(self.folder / ".env")
        self.secrets = read_variables(self.folder / ".env")
        more = {"KHABAR_CONTACT": "desk@example.org", "KHABAR_PORT": str(self.ports["api-server"])}
        self.services = read_stack(self.secrets | more)["services"]

    @property
    def url(self) -> str:
        """Address of Airflow's page."""
        return f"http://127.0.0.1:{self.ports['api-server']}"

    def root(self, instance: str) -> Path:
        """Name the folder that stands for a container's `/`."""
        return self.folder / "containers" / instance

    def volume(self, name: str) -> Path:
        """Name the folder that stands for a volume."""
        return self.folder / "volumes" / name

    def mount(self, service: str, instance: str) -> None:
        """Make a container's folders: its volumes, and nothing else of the home."""
        root = self.root(instance)
        (root / "airflow").mkdir(parents=True)
        mounts = [text.split(":")[:2] for text in self.services[service].get("volumes", ())]
        for name, path in sorted(mounts, key=lambda mount: mount[1]):
            self.volume(name).mkdir(parents=True, exist_ok=True)
            place = root / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            if not place.is_symlink():
                place.symlink_to(self.volume(name))

    def environment(self, service: str, instance: str) -> dict[str, str]:
        """Give what the file tells a service, with this machine's places, and no more."""
        told = self.services[service]["environment"]
        here = {name: self._here(str(text), instance) for name, text in told.items()}
        if "AIRFLOW__API__PORT" in here:
            port = str(self.ports["api-server"])
            here |= {"AIRFLOW__API__PORT": port, "AIRFLOW__API__HOST": "127.0.0.1"}
        return {
            "PATH": f"{_BINARIES}:/usr/local/bin:/usr/bin:/bin",
            "PYTHONPATH": str(PROJECT),
            "PYTHONUNBUFFERED": "1",
            "SPT_NOENV": "1",
            "NO_PROXY": "127.0.0.1",
            "HOSTNAME": instance,
            **here,
            **self.extra,
        }

    def member(self, service: str, instance: str, *more: str) -> Member:
        """Give a service's command as a member of a crew; `more` is what one machine needs."""
        program, *arguments = self.services[service]["command"]
        if program == "python":
            _, program, *arguments = arguments
        return Member(
            name=instance,
            module=program,
            arguments=[*(self._here(one, instance) for one in arguments), *more],
            env=self.environment(service, instance),
            log=self.folder / f"{instance}.log",
        )

    def command(self, service: str, instance: str) -> list[str]:
        """Give a command that is no Python of ours."""
        return [self._here(one, instance) for one in self.services[service]["command"]]

    def is_well(self, service: str, instance: str) -> bool:
        """Ask a service's own health check."""
        kind, *test = self.services[service]["healthcheck"]["test"]
        command = [self._here(one, instance) for one in test]
        if command[0] == "python":
            command[0] = sys.executable
        env = self.environment(service, instance)
        done = subprocess.run(
            ["sh", "-c", command[0]] if kind == "CMD-SHELL" else command,
            env=env, capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        return done.returncode == 0

    def _here(self, text: str, instance: str) -> str:
        for name, port in self.ports.items():
            inside = {"postgres": 5432, "redis": 6379, "api-server": 8080}[name]
            text = text.replace(f"{name}:{inside}", f"127.0.0.1:{port}")
            text = text.replace(f"127.0.0.1:{inside}", f"127.0.0.1:{port}")
            text = text.replace(f"--port={inside}", f"--port={port}")
            text = text.replace(f"-p {inside}", f"-p {port}")
            text = text.replace(f"port {inside}\n", f"port {port}\nbind 127.0.0.1\n")
        text = text.replace("dir /data\n", f"dir {self.root(instance) / 'data'}\n")
        is_path = text.startswith(("/khabar", "/airflow", "/logins"))
        if text.startswith("/app/"):
            return str(PROJECT / text.removeprefix("/app/"))
        return f"{self.root(instance)}{text}" if is_path else text


def new_folder() -> Path:
    """Make a folder that Postgres' own user may come to, as pytest's are not."""
    folder = Path("/tmp") / f"khabar-stack-{secrets.token_hex(6)}"
    folder.mkdir(mode=0o711)
    return folder


def remove(folder: Path) -> None:
    """Remove it with all that the services left."""
    shutil.rmtree(folder)
