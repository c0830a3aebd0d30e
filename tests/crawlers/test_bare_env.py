import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from crawlers import crawl
from crawlers.bare_env import MARK, bare_env
from transforms import guard

SECRETS = {
    "AIRFLOW_CONN_MAIL": "smtp://me:hunter2@mail.invalid",
    "AIRFLOW__API_AUTH__JWT_SECRET": "hunter2",
    "KHABAR_HEARTBEAT": "https://ping.invalid/hunter2",
    "KHABAR_PUBLISH": "ducklake:postgres:dbname=lake password=hunter2",
    "PGPASSWORD": "hunter2",
}


class Started(Exception):  # noqa: N818 (no error)
    """Carries what a child would have been started with."""


@pytest.fixture
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(MARK, "mark")


def catch(monkeypatch: pytest.MonkeyPatch) -> None:
    def popen(*_: Any, env: dict[str, str], **__: Any) -> None:
        raise Started(json.dumps(env))

    monkeypatch.setattr(subprocess, "Popen", popen)


@pytest.mark.usefixtures("_secrets")
def test_only_the_mark_is_left_of_our_settings() -> None:
    left = bare_env()
    assert not SECRETS.keys() & left.keys()
    assert (left[MARK], "PATH" in left) == ("mark", True)


@pytest.mark.usefixtures("_secrets")
def test_processes_that_read_hostile_bytes_know_no_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    catch(monkeypatch)
    with pytest.raises(Started) as extraction:
        guard.Guard()._start()
    monkeypatch.setattr(crawl, "_arguments", lambda *_: [])
    job: Any = type("Job", (), {"source": type("Source", (), {"id": "a"})})
    with pytest.raises(Started) as crawling:
        crawl._run_child(tmp_path, job, 1, [])  # type: ignore[arg-type]
    for started in (extraction, crawling):
        assert "hunter2" not in str(started.value)
