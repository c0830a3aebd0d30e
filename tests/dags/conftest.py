from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from khabar.airflow.home import PROJECT

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.fixture(scope="session")
def dags(airflow_home: Path) -> "Mapping[str, Any]":
    """Read the DAG files as Airflow does."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(PROJECT / "dags"))
    assert bag.import_errors == {}
    return dict(bag.dags)
