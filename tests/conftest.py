"""Fixtures that tests of several rooms share: one real Airflow for the whole session, an outlet."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.airflow_session import airflow_home, real_airflow
from tests.crawlers.outlet import Outlet
from tests.sharing_out import (
    pytest_collection_modifyitems,
    pytest_xdist_auto_num_workers,
    pytest_xdist_make_scheduler,
)
from tests.warm_crawls import crawl_server, warm_crawls
from tests.warm_guards import warm_guards

__all__ = [
    "airflow_home", "crawl_server", "outlet", "pytest_collection_modifyitems",
    "pytest_xdist_auto_num_workers", "pytest_xdist_make_scheduler", "real_airflow", "warm_crawls",
    "warm_guards",
]  # fmt: skip

# A shell starts what it runs in the background with Ctrl-C ignored, and children inherit that:
# tests that interrupt a command would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _one_thread_each() -> Iterator[None]:
    """Let DuckDB use one thread where workers share the processors, as each has tables of a page.

    A second one costs a fifth more there. Commands in processes of their own use all they find.
    """
    connect = duckdb.connect

    def connect_alone(*given: Any, **named: Any) -> duckdb.DuckDBPyConnection:
        connection = connect(*given, **named)
        connection.execute("SET threads = 1")
        return connection

    with pytest.MonkeyPatch.context() as patch:
        if "PYTEST_XDIST_WORKER" in os.environ:
            patch.setattr(duckdb, "connect", connect_alone)
        yield


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    running = Outlet()
    yield running
    running.close()
