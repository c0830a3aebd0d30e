"""Fixtures that tests of several rooms share: one real Airflow for the whole session, an outlet."""

from collections.abc import Iterator

import pytest

from tests.airflow_session import airflow_home, real_airflow
from tests.crawlers.outlet import Outlet

__all__ = ["airflow_home", "outlet", "real_airflow"]


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    running = Outlet()
    yield running
    running.close()
