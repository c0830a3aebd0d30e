from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from khabar.airflow.home import PROJECT
from khabar.settings import read_settings
from tests.dags.health_client import as_viewer, asked, client, health_home

__all__ = ["as_viewer", "asked", "client", "health_home"]


@pytest.fixture(scope="session")
def dags(airflow_home: Path) -> Mapping[str, Any]:
    """Read the DAG files as Airflow does."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(PROJECT / "dags"))
    assert bag.import_errors == {}
    return dict(bag.dags)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("KHABAR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KHABAR_CONTACT", "desk@khabar.example")
    read_settings.cache_clear()
    yield tmp_path / "home"
    read_settings.cache_clear()


@pytest.fixture
def said(dags: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Keep what the task says for the note of its run."""
    kept: dict[str, str] = {}
    context = {"ti": SimpleNamespace(xcom_push=kept.__setitem__)}
    monkeypatch.setattr("dags.running.get_current_context", lambda: context)
    return kept
