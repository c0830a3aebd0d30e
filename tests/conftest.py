"""Fixtures that tests of several rooms share, and how tests are spread over processes."""

import pytest

from tests.airflow_session import airflow_home, real_airflow

__all__ = ["airflow_home", "real_airflow"]

SHARED = ("real_airflow", "life")
"""Fixtures that take a minute to make: all tests that use one go to one process."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one file together, since they share what the file sets up."""
    for item in items:
        used: tuple[str, ...] = getattr(item, "fixturenames", ())
        group = next((name for name in SHARED if name in used), str(item.path))
        item.add_marker(pytest.mark.xdist_group(group))
