"""Fixtures that tests of several rooms share: one real Airflow for the whole session, an outlet."""

import signal
from collections.abc import Iterator

import pytest

from tests.airflow_session import airflow_home, real_airflow
from tests.crawlers.outlet import Outlet
from tests.sharing_out import pytest_collection_modifyitems, pytest_xdist_make_scheduler

__all__ = [
    "airflow_home", "outlet", "pytest_collection_modifyitems", "pytest_xdist_make_scheduler",
    "real_airflow",
]  # fmt: skip

# A shell starts what it runs in the background with Ctrl-C ignored, and children inherit that:
# tests that interrupt a command would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    running = Outlet()
    yield running
    running.close()
