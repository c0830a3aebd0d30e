"""The Health page inside the Airflow UI."""
