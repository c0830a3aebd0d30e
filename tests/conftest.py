"""Fixtures that tests of several rooms share: one real Airflow for the whole session."""

from tests.airflow_session import airflow_home, real_airflow

__all__ = ["airflow_home", "real_airflow"]
