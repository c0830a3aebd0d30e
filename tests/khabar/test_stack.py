import importlib.util
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from crawlers.run import MAX_MEMORY_BYTES
from khabar.airflow.home import PROJECT
from khabar.airflow.stack_secrets import NAMES, write_secrets
from khabar.doctor import examine
from khabar.settings import Settings
from tests.khabar.stack import FILE, read_stack, read_variables
from transforms.guard import MEMORY_BYTES

CONTACT = "desk@example.org"
TEXT = FILE.read_text("utf-8")
IMAGE = (PROJECT / "Dockerfile").read_text("utf-8")
AIRFLOW_COMMANDS = {"api-server", "scheduler", "dag-processor", "triggerer", "celery"}


@pytest.fixture
def told(tmp_path: Path) -> dict[str, str]:
    write_secrets(tmp_path / ".env")
    return read_variables(tmp_path / ".env") | {"KHABAR_CONTACT": CONTACT}


@pytest.fixture
def services(told: dict[str, str]) -> dict[str, Any]:
    return dict(read_stack(told)["services"])


def compose(folder: Path, told: dict[str, str]) -> subprocess.CompletedProcess[str]:
    # Not where it lies: an .env of the project would fill in what is missing.
    place = folder / "project"
    place.mkdir()
    shutil.copy(FILE, place)
    return subprocess.run(
        ["docker-compose", "config"], cwd=place, env={"PATH": os.environ["PATH"], **told},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.skipif(not shutil.which("docker-compose"), reason="docker-compose is not installed")
def test_docker_compose_takes_the_file_and_reads_it_as_these_tests_do(
    tmp_path: Path, told: dict[str, str], services: dict[str, Any]
) -> None:
    done = compose(tmp_path, told)
    assert done.returncode == 0, done.stderr
    read = yaml.safe_load(done.stdout)["services"]
    assert read.keys() == services.keys()
    for name, service in services.items():
        theirs = {key: str(text) for key, text in read[name].get("environment", {}).items()}
        ours = {key: str(text) for key, text in service["environment"].items()}
        assert theirs == ours, name


@pytest.mark.parametrize("missing", [*NAMES, "KHABAR_CONTACT"])
def test_without_a_secret_or_a_contact_nothing_starts(told: dict[str, str], missing: str) -> None:
    read_stack(told)
    with pytest.raises(KeyError, match=f"{missing}: (run make secrets|write KHABAR_CONTACT)"):
        read_stack(told | {missing: ""})


@pytest.mark.skipif(not shutil.which("docker-compose"), reason="docker-compose is not installed")
def test_docker_compose_refuses_to_start_without_secrets(
    tmp_path: Path, told: dict[str, str]
) -> None:
    done = compose(tmp_path, told | {"REDIS_PASSWORD": ""})
    assert done.returncode != 0
    assert "run make secrets" in done.stderr


def test_no_secret_has_a_default_or_stands_in_a_file(told: dict[str, str]) -> None:
    for name in NAMES:
        uses = re.findall(rf"\$\{{{name}[^}}]*\}}", TEXT)
        assert uses
        assert set(uses) == {f"${{{name}:?run make secrets}}"}
    assert not re.search(r"(?i)password|secret|key", IMAGE)


def test_secrets_are_private_differ_and_are_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(f"KHABAR_CONTACT={CONTACT}\nREDIS_PASSWORD=mine")
    assert set(write_secrets(path)) == {*NAMES} - {"REDIS_PASSWORD"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert write_secrets(path) == ()
    assert path.read_text() == text
    kept = read_variables(path)
    assert kept["KHABAR_CONTACT"] == CONTACT
    assert kept["REDIS_PASSWORD"] == "mine"
    made = [kept[name] for name in NAMES if name != "REDIS_PASSWORD"]
    assert len(set(made)) == len(made)
    assert min(map(len, made)) >= 32
    write_secrets(tmp_path / "other")
    assert not set(read_variables(tmp_path / "other").values()) & set(kept.values())


def test_secrets_need_nothing_installed(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "khabar" / "airflow", tmp_path / "khabar" / "airflow")
    command = ["python3", "-S", "-m", "khabar.airflow.stack_secrets"]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True,
        timeout=60, check=True,
    )  # fmt: skip
    assert "6 secrets written" in done.stdout
    assert not any(value in done.stdout for value in read_variables(tmp_path / ".env").values())


def test_git_and_the_image_are_kept_from_the_secrets() -> None:
    assert "/.env" in (PROJECT / ".gitignore").read_text().splitlines()
    ignored = (PROJECT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    taken = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    lines = re.findall(r"^COPY (.+) \S+$", IMAGE, re.MULTILINE)
    copied = {word for line in lines for word in line.split()}
    assert taken == copied
    assert all((PROJECT / name).exists() for name in copied)


def test_each_command_exists(services: dict[str, Any]) -> None:
    for name, service in services.items():
        program, *arguments = service.get("command", ["-"])
        if program == "airflow":
            assert arguments[0] in AIRFLOW_COMMANDS, name
        for line in (service.get("command", []), service["healthcheck"]["test"]):
            modules = [line[place + 1] for place, word in enumerate(line) if word == "-m"]
            assert all(importlib.util.find_spec(module) for module in modules), name
    assert services["redis"]["command"][:2] == ["sh", "-c"]
    assert "command" not in services["postgres"]


def test_every_service_is_bounded_checked_and_started_again(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["restart"] == "unless-stopped", name
        assert service["mem_limit"], name
        assert service["healthcheck"]["test"], name
        assert int(service["healthcheck"]["timeout"].removesuffix("s")) >= 30, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["logging"]["options"]["max-size"], name


def test_a_page_that_eats_memory_meets_its_bound_before_the_containers(
    services: dict[str, Any],
) -> None:
    for name in ("worker", "warehouse"):
        limit = int(services[name]["mem_limit"].removesuffix("g")) << 30
        assert limit > max(MAX_MEMORY_BYTES, MEMORY_BYTES) + (1 << 30), name


def test_a_lakes_folder_has_one_path_inside_and_outside(told: dict[str, str]) -> None:
    given = told | {"KHABAR_LAKE_DATA": "/srv/shared/lake"}
    warehouse = read_stack(given)["services"]["warehouse"]
    assert "/srv/shared/lake:/srv/shared/lake" in warehouse["volumes"]
    assert warehouse["environment"]["KHABAR_LAKE_DATA"] == "/srv/shared/lake"


def test_who_reads_dag_files_knows_of_the_lake_and_who_crawls_does_not(
    told: dict[str, str],
) -> None:
    address = "ducklake:postgres:dbname=lake"
    services = read_stack(told | {"KHABAR_PUBLISH": address})["services"]
    known = {
        name for name, service in services.items()
        if service["environment"].get("KHABAR_PUBLISH") == address
    }  # fmt: skip
    assert known == {"dag-processor", "warehouse"}


def test_every_service_gets_settings_that_khabar_takes(
    services: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for service in services.values():
        told = {name: str(text) for name, text in service["environment"].items()}
        with monkeypatch.context() as patch:
            for name, text in told.items():
                if name.startswith("KHABAR_"):
                    patch.setenv(name, text)
            assert str(Settings().home) == told.get("KHABAR_HOME", str(Settings().home))


def test_nobody_is_root_and_the_image_is_one(services: dict[str, Any]) -> None:
    users = {name: service["user"] for name, service in services.items()}
    assert users.pop("postgres") == "postgres"
    assert users.pop("redis") == "redis"
    assert set(users.values()) == {"50000:50000"}
    assert {services[name]["image"] for name in users} == {"khabar"}
    assert IMAGE.strip().endswith("USER khabar")
    assert "useradd --uid 50000 " in IMAGE
    assert "--constraint constraints.txt" in IMAGE


def test_only_airflows_page_is_published_and_on_loopback(services: dict[str, Any]) -> None:
    ports = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert ports == {"api-server": ["127.0.0.1:8080:8080"]}


def test_doctor_finds_the_api_server_from_where_commands_are_given(
    services: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    [url] = {
        service["environment"]["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]
        for service in services.values()
        if "AIRFLOW_HOME" in service.get("environment", {})
    }
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", url)
    monkeypatch.setattr("khabar.doctor_airflow.read_health", lambda asked: {asked: True})
    words = {one.what: one.words for one in examine(Settings(home=tmp_path), datetime.now(UTC))}
    assert words["airflow"] == "healthy at http://api-server:8080"
    assert "default" in services["api-server"]["networks"]
    assert "networks" not in services["warehouse"]  # that is the default one alone


def test_airflows_page_is_published_elsewhere_where_that_is_said(told: dict[str, str]) -> None:
    given = told | {"KHABAR_HOST": "127.0.0.2", "KHABAR_PORT": "9000"}
    assert read_stack(given)["services"]["api-server"]["ports"] == ["127.0.0.2:9000:8080"]


def test_every_queue_of_the_dags_is_served_and_the_warehouses_once(
    services: dict[str, Any],
) -> None:
    served = {
        name: service["command"][service["command"].index("--queues") + 1]
        for name, service in services.items()
        if "--queues" in service.get("command", ())
    }
    text = (PROJECT / "dags" / "running.py").read_text("utf-8")
    wanted = re.findall(r'^(?:ON_WAREHOUSE|ANYWHERE) = "(\w+)"', text, re.MULTILINE)
    assert sorted(served.values()) == sorted(wanted)
    assert served == {"worker": "default", "warehouse": "warehouse"}
    assert "container_name" not in TEXT  # or `--scale worker=4` could not name four


def test_crawl_workers_have_no_warehouse_no_snapshot_and_no_database(
    services: dict[str, Any],
) -> None:
    worker = services["worker"]
    assert {text.split(":")[0] for text in worker["volumes"]} == {
        "logs", "archive", "batches", "locks", "sources", "trials",
    }  # fmt: skip
    assert "networks" not in worker
    assert services["postgres"]["networks"] == ["inner"]
    assert not any("postgres" in str(text) for text in worker["environment"].values())
    writers = {
        name for name, service in services.items()
        if {"snapshot:/khabar/published", "archive:/khabar/archive"} & {*service.get("volumes", ())}
    }  # fmt: skip
    assert writers == {"worker", "warehouse"}
    assert "snapshot:/khabar/published:ro" in services["api-server"]["volumes"]


def test_crawl_workers_have_all_that_crawling_and_extracting_touch(
    services: dict[str, Any],
) -> None:
    files = [path for room in ("crawlers", "transforms") for path in (PROJECT / room).rglob("*.py")]
    touched = {
        name for path in files for name in re.findall(r'home / "([\w.]+)"', path.read_text("utf-8"))
    }  # fmt: skip
    mounted = {text.split(":")[1] for text in services["worker"]["volumes"]}
    # Imports are the warehouse's work.
    assert {f"/khabar/{name}" for name in touched - {"inbox"}} <= mounted
    assert {"archive", "batches", "locks"} <= touched


def test_every_volume_is_declared_and_its_folder_is_the_users(told: dict[str, str]) -> None:
    stack = read_stack(told)
    mounts = [
        text.split(":") for service in stack["services"].values()
        for text in service.get("volumes", ())
    ]  # fmt: skip
    assert {mount[0] for mount in mounts} == set(stack["volumes"])
    made = set(IMAGE.split())
    ours = {mount[1] for mount in mounts if mount[0] not in ("postgres", "redis")}
    assert ours <= made


def test_airflow_keeps_no_worker_idle_and_plans_ten_thousand_outlets(
    services: dict[str, Any],
) -> None:
    slots = 16 * int(services["worker"]["command"][-1]) + int(services["warehouse"]["command"][-1])
    env = services["scheduler"]["environment"]
    for bound in ("PARALLELISM", "MAX_ACTIVE_TASKS_PER_DAG"):
        assert int(env[f"AIRFLOW__CORE__{bound}"]) >= slots
    assert int(env["AIRFLOW__CORE__MAX_MAP_LENGTH"]) >= 10_000


class _Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(
            {"scheduler": {"status": "healthy"}, "triggerer": {"status": "unhealthy"}}
        )
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        return


def test_pulse_tells_a_healthy_part_from_one_that_is_not() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Health) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        codes = {
            part: subprocess.run(
                [sys.executable, "-m", "khabar.airflow.pulse", part, url],
                cwd=PROJECT, timeout=60, check=False,
            ).returncode
            for part in ("scheduler", "triggerer", "dag_processor")
        }  # fmt: skip
        server.shutdown()
    assert codes == {"scheduler": 0, "triggerer": 1, "dag_processor": 1}
