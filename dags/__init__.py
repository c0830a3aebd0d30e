"""Airflow DAGs: order, retries, schedule, and what the operator sees."""
