"""Airflow on one machine: its components, started, watched and stopped together."""
